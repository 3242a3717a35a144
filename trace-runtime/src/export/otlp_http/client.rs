//! The HTTP client: one blocking request, repeated while the specification and the deadline allow
//! ([failures](https://opentelemetry.io/docs/specs/otlp/#failures-1)).
//!
//! It knows HTTP and the two messages that a receiver answers with, not what it sends.

use crate::export::OtlpSettings;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use ureq::http::header::{
    CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER, USER_AGENT,
};

const ATTEMPTS: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const MAX_PAUSE: Duration = Duration::from_secs(5);
/// No answer that we understand is longer.
const MAX_ANSWER: u64 = 64 * 1024;
/// Of an answer in plain text, this much is shown.
const SHOWN: usize = 200;

/// What the exporter and its client tell each other about one batch.
#[derive(Debug, Default)]
pub(super) struct Exchange {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    deadline: Option<Instant>,
    answer: Option<Answer>,
    /// The last batch could not be delivered: try once, not over and over.
    is_down: bool,
}

/// What a receiver had to say beyond plain success.
#[derive(Debug)]
pub(super) enum Answer {
    /// The batch was not delivered.
    Failed(String),
    /// It was delivered, but some spans were refused.
    Rejected {
        /// How many.
        spans: i64,
        /// Why.
        message: String,
    },
    /// All were taken, with a remark.
    Remarked(String),
}

impl Exchange {
    pub(super) fn begin(&self, deadline: Instant) {
        let mut state = self.lock();
        state.deadline = Some(deadline);
        state.answer = None;
    }

    pub(super) fn take_answer(&self) -> Option<Answer> {
        self.lock().answer.take()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) struct Client {
    agent: ureq::Agent,
    headers: HeaderMap,
    timeout: Duration,
    exchange: Arc<Exchange>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Header values are often credentials.
        f.debug_struct("Client").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

/// Why one attempt failed, and whether to try again.
struct Failure {
    cause: String,
    retry: bool,
    /// The receiver asked to be left alone for so long.
    pause: Option<Duration>,
}

impl Client {
    pub(super) fn new(
        settings: &OtlpSettings,
        url: &str,
        exchange: Arc<Exchange>,
    ) -> Result<Self, String> {
        let mut headers = HeaderMap::new();
        for (name, value) in &settings.headers {
            let key = HeaderName::from_bytes(name.as_bytes())
                .map_err(|_| format!("`{name}` is not a header name"))?;
            let mut value = HeaderValue::from_str(value).map_err(|_| {
                format!("the value of header `{name}` holds characters that no header may hold")
            })?;
            value.set_sensitive(true);
            headers.append(key, value);
        }
        if url.parse::<ureq::http::Uri>().is_ok_and(|uri| uri.host().is_none()) {
            return Err(format!("the endpoint `{url}` names no host"));
        }
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_idle_connections(1);
        #[cfg(feature = "tls")]
        let config = config.tls_config(tls(settings)?);
        Ok(Self { agent: config.build().into(), headers, timeout: settings.timeout, exchange })
    }

    fn send(&self, mut request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        self.set_headers(request.headers_mut());
        let (deadline, is_down) = {
            let state = self.exchange.lock();
            (state.deadline.unwrap_or_else(|| Instant::now() + self.timeout), state.is_down)
        };
        let attempts = if is_down { 1 } else { ATTEMPTS };
        let mut pause = FIRST_PAUSE;
        let mut attempt = 0;
        let result = loop {
            attempt += 1;
            let failure = match self.send_once(&request, deadline) {
                Ok(response) => break Ok(response),
                Err(failure) => failure,
            };
            let wait = jittered(pause).max(failure.pause.unwrap_or_default());
            let left = deadline.saturating_duration_since(Instant::now());
            if !failure.retry || attempt >= attempts || wait >= left {
                break Err(failure.cause);
            }
            std::thread::sleep(wait);
            pause = (pause * 2).min(MAX_PAUSE);
        };
        let mut state = self.exchange.lock();
        state.is_down = result.is_err();
        match result {
            Ok(response) => {
                state.answer = partial_success(response.body());
                Ok(response)
            }
            Err(cause) => {
                state.answer = Some(Answer::Failed(cause.clone()));
                Err(cause.into())
            }
        }
    }

    fn set_headers(&self, headers: &mut HeaderMap) {
        // Not what opentelemetry-otlp adds from the environment: that is read once, elsewhere.
        let agent = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok());
        let agent =
            format!("trace-runtime/{} {}", env!("CARGO_PKG_VERSION"), agent.unwrap_or_default());
        let mut own = HeaderMap::new();
        own.extend(HeaderValue::from_str(agent.trim_end()).map(|agent| (USER_AGENT, agent)));
        for kept in [CONTENT_TYPE, CONTENT_ENCODING] {
            if let Some(value) = headers.remove(&kept) {
                own.insert(kept, value);
            }
        }
        own.extend(self.headers.clone());
        *headers = own;
    }

    fn send_once(
        &self,
        request: &Request<Bytes>,
        deadline: Instant,
    ) -> Result<Response<Bytes>, Failure> {
        let (parts, body) = request.clone().into_parts();
        // Zero would mean no timeout.
        let left = deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        let request = Request::from_parts(parts, &body[..]);
        let request = self.agent.configure_request(request).timeout_global(Some(left)).build();
        let mut response = self.agent.run(request).map_err(|error| self.failure(error))?;
        let body = response.body_mut().with_config().limit(MAX_ANSWER).read_to_vec();
        let body = body.map_err(|error| self.failure(error))?;
        let (parts, _) = response.into_parts();
        if parts.status.is_success() {
            return Ok(Response::from_parts(parts, body.into()));
        }
        let after = parts.headers.get(RETRY_AFTER).and_then(|after| after.to_str().ok());
        Err(Failure {
            cause: match explanation(&parts.headers, &body) {
                Some(why) => format!("it answered {}: {why}", parts.status),
                None => format!("it answered {}", parts.status),
            },
            retry: matches!(parts.status.as_u16(), 429 | 502 | 503 | 504),
            pause: after.and_then(|after| after.trim().parse().ok()).map(Duration::from_secs),
        })
    }

    fn failure(&self, error: ureq::Error) -> Failure {
        let cause = match &error {
            ureq::Error::Io(error) => error.to_string(),
            ureq::Error::Timeout(_) => format!("no answer within {:?}", self.timeout),
            error => error.to_string(),
        };
        let retry = matches!(
            error,
            ureq::Error::Io(_)
                | ureq::Error::Timeout(_)
                | ureq::Error::ConnectionFailed
                | ureq::Error::HostNotFound
                | ureq::Error::Protocol(_)
        );
        Failure { cause, retry, pause: None }
    }
}

impl HttpClient for Client {
    // What `#[async_trait]` would make of an `async fn`.
    fn send_bytes<'client, 'future>(
        &'client self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'future>>
    where
        'client: 'future,
        Self: 'future,
    {
        Box::pin(async move { self.send(request) })
    }
}

/// Between half and all of `pause`, so that many clients do not come back at once.
fn jittered(pause: Duration) -> Duration {
    let random = RandomState::new().hash_one(pause) as f64 / u64::MAX as f64;
    pause.mul_f64(0.5 + random / 2.0)
}

fn partial_success(body: &[u8]) -> Option<Answer> {
    let partial = ExportTraceServiceResponse::decode(body).ok()?.partial_success?;
    match (partial.rejected_spans, partial.error_message) {
        (1.., message) => Some(Answer::Rejected { spans: partial.rejected_spans, message }),
        (_, message) if message.is_empty() => None,
        (_, message) => Some(Answer::Remarked(message)),
    }
}

/// `google.rpc.Status`, with which a receiver explains an error.
#[derive(Clone, PartialEq, Message)]
struct RpcStatus {
    #[prost(string, tag = "2")]
    message: String,
}

fn explanation(headers: &HeaderMap, body: &[u8]) -> Option<String> {
    let kind = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let text = if kind.starts_with("application/x-protobuf") {
        RpcStatus::decode(body).ok()?.message
    } else if kind.starts_with("text/plain") || kind.starts_with("application/json") {
        String::from_utf8_lossy(body).into_owned()
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
    config = match (&settings.client_certificate, &settings.client_key) {
        (Some(chain), Some(path)) => {
            let chain = certificates(chain)?;
            config.client_cert(Some(ClientCert::new_with_certs(&chain, key(path)?)))
        }
        (None, None) => config,
        _ => return Err("a client certificate needs its key, and a key its certificate".to_owned()),
    };
    Ok(config.build())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_vary() {
        for _ in 0..100 {
            let pause = jittered(Duration::from_millis(200));
            assert!((100..=200).contains(&pause.as_millis()), "{pause:?}");
        }
    }

    #[test]
    fn a_receiver_explains_itself() {
        let explain = |kind: &'static str, body: &[u8]| {
            let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(kind))]);
            explanation(&headers, body)
        };
        let status = RpcStatus { message: "bad  token\n".to_owned() }.encode_to_vec();
        assert_eq!(explain("application/x-protobuf", &status).as_deref(), Some("bad token"));
        assert_eq!(explain("text/plain; charset=utf-8", b" no\n").as_deref(), Some("no"));
        assert_eq!(explain("text/html", b"<html>"), None);
        let long = explain("text/plain", "é".repeat(500).as_bytes()).unwrap();
        assert_eq!(long.chars().count(), 101);
    }
}
