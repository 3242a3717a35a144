//! The HTTP client: one blocking request at a time on one persistent connection
//! ([OTLP/HTTP](https://opentelemetry.io/docs/specs/otlp/#otlphttp)).
//!
//! It depends on HTTP and the two messages that a receiver answers with, not on the contents of requests.
//! Written here on `httparse` and `rustls`: the request is one fixed head and a body in a buffer. A general
//! client sends a large request to its end before it reads the answer, starts a
//! thread for each lookup of a name, and uses `CONNECT` for plain `http` through a proxy.

use super::connection::{Broken, Connection, Response, Stream, connect};
use super::head::RequestHead;
use super::proxy;
use super::socket::Socket;
#[cfg(feature = "tls")]
use super::tls::Tls;
use crate::diagnostics::warn_once;
use crate::export::OtlpSettings;
use crate::export::contact::Contact;
use crate::export::endpoint::Endpoint;
use crate::export::hurry;
use crate::export::otlp::answer::{Answer, Undelivered, last, too_much};
use crate::export::otlp::deadline::Deadline;
use crate::export::otlp::encode::schema::{response::PARTIAL_SUCCESS, rpc_status};
use crate::export::otlp::encode::wire::fields;
use crate::export::otlp::json_text::Json;
use crate::export::otlp::resolve::Resolver;
use crate::export::otlp::retry::{AttemptFailure, Retries, is_final, is_unreachable};
use std::fmt;
#[cfg(feature = "tls")]
use std::fmt::Write as _;
use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// The length of a body's text that is shown if it is not an answer.
const SHOWN: usize = 80;
/// The status by which a server announces that it closes an idle connection.
const REQUEST_TIMEOUT: u16 = 408;

pub(super) struct HttpClient {
    endpoint: Endpoint,
    pub(super) proxy: Option<Endpoint>,
    /// That of the receiver, or of the proxy.
    resolver: Arc<Resolver>,
    head: RequestHead,
    #[cfg(feature = "tls")]
    tls: Option<Tls>,
    connection: Option<Connection>,
    contact: Arc<Contact>,
    max_response_size: usize,
    pub(super) retries: Retries,
}

impl fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The head has headers, whose values are often credentials.
        f.debug_struct("HttpClient")
            .field("endpoint", &self.endpoint.shown())
            .field("retries", &self.retries)
            .finish_non_exhaustive()
    }
}

impl HttpClient {
    pub(super) fn new(settings: &OtlpSettings, endpoint: Endpoint) -> Result<Self, String> {
        let lookup = |name: &str| std::env::var_os(name)?.into_string().ok();
        let proxy = proxy::of(&endpoint, &lookup).unwrap_or_else(|error| {
            warn_once(format!("{error}; requests go to {} directly", endpoint.origin()));
            None
        });
        let reached = proxy.as_ref().unwrap_or(&endpoint);
        Ok(Self {
            resolver: Resolver::of(&reached.host, reached.port),
            head: RequestHead::new(settings, &endpoint, proxy.as_ref())?,
            #[cfg(feature = "tls")]
            tls: match endpoint.is_https {
                true => Some(Tls::new(settings, &endpoint.host)?),
                false => None,
            },
            endpoint,
            proxy,
            connection: None,
            contact: Arc::default(),
            max_response_size: settings.max_response_size,
            retries: Retries::new(settings.timeout),
        })
    }

    /// Sends one request, and retries while that may help.
    pub(super) fn send(&mut self, body: &[u8], deadline: Deadline) -> Result<Answer, Undelivered> {
        let mut retries = std::mem::replace(&mut self.retries, Retries::new(Duration::ZERO));
        let result = retries.run(deadline, |retries, deadline| {
            self.send_once(body, deadline).map_err(|broken| match broken {
                Attempt::Failed(failure) => failure,
                Attempt::Broken(broken) => failure(broken, retries),
            })
        });
        self.retries = retries;
        result
    }

    fn send_once(&mut self, body: &[u8], deadline: Deadline) -> Result<Answer, Attempt> {
        if let Some(mut kept) = self.connection.take()
            && kept.is_alive()
        {
            match kept.exchange(self.head.of(body), body, deadline) {
                // The other side had just closed it, as it may at any time, silently or with a remark.
                Err(Broken::Silent(_)) => {}
                Ok(response) if response.head.status == REQUEST_TIMEOUT => {}
                response => return self.finish(kept, response?),
            }
        }
        let mut connection = self.connect(deadline)?;
        let response = connection.exchange(self.head.of(body), body, deadline)?;
        self.finish(connection, response)
    }

    fn finish(&mut self, connection: Connection, response: Response) -> Result<Answer, Attempt> {
        if connection.is_reusable {
            self.connection = Some(connection);
        }
        interpret(&response, self.max_response_size).map_err(Attempt::Failed)
    }

    fn connect(&self, deadline: Deadline) -> Result<Connection, Attempt> {
        let stream = self.connect_socket(deadline)?;
        let stream = match &self.proxy {
            Some(_) if self.endpoint.is_https => self.tunnel(stream, deadline)?,
            _ => stream,
        };
        Ok(Connection::new(self.wrap(stream)?, self.max_response_size))
    }

    /// Connects to the receiver, or to the proxy: within the deadline, and for less time when the program ends.
    fn connect_socket(&self, deadline: Deadline) -> Result<Socket, Attempt> {
        hurry::uses(&self.contact);
        let _connecting = self.contact.connecting();
        let within = deadline.or(hurry::connect_by());
        let addresses = self.resolver.addresses(within);
        let addresses =
            addresses.map_err(|cause| Attempt::Failed(AttemptFailure::unreachable(cause)))?;
        connect(&addresses, within).map_err(|error| {
            self.resolver.expire();
            match error.kind() {
                io::ErrorKind::TimedOut if deadline.is_over() => Broken::Late.into(),
                io::ErrorKind::TimedOut if within.is_over() => {
                    Attempt::Failed(AttemptFailure::unreachable("no connection before the end"))
                }
                _ => Broken::Silent(error).into(),
            }
        })
    }

    /// Makes the proxy connect to the receiver.
    #[cfg(feature = "tls")]
    fn tunnel(&self, stream: Socket, deadline: Deadline) -> Result<Socket, Attempt> {
        let target = self.endpoint.host_and_port();
        let proxy = self.proxy.as_ref();
        let mut request = format!("CONNECT {target} HTTP/1.1\r\nhost: {target}\r\n");
        if let Some(authorization) = proxy.and_then(Endpoint::basic_authorization) {
            let _ = write!(request, "proxy-authorization: {authorization}\r\n");
        }
        request.push_str("\r\n");
        let mut connection = Connection::new(Stream::Plain(stream), self.max_response_size);
        let head = connection.open_tunnel(request.as_bytes(), deadline)?;
        if !(200..300).contains(&head.status) {
            let shown = proxy.map(Endpoint::origin).unwrap_or_default();
            let cause = format!("the proxy {shown} answered {} {}", head.status, head.reason);
            let retry = matches!(head.status, 429 | 502 | 503 | 504);
            return Err(Attempt::Failed(AttemptFailure {
                retry,
                ..AttemptFailure::permanent(cause.trim())
            }));
        }
        connection.into_stream().ok_or_else(|| Broken::NotHttp.into())
    }

    #[cfg(not(feature = "tls"))]
    fn tunnel(&self, stream: Socket, _: Deadline) -> Result<Socket, Attempt> {
        Ok(stream)
    }

    #[cfg(feature = "tls")]
    fn wrap(&self, stream: Socket) -> Result<Stream, Attempt> {
        Ok(match &self.tls {
            Some(tls) => Stream::Tls(Box::new(tls.wrap(stream).map_err(Broken::Silent)?)),
            None => Stream::Plain(stream),
        })
    }

    #[cfg(not(feature = "tls"))]
    fn wrap(&self, stream: Socket) -> Result<Stream, Attempt> {
        Ok(Stream::Plain(stream))
    }
}

/// The ways in which an attempt fails.
enum Attempt {
    Failed(AttemptFailure),
    Broken(Broken),
}

impl From<Broken> for Attempt {
    fn from(broken: Broken) -> Self {
        Self::Broken(broken)
    }
}

fn failure(broken: Broken, retries: &Retries) -> AttemptFailure {
    match broken {
        Broken::Late => retries.no_answer(),
        Broken::NotHttp => AttemptFailure::permanent("what it answered is not HTTP/1.1"),
        Broken::Silent(error) | Broken::Amid(error) => AttemptFailure {
            retry: !is_final(&error),
            unreachable: is_unreachable(&error),
            ..AttemptFailure::passing(error.to_string())
        },
    }
}

/// Interprets a response.
fn interpret(response: &Response, max_response_size: usize) -> Result<Answer, AttemptFailure> {
    let head = &response.head;
    let status = || format!("{} {}", head.status, head.reason).trim().to_owned();
    if (200..300).contains(&head.status) {
        if response.is_cut {
            return Err(AttemptFailure::permanent(too_much(max_response_size)));
        }
        return accepted(response).ok_or_else(|| {
            let kind = head.content_type.as_deref().unwrap_or("no content type");
            let cut = &response.body[..response.body.len().min(SHOWN)];
            let more = if cut.len() < response.body.len() { "…" } else { "" };
            AttemptFailure::permanent(format!(
                "it answered {} with `{}`, which is no answer of OTLP: {}{more}",
                status(),
                kind.escape_debug(),
                cut.escape_ascii(),
            ))
        });
    }
    let cause = match explanation(response) {
        Some(why) => format!("it answered {}: {why}", status()),
        None => format!("it answered {}", status()),
    };
    Err(AttemptFailure {
        retry: matches!(head.status, 429 | 502 | 503 | 504),
        silence: head
            .retry_after
            .as_deref()
            .and_then(|after| retry_after(after, SystemTime::now())),
        ..AttemptFailure::permanent(cause)
    })
}

/// Returns the answer to a request that was accepted; `None` if it is not from an OTLP
/// receiver, but for example the page of a web server.
fn accepted(response: &Response) -> Option<Answer> {
    if response.body.trim_ascii().is_empty() {
        return Some(Answer::default());
    }
    let kind = response.head.content_type.as_deref().unwrap_or_default().to_ascii_lowercase();
    match kind.split(';').next().unwrap_or_default().trim() {
        "application/json" => Answer::read_json(&response.body),
        "application/x-protobuf" => Answer::read(&response.body),
        kind if kind.starts_with("text/") => None,
        // Text may decode as fields that no answer has.
        _ => Answer::read(&response.body)
            .filter(|_| has_only(&response.body, PARTIAL_SUCCESS))
            .or_else(|| Answer::read_json(&response.body)),
    }
}

fn has_only(message: &[u8], number: u32) -> bool {
    fields(message).all(|(found, _)| found == number)
}

/// Returns the receiver's reason for a refusal, in its own words.
fn explanation(response: &Response) -> Option<String> {
    let kind = response.head.content_type.as_deref()?.to_ascii_lowercase();
    let text = if kind.starts_with("application/x-protobuf") {
        // `google.rpc.Status`, in which a receiver explains an error.
        String::from_utf8_lossy(last(&response.body, rpc_status::MESSAGE)?)
    } else if kind.starts_with("application/json") {
        // `google.rpc.Status`, too.
        let message = Json::parse(&response.body).and_then(|status| status.member("message"));
        match message.and_then(Json::text) {
            Some(message) => message.into(),
            None => String::from_utf8_lossy(&response.body),
        }
    } else if kind.starts_with("text/plain") {
        String::from_utf8_lossy(&response.body)
    } else {
        return None;
    };
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    Some(line).filter(|line| !line.is_empty())
}

/// Parses the value of `Retry-After`: seconds, or a date
/// ([RFC 9110](https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3)).
fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|digit| digit.is_ascii_digit()) {
        // A number with too many digits means a very long time.
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::from(u32::MAX))));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    // A date in the past requests no pause.
    Some(date.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;
