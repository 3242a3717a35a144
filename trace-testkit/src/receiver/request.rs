//! What a receiver remembers of each request.

use http::{HeaderMap, Method};
use std::fmt;

/// What a request carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Signal {
    /// Spans.
    Traces,
    /// Metrics.
    Metrics,
    /// Log records.
    Logs,
}

/// How a request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Transport {
    /// OTLP/HTTP with protobuf.
    HttpProtobuf,
    /// OTLP/HTTP with JSON.
    HttpJson,
    /// OTLP/gRPC.
    Grpc,
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::HttpProtobuf => "http/protobuf",
            Self::HttpJson => "http/json",
            Self::Grpc => "grpc",
        })
    }
}

/// A request that a receiver got, whether it took it or not.
#[derive(Clone)]
#[non_exhaustive]
pub struct Request {
    /// The method; `POST`, unless something is wrong.
    pub method: Method,
    /// The path that it was sent to.
    pub path: String,
    /// Its headers: those of HTTP, or the metadata of gRPC.
    pub headers: HeaderMap,
    /// Bytes of the body as they came, compressed or not.
    pub body_bytes: usize,
    /// What it carries; `None` when its path is not one of OTLP's.
    pub signal: Option<Signal>,
    /// How it came; `None` when its content type is not one of OTLP's.
    pub transport: Option<Transport>,
    /// Spans, data points or log records that were taken of it.
    pub taken: usize,
    /// Why it was not taken, or not all of it.
    pub refused: Option<String>,
}

impl Request {
    /// The value of a header, if it is text; the first of several.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Whether the body came compressed with gzip.
    #[must_use]
    pub fn is_gzip(&self) -> bool {
        let name = match self.transport {
            Some(Transport::Grpc) => "grpc-encoding",
            _ => "content-encoding",
        };
        self.header(name) == Some("gzip")
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Header values are often credentials.
        let headers: Vec<&str> = self.headers.keys().map(http::HeaderName::as_str).collect();
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("headers", &headers)
            .field("body_bytes", &self.body_bytes)
            .field("taken", &self.taken)
            .field("refused", &self.refused)
            .finish_non_exhaustive()
    }
}
