//! Defines metrics and their points
//! ([data model](https://opentelemetry.io/docs/specs/otel/metrics/data-model/)).

use super::shared::{Attribute, ResourceData, ScopeData};
use std::sync::Arc;
use trace_runtime::propagation::{SpanId, TraceId};

/// A metric stream.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Metric {
    /// Its name.
    pub name: String,
    /// Its description; may be empty.
    pub description: String,
    /// Its unit, in UCUM; empty if it has none.
    pub unit: String,
    /// The kind of its instrument.
    pub kind: InstrumentKind,
    /// Whether its points are totals or deltas; `None` for gauges.
    pub temporality: Option<Temporality>,
    /// The library that recorded it.
    pub scope: ScopeData,
    /// The program that recorded it.
    pub resource: Arc<ResourceData>,
    /// One point per set of attributes.
    pub points: Vec<Point>,
}

impl Metric {
    /// Creates a metric of this name and kind; everything else is empty.
    pub fn new(name: impl Into<String>, kind: InstrumentKind) -> Self {
        Self {
            name: name.into(),
            description: String::new(),
            unit: String::new(),
            kind,
            temporality: None,
            scope: ScopeData::default(),
            resource: Arc::default(),
            points: Vec::new(),
        }
    }
}

/// The kind of an instrument, by the kind of its points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InstrumentKind {
    /// A sum that only grows.
    Counter,
    /// A sum that goes up and down.
    UpDownCounter,
    /// The last value.
    Gauge,
    /// A distribution over explicit buckets.
    Histogram,
    /// A distribution over exponential buckets.
    ExponentialHistogram,
}

impl InstrumentKind {
    /// Returns the name, such as `up-down counter`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::UpDownCounter => "up-down counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
            Self::ExponentialHistogram => "exponential histogram",
        }
    }
}

/// Whether points are totals or deltas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Temporality {
    /// Points cover the time since the last collection.
    Delta,
    /// Points cover the time since the start.
    Cumulative,
}

/// A data point: the value of a metric for one set of attributes.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Point {
    /// The attributes.
    pub attributes: Vec<Attribute>,
    /// The start of the time that it covers, in nanoseconds since the Unix epoch; 0 if unknown.
    pub start_unix_nanos: u64,
    /// When it was collected, in nanoseconds since the Unix epoch.
    pub unix_nanos: u64,
    /// The value.
    pub value: PointValue,
    /// Single measurements, with the spans in which they were made.
    pub exemplars: Vec<Exemplar>,
}

impl Point {
    /// Creates a point of this value; everything else is empty.
    #[must_use]
    pub fn new(value: PointValue) -> Self {
        Self {
            attributes: Vec::new(),
            start_unix_nanos: 0,
            unix_nanos: 0,
            value,
            exemplars: Vec::new(),
        }
    }
}

/// The value of a point.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum PointValue {
    /// An integer: of counters, up-down counters and gauges.
    Int(i128),
    /// A float: of counters, up-down counters and gauges.
    Float(f64),
    /// A distribution over explicit buckets.
    Histogram(Histogram),
    /// A distribution over exponential buckets.
    ExponentialHistogram(ExponentialHistogram),
}

/// A distribution over explicit buckets.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Histogram {
    /// The number of values.
    pub count: u64,
    /// Their sum.
    pub sum: f64,
    /// The least value.
    pub min: Option<f64>,
    /// The greatest value.
    pub max: Option<f64>,
    /// The upper bounds of all buckets but the last, each inclusive.
    pub bounds: Vec<f64>,
    /// The number of values in each bucket: one more than there are bounds.
    pub bucket_counts: Vec<u64>,
}

/// A distribution over exponential buckets.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ExponentialHistogram {
    /// The number of values.
    pub count: u64,
    /// Their sum.
    pub sum: f64,
    /// The least value.
    pub min: Option<f64>,
    /// The greatest value.
    pub max: Option<f64>,
    /// The resolution: the base of the buckets is 2^(2^-scale).
    pub scale: i32,
    /// The number of values within the zero threshold.
    pub zero_count: u64,
    /// Values up to this far from zero count as zero.
    pub zero_threshold: f64,
    /// The buckets above zero.
    pub positive: ExponentialBuckets,
    /// The buckets below zero.
    pub negative: ExponentialBuckets,
}

/// Consecutive buckets of an exponential histogram.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExponentialBuckets {
    /// The index of the first bucket.
    pub offset: i32,
    /// The number of values in each bucket.
    pub counts: Vec<u64>,
}

/// A single measurement.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Exemplar {
    /// Attributes of the measurement that the metric leaves out.
    pub attributes: Vec<Attribute>,
    /// When it was made, in nanoseconds since the Unix epoch.
    pub unix_nanos: u64,
    /// The measured value.
    pub value: f64,
    /// The trace in which it was made; invalid when there was none.
    pub trace_id: TraceId,
    /// The span in which it was made; invalid when there was none.
    pub span_id: SpanId,
}

impl Exemplar {
    /// Creates an exemplar of this value; everything else is empty.
    #[must_use]
    pub fn new(value: f64) -> Self {
        Self {
            attributes: Vec::new(),
            unix_nanos: 0,
            value,
            trace_id: TraceId::INVALID,
            span_id: SpanId::INVALID,
        }
    }
}
