//! The types of metrics that functions name: amounts, latencies, kinds of instruments.

#[cfg(feature = "enabled")]
#[doc(inline)]
pub use crate::instruments::InstrumentKind;
#[doc(inline)]
pub use trace_core::{Amount, Latency, ToAmount};
