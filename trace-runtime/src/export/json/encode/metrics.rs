//! Encodes collected metrics as a `MetricsData`.

use super::attributes::{api_attributes, resource, scope};
use super::members::{Members, long, object};
use crate::export::numbers::unix_nanos;
use crate::export::points::{Measured, PointValue, temporality};
use crate::export::room::Room;
use crate::json::double;
use opentelemetry::KeyValue;
use opentelemetry_sdk::metrics::data::{
    AggregatedMetrics, ExponentialBucket, ExponentialHistogramDataPoint, HistogramDataPoint,
    Metric, MetricData, ResourceMetrics, ScopeMetrics,
};
use std::time::SystemTime;

/// Appends a `MetricsData` of these metrics, as far as there is room for their points.
pub(in crate::export) fn metrics(out: &mut String, of: &ResourceMetrics, room: &mut Room) {
    object(out, |out| {
        out.list("resourceMetrics", [of], |out, of| {
            object(out, |out| {
                resource(out, of.resource());
                out.groups("scopeMetrics", of.scope_metrics(), room, scope_metrics);
                out.text("schemaUrl", of.resource().schema_url().unwrap_or_default());
            });
        });
    });
}

fn scope_metrics(out: &mut String, of: &ScopeMetrics, room: &mut Room) {
    let named = of.scope();
    object(out, |out| {
        scope(out, named.name(), named.version().unwrap_or_default(), named.attributes());
        out.groups("metrics", of.metrics(), room, metric);
        out.text("schemaUrl", named.schema_url().unwrap_or_default());
    });
}

fn metric(out: &mut String, metric: &Metric, room: &mut Room) {
    object(out, |out| {
        out.text("name", metric.name());
        out.text("description", metric.description());
        out.text("unit", metric.unit());
        match metric.data() {
            AggregatedMetrics::F64(data) => self::data(out, data, room),
            AggregatedMetrics::I64(data) => self::data(out, data, room),
            AggregatedMetrics::U64(data) => self::data(out, data, room),
        }
    });
}

/// The times of a point: when its series began, if that is known, and when it was collected.
type Times = (Option<SystemTime>, SystemTime);

fn data<T: Measured>(out: &mut Members<'_>, data: &MetricData<T>, room: &mut Room) {
    match data {
        MetricData::Gauge(gauge) => out.object("gauge", |out| {
            let times = (gauge.start_time(), gauge.time());
            points(out, gauge.data_points(), room, |out, point| {
                number_point(out, times, point.value(), point.attributes());
            });
        }),
        MetricData::Sum(sum) => out.object("sum", |out| {
            let times = (Some(sum.start_time()), sum.time());
            points(out, sum.data_points(), room, |out, point| {
                number_point(out, times, point.value(), point.attributes());
            });
            out.number("aggregationTemporality", temporality(sum.temporality()));
            if sum.is_monotonic() {
                out.member("isMonotonic", |out| out.push_str("true"));
            }
        }),
        MetricData::Histogram(histogram) => out.object("histogram", |out| {
            let times = (Some(histogram.start_time()), histogram.time());
            points(out, histogram.data_points(), room, |out, point| {
                histogram_point(out, times, point);
            });
            out.number("aggregationTemporality", temporality(histogram.temporality()));
        }),
        MetricData::ExponentialHistogram(histogram) => out.object("exponentialHistogram", |out| {
            let times = (Some(histogram.start_time()), histogram.time());
            points(out, histogram.data_points(), room, |out, point| {
                exponential_point(out, times, point);
            });
            out.number("aggregationTemporality", temporality(histogram.temporality()));
        }),
    }
}

fn points<T>(
    out: &mut Members<'_>,
    points: impl Iterator<Item = T>,
    room: &mut Room,
    mut point: impl FnMut(&mut Members<'_>, T),
) {
    out.items("dataPoints", points, room, |out, each| object(out, |out| point(out, each)));
}

fn number_point<'a>(
    out: &mut Members<'_>,
    times: Times,
    value: impl Measured,
    attributes: impl Iterator<Item = &'a KeyValue>,
) {
    api_attributes(out, attributes);
    self::times(out, times);
    match value.value() {
        PointValue::Int(value) => out.long("asInt", value),
        PointValue::Double(value) => number(out, "asDouble", value),
    }
}

fn histogram_point<T: Measured>(
    out: &mut Members<'_>,
    times: Times,
    point: &HistogramDataPoint<T>,
) {
    api_attributes(out, point.attributes());
    self::times(out, times);
    out.long("count", point.count());
    number(out, "sum", point.sum().as_f64());
    out.list("bucketCounts", point.bucket_counts(), long);
    out.list("explicitBounds", point.bounds(), double);
    range(out, point.min(), point.max());
}

fn exponential_point<T: Measured>(
    out: &mut Members<'_>,
    times: Times,
    point: &ExponentialHistogramDataPoint<T>,
) {
    api_attributes(out, point.attributes());
    self::times(out, times);
    out.long("count", point.count());
    number(out, "sum", point.sum().as_f64());
    out.number("scale", point.scale());
    out.long("zeroCount", point.zero_count());
    out.object("positive", |out| buckets(out, point.positive_bucket()));
    out.object("negative", |out| buckets(out, point.negative_bucket()));
    range(out, point.min(), point.max());
    number(out, "zeroThreshold", point.zero_threshold());
}

fn buckets(out: &mut Members<'_>, bucket: &ExponentialBucket) {
    out.number("offset", bucket.offset());
    out.list("bucketCounts", bucket.counts(), long);
}

fn range<T: Measured>(out: &mut Members<'_>, min: Option<T>, max: Option<T>) {
    for (name, bound) in [("min", min), ("max", max)] {
        if let Some(bound) = bound {
            number(out, name, bound.as_f64());
        }
    }
}

fn times(out: &mut Members<'_>, (start, time): Times) {
    if let Some(start) = start {
        out.long("startTimeUnixNano", unix_nanos(start));
    }
    out.long("timeUnixNano", unix_nanos(time));
}

/// Adds a number even if it is zero.
fn number(out: &mut Members<'_>, name: &str, value: f64) {
    out.member(name, |out| double(out, value));
}
