//! The HTTP client: one blocking request, repeated while the specification and the deadline allow
//! ([failures](https://opentelemetry.io/docs/specs/otlp/#failures-1)).
//!
//! It knows HTTP and the two messages that a receiver answers with, not what it sends.

use crate::config::secrets::without_credentials;
use crate::export::OtlpSettings;
use crate::export::otlp::answer::{Answer, last};
use crate::export::otlp::check::header;
use crate::export::otlp::encode::schema::rpc_status;
use crate::export::otlp::retry::{Attempts, Failure, is_final};
use std::fmt;
use std::time::Duration;
use ureq::http::header::{
    CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER, USER_AGENT,
};
use ureq::http::{Request, Uri};

/// No answer that we understand is longer.
const MAX_ANSWER: u64 = 64 * 1024;
/// Of an answer in plain text, this much is shown.
const SHOWN: usize = 200;

pub(super) struct Client {
    agent: ureq::Agent,
    uri: Uri,
    headers: HeaderMap,
    timeout: Duration,
    /// The last batch could not be delivered: try once, not over and over.
    is_down: bool,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Header values are often credentials.
        f.debug_struct("Client").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

impl Client {
    pub(super) fn new(settings: &OtlpSettings, url: &str) -> Result<Self, String> {
        let shown = without_credentials(url);
        let uri: Uri =
            url.parse().map_err(|error| format!("the endpoint `{shown}` is not a URL: {error}"))?;
        if uri.host().is_none() {
            return Err(format!("the endpoint `{shown}` names no host"));
        }
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_idle_connections(1);
        #[cfg(feature = "tls")]
        let config = config.tls_config(tls(settings)?);
        Ok(Self {
            agent: config.build().into(),
            uri,
            headers: headers(settings)?,
            timeout: settings.timeout,
            is_down: false,
        })
    }

    /// Sends one request, and again while that may help; the error says why it was in vain.
    pub(super) fn send(&mut self, body: &[u8]) -> Result<Answer, String> {
        let mut attempts = Attempts::new(self.timeout, self.is_down);
        let result = loop {
            let failure = match self.send_once(body, attempts.remaining()) {
                Ok(answer) => break Ok(answer),
                Err(failure) => failure,
            };
            match attempts.next(failure) {
                Ok(pause) => std::thread::sleep(pause),
                Err(cause) => break Err(cause),
            }
        };
        self.is_down = result.is_err();
        result
    }

    fn send_once(&self, body: &[u8], left: Duration) -> Result<Answer, Failure> {
        let mut request = Request::new(body);
        *request.method_mut() = ureq::http::Method::POST;
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = self.headers.clone();
        // Zero would mean no timeout.
        let left = left.max(Duration::from_millis(1));
        let request = self.agent.configure_request(request).timeout_global(Some(left)).build();
        let mut response = self.agent.run(request).map_err(|error| self.failure(error))?;
        let body = response.body_mut().with_config().limit(MAX_ANSWER).read_to_vec();
        let body = body.map_err(|error| self.failure(error))?;
        let (status, headers) = (response.status(), response.headers());
        if status.is_success() {
            return Ok(Answer::read(&body));
        }
        let after = headers.get(RETRY_AFTER).and_then(|after| after.to_str().ok());
        Err(Failure {
            cause: match explanation(headers, &body) {
                Some(why) => format!("it answered {status}: {why}"),
                None => format!("it answered {status}"),
            },
            retry: matches!(status.as_u16(), 429 | 502 | 503 | 504),
            pause: after.and_then(|after| after.trim().parse().ok()).map(Duration::from_secs),
        })
    }

    fn failure(&self, error: ureq::Error) -> Failure {
        let cause = match &error {
            ureq::Error::Io(error) => error.to_string(),
            ureq::Error::Timeout(_) => format!("no answer within {:?}", self.timeout),
            error => error.to_string(),
        };
        let retry = match &error {
            ureq::Error::Io(error) => !is_final(error),
            ureq::Error::Timeout(_)
            | ureq::Error::ConnectionFailed
            | ureq::Error::HostNotFound
            | ureq::Error::Protocol(_) => true,
            _ => false,
        };
        Failure { cause, retry, pause: None }
    }
}

/// The headers of every request; those of the settings come before our own.
fn headers(settings: &OtlpSettings) -> Result<HeaderMap, String> {
    let mut given = HeaderMap::new();
    for (name, value) in &settings.headers {
        let key = HeaderName::from_bytes(name.as_bytes());
        let (key, mut value) = header(name, key.ok(), HeaderValue::from_str(value).ok())?;
        value.set_sensitive(true);
        given.append(key, value);
    }
    let agent = concat!("trace-runtime/", env!("CARGO_PKG_VERSION"), " (Rust)");
    let mut headers = HeaderMap::from_iter([
        (USER_AGENT, HeaderValue::from_static(agent)),
        (CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf")),
    ]);
    if settings.gzip {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    headers.extend(given);
    Ok(headers)
}

fn explanation(headers: &HeaderMap, body: &[u8]) -> Option<String> {
    let kind = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let text = if kind.starts_with("application/x-protobuf") {
        // `google.rpc.Status`, with which a receiver explains an error.
        String::from_utf8_lossy(last(body, rpc_status::MESSAGE)?)
    } else if kind.starts_with("text/plain") || kind.starts_with("application/json") {
        String::from_utf8_lossy(body)
    } else {
        return None;
    };
    let mut line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.len() > SHOWN {
        line.truncate(line.floor_char_boundary(SHOWN));
        line.push('…');
    }
    Some(line).filter(|line| !line.is_empty())
}

#[cfg(feature = "tls")]
fn tls(settings: &OtlpSettings) -> Result<ureq::tls::TlsConfig, String> {
    use std::path::Path;
    use ureq::tls::{
        Certificate, ClientCert, PemItem, PrivateKey, RootCerts, TlsConfig, parse_pem,
    };

    fn items(path: &Path) -> Result<Vec<PemItem<'static>>, String> {
        let pem = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
        parse_pem(&pem)
            .collect::<Result<_, _>>()
            .map_err(|error| format!("{}: {error}", path.display()))
    }
    fn certificates(path: &Path) -> Result<Vec<Certificate<'static>>, String> {
        let found: Vec<_> = items(path)?
            .into_iter()
            .filter_map(|item| match item {
                PemItem::Certificate(certificate) => Some(certificate),
                _ => None,
            })
            .collect();
        if found.is_empty() {
            Err(format!("{} holds no certificate", path.display()))
        } else {
            Ok(found)
        }
    }
    fn key(path: &Path) -> Result<PrivateKey<'static>, String> {
        items(path)?
            .into_iter()
            .find_map(|item| match item {
                PemItem::PrivateKey(key) => Some(key),
                _ => None,
            })
            .ok_or_else(|| format!("{} holds no private key", path.display()))
    }

    let mut config = TlsConfig::builder();
    if let Some(path) = &settings.certificate {
        config = config.root_certs(RootCerts::new_with_certs(&certificates(path)?));
    }
    if let (Some(chain), Some(path)) = (&settings.client_certificate, &settings.client_key) {
        let chain = certificates(chain)?;
        config = config.client_cert(Some(ClientCert::new_with_certs(&chain, key(path)?)));
    }
    Ok(config.build())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receiver_explains_itself() {
        let explain = |kind: &'static str, body: &[u8]| {
            let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(kind))]);
            explanation(&headers, body)
        };
        let status = b"\x08\x10\x12\x0bbad  token\n";
        assert_eq!(explain("application/x-protobuf", status).as_deref(), Some("bad token"));
        assert_eq!(explain("text/plain; charset=utf-8", b" no\n").as_deref(), Some("no"));
        assert_eq!(explain("text/html", b"<html>"), None);
        let long = explain("text/plain", "é".repeat(500).as_bytes()).unwrap();
        assert_eq!(long.chars().count(), 101);
    }
}
