//! Maps unknown methods to a single value.

use super::OTHER;
use std::sync::{LazyLock, Mutex, PoisonError};

/// The methods of RFC 9110, of RFC 5789, and `QUERY`.
pub(crate) const KNOWN: [&str; 10] =
    ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "CONNECT", "TRACE", "QUERY"];

/// The methods of [`OVERRIDE`], which replace those.
static OVERRIDDEN: LazyLock<Option<Vec<String>>> =
    LazyLock::new(|| std::env::var(OVERRIDE).ok().map(|list| parse(&list)));

/// The variable with a comma-separated list of known methods, which replaces the default.
const OVERRIDE: &str = "OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS";

/// A method as it is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Method {
    /// `http.request.method`
    pub(crate) attribute: &'static str,
}

impl Method {
    const OTHER: Self = Self { attribute: OTHER };
    /// The method of all RPCs, which is not recorded.
    pub(crate) const RPC: Self = Self { attribute: "" };

    /// Looks up the method of a request among those that are known; `None`: the usual ones.
    pub(crate) fn of(method: &http::Method, known: Option<&[&'static str]>) -> Self {
        let is_it = |known: &&'static str| *known == method.as_str();
        let known = match (known, &*OVERRIDDEN) {
            (Some(known), _) => known.iter().copied().find(is_it),
            (None, None) => KNOWN.into_iter().find(is_it),
            (None, Some(list)) => list.iter().map(String::as_str).find(is_it),
        };
        known.map_or(Self::OTHER, |attribute| Self { attribute })
    }

    /// Returns the beginning of span names.
    pub(crate) fn name(self) -> &'static str {
        if self == Self::OTHER { "HTTP" } else { self.attribute }
    }

    /// Returns `http.request.method_original`, if that differs from `http.request.method`.
    pub(crate) fn original(self, method: &http::Method) -> Option<&str> {
        (self == Self::OTHER).then_some(method.as_str())
    }
}

/// The number of unusual methods that files can name while a process runs, and the length of each.
const MOST_KEPT: usize = 256;
const LONGEST: usize = 64;

/// Keeps the name of a method that a file makes known, as long as the process runs. Too many names, and too long ones,
/// stay unknown.
pub(crate) fn keep(name: &str) -> Option<&'static str> {
    static KEPT: Mutex<Vec<&'static str>> = Mutex::new(Vec::new());
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    let found = KNOWN.iter().chain(&*kept).find(|known| **known == name);
    if found.is_some() || kept.len() == MOST_KEPT || name.len() > LONGEST {
        return found.copied();
    }
    let name: &'static str = Box::leak(name.into());
    kept.push(name);
    Some(name)
}

fn parse(list: &str) -> Vec<String> {
    list.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_methods_are_other() {
        assert_eq!(Method::of(&http::Method::PATCH, None).name(), "PATCH");
        let brew = http::Method::from_bytes(b"BREW").unwrap();
        assert_eq!(
            (Method::of(&brew, None), Method::of(&brew, None).name()),
            (Method::OTHER, "HTTP")
        );
        assert_eq!(Method::of(&brew, None).original(&brew), Some("BREW"));
        let lower = http::Method::from_bytes(b"get").unwrap();
        assert_eq!(Method::of(&lower, None).original(&lower), Some("get"));
        assert_eq!(Method::of(&http::Method::GET, None).original(&http::Method::GET), None);
        let known = |name| Method::of(&brew, Some(&[keep(name).unwrap()])).name();
        assert_eq!((known("BREW"), known("GET")), ("BREW", "HTTP"));
        assert!(std::ptr::eq(keep("BREW").unwrap(), keep("BREW").unwrap()));
        assert_eq!(keep(&"X".repeat(LONGEST + 1)), None);
        assert_eq!(parse(" GET,BREW , ,"), ["GET", "BREW"]);
    }
}
