//! What differs between the signals of OTLP on the way to a receiver.

/// A kind of telemetry.
#[derive(Debug)]
pub(super) struct Signal {
    /// What a request holds many of.
    pub(super) items: &'static str,
    /// Where it goes over HTTP, on a receiver that was given no path.
    pub(super) path: &'static str,
    /// The method that takes it.
    #[cfg(feature = "otlp-grpc")]
    pub(super) grpc_method: &'static str,
}

pub(super) const TRACES: Signal = Signal {
    items: "spans",
    path: "/v1/traces",
    #[cfg(feature = "otlp-grpc")]
    grpc_method: "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
};

#[cfg(feature = "metrics")]
pub(super) const METRICS: Signal = Signal {
    items: "data points",
    path: "/v1/metrics",
    #[cfg(feature = "otlp-grpc")]
    grpc_method: "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
};

#[cfg(feature = "logs")]
pub(super) const LOGS: Signal = Signal {
    items: "log records",
    path: "/v1/logs",
    #[cfg(feature = "otlp-grpc")]
    grpc_method: "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
};
