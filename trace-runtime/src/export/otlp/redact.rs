//! Removes secrets from texts that come from outside.
//!
//! A receiver may echo the request, such as the token that it refuses. The exporter's secrets do
//! not get into messages that way.

use super::settings::OtlpSettings;
use crate::export::endpoint::{Endpoint, percent_decode};
use crate::export::secrets::is_key;
use std::fmt;

/// Shorter secrets occur in too many texts by chance.
const SHORTEST: usize = 4;
/// A prefix of a secret of this length is hidden too.
const PREFIX: usize = 8;

/// The secrets that no message may show.
#[derive(Default)]
pub(super) struct Secrets(Vec<Secret>);

#[derive(PartialEq, Eq)]
struct Secret {
    text: String,
    /// The length that gives it away.
    known: usize,
}

impl Secrets {
    /// Collects the values of headers; the credentials, the query and keys in the path of an endpoint.
    pub(super) fn of(settings: &OtlpSettings, endpoint: &Endpoint) -> Self {
        let mut secrets = Self::default();
        for (_, value) in &settings.headers {
            match value.trim().split_once(' ') {
                // `Bearer token`: the token alone may be echoed, and the word before it is no secret.
                Some((_, token)) => {
                    secrets.add_whole(value);
                    token.split_ascii_whitespace().for_each(|part| secrets.add(part));
                }
                None => secrets.add(value),
            }
        }
        secrets.add_credentials(endpoint);
        endpoint.path.split('/').filter(|part| is_key(part)).for_each(|part| secrets.add(part));
        for pair in endpoint.query.split('&') {
            let value = pair.split_once('=').map_or(pair, |(_, value)| value);
            secrets.add(value);
            secrets.add(&percent_decode(value).unwrap_or_default());
        }
        secrets
    }

    /// Adds the credentials of an endpoint, or of a proxy.
    pub(super) fn add_credentials(&mut self, endpoint: &Endpoint) {
        if let Some((user, password)) = &endpoint.user {
            self.add(user);
            self.add(password);
        }
        let authorization = endpoint.basic_authorization().unwrap_or_default();
        authorization.split(' ').skip(1).for_each(|part| self.add(part));
    }

    fn add(&mut self, text: &str) {
        let text = text.trim();
        if text.len() >= SHORTEST {
            let known = text.ceil_char_boundary(PREFIX.min(text.len()));
            self.push(Secret { text: text.to_owned(), known });
        }
    }

    fn add_whole(&mut self, text: &str) {
        let text = text.trim().to_owned();
        self.push(Secret { known: text.len(), text });
    }

    /// Adds a secret. The longest come first, so that no part of one is left of another.
    fn push(&mut self, secret: Secret) {
        let at = self.0.partition_point(|known| known.text.len() >= secret.text.len());
        if !self.0.contains(&secret) {
            self.0.insert(at, secret);
        }
    }

    /// Returns the text without secrets.
    pub(super) fn redact(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in &self.0 {
            let known = &secret.text[..secret.known];
            let mut rest = text.as_str();
            let mut clean = String::with_capacity(text.len());
            while let Some(at) = rest.find(known) {
                clean.push_str(&rest[..at]);
                clean.push('…');
                let echoed = rest[at..].char_indices().zip(secret.text.chars());
                let end = echoed.take_while(|((_, one), other)| one == other).last();
                rest = end.map_or("", |((last, c), _)| &rest[at + last + c.len_utf8()..]);
            }
            clean.push_str(rest);
            text = clean;
        }
        text
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secrets").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_secret_is_taken_out() {
        let settings = OtlpSettings::default()
            .with_header("authorization", "Bearer s3cret-token-é-1234")
            .with_header("x-team", "a");
        let endpoint = Endpoint::parse(
            "http://user1:pass%20word@h/0123456789abcdef-k/x?key=query-key&n=1",
            false,
        )
        .unwrap();
        let secrets = Secrets::of(&settings, &endpoint);
        for (echo, expected) in [
            ("bad s3cret-token-é-1234, s3cret-token-é-1234!", "bad …, …!"),
            ("header Bearer s3cret-token-é-1234.", "header …."),
            ("token s3cret-token… is unknown", "token …… is unknown"),
            ("user1 may not: pass word; query-key=1", "… may not: …; …=1"),
            ("no project 0123456789abcdef-k", "no project …"),
            ("dXNlcjE6cGFzcyB3b3Jk", "…"),
            ("a s3cr is no secret, n=1", "a s3cr is no secret, n=1"),
        ] {
            assert_eq!(secrets.redact(echo), expected);
        }
        assert_eq!(format!("{secrets:?}"), "Secrets { .. }");
    }
}
