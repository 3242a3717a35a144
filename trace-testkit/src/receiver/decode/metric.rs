//! Decodes metrics.

use super::identity::{resource, scope, span_id, trace_id};
use super::value::attributes;
use crate::model::{
    Exemplar, ExponentialBuckets, ExponentialHistogram, Histogram, InstrumentKind, Metric, Point,
    PointValue, Temporality,
};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::metrics::v1 as otlp;
use otlp::metric::Data;
use otlp::{AggregationTemporality, exemplar, number_data_point};

/// The flag of a point without a recorded value.
const NO_VALUE: u32 = 1;

/// The metrics of a request, and how many of a kind that the model does not have.
pub(in crate::receiver) fn metrics(request: ExportMetricsServiceRequest) -> (Vec<Metric>, usize) {
    let (mut metrics, mut unknown) = (Vec::new(), 0);
    for resource_metrics in request.resource_metrics {
        let resource = resource(resource_metrics.resource, resource_metrics.schema_url);
        for scope_metrics in resource_metrics.scope_metrics {
            let scope = scope(scope_metrics.scope, scope_metrics.schema_url);
            for sent in scope_metrics.metrics {
                match metric(sent) {
                    Some(metric) => metrics.push(Metric {
                        scope: scope.clone(),
                        resource: resource.clone(),
                        ..metric
                    }),
                    None => unknown += 1,
                }
            }
        }
    }
    (metrics, unknown)
}

/// `None` for a summary, which only comes from other systems, and for what holds nothing.
fn metric(sent: otlp::Metric) -> Option<Metric> {
    let (kind, temporality, points) = match sent.data? {
        Data::Gauge(gauge) => (InstrumentKind::Gauge, None, numbers(gauge.data_points)),
        Data::Sum(sum) => {
            let kind = match sum.is_monotonic {
                true => InstrumentKind::Counter,
                false => InstrumentKind::UpDownCounter,
            };
            (kind, temporality(sum.aggregation_temporality), numbers(sum.data_points))
        }
        Data::Histogram(histogram) => (
            InstrumentKind::Histogram,
            temporality(histogram.aggregation_temporality),
            histogram.data_points.into_iter().filter_map(distribution).collect(),
        ),
        Data::ExponentialHistogram(histogram) => (
            InstrumentKind::ExponentialHistogram,
            temporality(histogram.aggregation_temporality),
            histogram.data_points.into_iter().filter_map(exponential).collect(),
        ),
        Data::Summary(_) => return None,
    };
    Some(Metric {
        description: sent.description,
        unit: sent.unit,
        temporality,
        points,
        ..Metric::new(sent.name, kind)
    })
}

fn temporality(number: i32) -> Option<Temporality> {
    match AggregationTemporality::try_from(number) {
        Ok(AggregationTemporality::Delta) => Some(Temporality::Delta),
        Ok(AggregationTemporality::Cumulative) => Some(Temporality::Cumulative),
        _ => None,
    }
}

fn numbers(points: Vec<otlp::NumberDataPoint>) -> Vec<Point> {
    let point = |sent: otlp::NumberDataPoint| {
        let value = match sent.value? {
            number_data_point::Value::AsInt(number) => PointValue::Int(number.into()),
            number_data_point::Value::AsDouble(number) => PointValue::Float(number),
        };
        let times = (sent.start_time_unix_nano, sent.time_unix_nano);
        point(value, sent.flags, times, sent.attributes, sent.exemplars)
    };
    points.into_iter().filter_map(point).collect()
}

fn distribution(sent: otlp::HistogramDataPoint) -> Option<Point> {
    let value = PointValue::Histogram(Histogram {
        count: sent.count,
        sum: sent.sum.unwrap_or_default(),
        min: sent.min,
        max: sent.max,
        bounds: sent.explicit_bounds,
        bucket_counts: sent.bucket_counts,
    });
    let times = (sent.start_time_unix_nano, sent.time_unix_nano);
    point(value, sent.flags, times, sent.attributes, sent.exemplars)
}

fn exponential(sent: otlp::ExponentialHistogramDataPoint) -> Option<Point> {
    let buckets = |sent: Option<otlp::exponential_histogram_data_point::Buckets>| {
        let sent = sent.unwrap_or_default();
        ExponentialBuckets { offset: sent.offset, counts: sent.bucket_counts }
    };
    let value = PointValue::ExponentialHistogram(ExponentialHistogram {
        count: sent.count,
        sum: sent.sum.unwrap_or_default(),
        min: sent.min,
        max: sent.max,
        scale: sent.scale,
        zero_count: sent.zero_count,
        zero_threshold: sent.zero_threshold,
        positive: buckets(sent.positive),
        negative: buckets(sent.negative),
    });
    let times = (sent.start_time_unix_nano, sent.time_unix_nano);
    point(value, sent.flags, times, sent.attributes, sent.exemplars)
}

fn point(
    value: PointValue,
    flags: u32,
    (start_unix_nanos, unix_nanos): (u64, u64),
    pairs: Vec<KeyValue>,
    exemplars: Vec<otlp::Exemplar>,
) -> Option<Point> {
    (flags & NO_VALUE == 0).then(|| Point {
        attributes: attributes(pairs),
        start_unix_nanos,
        unix_nanos,
        exemplars: exemplars.into_iter().filter_map(exemplar).collect(),
        ..Point::new(value)
    })
}

fn exemplar(sent: otlp::Exemplar) -> Option<Exemplar> {
    let value = match sent.value? {
        exemplar::Value::AsInt(number) => number as f64,
        exemplar::Value::AsDouble(number) => number,
    };
    Some(Exemplar {
        attributes: attributes(sent.filtered_attributes),
        unix_nanos: sent.time_unix_nano,
        trace_id: trace_id(&sent.trace_id),
        span_id: span_id(&sent.span_id),
        ..Exemplar::new(value)
    })
}
