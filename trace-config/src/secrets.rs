//! Recognizes secrets, which are never shown.

/// Returns whether the value of a key is probably a secret.
pub(crate) fn is_secret_key(key: &str) -> bool {
    const PARTS: [&str; 14] = [
        "password",
        "passwd",
        "passphrase",
        "secret",
        "token",
        "apikey",
        "accesskey",
        "privatekey",
        "authorization",
        "credential",
        "cookie",
        "bearer",
        "license",
        "signature",
    ];
    let plain: String =
        key.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    PARTS.iter().any(|part| plain.contains(part))
}

/// Returns a text without the credentials of the URLs in it.
pub(crate) fn without_credentials(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(scheme) = rest.find("://") {
        let (before, authority) = rest.split_at(scheme + 3);
        let end = authority
            .find(|c: char| c.is_whitespace() || matches!(c, '/' | '?' | '#' | '"' | '\''))
            .unwrap_or(authority.len());
        shown.push_str(before);
        rest = authority;
        if let Some(at) = authority[..end].rfind('@') {
            shown.push_str("***");
            rest = &authority[at..];
        }
    }
    shown.push_str(rest);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_secrets_are_recognized() {
        for key in ["api-key", "x-api-key", "API_KEY", "Authorization", "db.password", "auth_token"]
        {
            assert!(is_secret_key(key), "{key}");
        }
        for key in ["key", "key_file", "endpoint", "included", "sensitive_query_parameters"] {
            assert!(!is_secret_key(key), "{key}");
        }
    }

    #[test]
    fn urls_are_shown_without_credentials() {
        for (text, shown) in [
            ("https://user:pw@host/v1", "https://***@host/v1"),
            ("a https://u@h b http://p@q:1@r", "a https://***@h b http://***@r"),
            ("https://host/a@b", "https://host/a@b"),
            ("user@host", "user@host"),
        ] {
            assert_eq!(without_credentials(text), shown);
        }
    }
}
