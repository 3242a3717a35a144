//! Sets up a build that records nothing.

use crate::loss::{FlushError, LossReport};
use std::fmt;
use std::time::Duration;

/// Installs nothing: this build of `trace-runtime` lacks the feature `enabled`.
///
/// # Errors
/// Never.
pub fn init() -> Result<Telemetry, InitError> {
    Ok(Telemetry(()))
}

/// The guard of a pipeline that does nothing.
#[derive(Debug)]
#[must_use = "dropping the guard ends telemetry; bind it, as in `let _telemetry = …`"]
pub struct Telemetry(());

impl Telemetry {
    /// Returns whether telemetry is off: always true.
    pub fn is_disabled(&self) -> bool {
        true
    }

    /// Returns the report of all spans so far: always empty.
    pub fn report(&self) -> LossReport {
        LossReport::default()
    }

    /// Sends nothing.
    ///
    /// # Errors
    /// Never.
    pub fn force_flush(&self, _timeout: Duration) -> Result<LossReport, FlushError> {
        Ok(self.report())
    }

    /// Ends nothing.
    pub fn shutdown(&self, _timeout: Duration) -> LossReport {
        self.report()
    }
}

/// The error of an installation that failed; this build never returns it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InitError {}

impl fmt::Display for InitError {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {}
    }
}

impl std::error::Error for InitError {}
