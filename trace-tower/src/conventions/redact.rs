//! Redacts secrets in URLs.

use std::borrow::Cow;

/// The replacement of a secret.
pub(crate) const REDACTED: &str = "REDACTED";

/// Keys whose values are secrets, in lower case: first those of the conventions, then common ones.
const SECRET: &[&str] = &[
    "awsaccesskeyid",
    "sig",
    "signature",
    "x-amz-credential",
    "x-amz-security-token",
    "x-amz-signature",
    "x-goog-credential",
    "x-goog-signature",
    "access_key",
    "access_token",
    "accesskey",
    "accesstoken",
    "api-key",
    "api_key",
    "apikey",
    "auth",
    "auth_token",
    "authorization",
    "client_assertion",
    "client_secret",
    "clientsecret",
    "code",
    "code_verifier",
    "credential",
    "credentials",
    "id_token",
    "jwt",
    "key",
    "otp",
    "passphrase",
    "passwd",
    "password",
    "private_key",
    "pwd",
    "refresh_token",
    "samlresponse",
    "secret",
    "session_id",
    "sessionid",
    "session_token",
    "token",
    "x-api-key",
    "x-auth-token",
];

/// For each length, the first letters of the secret keys that have it, as bits.
const FIRST: [u32; 32] = {
    let mut first = [0; 32];
    let mut at = 0;
    while at < SECRET.len() {
        let secret = SECRET[at].as_bytes();
        first[secret.len()] |= bit(secret[0]);
        at += 1;
    }
    first
};

/// Returns the bit of a letter, in any case; other bytes share some of the bits.
const fn bit(letter: u8) -> u32 {
    1 << (letter & 0x1f)
}

/// Returns whether a key in this query may be one of the secret ones: because of its length and its first
/// letter, or because it is not plain text.
fn is_alike(query: &str) -> bool {
    let bytes = query.as_bytes();
    let (mut start, mut is_key) = (0, true);
    for (at, &byte) in bytes.iter().enumerate() {
        match byte {
            b'&' => (start, is_key) = (at + 1, true),
            b'=' if is_key => {
                is_key = false;
                let first = FIRST.get(at - start).copied().unwrap_or_default();
                if first & bit(bytes[start]) != 0 {
                    return true;
                }
            }
            b'%' | b'+' | b'[' | b'.' | ..=b' ' | 0x7f.. if is_key => return true,
            _ => {}
        }
    }
    false
}

/// The longest key that is decoded; the keys of secrets are short.
const LONGEST: usize = 256;

/// The keys whose values are redacted in queries.
#[derive(Clone, Debug, Default)]
pub(crate) struct Redaction {
    /// Additional keys, in lower case.
    more: Vec<String>,
}

impl Redaction {
    /// Adds keys, in any case.
    pub(crate) fn extend<K: Into<String>>(&mut self, keys: impl IntoIterator<Item = K>) {
        self.more.extend(keys.into_iter().map(|key| key.into().to_ascii_lowercase()));
    }

    /// Returns the query without secrets. `listed`: their keys, in this case, instead of the usual ones.
    pub(crate) fn apply<'a>(&self, query: &'a str, listed: Option<&[String]>) -> Cow<'a, str> {
        // HOT: most queries contain nothing like a secret.
        let is_alike = !self.more.is_empty()
            || listed.map_or_else(|| is_alike(query), |listed| !listed.is_empty());
        if !is_alike || !query.split('&').any(|pair| self.secret_of(pair, listed).is_some()) {
            return Cow::Borrowed(query);
        }
        let mut clean = String::with_capacity(query.len());
        for (index, pair) in query.split('&').enumerate() {
            if index > 0 {
                clean.push('&');
            }
            match self.secret_of(pair, listed) {
                Some(key) => clean.extend([key, "=", REDACTED]),
                None => clean.push_str(pair),
            }
        }
        Cow::Owned(clean)
    }

    /// Returns the key of a pair whose value is a secret.
    fn secret_of<'a>(&self, pair: &'a str, listed: Option<&[String]>) -> Option<&'a str> {
        let (key, value) = pair.split_once('=')?;
        let is_secret = !value.is_empty() && self.names_secret(&decoded(key), listed);
        is_secret.then_some(key)
    }

    /// Also matches `user[password]` and `user.password`.
    fn names_secret(&self, key: &str, listed: Option<&[String]>) -> bool {
        let is_secret = |part: &str| {
            let usual = || match listed {
                None => SECRET.iter().any(|secret| secret.eq_ignore_ascii_case(part)),
                Some(listed) => listed.iter().any(|secret| secret == part),
            };
            usual() || self.more.iter().any(|secret| secret.eq_ignore_ascii_case(part))
        };
        let key = key.trim();
        is_secret(key) || key.contains(['[', '.']) && key.split(['[', ']', '.']).any(is_secret)
    }
}

/// Decodes a key as a server does.
fn decoded(key: &str) -> Cow<'_, str> {
    if !key.contains(['%', '+']) {
        return Cow::Borrowed(key);
    }
    let mut bytes = Vec::with_capacity(key.len().min(LONGEST));
    let mut rest = key.as_bytes();
    while let ([first, after @ ..], true) = (rest, bytes.len() < LONGEST) {
        (rest, _) = match (first, after) {
            (b'%', [high, low, after @ ..]) if let Some(byte) = hex(*high, *low) => {
                (after, bytes.push(byte))
            }
            (b'+', _) => (after, bytes.push(b' ')),
            (byte, _) => (after, bytes.push(*byte)),
        };
    }
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

fn hex(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? << 4 | digit(low)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_taken_out_and_keys_stay() {
        let mut redaction = Redaction::default();
        redaction.extend(["Coupon"]);
        let cases = [
            ("", ""),
            ("a=1&b=2", "a=1&b=2"),
            ("color=blue&sig=abc", "color=blue&sig=REDACTED"),
            ("AWSAccessKeyId=A&Signature=B", "AWSAccessKeyId=REDACTED&Signature=REDACTED"),
            (
                "X-Goog-Signature=1&X-Amz-Signature=2",
                "X-Goog-Signature=REDACTED&X-Amz-Signature=REDACTED",
            ),
            ("TOKEN=x&Access_Token=y", "TOKEN=REDACTED&Access_Token=REDACTED"),
            ("%74oken=x", "%74oken=REDACTED"),
            ("to%6Ben=x&%54OKEN=y", "to%6Ben=REDACTED&%54OKEN=REDACTED"),
            ("+token=x", "+token=REDACTED"),
            ("password=a=b=c", "password=REDACTED"),
            ("password=&token", "password=&token"),
            ("user[password]=x&user.secret=y", "user[password]=REDACTED&user.secret=REDACTED"),
            ("user%5Bpassword%5D=x", "user%5Bpassword%5D=REDACTED"),
            ("coupon=x&coupons=y", "coupon=REDACTED&coupons=y"),
            ("tokens=1&monkey=2&passwords=3", "tokens=1&monkey=2&passwords=3"),
            ("code=1&&=&=x&&", "code=REDACTED&&=&=x&&"),
            ("%=1&%4=2&%zz=3&%ff=4", "%=1&%4=2&%zz=3&%ff=4"),
        ];
        for (query, expected) in cases {
            assert_eq!(redaction.apply(query, None), expected, "{query}");
        }
        assert!(matches!(redaction.apply("a=1", None), Cow::Borrowed(_)));
    }

    #[test]
    fn a_key_without_end_costs_no_memory() {
        let key = "%41".repeat(100_000);
        assert!(decoded(&key).len() <= LONGEST);
    }
}
