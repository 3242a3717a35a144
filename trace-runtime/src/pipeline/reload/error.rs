//! Defines why a file was not put in force.

use crate::config::file::line;
use crate::error::{ConfigurationError, InitError};
use std::fmt;
use std::sync::Arc;

/// The reason why a file was not put in force. What was in force stays, all of it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ReloadError {
    /// No file configures telemetry.
    NoFile,
    /// The pipeline has ended.
    Ended,
    /// The file is wrong.
    Invalid(ConfigurationError),
    /// The file changes what does not change while the program runs: each such key, with its place and the reason.
    Fixed(ConfigurationError),
    /// An exporter of the file cannot be made or started.
    Exporter(Arc<InitError>),
    /// Too many exporters that earlier files had replaced have not ended yet.
    Unfinished {
        /// Their number.
        count: usize,
    },
}

impl ReloadError {
    /// Returns it as one line.
    pub(super) fn summary(&self) -> String {
        let (Self::Invalid(error) | Self::Fixed(error)) = self else { return self.to_string() };
        let [first, others @ ..] = error.problems() else { return self.to_string() };
        match others.len() {
            0 => line(first),
            1 => format!("{}; and 1 more problem", line(first)),
            more => format!("{}; and {more} more problems", line(first)),
        }
    }
}

/// Exporters that were replaced keep their threads until they have ended. Beyond this number of one signal,
/// none is replaced.
const MOST_UNFINISHED: usize = 16;

/// Refuses to replace exporters of a signal while too many that were replaced have not ended.
pub(super) fn may_replace(leaving: usize, unfinished: usize) -> Result<(), ReloadError> {
    match leaving > 0 && unfinished >= MOST_UNFINISHED {
        true => Err(ReloadError::Unfinished { count: unfinished }),
        false => Ok(()),
    }
}

/// Returns the reason why a file with an exporter that cannot be made is refused.
pub(super) fn failed(error: InitError) -> ReloadError {
    match error {
        InitError::Configuration(error) => ReloadError::Invalid(error),
        error => ReloadError::Exporter(Arc::new(error)),
    }
}

impl fmt::Display for ReloadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoFile => f.write_str("no file configures telemetry"),
            Self::Ended => f.write_str("the pipeline has ended"),
            Self::Invalid(error) => error.fmt(f),
            Self::Fixed(error) => {
                f.write_str("the file changes settings that need a restart")?;
                error.problems().iter().try_for_each(|problem| write!(f, "\n\n{problem}"))
            }
            Self::Exporter(error) => error.fmt(f),
            Self::Unfinished { count } => write!(
                f,
                "{count} exporters that were replaced have not ended yet; no other is replaced until some have"
            ),
        }
    }
}

impl std::error::Error for ReloadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Invalid(error) | Self::Fixed(error) => Some(error),
            Self::Exporter(error) => Some(error),
            _ => None,
        }
    }
}
