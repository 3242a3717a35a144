//! The field numbers of OTLP's messages about metrics, one module per message
//! ([definitions](https://github.com/open-telemetry/opentelemetry-proto)).

/// `ExportMetricsServiceRequest`.
pub(super) mod request {
    pub(in crate::export::otlp::encode) const RESOURCE_METRICS: u32 = 1;
}

/// `ResourceMetrics`.
pub(super) mod resource_metrics {
    pub(in crate::export::otlp::encode) const RESOURCE: u32 = 1;
    pub(in crate::export::otlp::encode) const SCOPE_METRICS: u32 = 2;
    pub(in crate::export::otlp::encode) const SCHEMA_URL: u32 = 3;
}

/// `ScopeMetrics`.
pub(super) mod scope_metrics {
    pub(in crate::export::otlp::encode) const SCOPE: u32 = 1;
    pub(in crate::export::otlp::encode) const METRICS: u32 = 2;
    pub(in crate::export::otlp::encode) const SCHEMA_URL: u32 = 3;
}

/// `Metric`.
pub(super) mod metric {
    pub(in crate::export::otlp::encode) const NAME: u32 = 1;
    pub(in crate::export::otlp::encode) const DESCRIPTION: u32 = 2;
    pub(in crate::export::otlp::encode) const UNIT: u32 = 3;
    pub(in crate::export::otlp::encode) const GAUGE: u32 = 5;
    pub(in crate::export::otlp::encode) const SUM: u32 = 7;
    pub(in crate::export::otlp::encode) const HISTOGRAM: u32 = 9;
    pub(in crate::export::otlp::encode) const EXPONENTIAL_HISTOGRAM: u32 = 10;
}

/// `Gauge`, `Sum`, `Histogram` and `ExponentialHistogram`.
pub(super) mod data {
    pub(in crate::export::otlp::encode) const POINTS: u32 = 1;
    pub(in crate::export::otlp::encode) const TEMPORALITY: u32 = 2;
    pub(in crate::export::otlp::encode) const IS_MONOTONIC: u32 = 3;
}

/// `NumberDataPoint`.
pub(super) mod number_point {
    pub(in crate::export::otlp::encode) const START: u32 = 2;
    pub(in crate::export::otlp::encode) const TIME: u32 = 3;
    pub(in crate::export::otlp::encode) const AS_DOUBLE: u32 = 4;
    pub(in crate::export::otlp::encode) const AS_INT: u32 = 6;
    pub(in crate::export::otlp::encode) const ATTRIBUTES: u32 = 7;
}

/// `HistogramDataPoint`.
pub(super) mod histogram_point {
    pub(in crate::export::otlp::encode) const START: u32 = 2;
    pub(in crate::export::otlp::encode) const TIME: u32 = 3;
    pub(in crate::export::otlp::encode) const COUNT: u32 = 4;
    pub(in crate::export::otlp::encode) const SUM: u32 = 5;
    pub(in crate::export::otlp::encode) const BUCKET_COUNTS: u32 = 6;
    pub(in crate::export::otlp::encode) const EXPLICIT_BOUNDS: u32 = 7;
    pub(in crate::export::otlp::encode) const ATTRIBUTES: u32 = 9;
    pub(in crate::export::otlp::encode) const MIN: u32 = 11;
    pub(in crate::export::otlp::encode) const MAX: u32 = 12;
}

/// `ExponentialHistogramDataPoint`.
pub(super) mod exponential_point {
    pub(in crate::export::otlp::encode) const ATTRIBUTES: u32 = 1;
    pub(in crate::export::otlp::encode) const START: u32 = 2;
    pub(in crate::export::otlp::encode) const TIME: u32 = 3;
    pub(in crate::export::otlp::encode) const COUNT: u32 = 4;
    pub(in crate::export::otlp::encode) const SUM: u32 = 5;
    pub(in crate::export::otlp::encode) const SCALE: u32 = 6;
    pub(in crate::export::otlp::encode) const ZERO_COUNT: u32 = 7;
    pub(in crate::export::otlp::encode) const POSITIVE: u32 = 8;
    pub(in crate::export::otlp::encode) const NEGATIVE: u32 = 9;
    pub(in crate::export::otlp::encode) const MIN: u32 = 12;
    pub(in crate::export::otlp::encode) const MAX: u32 = 13;
    pub(in crate::export::otlp::encode) const ZERO_THRESHOLD: u32 = 14;
}

/// `ExponentialHistogramDataPoint.Buckets`.
pub(super) mod buckets {
    pub(in crate::export::otlp::encode) const OFFSET: u32 = 1;
    pub(in crate::export::otlp::encode) const BUCKET_COUNTS: u32 = 2;
}
