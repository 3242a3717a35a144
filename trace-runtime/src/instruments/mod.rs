//! What metrics are made of: the statics of annotated functions, labels of few values, objectives.
//!
//! This file and those beside it know nothing of records, aggregation or exporters.

mod instrument;
mod label;
mod meter;
mod objective;

pub use instrument::{Instrument, InstrumentKind, ToAmount, amount};
pub use label::{Capped, Label, LabelId, LabelValues, Labels, label};
pub use meter::Meter;
pub use objective::{Latency, Objective, ms};

pub(crate) use instrument::Amount;
pub(crate) use label::{error_label, name_of};
pub(crate) use meter::{common_boundaries, meter_of};
