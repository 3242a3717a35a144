//! Builds metrics by hand, so that messages are deterministic.

use std::sync::{Arc, Mutex};
use trace_testkit::Recorded;
use trace_testkit::model::{
    ExponentialBuckets, ExponentialHistogram, Histogram, InstrumentKind, Metric, Point, PointValue,
    ScopeData, Temporality,
};
use trace_testkit::source::{Snapshot, Source};

pub(crate) fn metric(name: &str, kind: InstrumentKind, unit: &str, points: Vec<Point>) -> Metric {
    let mut metric = Metric::new(name, kind);
    metric.unit = unit.to_owned();
    metric.temporality = (kind != InstrumentKind::Gauge).then_some(Temporality::Cumulative);
    metric.scope = ScopeData::new("shop", "1.2.0");
    metric.points = points;
    metric
}

pub(crate) fn int(value: i128) -> Point {
    Point::new(PointValue::Int(value))
}

/// With buckets up to 0.1, 0.25 and 0.5.
pub(crate) fn histogram(values: &[f64]) -> Histogram {
    let mut histogram = Histogram::default();
    histogram.bounds = vec![0.1, 0.25, 0.5];
    histogram.bucket_counts = vec![0; 4];
    for value in values {
        histogram.count += 1;
        histogram.sum += value;
        let bucket = histogram.bounds.iter().take_while(|bound| value > bound).count();
        histogram.bucket_counts[bucket] += 1;
    }
    histogram.min = values.iter().copied().reduce(f64::min);
    histogram.max = values.iter().copied().reduce(f64::max);
    histogram
}

/// At scale 0: buckets between powers of two.
fn sizes() -> ExponentialHistogram {
    let mut histogram = ExponentialHistogram::default();
    histogram.count = 4;
    histogram.sum = 1_030.0;
    histogram.zero_count = 1;
    histogram.positive = ExponentialBuckets::default();
    histogram.positive.offset = 1;
    histogram.positive.counts = vec![2, 0, 0, 0, 0, 0, 0, 0, 1];
    histogram
}

/// Orders by plan and region, open carts, the depth of a queue, durations, and sizes.
pub(crate) fn metrics() -> Vec<Metric> {
    use InstrumentKind::{Counter, ExponentialHistogram, Gauge, Histogram, UpDownCounter};
    let order = |plan: &str, region: &str, count| {
        int(count).with_attribute("plan", plan).with_attribute("region", region)
    };
    let orders = vec![order("pro", "eu", 2), order("free", "eu", 5), order("pro", "us", 1)];
    let duration = |values: &[f64]| Point::new(PointValue::Histogram(histogram(values)));
    let durations = vec![
        duration(&[0.08, 0.21]).with_attribute("outcome", "ok"),
        duration(&[0.31]).with_attribute("outcome", "declined"),
    ];
    let depths = [("in", 7), ("out", 0)].map(|(queue, n)| int(n).with_attribute("queue", queue));
    let sizes = vec![Point::new(PointValue::ExponentialHistogram(sizes()))];
    vec![
        metric("orders", Counter, "{order}", orders),
        metric("carts.open", UpDownCounter, "{cart}", vec![int(3)]),
        metric("queue.depth", Gauge, "", depths.to_vec()),
        metric("checkout.duration", Histogram, "s", durations),
        metric("cart.size", ExponentialHistogram, "By", sizes),
    ]
}

pub(crate) fn of(metrics: Vec<Metric>) -> Recorded {
    let mut snapshot = Snapshot::default();
    snapshot.metrics = metrics;
    Recorded::new(Arc::new(snapshot))
}

pub(crate) fn shop_metrics() -> Recorded {
    of(metrics())
}

/// A source whose metrics change.
#[derive(Default)]
pub(crate) struct Changing(Mutex<Vec<Metric>>);

impl Changing {
    pub(crate) fn set(&self, metrics: Vec<Metric>) {
        *self.0.lock().unwrap() = metrics;
    }
}

impl Source for Changing {
    fn snapshot(&self) -> Snapshot {
        let mut snapshot = Snapshot::default();
        snapshot.metrics = self.0.lock().unwrap().clone();
        snapshot
    }
}
