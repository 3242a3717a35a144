//! What errors may show of values that often hold secrets.

/// The value of an environment variable as errors show it: of headers their names alone, of
/// endpoints no user and no password.
pub(super) fn shown(variable: &str, value: &str) -> String {
    if variable.ends_with("_HEADERS") {
        names(value)
    } else if variable.ends_with("_ENDPOINT") {
        without_credentials(value)
    } else {
        value.to_owned()
    }
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

/// The URL as it may be shown.
pub(crate) fn without_credentials(url: &str) -> String {
    let begin = url.find("://").map_or(0, |scheme_end| scheme_end + 3);
    let (scheme, rest) = url.split_at(begin);
    let authority_end = rest.find(['/', '?']).unwrap_or(rest.len());
    match rest[..authority_end].rfind('@') {
        Some(at) => format!("{scheme}{}", &rest[at + 1..]),
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_not_shown() {
        assert_eq!(without_credentials("https://me:pw@host:1/x@y"), "https://host:1/x@y");
        assert_eq!(without_credentials("http://host/x"), "http://host/x");
        assert_eq!(without_credentials("me:pw@host:1"), "host:1");
    }

    #[test]
    fn headers_are_shown_by_name() {
        assert_eq!(shown("OTEL_EXPORTER_OTLP_HEADERS", "a=1, b = x=y,pw"), "a=…,b=…,…");
        assert_eq!(shown("OTEL_SERVICE_NAME", "a=1"), "a=1");
    }
}
