//! Authenticates users, and checks their roles.
//!
//! Neither names, passwords nor tokens are recorded: users may type passwords into the name field.

use crate::database::{Database, Role, Tier, User, millis, now};
use crate::error::Error;
use crate::password;
use crate::throttle::Throttle;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;
use std::net::IpAddr;
use std::time::Duration;
use trace_runtime::{
    Baggage, Instrument, Span, business_metric, metered, propagation::Context, trace,
};
use tracing::{info, warn};

/// The lifetime of a session.
const SESSION: Duration = Duration::from_secs(3_600);

/// The body of a login request.
#[derive(Deserialize)]
pub(crate) struct Credentials {
    name: String,
    password: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").finish_non_exhaustive()
    }
}

/// The body of a login response.
#[derive(Serialize)]
pub(crate) struct LoggedIn {
    token: String,
    user_id: i64,
    role: Role,
    tier: Tier,
    expires_in_seconds: u64,
}

/// Begins a session.
#[trace("log in", err(when = err.is_failure(), type = err.kind()))]
#[metered(in_flight)]
#[business_metric(counter("logins", description = "Sessions that began."), on = ok)]
#[business_metric(
    counter("logins.failed", description = "Logins that were refused."),
    on = error
)]
pub(crate) async fn log_in(
    database: &Database,
    throttle: &Throttle,
    client: IpAddr,
    credentials: Credentials,
) -> Result<LoggedIn, Error> {
    // Before anything expensive, which a flood of guesses would repeat.
    let attempt = throttle.attempt(&credentials.name, client).inspect_err(|_| {
        Span::current().set_attribute("auth.success", false);
        warn!("too many logins");
    })?;
    let found = database.user_by_name(&credentials.name).await?;
    let (user, hash) = found.map(|found| (found.user, found.password_hash)).unzip();
    let is_right = password::is_right(credentials.password, hash).await;
    Span::current().set_attribute("auth.success", is_right);
    let Some(user) = user.filter(|_| is_right) else {
        warn!("login refused");
        return Err(Error::WrongPassword);
    };
    attempt.succeeded();
    describe(&user);
    let token = format!("{:032x}", rand::random::<u128>());
    database.insert_session(&digest(&token), user, now() + millis(SESSION)).await?;
    info!(user.id, "logged in");
    let User { id, role, tier } = user;
    Ok(LoggedIn { token, user_id: id, role, tier, expires_in_seconds: SESSION.as_secs() })
}

/// Requires a login. Later handlers find the [`User`] in the request, and the customer's tier in the
/// baggage, which travels on to jobs and to the warehouse.
pub(crate) async fn require_login(
    State(database): State<Database>,
    mut request: Request,
    next: Next,
) -> Result<Response, Error> {
    let user = authenticate(&database, request.headers()).await?;
    describe(&user);
    request.extensions_mut().insert(user);
    let baggage = Baggage::current().with_entry("customer.tier", user.tier.as_str());
    Ok(next.run(request).with_context(Context::current().with_baggage(baggage)).await)
}

#[trace(err(when = err.is_failure(), type = err.kind()))]
async fn authenticate(database: &Database, headers: &HeaderMap) -> Result<User, Error> {
    let user = match token(headers) {
        Some(token) => database.user_by_session(&digest(token)).await?,
        None => None,
    };
    Span::current().set_attribute("auth.success", user.is_some());
    user.ok_or(Error::NotLoggedIn)
}

fn token(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

/// Hashes a token for the database. A token is long and random, so unlike a password it needs neither
/// a salt nor a slow hash.
fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}

/// Records the user on the current span.
fn describe(user: &User) {
    Span::current()
        .set_attribute("user.id", user.id.to_string())
        .set_attribute("user.roles", [user.role.as_str()])
        .set_attribute("customer.tier", user.tier.as_str());
}

impl User {
    /// Rejects users of another role.
    pub(crate) fn require(&self, role: Role) -> Result<(), Error> {
        if self.role == role { Ok(()) } else { Err(Error::WrongRole(role)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database;
    use trace_testkit::Capture;

    const CLIENT: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn credentials(name: &str, password: &str) -> Credentials {
        Credentials { name: name.to_owned(), password: password.to_owned() }
    }

    #[trace_testkit::test]
    async fn a_login_that_is_refused_is_counted_and_is_no_failure(t: Capture) {
        let database = Database::in_memory().await;
        database::seed(&database, 1).await.unwrap();
        let throttle = Throttle::default();
        for name in ["customer-1", "nobody"] {
            let refused = log_in(&database, &throttle, CLIENT, credentials(name, "secret-2")).await;
            assert!(matches!(refused, Err(Error::WrongPassword)));
        }
        let spans = t.span("log in").with("auth.success", false).not_failed().count(2);
        assert!(spans.into_iter().all(|span| span.try_has_no("user.id").is_ok()));
        // It takes the same time, so that callers cannot learn which users exist.
        t.span("verify password").count(2);
        t.counter("logins.failed").total(2);
    }

    #[trace_testkit::test]
    async fn whoever_has_logged_in_is_known_by_his_token(t: Capture) {
        let database = Database::in_memory().await;
        database::seed(&database, 5).await.unwrap();
        let credentials = credentials("customer-5", "secret-5");
        let session = log_in(&database, &Throttle::default(), CLIENT, credentials).await.unwrap();
        // Reading the database does not reveal sessions.
        assert!(database.user_by_session(&digest(&session.token)).await.unwrap().is_some());
        assert!(database.user_by_session(session.token.as_bytes()).await.unwrap().is_none());
        let bearer = format!("Bearer {}", session.token).parse().unwrap();
        let headers = HeaderMap::from_iter([(header::AUTHORIZATION, bearer)]);
        let user = authenticate(&database, &headers).await.unwrap();
        assert_eq!((user.id, user.role, user.tier), (5, Role::Customer, Tier::Gold));
        assert!(user.require(Role::Admin).is_err());

        t.span("log in").one().has("auth.success", true).has("customer.tier", "gold");
        t.span("authenticate").one().has("auth.success", true);
        assert!(!t.render().contains(&session.token) && !t.render().contains("secret-5"));
    }

    #[trace_testkit::test]
    async fn a_flood_of_guesses_costs_no_password_check(t: Capture) {
        let database = Database::in_memory().await;
        database::seed(&database, 1).await.unwrap();
        let throttle = Throttle::default();
        for _ in 0..20 {
            let guess = credentials("customer-1", "guess");
            let refused = log_in(&database, &throttle, CLIENT, guess).await;
            assert!(matches!(refused, Err(Error::WrongPassword)));
        }
        // Not even with the right one.
        let right = credentials("customer-1", "secret-1");
        let refused = log_in(&database, &throttle, CLIENT, right).await;
        assert!(matches!(refused, Err(Error::TooManyLogins { .. })));
        t.span("verify password").count(20);
        t.span("log in").with("auth.success", false).not_failed().count(21);
    }
}
