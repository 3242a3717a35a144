//! Finds the route of a request, of which programs have few: they are kept for the life of the
//! program, up to a limit.

use crate::route::{Key, Route};
use crate::runtime::runtime::recorder::fork;
use crate::sites;
use std::cell::Cell;
use std::collections::HashMap;
use std::ops::Deref;
use std::sync::{Once, PoisonError, RwLock};
use trace_runtime::Value;

/// The maximum number of routes. Further ones are prepared for each request, so that clients cannot
/// fill the memory.
const MOST: usize = 1024;
/// The maximum number of bytes of all their texts.
const BYTES: usize = 1 << 20;

/// The operation of a request.
#[derive(Debug)]
pub(crate) enum Operation {
    /// One that the program defines.
    Kept(&'static Route),
    /// One that a client may have made up, or that is beyond the limit.
    Passing(Box<Route>),
}

#[derive(Default)]
struct Routes {
    by_hash: HashMap<u64, Vec<&'static Route>>,
    count: usize,
    bytes: usize,
}

static ROUTES: RwLock<Option<Routes>> = RwLock::new(None);

/// The number of recently used routes that each thread remembers; others are looked up under a shared
/// lock.
const RECENT: usize = 64;

thread_local! {
    static MET: [Cell<Option<&'static Route>>; RECENT] =
        const { [const { Cell::new(None) }; RECENT] };
}

impl Deref for Operation {
    type Target = Route;

    fn deref(&self) -> &Route {
        match self {
            Self::Kept(route) => route,
            Self::Passing(route) => route,
        }
    }
}

impl Operation {
    /// Returns the operation of this key, whose texts the program defines.
    pub(crate) fn of(key: &Key<'_>) -> Self {
        find(key).map_or_else(|| remember(key), Self::Kept)
    }

    /// Returns the operation of this key, whose target the client may have made up.
    pub(crate) fn unconfirmed(key: &Key<'_>) -> Self {
        find(key).map_or_else(|| Self::Passing(Route::passing(key).into()), Self::Kept)
    }

    /// Confirms that the program defines the method of this RPC.
    pub(crate) fn confirm(&mut self) {
        if let Self::Passing(route) = self {
            *self = Self::of(&Key::of_rpc(route.side, &route.target.clone(), None));
        }
    }

    /// Returns a text of the route as a value.
    pub(crate) fn value(&self, text: impl for<'a> Fn(&'a Route) -> Option<&'a str>) -> Value<'_> {
        match self {
            Self::Kept(route) => text(route).map_or(Value::Absent, Value::Static),
            Self::Passing(route) => text(route).map_or(Value::Absent, Value::Str),
        }
    }
}

// HOT: every request looks up its route.
fn find(key: &Key<'_>) -> Option<&'static Route> {
    let hash = key.hash();
    let met = MET.try_with(|met| {
        let slot = &met[(hash >> 32) as usize % RECENT];
        match slot.get() {
            Some(route) if route.is_of(key) => Some(route),
            _ => {
                let found = look_up(hash, key)?;
                slot.set(Some(found));
                Some(found)
            }
        }
    });
    met.unwrap_or_else(|_| look_up(hash, key))
}

#[cold]
fn look_up(hash: u64, key: &Key<'_>) -> Option<&'static Route> {
    let routes = ROUTES.read().unwrap_or_else(PoisonError::into_inner);
    let alike = routes.as_ref()?.by_hash.get(&hash)?;
    alike.iter().find(|route| route.is_of(key)).copied()
}

#[cold]
fn remember(key: &Key<'_>) -> Operation {
    static KEPT: Once = Once::new();
    KEPT.call_once(|| fork::keep(&ROUTES, fork::unchanged));
    let mut routes = ROUTES.write().unwrap_or_else(PoisonError::into_inner);
    let Routes { by_hash, count, bytes } = routes.get_or_insert_default();
    let hash = key.hash();
    if let Some(known) = by_hash.get(&hash).into_iter().flatten().find(|route| route.is_of(key)) {
        return Operation::Kept(known);
    }
    if *count >= MOST || key.len() > BYTES - *bytes {
        return Operation::Passing(Route::passing(key).into());
    }
    (*count, *bytes) = (*count + 1, *bytes + key.len());
    let site = sites::named(key.side, key.is_grpc, &key.name());
    let route: &'static Route = Box::leak(Route::kept(key, site).into());
    by_hash.entry(hash).or_default().push(route);
    Operation::Kept(route)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conventions::Side;
    use crate::conventions::authority::Authority;
    use crate::conventions::method::Method;

    fn key(target: &str) -> Key<'_> {
        let method = Method::of(&http::Method::GET);
        Key { side: Side::Server, is_grpc: false, method, scheme: "http", target, server: None }
    }

    fn is_kept(operation: &Operation) -> bool {
        matches!(operation, Operation::Kept(_))
    }

    #[test]
    fn routes_are_made_once_and_not_without_end() {
        let one = Operation::of(&key("/users/{id}"));
        assert_eq!(one.site.info().name, "GET /users/{id}");
        assert!(std::ptr::eq(&*one, &*Operation::of(&key("/users/{id}"))));
        for other in [
            key("/users"),
            Key { method: Method::of(&http::Method::PUT), ..key("/users/{id}") },
            Key { scheme: "https", ..key("/users/{id}") },
            Key { side: Side::Client, ..key("/users/{id}") },
            Key { server: Authority::parse("a"), ..key("/users/{id}") },
            Key { server: Authority::parse("a:1"), ..key("/users/{id}") },
        ] {
            let other = Operation::of(&other);
            assert!(is_kept(&other) && !std::ptr::eq(&*one, &*other));
        }

        let call = Key::of_rpc(Side::Server, "a.B/C", None);
        let mut unconfirmed = Operation::unconfirmed(&call);
        assert!(!is_kept(&unconfirmed));
        unconfirmed.confirm();
        assert!(is_kept(&unconfirmed) && is_kept(&Operation::unconfirmed(&call)));

        let long = "x".repeat(BYTES);
        assert!(!is_kept(&Operation::of(&key(&long))));
        for number in 0..MOST {
            Operation::of(&key(&number.to_string()));
        }
        let more = Operation::of(&key("more"));
        assert_eq!((is_kept(&more), more.name.as_deref()), (false, Some("GET more")));
    }
}
