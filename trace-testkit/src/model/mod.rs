//! Observed telemetry as plain data: one file per signal.
//!
//! Telemetry that was captured in this process and telemetry received over OTLP share these
//! types. All of them can be built by hand, so that assertions can be tested themselves.

mod attributed;
mod buckets;
mod finished;
mod log;
mod metric;
mod severity;
mod shared;
mod span;
mod value;

pub use log::LogData;
pub use metric::{
    Exemplar, ExponentialBuckets, ExponentialHistogram, Histogram, InstrumentKind, Metric, Point,
    PointValue, Temporality,
};
pub use severity::Severity;
pub use shared::{Attribute, ResourceData, ScopeData, attribute};
pub use span::{EventData, LinkData, SpanData};
pub use value::AttributeValue;
