//! Encodes collected metrics as OTLP requests.
//!
//! opentelemetry-proto is not used for this: its messages copy every key and value first, it sends
//! a sum above the largest signed integer as zero, and it depends on prost.

mod schema;

use self::schema::{
    buckets, data, exponential_point, histogram_point, metric, number_point, request,
    resource_metrics, scope_metrics,
};
use super::schema::scope;
use super::wire::{bytes, fixed64, message, number, text, varint};
use super::{Encode, attribute, encode_resource, group};
use crate::export::numbers::unix_nanos;
use crate::export::points::{Measured, PointValue, count_points, temporality};
use crate::export::room::Room;
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::metrics::data::{
    AggregatedMetrics, ExponentialBucket, ExponentialHistogram, Gauge, Histogram, Metric,
    MetricData, ResourceMetrics, Sum,
};

/// An encoder of collected metrics.
pub(in crate::export::otlp) struct MetricEncoder {
    request: Vec<u8>,
    max_points: usize,
}

impl MetricEncoder {
    /// Sets the maximum number of points in a request.
    pub(in crate::export::otlp) fn set_max_points(&mut self, points: usize) {
        self.max_points = points;
    }
}

impl Default for MetricEncoder {
    fn default() -> Self {
        Self { request: Vec::new(), max_points: usize::MAX }
    }
}

impl Encode<ResourceMetrics> for MetricEncoder {
    fn begin(&mut self, metrics: &ResourceMetrics) -> usize {
        count_points(metrics)
    }

    /// Encodes points as an `ExportMetricsServiceRequest`.
    fn encode_part(
        &mut self,
        metrics: &ResourceMetrics,
        from: usize,
        limit: usize,
    ) -> (usize, &[u8]) {
        self.request.clear();
        let mut room = Room::after(from, limit).with_most(self.max_points);
        message::<3>(&mut self.request, request::RESOURCE_METRICS, |out| {
            let resource = metrics.resource();
            encode_resource(out, resource_metrics::RESOURCE, resource);
            for scope in metrics.scope_metrics() {
                group::<3>(out, resource_metrics::SCOPE_METRICS, &mut room, |out, room| {
                    encode_scope(out, scope.scope());
                    for metric in scope.metrics() {
                        encode_metric(out, metric, room);
                    }
                    text(out, scope_metrics::SCHEMA_URL, scope.scope().schema_url().unwrap_or(""));
                });
            }
            text(out, resource_metrics::SCHEMA_URL, resource.schema_url().unwrap_or_default());
        });
        (room.taken(), &self.request)
    }
}

fn encode_scope(out: &mut Vec<u8>, scope: &InstrumentationScope) {
    message::<1>(out, scope_metrics::SCOPE, |out| {
        text(out, scope::NAME, scope.name());
        text(out, scope::VERSION, scope.version().unwrap_or_default());
        attributes(out, scope::ATTRIBUTES, scope.attributes());
    });
}

fn encode_metric(out: &mut Vec<u8>, metric: &Metric, room: &mut Room) {
    group::<2>(out, scope_metrics::METRICS, room, |out, room| {
        text(out, metric::NAME, metric.name());
        text(out, metric::DESCRIPTION, metric.description());
        text(out, metric::UNIT, metric.unit());
        match metric.data() {
            AggregatedMetrics::F64(data) => encode_data(out, data, room),
            AggregatedMetrics::I64(data) => encode_data(out, data, room),
            AggregatedMetrics::U64(data) => encode_data(out, data, room),
        }
    });
}

fn encode_data<T: Measured>(out: &mut Vec<u8>, data: &MetricData<T>, room: &mut Room) {
    match data {
        MetricData::Gauge(gauge) => {
            message::<2>(out, metric::GAUGE, |out| encode_gauge(out, gauge, room));
        }
        MetricData::Sum(sum) => {
            message::<2>(out, metric::SUM, |out| encode_sum(out, sum, room));
        }
        MetricData::Histogram(histogram) => {
            message::<2>(out, metric::HISTOGRAM, |out| encode_histogram(out, histogram, room));
        }
        MetricData::ExponentialHistogram(histogram) => {
            message::<2>(out, metric::EXPONENTIAL_HISTOGRAM, |out| {
                encode_exponential(out, histogram, room);
            });
        }
    }
}

/// Writes one point, if it belongs to this request and fits into it.
fn write(out: &mut Vec<u8>, room: &mut Room, fill: impl FnOnce(&mut Vec<u8>)) {
    room.take(out, |out| message::<2>(out, data::POINTS, fill));
}

fn encode_gauge<T: Measured>(out: &mut Vec<u8>, gauge: &Gauge<T>, room: &mut Room) {
    for point in gauge.data_points() {
        write(out, room, |out| {
            if let Some(start) = gauge.start_time() {
                fixed64(out, number_point::START, unix_nanos(start));
            }
            fixed64(out, number_point::TIME, unix_nanos(gauge.time()));
            value(out, point.value());
            attributes(out, number_point::ATTRIBUTES, point.attributes());
        });
    }
}

fn encode_sum<T: Measured>(out: &mut Vec<u8>, sum: &Sum<T>, room: &mut Room) {
    for point in sum.data_points() {
        write(out, room, |out| {
            fixed64(out, number_point::START, unix_nanos(sum.start_time()));
            fixed64(out, number_point::TIME, unix_nanos(sum.time()));
            value(out, point.value());
            attributes(out, number_point::ATTRIBUTES, point.attributes());
        });
    }
    number(out, data::TEMPORALITY, temporality(sum.temporality()).into());
    number(out, data::IS_MONOTONIC, sum.is_monotonic().into());
}

fn encode_histogram<T: Measured>(out: &mut Vec<u8>, histogram: &Histogram<T>, room: &mut Room) {
    for point in histogram.data_points() {
        write(out, room, |out| {
            fixed64(out, histogram_point::START, unix_nanos(histogram.start_time()));
            fixed64(out, histogram_point::TIME, unix_nanos(histogram.time()));
            fixed64(out, histogram_point::COUNT, point.count());
            double(out, histogram_point::SUM, Some(point.sum()));
            let counts = point.bucket_counts().map(u64::to_le_bytes);
            packed(out, histogram_point::BUCKET_COUNTS, counts);
            let bounds = point.bounds().map(f64::to_le_bytes);
            packed(out, histogram_point::EXPLICIT_BOUNDS, bounds);
            double(out, histogram_point::MIN, point.min());
            double(out, histogram_point::MAX, point.max());
            attributes(out, histogram_point::ATTRIBUTES, point.attributes());
        });
    }
    number(out, data::TEMPORALITY, temporality(histogram.temporality()).into());
}

fn encode_exponential<T: Measured>(
    out: &mut Vec<u8>,
    histogram: &ExponentialHistogram<T>,
    room: &mut Room,
) {
    for point in histogram.data_points() {
        write(out, room, |out| {
            attributes(out, exponential_point::ATTRIBUTES, point.attributes());
            fixed64(out, exponential_point::START, unix_nanos(histogram.start_time()));
            fixed64(out, exponential_point::TIME, unix_nanos(histogram.time()));
            fixed64(out, exponential_point::COUNT, point.count() as u64);
            double(out, exponential_point::SUM, Some(point.sum()));
            number(out, exponential_point::SCALE, zigzag(point.scale().into()));
            fixed64(out, exponential_point::ZERO_COUNT, point.zero_count());
            encode_buckets(out, exponential_point::POSITIVE, point.positive_bucket());
            encode_buckets(out, exponential_point::NEGATIVE, point.negative_bucket());
            double(out, exponential_point::MIN, point.min());
            double(out, exponential_point::MAX, point.max());
            let threshold = point.zero_threshold().to_bits();
            fixed64(out, exponential_point::ZERO_THRESHOLD, threshold);
        });
    }
    number(out, data::TEMPORALITY, temporality(histogram.temporality()).into());
}

fn encode_buckets(out: &mut Vec<u8>, field: u32, bucket: &ExponentialBucket) {
    message::<1>(out, field, |out| {
        number(out, buckets::OFFSET, zigzag(bucket.offset()));
        message::<1>(out, buckets::BUCKET_COUNTS, |out| {
            bucket.counts().for_each(|count| varint(out, count));
        });
    });
}

fn attributes<'a>(out: &mut Vec<u8>, field: u32, attributes: impl Iterator<Item = &'a KeyValue>) {
    attributes.for_each(|it| attribute(out, field, &it.key, &it.value));
}

/// Encodes a repeated field of eight-byte numbers.
fn packed(out: &mut Vec<u8>, field: u32, numbers: impl Iterator<Item = [u8; 8]>) {
    let all: Vec<u8> = numbers.flatten().collect();
    if !all.is_empty() {
        bytes(out, field, &all);
    }
}

fn double<T: Measured>(out: &mut Vec<u8>, field: u32, value: Option<T>) {
    if let Some(value) = value {
        fixed64(out, field, value.as_f64().to_bits());
    }
}

/// Returns the zigzag encoding of a `sint32`, in which small negative numbers are short.
fn zigzag(value: i32) -> u64 {
    u64::from(((value << 1) ^ (value >> 31)).cast_unsigned())
}

/// Encodes a number as the value of a `NumberDataPoint`.
fn value(out: &mut Vec<u8>, value: impl Measured) {
    match value.value() {
        PointValue::Int(value) => fixed64(out, number_point::AS_INT, value.cast_unsigned()),
        PointValue::Double(value) => fixed64(out, number_point::AS_DOUBLE, value.to_bits()),
    }
}

#[cfg(test)]
mod tests;
