//! Implements the semantic conventions on requests and responses
//! ([HTTP](https://opentelemetry.io/docs/specs/semconv/http/http-spans/),
//! [gRPC](https://opentelemetry.io/docs/specs/semconv/rpc/grpc/), version 1.44). Nothing here
//! records anything.

pub(crate) mod authority;
pub(crate) mod client_address;
pub(crate) mod failure;
pub(crate) mod forwarded;
pub(crate) mod grpc;
pub(crate) mod keys;
pub(crate) mod method;
pub(crate) mod redact;
pub(crate) mod url;

use http::{HeaderMap, HeaderName, Version, header};

/// The value that stands for all values beyond the known ones.
pub(crate) const OTHER: &str = "_OTHER";

/// The side of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Side {
    Server,
    Client,
}

/// A version of HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Http09,
    Http10,
    Http11,
    Http2,
    Http3,
}

impl Protocol {
    pub(crate) fn of(version: Version) -> Self {
        match version {
            Version::HTTP_09 => Self::Http09,
            Version::HTTP_10 => Self::Http10,
            Version::HTTP_2 => Self::Http2,
            Version::HTTP_3 => Self::Http3,
            _ => Self::Http11,
        }
    }

    /// Returns `network.protocol.version`.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Http09 => "0.9",
            Self::Http10 => "1.0",
            Self::Http11 => "1.1",
            Self::Http2 => "2",
            Self::Http3 => "3",
        }
    }
}

/// Returns the value of a header, if it is text.
pub(crate) fn text(headers: &HeaderMap, name: impl header::AsHeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// Returns the size of a body by its headers.
pub(crate) fn content_length(headers: &HeaderMap) -> Option<u64> {
    text(headers, header::CONTENT_LENGTH)?.parse().ok()
}

/// Returns all values of a header as text; invalid UTF-8 is replaced.
pub(crate) fn all_text(headers: &HeaderMap, name: &HeaderName) -> Vec<String> {
    let values = headers.get_all(name).iter();
    values.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect()
}
