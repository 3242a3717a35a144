//! The set-up of a build that records nothing.

use crate::loss::LossReport;
use std::fmt;
use std::time::Duration;

/// Installs nothing: this build of `trace-runtime` lacks the feature `enabled`.
///
/// # Errors
/// Never.
pub fn init() -> Result<Telemetry, InitError> {
    Ok(Telemetry(()))
}

/// The guard of a pipeline that is none.
#[derive(Debug)]
#[must_use = "dropping the guard ends telemetry; bind it, as in `let _telemetry = …`"]
pub struct Telemetry(());

impl Telemetry {
    /// Whether telemetry is off: it is.
    pub fn is_disabled(&self) -> bool {
        true
    }

    /// What became of the spans so far: there are none.
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

macro_rules! never {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum $name {}

        impl fmt::Display for $name {
            fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
                match *self {}
            }
        }

        impl std::error::Error for $name {}
    )*};
}

never! {
    /// Why telemetry could not be installed: never in this build.
    InitError;
    /// Why a flush failed: never in this build.
    FlushError;
}
