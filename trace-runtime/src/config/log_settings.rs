//! The settings of logs.

use super::outputs::Outputs;
use crate::export::{OtlpSettings, QueueSettings};
use crate::logs::{LogLimits, LoggerRules};
use std::time::Duration;

/// The settings of logs.
#[derive(Debug)]
pub(crate) struct LogSettings {
    pub(crate) outputs: Outputs,
    /// The plug-ins that process records.
    #[cfg(feature = "config-file")]
    pub(crate) processors: Vec<crate::plugin::Used>,
    pub(crate) limits: LogLimits,
    /// Which loggers emit records.
    pub(crate) loggers: LoggerRules,
}

impl Default for LogSettings {
    fn default() -> Self {
        let outputs = Outputs::alike(None, OtlpSettings::default(), default_queue());
        Self {
            outputs,
            #[cfg(feature = "config-file")]
            processors: Vec::new(),
            limits: LogLimits::default(),
            loggers: LoggerRules::default(),
        }
    }
}

/// Returns the queue's defaults: log batches wait for less time than spans, as the specification requires.
pub(crate) fn default_queue() -> QueueSettings {
    QueueSettings::default().with_delay(Duration::from_secs(1))
}
