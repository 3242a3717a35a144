//! Assertions on spans, metrics, logs, sampling and propagation.
//!
//! Each assertion panics at the caller's line with a [`Report`](crate::Report), and has a twin `try_…`
//! that returns it.

mod count;
mod log;
mod metric;
mod open;
mod propagation;
mod sampling;
mod span;
mod strict;
mod tree;

pub use log::LogQuery;
pub use metric::{AnyKind, CardinalityAssert, Gauges, Histograms, MetricAssert, Metrics, Sums};
pub use open::OpenQuery;
pub use propagation::{Headers, Incoming, Outgoing};
pub use sampling::SampledQuery;
pub use span::{SpanAssert, SpanQuery};
pub use tree::{SpanPattern, Times, Tree};
