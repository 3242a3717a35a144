//! The building blocks of metrics: the statics of annotated functions, and labels with few values.
//!
//! The files in this folder do not depend on records, aggregation or exporters.

mod attributes;
mod baggage;
mod instrument;
mod label;
mod meter;

pub use attributes::{Attribute, AttributeSet, AttributeValue};
pub use instrument::{Instrument, InstrumentKind};
pub use label::{Capped, Label, LabelId, LabelValues, Labels, label};
pub use meter::Meter;

pub(crate) use baggage::is_wanted as wants_baggage;
pub use baggage::{BaggageLabels, CAP as BAGGAGE_CAP, allow as allow_baggage};
pub(crate) use label::error_label;
pub use label::name_of;
pub(crate) use meter::METER_LIMIT;
pub use meter::meter_of;

/// Makes forks wait until no other thread is assigning numbers here.
pub fn keep_over_forks() {
    attributes::keep_over_forks();
    baggage::keep_over_forks();
    label::keep_over_forks();
    meter::keep_over_forks();
}
