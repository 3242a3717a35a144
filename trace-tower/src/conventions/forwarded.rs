//! Parses the headers of proxies: `Forwarded`
//! ([RFC 7239](https://www.rfc-editor.org/rfc/rfc7239)), and its predecessors.

use super::text;
use http::HeaderMap;

/// What the first proxy, the one next to the client, reported.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Forwarded<'a> {
    /// The client, possibly with a port.
    pub(crate) client: Option<&'a str>,
    pub(crate) host: Option<&'a str>,
    pub(crate) scheme: Option<&'static str>,
}

impl<'a> Forwarded<'a> {
    pub(crate) fn of(headers: &'a HeaderMap) -> Self {
        if let Some(header) = text(headers, "forwarded") {
            return Self::parse(header);
        }
        let first = |name| {
            let list = text(headers, name)?;
            list.split(',').map(str::trim).next().filter(|first| !first.is_empty())
        };
        Self {
            client: first("x-forwarded-for"),
            host: first("x-forwarded-host"),
            scheme: first("x-forwarded-proto").and_then(known_scheme),
        }
    }

    fn parse(header: &'a str) -> Self {
        let mut found = Self::default();
        for pair in header.split(',').next().unwrap_or_default().split(';') {
            let Some((key, value)) = pair.split_once('=') else { continue };
            let value = value.trim().trim_matches('"');
            match key.trim() {
                key if key.eq_ignore_ascii_case("for") => found.client = Some(value),
                key if key.eq_ignore_ascii_case("host") => found.host = Some(value),
                key if key.eq_ignore_ascii_case("proto") => found.scheme = known_scheme(value),
                _ => {}
            }
        }
        found
    }
}

/// Returns known schemes only: they are labels of metrics, which clients must not invent.
pub(crate) fn known_scheme(scheme: &str) -> Option<&'static str> {
    ["http", "https"].into_iter().find(|known| known.eq_ignore_ascii_case(scheme))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderName, HeaderValue};

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn the_nearest_to_the_client_is_believed() {
        let map = headers(&[("forwarded", "For=\"[::1]:4\";host=a.b;PROTO=HTTPS, for=2.2.2.2")]);
        let expected =
            Forwarded { client: Some("[::1]:4"), host: Some("a.b"), scheme: Some("https") };
        assert_eq!(Forwarded::of(&map), expected);
        let map = headers(&[
            ("x-forwarded-for", "1.1.1.1, 2.2.2.2"),
            ("x-forwarded-host", "a:1"),
            ("x-forwarded-proto", "gopher"),
        ]);
        let expected = Forwarded { client: Some("1.1.1.1"), host: Some("a:1"), scheme: None };
        assert_eq!(Forwarded::of(&map), expected);
        for odd in ["", ";;", "=,=", "for", "for=", ",,,"] {
            let map = headers(&[("forwarded", odd)]);
            assert_eq!(Forwarded::of(&map).host, None, "{odd}");
        }
    }
}
