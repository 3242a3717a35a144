//! Reports what became of everything that was recorded: what was exported, what was lost, and why.

use std::fmt;
use std::time::Duration;

trace_macros::__versioned! {
    #[doc(inline)]
    pub use trace_core::__private::runtime::loss::{
        DropReason, Drops, ExporterReport, LogReport, LossReport, MeasurementReport,
    };
}

/// A flush took longer than it was allowed to, or a receiver has asked for silence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlushError {
    timeout: Duration,
    report: Box<LossReport>,
}

impl FlushError {
    #[cfg(feature = "enabled")]
    pub(crate) fn new(timeout: Duration, report: LossReport) -> Self {
        Self { timeout, report: report.into() }
    }

    /// Returns what had been exported and lost by then.
    pub fn report(&self) -> &LossReport {
        &self.report
    }
}

impl fmt::Display for FlushError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not everything was sent within {:?}: {}", self.timeout, self.report)
    }
}

impl std::error::Error for FlushError {}
