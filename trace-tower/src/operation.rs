//! Finds the route of a request, of which programs have few: they are kept for the life of the
//! program, up to a limit.

use crate::conventions::{OTHER, Side};
use crate::ends::{End, Ends};
use crate::kept::Kept;
use crate::route::{Key, Route};
use crate::runtime::Site;
use crate::runtime::runtime::instruments::AttributeSet;
use crate::sites;
use std::cell::Cell;
use std::collections::HashMap;
use std::ops::Deref;
use trace_runtime::Value;

/// The maximum number of routes of each side. Further ones are prepared for each request, so that clients
/// cannot fill the memory.
const MOST: usize = 1024;
/// The maximum number of bytes of all texts of a side.
const BYTES: usize = 1 << 20;

/// The operation of a request.
#[derive(Debug)]
pub(crate) enum Operation {
    /// One that the program defines.
    Kept(&'static KeptRoute),
    /// One that a client may have made up, or that is beyond the limit.
    Passing(Box<Route>),
}

/// A route with everything that is prepared once for all its requests.
#[derive(Debug)]
pub(crate) struct KeptRoute {
    route: Route,
    site: &'static Site,
    ends: Ends,
}

/// The routes of one side. Each side has a table, so that a client that calls many hosts does not push
/// out the routes of a server in the same program.
#[derive(Default)]
struct Routes {
    all: HashMap<Key<'static>, &'static KeptRoute>,
    bytes: usize,
}

static SERVER: Kept<Option<Routes>> = Kept::new(None);
static CLIENT: Kept<Option<Routes>> = Kept::new(None);

/// The result of a search that has found no route.
struct Missing {
    has_room: bool,
}

/// The number of recently used routes that each thread remembers; others are looked up under a shared
/// lock.
const RECENT: usize = 64;

thread_local! {
    static MET: [Cell<Option<&'static KeptRoute>>; RECENT] =
        const { [const { Cell::new(None) }; RECENT] };
}

impl Deref for Operation {
    type Target = Route;

    fn deref(&self) -> &Route {
        match self {
            Self::Kept(kept) => &kept.route,
            Self::Passing(route) => route,
        }
    }
}

impl Operation {
    /// Returns the operation of this key, whose texts the program defines.
    pub(crate) fn of(key: &Key<'_>) -> Self {
        match find(key) {
            Ok(kept) => Self::Kept(kept),
            Err(Missing { has_room: true }) => remember(key),
            Err(Missing { has_room: false }) => Self::passing(key),
        }
    }

    /// Returns the operation of this key, whose target the client may have made up.
    pub(crate) fn unconfirmed(key: &Key<'_>) -> Self {
        find(key).map_or_else(|_| Self::passing(key), Self::Kept)
    }

    fn passing(key: &Key<'_>) -> Self {
        Self::Passing(Route::new(key).into())
    }

    /// Confirms that the program defines the method of this RPC.
    pub(crate) fn confirm(&mut self) {
        if let Self::Passing(route) = self {
            *self = Self::of(&route.key());
        }
    }

    /// Returns the site of the spans, and their name if it is not that of the site.
    pub(crate) fn site(&self) -> (&'static Site, Option<String>) {
        match self {
            Self::Kept(kept) => (kept.site, None),
            Self::Passing(route) => {
                (sites::unnamed(route.side, route.is_grpc), Some(route.key().name()))
            }
        }
    }

    /// Returns the attributes of the measurements of a request that has ended.
    #[inline]
    pub(crate) fn attributes(&self, end: &End) -> AttributeSet {
        match self {
            Self::Kept(kept) => kept.ends.find(end, || kept.route.attributes(end)),
            Self::Passing(route) => route.attributes_of_any(end),
        }
    }

    /// Returns a text of the route as a value.
    pub(crate) fn value(&self, text: fn(&Route) -> Option<&str>) -> Value<'_> {
        match self {
            Self::Kept(kept) => text(&kept.route).map_or(Value::Absent, Value::Static),
            Self::Passing(route) => text(route).map_or(Value::Absent, Value::Str),
        }
    }

    /// Returns the first attributes of an RPC: system, method and original method. A path that is not
    /// that of a method is the original of one that is unknown.
    pub(crate) fn rpc<'a>(&'a self, path: &'a str) -> [Value<'a>; 3] {
        let (method, original) = match self.value(Route::target) {
            Value::Absent => (Value::Static(OTHER), Value::Str(path)),
            method => (method, Value::Absent),
        };
        [Value::Static("grpc"), method, original]
    }
}

fn table(side: Side) -> &'static Kept<Option<Routes>> {
    match side {
        Side::Server => &SERVER,
        Side::Client => &CLIENT,
    }
}

// HOT: every request looks up its route.
fn find(key: &Key<'_>) -> Result<&'static KeptRoute, Missing> {
    let met = MET.try_with(|met| {
        let slot = &met[(key.hash() >> 32) as usize % RECENT];
        match slot.get() {
            Some(kept) if kept.route.key() == *key => Ok(kept),
            _ => {
                let found = look_up(key)?;
                slot.set(Some(found));
                Ok(found)
            }
        }
    });
    met.unwrap_or_else(|_| look_up(key))
}

#[cold]
fn look_up(key: &Key<'_>) -> Result<&'static KeptRoute, Missing> {
    match &*table(key.side).read() {
        Some(routes) => routes.find(key),
        None => Err(Missing { has_room: true }),
    }
}

#[cold]
fn remember(key: &Key<'_>) -> Operation {
    let mut routes = table(key.side).write();
    let routes = routes.get_or_insert_default();
    match routes.find(key) {
        Ok(known) => Operation::Kept(known),
        Err(Missing { has_room: true }) => Operation::Kept(routes.add(key)),
        Err(Missing { has_room: false }) => Operation::passing(key),
    }
}

impl Routes {
    fn find(&self, key: &Key<'_>) -> Result<&'static KeptRoute, Missing> {
        let has_room = || self.all.len() < MOST && key.len() <= BYTES - self.bytes;
        self.all.get(key).copied().ok_or_else(|| Missing { has_room: has_room() })
    }

    fn add(&mut self, key: &Key<'_>) -> &'static KeptRoute {
        self.bytes += key.len();
        let site = sites::named(key.side, key.is_grpc, &key.name());
        let kept = KeptRoute { route: Route::new(key), site, ends: Ends::default() };
        let kept: &'static KeptRoute = Box::leak(kept.into());
        self.all.insert(kept.route.key(), kept);
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conventions::authority::Authority;
    use crate::conventions::method::Method;
    use http::StatusCode;

    fn key(target: &str) -> Key<'_> {
        let method = Method::of(&http::Method::GET, None);
        Key { side: Side::Server, is_grpc: false, method, scheme: "http", target, server: None }
    }

    fn is_kept(operation: &Operation) -> bool {
        matches!(operation, Operation::Kept(_))
    }

    #[test]
    fn routes_are_made_once_and_not_without_end() {
        let one = Operation::of(&key("/users/{id}"));
        assert_eq!(one.site().0.info().name, "GET /users/{id}");
        assert!(std::ptr::eq(&*one, &*Operation::of(&key("/users/{id}"))));
        for other in [
            key("/users"),
            Key { method: Method::of(&http::Method::PUT, None), ..key("/users/{id}") },
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
        let of_client = |host: &str| {
            let server = Authority::parse(host);
            Operation::of(&Key { side: Side::Client, server, ..key("") })
        };
        for number in 0..MOST {
            of_client(&format!("h{number}"));
        }
        let more = of_client("more");
        assert_eq!((is_kept(&more), more.site().1.as_deref()), (false, Some("GET")));
        let end = End { status: Some(StatusCode::OK), ..End::default() };
        let other = of_client("other");
        assert_eq!(more.attributes(&end), other.attributes(&end), "hosts are no labels");

        let server = Operation::of(&key("/after/the/clients"));
        assert!(is_kept(&server), "clients push out no routes of servers");
        for number in 0..MOST {
            Operation::of(&key(&number.to_string()));
        }
        let more = Operation::of(&key("more"));
        assert_eq!((is_kept(&more), more.site().1.as_deref()), (false, Some("GET more")));
    }
}
