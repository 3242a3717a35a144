//! Defines what a receiver remembers of each request.

use http::{HeaderMap, Method};
use std::fmt;

/// The signal that a request carries.
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

/// The transport of a request.
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

/// A request that a receiver got, taken or not.
#[derive(Clone)]
#[non_exhaustive]
pub struct Request {
    /// The method; OTLP uses `POST`.
    pub method: Method,
    /// The path that it was sent to.
    pub path: String,
    /// Its headers, or the metadata of gRPC.
    pub headers: HeaderMap,
    /// The size of the body in bytes, as received, compressed or not.
    pub body_bytes: usize,
    /// The signal; `None` if the path is not one of OTLP's.
    pub signal: Option<Signal>,
    /// The transport; `None` if the content type is not one of OTLP's.
    pub transport: Option<Transport>,
    /// The number of spans, data points or log records taken.
    pub taken: usize,
    /// Why it was refused, fully or in part.
    pub refused: Option<String>,
}

impl Request {
    /// Returns the value of a header, if it is text; the first of several.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Whether the body was compressed with gzip.
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
