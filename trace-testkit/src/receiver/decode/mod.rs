//! From OTLP's messages to the model: one file per signal.
//!
//! It believes nothing: ids of a wrong length count as none, unknown numbers as unset, and nothing
//! panics.

mod identity;
mod log;
mod metric;
mod span;
mod value;

pub(super) use log::logs;
pub(super) use metric::metrics;
pub(super) use span::spans;
