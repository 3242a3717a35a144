//! Redacts values that often contain secrets, for errors and warnings.

/// Returns the value of an environment variable as errors show it: only the names of headers,
/// endpoints without user, password and query, and the path of a key.
pub(crate) fn shown(variable: &str, value: &str) -> String {
    if variable.ends_with("_HEADERS") {
        names(value)
    } else if variable.ends_with("_ENDPOINT") {
        strictly_without_credentials(value)
    } else {
        path(value)
    }
}

/// Returns a path; not a key that was given in its place.
pub(crate) fn path(path: &str) -> String {
    if path.contains("-----BEGIN") { "…".to_owned() } else { path.to_owned() }
}

fn names(list: &str) -> String {
    let names: Vec<String> = list
        .split(',')
        .map(|member| match member.split_once('=') {
            Some((name, _)) => format!("{}=…", name.trim()),
            // It may be part of a secret.
            None => "…".to_owned(),
        })
        .collect();
    names.join(",")
}

/// Returns the URL without credentials and without a query.
#[cfg(feature = "otlp-http")]
pub(crate) fn without_credentials(url: &str) -> String {
    let begin = url.find("://").map_or(0, |scheme_end| scheme_end + 3);
    let (scheme, rest) = url.split_at(begin);
    let authority_end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let rest = match rest[..authority_end].rfind('@') {
        Some(at) => &rest[at + 1..],
        None => rest,
    };
    format!("{scheme}{}", without_query(rest))
}

/// Returns a text that may not be a URL without credentials: all before the last `@` may be a password with
/// characters that should have been encoded.
pub(crate) fn strictly_without_credentials(text: &str) -> String {
    let begin = text.find("://").map_or(0, |scheme_end| scheme_end + 3);
    let (scheme, rest) = text.split_at(begin);
    let rest = rest.rsplit_once('@').map_or(rest, |(_, after)| after);
    format!("{scheme}{}", without_query(rest))
}

fn without_query(text: &str) -> String {
    match text.find(['?', '#']) {
        Some(at) => format!("{}{}…", without_keys(&text[..at]), &text[at..=at]),
        None => without_keys(text),
    }
}

/// Replaces segments of a path that may be a key: some receivers take one there.
fn without_keys(path: &str) -> String {
    let segments = path.split('/').enumerate();
    // The first is the host.
    let shown = segments.map(|(at, part)| if at > 0 && is_key(part) { "…" } else { part });
    shown.collect::<Vec<_>>().join("/")
}

/// Returns whether a segment of a path may be a key: it is long, and mixes letters and digits.
pub(crate) fn is_key(segment: &str) -> bool {
    const SHORTEST: usize = 16;
    segment.len() >= SHORTEST
        && segment.bytes().any(|byte| byte.is_ascii_digit())
        && segment.bytes().any(|byte| byte.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_not_shown() {
        #[cfg(feature = "otlp-http")]
        {
            assert_eq!(without_credentials("https://me:pw@host:1/x@y"), "https://host:1/x@y");
            assert_eq!(without_credentials("http://host/x"), "http://host/x");
            assert_eq!(without_credentials("http://host/x?key=s3cret#s3cret"), "http://host/x?…");
            assert_eq!(without_credentials("me:pw@host:1"), "host:1");
        }
        assert_eq!(strictly_without_credentials("http://me:p/w@host/x"), "http://host/x");
        assert_eq!(strictly_without_credentials("http://me:p?w@host?a=b"), "http://host?…");
    }

    #[test]
    fn keys_in_paths_are_not_shown() {
        for (url, shown) in [
            ("https://host-0123456789abcdef/otlp/v1/traces", None),
            ("https://host/opentelemetry-collector/v1/traces", None),
            ("https://host/k/9f86d081884c7d65/v1/traces?a", Some("https://host/k/…/v1/traces?…")),
        ] {
            assert_eq!(strictly_without_credentials(url), shown.unwrap_or(url));
        }
    }

    #[test]
    fn headers_are_shown_by_name() {
        assert_eq!(shown("OTEL_EXPORTER_OTLP_HEADERS", "a=1, b = x=y,pw"), "a=…,b=…,…");
        assert_eq!(shown("OTEL_SERVICE_NAME", "a=1"), "a=1");
        let key = "-----BEGIN PRIVATE KEY-----\ns3cret";
        assert_eq!(shown("OTEL_EXPORTER_OTLP_CLIENT_KEY", key), "…");
    }
}
