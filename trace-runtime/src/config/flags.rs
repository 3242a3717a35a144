//! The settings of a command line, whatever reads it.

use crate::export::secrets::strictly_without_credentials;
use crate::level::Level;
use std::fmt;
use std::path::PathBuf;

/// What a command line asks for. It takes precedence over what the program sets.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Flags {
    /// Nothing is recorded, and no context leaves the program.
    pub(crate) is_off: bool,
    /// Nothing is written to stderr.
    pub(crate) is_quiet: bool,
    /// Traces are printed as trees.
    pub(crate) has_trees: bool,
    /// The line at start-up is printed.
    pub(crate) has_startup_line: bool,
    pub(crate) target: Option<Target>,
    /// The most verbose level of functions that have spans, unless another one is more verbose.
    pub(crate) level: Option<Level>,
    /// The most verbose level of log records.
    pub(crate) log_level: Option<Level>,
    /// Log records are written to stderr in this format.
    pub(crate) log_format: Option<LogFormat>,
}

/// Where telemetry goes. Its `Debug` shows no credentials.
#[derive(Clone, PartialEq)]
pub(crate) enum Target {
    /// A receiver of OTLP.
    Endpoint(String),
    /// A file of JSON lines.
    File(PathBuf),
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Endpoint(endpoint) => {
                f.debug_tuple("Endpoint").field(&strictly_without_credentials(endpoint)).finish()
            }
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
        }
    }
}

/// How log records are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// Text for people.
    #[default]
    Console,
    /// A JSON object per line.
    Json,
}

impl Flags {
    /// Returns whether telemetry is asked for, so that its notices are of interest.
    pub(crate) fn wants_notices(&self) -> bool {
        let is_wanted = self.has_trees || self.target.is_some() || self.log_format.is_some();
        is_wanted && !self.is_quiet
    }
}
