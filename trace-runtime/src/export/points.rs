//! The data points of collected metrics, for all encodings.

use opentelemetry_sdk::metrics::Temporality;
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData, ResourceMetrics};

/// Returns the number of data points.
pub(super) fn count_points(metrics: &ResourceMetrics) -> usize {
    fn of<T>(data: &MetricData<T>) -> usize {
        match data {
            MetricData::Gauge(gauge) => gauge.data_points().count(),
            MetricData::Sum(sum) => sum.data_points().count(),
            MetricData::Histogram(histogram) => histogram.data_points().count(),
            MetricData::ExponentialHistogram(histogram) => histogram.data_points().count(),
        }
    }
    let metrics = metrics.scope_metrics().flat_map(|scope| scope.metrics());
    let counts = metrics.map(|metric| match metric.data() {
        AggregatedMetrics::F64(data) => of(data),
        AggregatedMetrics::I64(data) => of(data),
        AggregatedMetrics::U64(data) => of(data),
    });
    counts.sum()
}

/// Returns the number of a temporality in OTLP.
pub(super) fn temporality(temporality: Temporality) -> u32 {
    match temporality {
        Temporality::Delta => 1,
        _ => 2,
    }
}

/// The value of a `NumberDataPoint`.
pub(super) enum PointValue {
    Int(i64),
    Double(f64),
}

/// A type of numbers in the SDK's metrics.
pub(super) trait Measured: Copy {
    /// Returns the number as the value of a point.
    fn value(self) -> PointValue;

    /// Returns the number as a float, as histograms have it.
    fn as_f64(self) -> f64;
}

impl Measured for f64 {
    fn value(self) -> PointValue {
        PointValue::Double(self)
    }

    fn as_f64(self) -> f64 {
        self
    }
}

impl Measured for i64 {
    fn value(self) -> PointValue {
        PointValue::Int(self)
    }

    fn as_f64(self) -> f64 {
        self as f64
    }
}

impl Measured for u64 {
    fn value(self) -> PointValue {
        // OTLP's integers are signed.
        i64::try_from(self).map_or(PointValue::Double(self as f64), PointValue::Int)
    }

    fn as_f64(self) -> f64 {
        self as f64
    }
}
