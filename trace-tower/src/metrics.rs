//! Defines the metrics of requests
//! ([HTTP](https://opentelemetry.io/docs/specs/semconv/http/http-metrics/),
//! [RPC](https://opentelemetry.io/docs/specs/semconv/rpc/rpc-metrics/)).

use crate::conventions::Side;
use crate::runtime::{Instrument, Site};

/// The version of the conventions that the metrics follow.
const SCHEMA: &str = "https://opentelemetry.io/schemas/1.44.0";

/// The bounds that the conventions recommend for durations.
const SECONDS: [f64; 14] =
    [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// Bounds for sizes: the conventions recommend none, and the SDK's defaults fit milliseconds.
const BYTES: [f64; 14] = [
    0.0,
    64.0,
    256.0,
    1024.0,
    4096.0,
    16384.0,
    65536.0,
    262_144.0,
    1_048_576.0,
    4_194_304.0,
    16_777_216.0,
    67_108_864.0,
    268_435_456.0,
    1_073_741_824.0,
];

/// This crate, as the instrumentation scope of its metrics.
static LIBRARY: Site =
    Site::new(concat!("\0", env!("CARGO_PKG_NAME"), "\0\0", env!("CARGO_PKG_VERSION"), "\0"), 0);

/// A metric of requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Metric {
    Duration,
    RequestSize,
    ResponseSize,
    Active,
    RpcDuration,
}

impl Metric {
    /// All metrics, in the order of their numbers.
    pub(crate) const ALL: [Self; 5] =
        [Self::Duration, Self::RequestSize, Self::ResponseSize, Self::Active, Self::RpcDuration];

    /// Returns the instrument of a side; `None`: that side has no such metric.
    #[inline]
    pub(crate) fn of(self, side: Side) -> Option<&'static Instrument> {
        Some(match (side, self) {
            (Side::Server, Self::Duration) => &SERVER_DURATION,
            (Side::Server, Self::RequestSize) => &SERVER_REQUEST_SIZE,
            (Side::Server, Self::ResponseSize) => &SERVER_RESPONSE_SIZE,
            (Side::Server, Self::Active) => &SERVER_ACTIVE,
            (Side::Server, Self::RpcDuration) => &RPC_SERVER_DURATION,
            (Side::Client, Self::Duration) => &CLIENT_DURATION,
            (Side::Client, Self::RequestSize) => &CLIENT_REQUEST_SIZE,
            (Side::Client, Self::ResponseSize) => &CLIENT_RESPONSE_SIZE,
            // The conventions still develop it.
            (Side::Client, Self::Active) => return None,
            (Side::Client, Self::RpcDuration) => &RPC_CLIENT_DURATION,
        })
    }
}

static SERVER_DURATION: Instrument =
    seconds("http.server.request.duration\0s\0Duration of HTTP server requests.");
static SERVER_REQUEST_SIZE: Instrument =
    bytes("http.server.request.body.size\0By\0Size of HTTP server request bodies.");
static SERVER_RESPONSE_SIZE: Instrument =
    bytes("http.server.response.body.size\0By\0Size of HTTP server response bodies.");
static SERVER_ACTIVE: Instrument = Instrument::updown(
    &LIBRARY,
    "http.server.active_requests\0{request}\0Number of active HTTP server requests.",
)
.of_library(SCHEMA)
.continued();
static RPC_SERVER_DURATION: Instrument = seconds(
    "rpc.server.call.duration\0s\0Measures the duration of an incoming Remote Procedure Call (RPC).",
);

static CLIENT_DURATION: Instrument =
    seconds("http.client.request.duration\0s\0Duration of HTTP client requests.");
static CLIENT_REQUEST_SIZE: Instrument =
    bytes("http.client.request.body.size\0By\0Size of HTTP client request bodies.");
static CLIENT_RESPONSE_SIZE: Instrument =
    bytes("http.client.response.body.size\0By\0Size of HTTP client response bodies.");
static RPC_CLIENT_DURATION: Instrument = seconds(
    "rpc.client.call.duration\0s\0Measures the duration of an outgoing Remote Procedure Call (RPC).",
);

const fn seconds(text: &'static str) -> Instrument {
    Instrument::histogram(&LIBRARY, text).buckets(&SECONDS).of_library(SCHEMA)
}

const fn bytes(text: &'static str) -> Instrument {
    Instrument::histogram(&LIBRARY, text).buckets(&BYTES).of_library(SCHEMA)
}
