//! Maps unknown methods to a single value.

use super::OTHER;
use std::sync::LazyLock;

/// The methods of RFC 9110, of RFC 5789, and `QUERY`.
const KNOWN: [&str; 10] =
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

    /// Looks up the method of a request.
    pub(crate) fn of(method: &http::Method) -> Self {
        let known = match &*OVERRIDDEN {
            None => KNOWN.into_iter().find(|known| *known == method.as_str()),
            Some(list) => list.iter().map(String::as_str).find(|known| *known == method.as_str()),
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

fn parse(list: &str) -> Vec<String> {
    list.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_methods_are_other() {
        assert_eq!(Method::of(&http::Method::PATCH).name(), "PATCH");
        let brew = http::Method::from_bytes(b"BREW").unwrap();
        assert_eq!((Method::of(&brew), Method::of(&brew).name()), (Method::OTHER, "HTTP"));
        assert_eq!(Method::of(&brew).original(&brew), Some("BREW"));
        let lower = http::Method::from_bytes(b"get").unwrap();
        assert_eq!(Method::of(&lower).original(&lower), Some("get"));
        assert_eq!(Method::of(&http::Method::GET).original(&http::Method::GET), None);
        assert_eq!(parse(" GET,BREW , ,"), ["GET", "BREW"]);
    }
}
