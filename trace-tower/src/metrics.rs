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

/// The metrics of one side.
pub(crate) struct Metrics {
    pub(crate) duration: Instrument,
    pub(crate) request_size: Instrument,
    pub(crate) response_size: Instrument,
    /// The conventions have it for servers, and still develop it for clients.
    pub(crate) active: Option<Instrument>,
    pub(crate) rpc_duration: Instrument,
}

static SERVER: Metrics = Metrics {
    duration: seconds("http.server.request.duration\0s\0Duration of HTTP server requests."),
    request_size: bytes("http.server.request.body.size\0By\0Size of HTTP server request bodies."),
    response_size: bytes(
        "http.server.response.body.size\0By\0Size of HTTP server response bodies.",
    ),
    active: Some(open(
        "http.server.active_requests\0{request}\0Number of active HTTP server requests.",
    )),
    rpc_duration: seconds(
        "rpc.server.call.duration\0s\0Measures the duration of an incoming Remote Procedure Call \
         (RPC).",
    ),
};

static CLIENT: Metrics = Metrics {
    duration: seconds("http.client.request.duration\0s\0Duration of HTTP client requests."),
    request_size: bytes("http.client.request.body.size\0By\0Size of HTTP client request bodies."),
    response_size: bytes(
        "http.client.response.body.size\0By\0Size of HTTP client response bodies.",
    ),
    active: None,
    rpc_duration: seconds(
        "rpc.client.call.duration\0s\0Measures the duration of an outgoing Remote Procedure Call \
         (RPC).",
    ),
};

impl Metrics {
    /// Returns the metrics of a side.
    pub(crate) fn of(side: Side) -> &'static Self {
        match side {
            Side::Server => &SERVER,
            Side::Client => &CLIENT,
        }
    }
}

const fn seconds(text: &'static str) -> Instrument {
    Instrument::histogram(&LIBRARY, text).buckets(&SECONDS).of_library(SCHEMA)
}

const fn bytes(text: &'static str) -> Instrument {
    Instrument::histogram(&LIBRARY, text).buckets(&BYTES).of_library(SCHEMA)
}

const fn open(text: &'static str) -> Instrument {
    Instrument::updown(&LIBRARY, text).of_library(SCHEMA).continued()
}
