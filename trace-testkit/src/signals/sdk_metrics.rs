//! Converts metrics that the OpenTelemetry SDK has collected.

use super::convert::{attributes, nanos, scope};
use crate::model::{
    Exemplar, ExponentialBuckets, ExponentialHistogram, Histogram, InstrumentKind, Metric, Point,
    PointValue, ResourceData, Temporality,
};
use opentelemetry::KeyValue;
use opentelemetry_sdk::metrics::Temporality as SdkTemporality;
use opentelemetry_sdk::metrics::data::{
    self, AggregatedMetrics, MetricData, ResourceMetrics, ScopeMetrics,
};
use std::sync::Arc;
use std::time::SystemTime;
use trace_runtime::propagation::{SpanId, TraceId};

/// Converts what was collected to one [`Metric`] per stream.
pub(super) fn metrics(collected: &ResourceMetrics) -> Vec<Metric> {
    let resource = Arc::new(ResourceData::from(collected.resource()));
    let of_scope = |scope_metrics: &ScopeMetrics| {
        let scope = scope(scope_metrics.scope());
        let metrics = scope_metrics.metrics().map(|metric| Metric {
            name: metric.name().to_owned(),
            description: metric.description().to_owned(),
            unit: metric.unit().to_owned(),
            scope: scope.clone(),
            resource: resource.clone(),
            ..data(metric.data())
        });
        metrics.collect::<Vec<_>>()
    };
    collected.scope_metrics().flat_map(of_scope).collect()
}

fn data(data: &AggregatedMetrics) -> Metric {
    match data {
        AggregatedMetrics::F64(data) => of_numbers(data),
        AggregatedMetrics::U64(data) => of_numbers(data),
        AggregatedMetrics::I64(data) => of_numbers(data),
    }
}

/// A number of an SDK metric.
trait Number: Copy {
    fn value(self) -> PointValue;
    fn as_f64(self) -> f64;
}

impl Number for f64 {
    fn value(self) -> PointValue {
        PointValue::Float(self)
    }

    fn as_f64(self) -> f64 {
        self
    }
}

macro_rules! integers {
    ($($ty:ty)*) => {$(
        impl Number for $ty {
            fn value(self) -> PointValue {
                PointValue::Int(self.into())
            }

            fn as_f64(self) -> f64 {
                self as f64
            }
        }
    )*};
}

integers!(u64 i64);

/// Kind, temporality and points; the rest is the metric's own.
fn of_numbers<T: Number>(data: &MetricData<T>) -> Metric {
    match data {
        MetricData::Gauge(gauge) => {
            let times = (gauge.start_time().unwrap_or(SystemTime::UNIX_EPOCH), gauge.time());
            let points = gauge.data_points().map(|point| {
                let value = point.value().value();
                self::point(value, times, point.attributes(), point.exemplars())
            });
            metric(InstrumentKind::Gauge, None, points)
        }
        MetricData::Sum(sum) => {
            let times = (sum.start_time(), sum.time());
            let points = sum.data_points().map(|point| {
                let value = point.value().value();
                self::point(value, times, point.attributes(), point.exemplars())
            });
            let kind = match sum.is_monotonic() {
                true => InstrumentKind::Counter,
                false => InstrumentKind::UpDownCounter,
            };
            metric(kind, Some(sum.temporality()), points)
        }
        MetricData::Histogram(histogram) => {
            let times = (histogram.start_time(), histogram.time());
            let points = histogram.data_points().map(|point| {
                let value = PointValue::Histogram(explicit(point));
                self::point(value, times, point.attributes(), point.exemplars())
            });
            metric(InstrumentKind::Histogram, Some(histogram.temporality()), points)
        }
        MetricData::ExponentialHistogram(histogram) => {
            let times = (histogram.start_time(), histogram.time());
            let points = histogram.data_points().map(|point| {
                let value = PointValue::ExponentialHistogram(exponential(point));
                self::point(value, times, point.attributes(), point.exemplars())
            });
            metric(InstrumentKind::ExponentialHistogram, Some(histogram.temporality()), points)
        }
    }
}

fn metric(
    kind: InstrumentKind,
    temporality: Option<SdkTemporality>,
    points: impl Iterator<Item = Point>,
) -> Metric {
    Metric {
        temporality: temporality.map(|temporality| match temporality {
            SdkTemporality::Delta => Temporality::Delta,
            _ => Temporality::Cumulative,
        }),
        points: points.collect(),
        ..Metric::new("", kind)
    }
}

fn point<'a, T: Number + 'a>(
    value: PointValue,
    (start, end): (SystemTime, SystemTime),
    of: impl Iterator<Item = &'a KeyValue>,
    exemplars: impl Iterator<Item = &'a data::Exemplar<T>>,
) -> Point {
    Point {
        attributes: attributes(of),
        start_unix_nanos: nanos(start),
        unix_nanos: nanos(end),
        exemplars: exemplars.map(exemplar).collect(),
        ..Point::new(value)
    }
}

fn exemplar<T: Number>(exemplar: &data::Exemplar<T>) -> Exemplar {
    Exemplar {
        attributes: attributes(exemplar.filtered_attributes()),
        unix_nanos: nanos(exemplar.time()),
        trace_id: TraceId::from_bytes(*exemplar.trace_id()),
        span_id: SpanId::from_bytes(*exemplar.span_id()),
        ..Exemplar::new(exemplar.value.as_f64())
    }
}

fn explicit<T: Number>(point: &data::HistogramDataPoint<T>) -> Histogram {
    Histogram {
        count: point.count(),
        sum: point.sum().as_f64(),
        min: point.min().map(T::as_f64),
        max: point.max().map(T::as_f64),
        bounds: point.bounds().collect(),
        bucket_counts: point.bucket_counts().collect(),
    }
}

fn exponential<T: Number>(point: &data::ExponentialHistogramDataPoint<T>) -> ExponentialHistogram {
    let buckets = |buckets: &data::ExponentialBucket| ExponentialBuckets {
        offset: buckets.offset(),
        counts: buckets.counts().collect(),
    };
    ExponentialHistogram {
        count: point.count() as u64,
        sum: point.sum().as_f64(),
        min: point.min().map(T::as_f64),
        max: point.max().map(T::as_f64),
        scale: point.scale().into(),
        zero_count: point.zero_count(),
        zero_threshold: point.zero_threshold(),
        positive: buckets(point.positive_bucket()),
        negative: buckets(point.negative_bucket()),
    }
}
