//! Serves one request of any transport: notes it, then answers as the script demands or takes it.

use super::answer::{Answer, AnswerKind};
use super::grpc;
use super::payload::{self, Partial};
use super::request::{Request, Signal, Transport};
use super::store::Store;
use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use http::{Method, Response, StatusCode, request};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use prost::Message;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tonic::body::Body;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

/// An error that closes the connection without an answer.
#[derive(Debug)]
pub(super) struct Closed;

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the receiver closed the connection, as scripted")
    }
}

impl std::error::Error for Closed {}

/// What the requests of one connection share.
#[derive(Clone)]
pub(super) struct Service {
    pub(super) store: Arc<Store>,
    pub(super) max_body_bytes: usize,
    /// Notified when the connection must close.
    pub(super) closing: Arc<Notify>,
}

impl Service {
    pub(super) async fn serve(
        self,
        request: http::Request<Incoming>,
    ) -> Result<Response<Body>, Closed> {
        let (head, body) = request.into_parts();
        let transport = transport(&head);
        let signal = signal(head.uri.path());
        let body = Limited::new(body, self.max_body_bytes).collect().await;
        let too_large =
            matches!(&body, Err(error) if error.downcast_ref::<LengthLimitError>().is_some());
        if body.is_err() && !too_large {
            // The client went away in the middle of it.
            self.store.broken("a request ended before its body was whole".to_owned());
            return Err(Closed);
        }
        let body = body.map(http_body_util::Collected::to_bytes).unwrap_or_default();
        let number = self.store.note(Request {
            method: head.method.clone(),
            path: head.uri.path().to_owned(),
            headers: head.headers.clone(),
            body_bytes: body.len(),
            signal,
            transport,
            taken: 0,
            refused: None,
        });
        if too_large {
            let message = format!("the body is more than {} bytes", self.max_body_bytes);
            return Ok(self.refuse(number, transport, 413, message));
        }
        let answer = self.obey(number).await?;
        match answer.kind {
            AnswerKind::Status(_) | AnswerKind::Grpc(_) => {
                self.store.settle(number, Some(format!("{}, as scripted", described(&answer))));
                Ok(scripted(&answer, transport))
            }
            _ => self.take(number, head, body, (signal, transport), &answer).await,
        }
    }

    /// Takes the next answer from the script, and waits for its delay.
    async fn obey(&self, number: usize) -> Result<Answer, Closed> {
        let mut release = self.store.release();
        let answer = self.store.next_answer();
        match answer.kind {
            AnswerKind::Close => {
                self.store
                    .settle(number, Some("the connection was closed, as scripted".to_owned()));
                self.closing.notify_one();
                // Over HTTP/2 an error would be an answer; this ends with the connection.
                return std::future::pending().await;
            }
            AnswerKind::Hang => {
                self.store.settle(number, Some("not answered, as scripted".to_owned()));
                // The sender lives as long as the store.
                let _ = release.changed().await;
                self.store.settle(number, None);
                return Ok(Answer::accept());
            }
            _ => {}
        }
        if !answer.delay.is_zero() {
            tokio::time::sleep(answer.delay).await;
        }
        Ok(answer)
    }

    async fn take(
        &self,
        number: usize,
        head: request::Parts,
        body: Bytes,
        (signal, transport): (Option<Signal>, Option<Transport>),
        answer: &Answer,
    ) -> Result<Response<Body>, Closed> {
        let partial: Partial = match answer.kind {
            AnswerKind::Partial(rejected) => Some((rejected, answer.message.clone())),
            _ => None,
        };
        if transport == Some(Transport::Grpc) {
            let request = http::Request::from_parts(head, Full::new(body));
            let collector = grpc::Collector { store: self.store.clone(), number, partial };
            let response = collector.serve(request, signal, self.max_body_bytes).await;
            let status = Status::from_header_map(response.headers());
            if let Some(status) = status.filter(|status| status.code() != Code::Ok) {
                let why = format!("{:?}: {}", status.code(), status.message());
                self.store.settle(number, Some(why));
            }
            return Ok(response);
        }
        let taken = http_items(&head, &body, signal, transport, self.max_body_bytes);
        let (signal, transport, items) = match taken {
            Ok(taken) => taken,
            Err((status, why)) => return Ok(self.refuse(number, transport, status, why)),
        };
        let rejected = partial.as_ref().map_or(0, |(rejected, _)| *rejected);
        self.store.take(number, items, usize::try_from(rejected).unwrap_or(usize::MAX));
        let body = payload::response(signal, transport, partial);
        Ok(respond(StatusCode::OK, Some(transport), body))
    }

    fn refuse(
        &self,
        number: usize,
        transport: Option<Transport>,
        status: u16,
        why: String,
    ) -> Response<Body> {
        self.store.settle(number, Some(why.clone()));
        let answer = match transport {
            Some(Transport::Grpc) => Answer::grpc(Code::ResourceExhausted, why),
            _ => Answer::status(status).with_message(why),
        };
        scripted(&answer, transport)
    }
}

fn transport(head: &request::Parts) -> Option<Transport> {
    let kind = head.headers.get(CONTENT_TYPE)?.to_str().ok()?.to_ascii_lowercase();
    match kind.split(';').next().unwrap_or_default().trim() {
        "application/x-protobuf" => Some(Transport::HttpProtobuf),
        "application/json" => Some(Transport::HttpJson),
        grpc if grpc.starts_with("application/grpc") => Some(Transport::Grpc),
        _ => None,
    }
}

fn signal(path: &str) -> Option<Signal> {
    let ends = |http: &str, grpc: &str| path.ends_with(http) || path == grpc;
    if ends("/v1/traces", grpc::TRACES) {
        Some(Signal::Traces)
    } else if ends("/v1/metrics", grpc::METRICS) {
        Some(Signal::Metrics)
    } else if ends("/v1/logs", grpc::LOGS) {
        Some(Signal::Logs)
    } else {
        None
    }
}

type Taken = (Signal, Transport, payload::Items);

/// Reads the items of an OTLP/HTTP request; the error is a status code and a reason.
fn http_items(
    head: &request::Parts,
    body: &[u8],
    signal: Option<Signal>,
    transport: Option<Transport>,
    limit: usize,
) -> Result<Taken, (u16, String)> {
    let path = head.uri.path();
    let signal = signal.ok_or_else(|| {
        (404, format!("nothing is at {path}; OTLP has /v1/traces, /v1/metrics and /v1/logs"))
    })?;
    if head.method != Method::POST {
        return Err((405, format!("the method is {}; OTLP uses POST", head.method)));
    }
    let transport = transport.ok_or_else(|| {
        let kind = head.headers.get(CONTENT_TYPE);
        let allowed = "OTLP uses application/x-protobuf, application/json and application/grpc";
        (415, format!("the content type is {kind:?}; {allowed}"))
    })?;
    let encoding = head.headers.get(CONTENT_ENCODING).map(HeaderValue::as_bytes);
    let json = transport == Transport::HttpJson;
    let items = match encoding {
        None | Some(b"identity" | b"") => payload::read(signal, json, body),
        Some(b"gzip") => {
            payload::gunzip(body, limit).and_then(|body| payload::read(signal, json, &body))
        }
        Some(other) => {
            let other = other.escape_ascii();
            return Err((415, format!("the content encoding is {other}; allowed: gzip")));
        }
    };
    items.map(|items| (signal, transport, items)).map_err(|why| (400, why))
}

fn described(answer: &Answer) -> String {
    match answer.kind {
        AnswerKind::Grpc(code) => format!("rejected with {:?}", Code::from_i32(code)),
        AnswerKind::Status(code) => format!("rejected with status {code}"),
        _ => "rejected".to_owned(),
    }
}

/// Encodes the scripted answer for this transport.
fn scripted(answer: &Answer, transport: Option<Transport>) -> Response<Body> {
    match (answer.kind, transport) {
        (AnswerKind::Grpc(code), Some(Transport::Grpc)) => {
            let code = Code::from_i32(code);
            let status = match answer.retry_after {
                Some(pause) => {
                    let details = ErrorDetails::with_retry_info(Some(pause));
                    Status::with_error_details(code, &answer.message, details)
                }
                None => Status::new(code, &answer.message),
            };
            status.into_http()
        }
        (AnswerKind::Grpc(code), _) => {
            rejection(http_status(Code::from_i32(code)), code, answer, transport)
        }
        (AnswerKind::Status(status), _) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            rejection(status, Code::Unknown as i32, answer, transport)
        }
        _ => Response::default(),
    }
}

/// Encodes a failure over HTTP, with a `google.rpc.Status` in the body.
fn rejection(
    status: StatusCode,
    code: i32,
    answer: &Answer,
    transport: Option<Transport>,
) -> Response<Body> {
    let message = &answer.message;
    let body = match transport {
        _ if message.is_empty() => Vec::new(),
        Some(Transport::HttpJson) => {
            serde_json::json!({ "code": code, "message": message }).to_string().into_bytes()
        }
        Some(Transport::HttpProtobuf) => {
            let message = message.clone();
            tonic_types::Status { code, message, details: Vec::new() }.encode_to_vec()
        }
        _ => message.clone().into_bytes(),
    };
    let mut response = respond(status, transport, body);
    if let Some(pause) = answer.retry_after {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(whole_seconds(pause)));
    }
    response
}

/// Rounds up to whole seconds.
fn whole_seconds(pause: Duration) -> u64 {
    pause.as_secs() + u64::from(pause.subsec_nanos() > 0)
}

fn respond(status: StatusCode, transport: Option<Transport>, body: Vec<u8>) -> Response<Body> {
    let kind = match transport {
        Some(Transport::HttpProtobuf) => "application/x-protobuf",
        Some(Transport::HttpJson) => "application/json",
        _ => "text/plain; charset=utf-8",
    };
    let mut response = Response::new(Body::new(Full::new(Bytes::from(body))));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// Returns the HTTP status code that OTLP clients treat like the gRPC status code
/// ([failures](https://opentelemetry.io/docs/specs/otlp/#failures)).
fn http_status(code: Code) -> StatusCode {
    match code {
        Code::Ok => StatusCode::OK,
        Code::InvalidArgument | Code::FailedPrecondition => StatusCode::BAD_REQUEST,
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        Code::PermissionDenied => StatusCode::FORBIDDEN,
        Code::NotFound | Code::Unimplemented => StatusCode::NOT_FOUND,
        Code::ResourceExhausted => StatusCode::TOO_MANY_REQUESTS,
        Code::DeadlineExceeded => StatusCode::GATEWAY_TIMEOUT,
        Code::Unavailable | Code::Aborted | Code::Cancelled | Code::OutOfRange | Code::DataLoss => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
