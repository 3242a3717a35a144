//! What became of everything that was recorded: what was exported, what was lost, and why.

#[cfg(not(feature = "enabled"))]
pub use crate::disabled::FlushError;
#[cfg(feature = "enabled")]
pub use crate::pipeline::FlushError;

trace_macros::__versioned! {
    #[doc(inline)]
    pub use trace_core::__private::runtime::loss::{
        DropReason, Drops, ExporterReport, LogReport, LossReport, MeasurementReport,
    };
}
