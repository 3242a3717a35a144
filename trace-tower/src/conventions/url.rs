//! Formats `url.full`, without secrets.

use super::redact::{REDACTED, Redaction};
use http::Uri;
use std::borrow::Cow;

/// Formats a URI, if it contains a host.
pub(crate) fn full(uri: &Uri, redaction: &Redaction, secrets: Option<&[String]>) -> Option<String> {
    let authority = uri.authority()?.as_str();
    let scheme = uri.scheme_str().unwrap_or("http");
    let mut full = String::with_capacity(scheme.len() + authority.len() + uri.path().len() + 32);
    full.extend([scheme, "://", &without_credentials(authority), uri.path()]);
    if let Some(query) = uri.query() {
        full.extend(["?", &redaction.apply(query, secrets)]);
    }
    Some(full)
}

/// Redacts user and password before the host.
fn without_credentials(authority: &str) -> Cow<'_, str> {
    // HOT: most have neither.
    if !authority.as_bytes().contains(&b'@') {
        return Cow::Borrowed(authority);
    }
    match authority.rsplit_once('@') {
        None => Cow::Borrowed(authority),
        Some((user, place)) if user.contains(':') => {
            format!("{REDACTED}:{REDACTED}@{place}").into()
        }
        Some((_, place)) => format!("{REDACTED}@{place}").into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_and_secrets_are_taken_out() {
        let cases = [
            ("http://a/b?c=d", "http://a/b?c=d"),
            ("https://user:secret@a:1/b", "https://REDACTED:REDACTED@a:1/b"),
            ("https://token@a/", "https://REDACTED@a/"),
            ("https://a/b?sig=1&c=d", "https://a/b?sig=REDACTED&c=d"),
            ("http://[::1]:80/", "http://[::1]:80/"),
        ];
        for (uri, expected) in cases {
            let full = full(&uri.parse().unwrap(), &Redaction::default(), None);
            assert_eq!(full.as_deref(), Some(expected));
        }
        assert_eq!(full(&"/b".parse().unwrap(), &Redaction::default(), None), None);
    }
}
