//! Middleware for reqwest (feature `reqwest`).

use crate::ResendCount;
use crate::client::{CommonSettings, Target, begin};
use crate::conventions::failure::{Failure, Kind, text_of};
use crate::conventions::{OTHER, Protocol, Side, content_length};
use crate::defaults;
use crate::exchange::Exchange;
use crate::runtime::caught::caught;
use crate::within::Within;
use async_trait::async_trait;
use http::{Extensions, HeaderName};
use reqwest::{Request, Response, Url};
use reqwest_middleware::{Error, Middleware, Next, Result};
use std::sync::Arc;

/// A middleware that records a span and metrics for each request that reqwest sends, and injects the
/// context into its headers, like [`ClientLayer`](crate::ClientLayer) for tower.
///
/// After a middleware that retries, it records each attempt, with `http.request.resend_count`; before
/// it, the whole. Redirects that reqwest itself follows are not recorded separately.
///
/// ```
/// use reqwest_middleware::ClientBuilder;
/// use trace_tower::UrlTemplate;
/// use trace_tower::reqwest::TraceMiddleware;
///
/// async fn user(id: u64) -> reqwest_middleware::Result<()> {
///     let client = ClientBuilder::new(reqwest::Client::new()).with(TraceMiddleware::new()).build();
///     let request = client.get(format!("http://localhost:3000/users/{id}"));
///     // The span is called `GET /users/{id}`.
///     let response = request.with_extension(UrlTemplate::new("/users/{id}")).send().await?;
///     # let _ = response;
///     Ok(())
/// }
/// # drop(user(1));
/// ```
///
/// The span ends when the response head arrives. `http.client.response.body.size` is taken from
/// `Content-Length`; without that header it is not measured, because reqwest gives no access to its
/// bodies.
#[derive(Clone, Debug, Default)]
pub struct TraceMiddleware {
    settings: Arc<CommonSettings>,
}

impl TraceMiddleware {
    /// Creates a middleware with the defaults.
    pub fn new() -> Self {
        Self::default()
    }

    fn with(mut self, change: impl FnOnce(&mut CommonSettings)) -> Self {
        change(Arc::make_mut(&mut self.settings));
        self
    }

    /// Sets whether the context is injected into the headers of requests; by default it is. Disable it
    /// for requests to third parties, which should not see trace ids and baggage.
    #[must_use]
    pub fn with_propagation(self, propagates: bool) -> Self {
        self.with(|settings| settings.propagates = propagates)
    }

    /// Records these headers of requests as `http.request.header.<name>`.
    #[must_use]
    pub fn with_request_headers(self, names: impl IntoIterator<Item = HeaderName>) -> Self {
        self.with(|settings| settings.headers.add_request(names))
    }

    /// Records these headers of responses as `http.response.header.<name>`.
    #[must_use]
    pub fn with_response_headers(self, names: impl IntoIterator<Item = HeaderName>) -> Self {
        self.with(|settings| settings.headers.add_response(names))
    }

    /// Also redacts the values of these keys in queries; case is ignored.
    #[must_use]
    pub fn with_redacted<K: Into<String>>(self, keys: impl IntoIterator<Item = K>) -> Self {
        self.with(|settings| settings.redaction.extend(keys))
    }

    fn begin(&self, request: &mut Request, extensions: &mut Extensions) -> Exchange {
        let resends = extensions.get::<ResendCount>().map_or(0, |count| count.get() + 1);
        extensions.insert(ResendCount::new(resends));
        let mut headers = std::mem::take(request.headers_mut());
        let url = request.url();
        let authority = url.host_str().map(|host| match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        });
        let bytes = request.body().map_or(Some(0), |body| Some(body.as_bytes()?.len() as u64));
        let target = Target {
            method: request.method(),
            scheme: url.scheme(),
            authority: authority.as_deref(),
            path: url.path(),
            size: content_length(&headers).or(bytes),
            extensions,
        };
        let full = |secrets: Option<&[String]>| Some(self.full(url, secrets));
        let exchange = begin(&target, &mut headers, &self.settings, full);
        *request.headers_mut() = headers;
        exchange
    }

    /// Returns `url.full`, without secrets.
    fn full(&self, url: &Url, secrets: Option<&[String]>) -> String {
        use crate::conventions::redact::REDACTED;
        let redaction = &self.settings.redaction;
        let mut clean = url.clone();
        // A URL without a host has no credentials either.
        if !url.username().is_empty() {
            let _ = clean.set_username(REDACTED);
        }
        if url.password().is_some() {
            let _ = clean.set_password(Some(REDACTED));
        }
        let clear = |text| redaction.apply(text, secrets);
        clean.set_query(url.query().map(clear).as_deref());
        clean.set_fragment(url.fragment().map(clear).as_deref());
        clean.into()
    }

    fn end(&self, mut exchange: Exchange, result: &Result<Response>) {
        match result {
            Ok(response) => {
                let version = Protocol::of(response.version());
                exchange.has_head(response.status(), version, response.headers());
                let defaults = defaults::current();
                let others = defaults::headers(defaults.as_deref(), Side::Client);
                let wanted = self.settings.headers.response(exchange.is_grpc(), others);
                if let (Some(headers), Some(subject)) = (wanted, exchange.subject()) {
                    headers.record(subject, response.headers());
                }
                exchange.end_with_size(content_length(response.headers()));
            }
            Err(error) => {
                exchange.fails(failure(error));
                exchange.end();
            }
        }
    }
}

/// Distinguishes kinds of errors, because reqwest has a single type.
fn failure(error: &Error) -> Failure {
    let kind = match error {
        Error::Reqwest(error) if error.is_timeout() => "timeout",
        Error::Reqwest(error) if error.is_connect() => "connect",
        Error::Reqwest(error) if error.is_redirect() => "redirect",
        Error::Reqwest(error) if error.is_body() => "body",
        Error::Reqwest(error) if error.is_builder() => "builder",
        Error::Reqwest(_) => "reqwest::Error",
        Error::Middleware(_) => OTHER,
    };
    Failure { kind: Kind::Type(kind), message: Some(message(error)) }
}

/// Formats the message with its causes, without the URL, which may contain secrets.
fn message(error: &Error) -> String {
    let mut text = match error {
        Error::Reqwest(error) => {
            let kind = if error.is_timeout() { "timed out" } else { "sending the request failed" };
            kind.to_owned()
        }
        Error::Middleware(error) => text_of(error),
    };
    let mut error = match error {
        Error::Reqwest(error) => error as &dyn std::error::Error,
        Error::Middleware(error) => error.as_ref(),
    };
    while let Ok(Some(cause)) = caught(|| error.source()) {
        text.push_str(": ");
        text.push_str(&text_of(cause));
        error = cause;
    }
    text
}

#[async_trait]
impl Middleware for TraceMiddleware {
    async fn handle(
        &self,
        mut request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> Result<Response> {
        let exchange = self.begin(&mut request, extensions);
        let (exchange, result) = Within::new(next.run(request, extensions), Some(exchange)).await;
        if let Some(exchange) = exchange {
            self.end(exchange, &result);
        }
        result
    }
}
