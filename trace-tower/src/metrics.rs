//! Creates the instruments, and measures requests
//! ([HTTP](https://opentelemetry.io/docs/specs/semconv/http/http-metrics/),
//! [RPC](https://opentelemetry.io/docs/specs/semconv/rpc/rpc-metrics/)).
//!
//! They belong to OpenTelemetry's global meter provider when a request begins, so that a layer may be
//! created before telemetry is installed, and outlive it.

use crate::conventions::Side;
use crate::runtime::meters::can_bind;
use crate::series::{Labels, Series, SeriesMap, active_attributes};
use opentelemetry::InstrumentationScope;
use opentelemetry::global;
use opentelemetry::metrics::{Histogram, Meter, MeterProvider, UpDownCounter};
use std::sync::{Arc, PoisonError, RwLock};

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

/// The instruments of one side.
#[derive(Debug)]
pub(crate) struct Instruments {
    duration: Histogram<f64>,
    pub(crate) request_size: Histogram<u64>,
    pub(crate) response_size: Histogram<u64>,
    /// The conventions have it for servers, and still develop it for clients.
    active: Option<UpDownCounter<i64>>,
    rpc_duration: Histogram<f64>,
    /// Where instruments can be bound.
    series: Option<SeriesMap>,
}

/// All instruments, and the provider that they belong to.
struct Made {
    provider: Arc<dyn MeterProvider + Send + Sync>,
    server: Arc<Instruments>,
    client: Arc<Instruments>,
}

static MADE: RwLock<Option<Made>> = RwLock::new(None);

impl Made {
    fn new(provider: Arc<dyn MeterProvider + Send + Sync>) -> Self {
        let scope = InstrumentationScope::builder(env!("CARGO_PKG_NAME"))
            .with_version(env!("CARGO_PKG_VERSION"))
            .with_schema_url("https://opentelemetry.io/schemas/1.44.0")
            .build();
        let meter = provider.meter_with_scope(scope);
        let binds = can_bind(&provider);
        let server = Arc::new(Instruments::of_server(&meter, binds));
        let client = Arc::new(Instruments::of_client(&meter, binds));
        Self { provider, server, client }
    }

    fn side(&self, side: Side) -> Arc<Instruments> {
        match side {
            Side::Server => self.server.clone(),
            Side::Client => self.client.clone(),
        }
    }
}

impl Instruments {
    /// Returns the instruments of the current global meter provider.
    pub(crate) fn current(side: Side) -> Arc<Self> {
        let provider = global::meter_provider();
        let is_of =
            |made: &Made| std::ptr::addr_eq(&raw const *made.provider, &raw const *provider);
        let made = MADE.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(made) = made.as_ref().filter(|made| is_of(made)) {
            return made.side(side);
        }
        drop(made);
        // Created outside the lock, because providers are foreign code.
        let new = Made::new(provider);
        let instruments = new.side(side);
        *MADE.write().unwrap_or_else(PoisonError::into_inner) = Some(new);
        instruments
    }

    fn of_server(meter: &Meter, binds: bool) -> Self {
        let active = meter
            .i64_up_down_counter("http.server.active_requests")
            .with_unit("{request}")
            .with_description("Number of active HTTP server requests.");
        Self {
            duration: seconds(
                meter,
                "http.server.request.duration",
                "Duration of HTTP server requests.",
            ),
            request_size: bytes(
                meter,
                "http.server.request.body.size",
                "Size of HTTP server request bodies.",
            ),
            response_size: bytes(
                meter,
                "http.server.response.body.size",
                "Size of HTTP server response bodies.",
            ),
            active: Some(active.build()),
            rpc_duration: seconds(
                meter,
                "rpc.server.call.duration",
                "Measures the duration of an incoming Remote Procedure Call (RPC).",
            ),
            series: binds.then(SeriesMap::default),
        }
    }

    fn of_client(meter: &Meter, binds: bool) -> Self {
        Self {
            duration: seconds(
                meter,
                "http.client.request.duration",
                "Duration of HTTP client requests.",
            ),
            request_size: bytes(
                meter,
                "http.client.request.body.size",
                "Size of HTTP client request bodies.",
            ),
            response_size: bytes(
                meter,
                "http.client.response.body.size",
                "Size of HTTP client response bodies.",
            ),
            active: None,
            rpc_duration: seconds(
                meter,
                "rpc.client.call.duration",
                "Measures the duration of an outgoing Remote Procedure Call (RPC).",
            ),
            series: binds.then(SeriesMap::default),
        }
    }

    /// Changes the number of active requests of a method and a scheme.
    pub(crate) fn add_active(&self, number: i64, of: [&'static str; 2]) {
        match (&self.active, &self.series) {
            (Some(active), Some(series)) => series.add_active(active, number, of),
            (Some(active), None) => active.add(number, &active_attributes(of)),
            (None, _) => {}
        }
    }

    /// Returns the series of these labels.
    pub(crate) fn series(&self, labels: Labels) -> Arc<Series> {
        match &self.series {
            Some(series) => series.find(labels),
            None => Arc::new(Series::passing(&labels)),
        }
    }

    pub(crate) fn duration(&self, is_grpc: bool) -> &Histogram<f64> {
        if is_grpc { &self.rpc_duration } else { &self.duration }
    }
}

fn seconds(meter: &Meter, name: &'static str, description: &'static str) -> Histogram<f64> {
    let histogram = meter.f64_histogram(name).with_unit("s").with_description(description);
    histogram.with_boundaries(SECONDS.to_vec()).build()
}

fn bytes(meter: &Meter, name: &'static str, description: &'static str) -> Histogram<u64> {
    let histogram = meter.u64_histogram(name).with_unit("By").with_description(description);
    histogram.with_boundaries(BYTES.to_vec()).build()
}
