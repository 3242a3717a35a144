//! What was observed, as plain data: one file per signal.
//!
//! The same whether it was captured in this process or received over OTLP. Nothing here knows how
//! it came, or what is asserted of it. All of it can be made by hand, so that assertions can be
//! tested themselves.

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
