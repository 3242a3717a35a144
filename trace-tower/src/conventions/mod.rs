//! What the semantic conventions make of requests and answers
//! ([HTTP](https://opentelemetry.io/docs/specs/semconv/http/http-spans/),
//! [gRPC](https://opentelemetry.io/docs/specs/semconv/rpc/grpc/), version 1.44). Nothing here
//! records anything.

pub(crate) mod authority;
pub(crate) mod client_address;
pub(crate) mod failure;
pub(crate) mod forwarded;
pub(crate) mod grpc;
pub(crate) mod method;
pub(crate) mod redact;
pub(crate) mod url;

use http::{HeaderMap, HeaderName, Version, header};

/// Which end of a request this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Side {
    Server,
    Client,
}

/// `network.protocol.version`
pub(crate) fn protocol_version(version: Version) -> &'static str {
    match version {
        Version::HTTP_09 => "0.9",
        Version::HTTP_10 => "1.0",
        Version::HTTP_2 => "2",
        Version::HTTP_3 => "3",
        _ => "1.1",
    }
}

/// The value of a header that is there and is text.
pub(crate) fn text(headers: &HeaderMap, name: impl header::AsHeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// The size of a body as its headers tell it.
pub(crate) fn content_length(headers: &HeaderMap) -> Option<u64> {
    text(headers, header::CONTENT_LENGTH)?.parse().ok()
}

/// All values of a header, as text; bytes that are none are replaced.
pub(crate) fn all_text(headers: &HeaderMap, name: &HeaderName) -> Vec<String> {
    let values = headers.get_all(name).iter();
    values.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect()
}
