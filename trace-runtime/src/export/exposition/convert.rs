//! Converts the SDK's collected metrics to a page of text.

use super::names::{self, Kind};
use super::page::{Buckets, Labels, Number, Page, TextFormat};
use crate::export::LATENCY_THRESHOLD;
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::data::{
    AggregatedMetrics, ExponentialHistogramDataPoint, Metric, MetricData, ResourceMetrics,
};

/// The names and labels that a page has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PageOptions {
    /// Labels of every series name its scope.
    pub(crate) scope_labels: bool,
    /// Names end with their type and unit.
    pub(crate) suffixes: bool,
}

/// Converts all metrics.
pub(crate) fn page(
    metrics: &ResourceMetrics,
    format: TextFormat,
    PageOptions { scope_labels, suffixes }: PageOptions,
) -> Page {
    let mut page = Page::new(format);
    if !suffixes {
        page = page.without_suffixes();
    }
    target_info(&mut page, metrics.resource());
    // The SDK's order is that of a hash table; where two scopes disagree on a name, the winner must be
    // the same each time.
    let mut scopes: Vec<_> = metrics.scope_metrics().collect();
    scopes.sort_by(|one, other| {
        let key = |scope: &InstrumentationScope| {
            (scope.name().to_owned(), scope.version().map(str::to_owned))
        };
        key(one.scope()).cmp(&key(other.scope()))
    });
    for scope in scopes {
        let labels = |labels: &mut Labels| {
            if scope_labels {
                self::scope_labels(labels, scope.scope());
            }
        };
        for metric in scope.metrics() {
            match metric.data() {
                AggregatedMetrics::F64(data) => family(&mut page, metric, data, labels),
                AggregatedMetrics::I64(data) => family(&mut page, metric, data, labels),
                AggregatedMetrics::U64(data) => family(&mut page, metric, data, labels),
            }
        }
    }
    page
}

fn target_info(page: &mut Page, resource: &Resource) {
    if resource.is_empty() {
        return;
    }
    let help = "Who measures: the attributes of the resource";
    if let Some(mut series) = page.family("target", "", help, Kind::Info) {
        let labels = series.labels();
        resource.iter().for_each(|(key, value)| labels.add(key.as_str(), value));
        series.number(Number::U64(1));
    }
}

fn scope_labels(labels: &mut Labels, scope: &InstrumentationScope) {
    let texts = [
        ("otel_scope_name", Some(scope.name())),
        ("otel_scope_version", scope.version()),
        ("otel_scope_schema_url", scope.schema_url()),
    ];
    for (label, text) in texts {
        // An empty label means no label.
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            labels.add(label, text);
        }
    }
    for KeyValue { key, value, .. } in scope.attributes() {
        let label = names::label(&format!("otel_scope_{key}"));
        // Those labels name the scope itself.
        if !texts.iter().any(|(known, _)| *known == label) {
            labels.add(&format!("otel_scope_{key}"), value);
        }
    }
}

fn family<T: Copy + Into<SdkNumber>>(
    page: &mut Page,
    metric: &Metric,
    data: &MetricData<T>,
    common: impl Fn(&mut Labels),
) {
    let kind = match data {
        MetricData::Sum(sum) if sum.is_monotonic() => Kind::Counter,
        MetricData::Sum(_) | MetricData::Gauge(_) => Kind::Gauge,
        MetricData::Histogram(_) | MetricData::ExponentialHistogram(_) => Kind::Histogram,
    };
    let family = page.family(metric.name(), metric.unit(), metric.description(), kind);
    let Some(mut series) = family else {
        page.leave_out(points(data));
        return;
    };
    let label = |labels: &mut Labels, attributes: &mut dyn Iterator<Item = &KeyValue>| {
        common(labels);
        attributes.for_each(|KeyValue { key, value, .. }| match key.as_str() {
            LATENCY_THRESHOLD => labels.add_bound(LATENCY_THRESHOLD, &value.as_str()),
            key => labels.add(key, value),
        });
    };
    match data {
        MetricData::Gauge(gauge) => gauge.data_points().for_each(|point| {
            label(series.labels(), &mut point.attributes());
            series.number(point.value().into().0);
        }),
        MetricData::Sum(sum) => sum.data_points().for_each(|point| {
            label(series.labels(), &mut point.attributes());
            series.sum(point.value().into().0);
        }),
        MetricData::Histogram(histogram) => histogram.data_points().for_each(|point| {
            label(series.labels(), &mut point.attributes());
            let mut so_far = 0;
            let mut bounds = point.bounds().zip(point.bucket_counts()).map(|(bound, count)| {
                so_far += count;
                (bound, so_far)
            });
            let (count, sum) = (point.count(), sum(point.min(), point.sum()));
            series.histogram(Buckets { bounds: &mut bounds, count, sum });
        }),
        MetricData::ExponentialHistogram(histogram) => histogram.data_points().for_each(|point| {
            label(series.labels(), &mut point.attributes());
            let (count, sum) = (point.count() as u64, sum(point.min(), point.sum()));
            let mut bounds = bounds(point).into_iter();
            series.histogram(Buckets { bounds: &mut bounds, count, sum });
        }),
    }
}

/// Returns the number of series.
fn points<T>(data: &MetricData<T>) -> usize {
    match data {
        MetricData::Gauge(gauge) => gauge.data_points().count(),
        MetricData::Sum(sum) => sum.data_points().count(),
        MetricData::Histogram(histogram) => histogram.data_points().count(),
        MetricData::ExponentialHistogram(histogram) => histogram.data_points().count(),
    }
}

/// Returns the sum, if it can never fall.
fn sum<T: Into<SdkNumber>>(min: Option<T>, sum: T) -> Option<Number> {
    let is_negative = min.is_some_and(|min| match min.into().0 {
        Number::I64(min) => min < 0,
        Number::F64(min) => min < 0.0,
        Number::U64(_) => false,
    });
    (!is_negative).then(|| sum.into().0)
}

/// Returns the buckets of an exponential histogram with explicit bounds; neither format can
/// express it otherwise.
fn bounds<T>(point: &ExponentialHistogramDataPoint<T>) -> Vec<(f64, u64)> {
    let base_log2 = (-f64::from(point.scale())).exp2();
    let bound = |index: i64| (index as f64 * base_log2).exp2();
    let mut bounds = Vec::new();
    let mut so_far = 0;
    let negative = point.negative_bucket();
    let counts: Vec<u64> = negative.counts().collect();
    // Negative bucket `i` reaches from -bound(i + 1) to -bound(i).
    for (index, count) in
        (i64::from(negative.offset())..).zip(counts).collect::<Vec<_>>().into_iter().rev()
    {
        so_far += count;
        bounds.push((-bound(index), so_far));
    }
    so_far += point.zero_count();
    bounds.push((point.zero_threshold(), so_far));
    let positive = point.positive_bucket();
    let offset = i64::from(positive.offset());
    for (at, (index, count)) in (offset..).zip(positive.counts()).enumerate() {
        // The lower bound of the first one, so that nothing is assumed between it and zero.
        if at == 0 {
            bounds.push((bound(index), so_far));
        }
        so_far += count;
        bounds.push((bound(index + 1), so_far));
    }
    bounds.dedup_by(|next, last| {
        let same = next.0 <= last.0;
        if same {
            last.1 = next.1;
        }
        same
    });
    bounds
}

/// A number of the SDK's.
struct SdkNumber(Number);

impl From<f64> for SdkNumber {
    fn from(value: f64) -> Self {
        Self(Number::F64(value))
    }
}

impl From<i64> for SdkNumber {
    fn from(value: i64) -> Self {
        Self(Number::I64(value))
    }
}

impl From<u64> for SdkNumber {
    fn from(value: u64) -> Self {
        Self(Number::U64(value))
    }
}
