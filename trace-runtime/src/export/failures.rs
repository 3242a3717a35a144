//! Reports the first of several failures of an exporter.

use crate::diagnostics::warn;
use crate::escape;
use std::fmt;
use std::time::{Duration, Instant};

/// The shortest time between notices: a failure after a success is reported again.
const NOTICE_INTERVAL: Duration = Duration::from_secs(60);

/// The length at which names are cut, in characters.
const MAX_NAME: usize = 128;

/// The failures reported so far.
#[derive(Debug, Default)]
pub(crate) struct Failures {
    is_failing: bool,
    is_pausing: bool,
    last_notice: Option<Instant>,
}

impl Failures {
    /// Records a success.
    pub(crate) fn end(&mut self) {
        (self.is_failing, self.is_pausing) = (false, false);
    }

    /// Records a failure.
    pub(crate) fn note(&mut self, exporter: &str, failure: impl fmt::Display) {
        let quiet = self.last_notice.is_some_and(|last| last.elapsed() < NOTICE_INTERVAL);
        if !std::mem::replace(&mut self.is_failing, true) && !quiet {
            self.tell(exporter, failure);
        }
    }

    /// Records a request for a pause until then; refused items wait.
    pub(crate) fn pause(&mut self, exporter: &str, failure: impl fmt::Display, until: Instant) {
        if std::mem::replace(&mut self.is_pausing, true) {
            return;
        }
        let left = until.saturating_duration_since(Instant::now());
        warn(format_args!(
            "exporter `{exporter}`: {failure}; it asks for silence, so nothing is sent for {} s, and \
             what is recorded meanwhile waits in the queue",
            left.as_secs_f64().ceil(),
        ));
    }

    /// Reports a failure in any case.
    pub(crate) fn tell(&mut self, exporter: &str, failure: impl fmt::Display) {
        self.last_notice = Some(Instant::now());
        let exporter = escape::line(exporter).cut(MAX_NAME);
        warn(format_args!(
            "exporter `{exporter}`: {failure}; the program goes on, further failures are only \
             counted"
        ));
    }
}
