//! Reports the first of several failures of an exporter.

use crate::diagnostics::warn;
use crate::escape;
use std::fmt;
use std::time::{Duration, Instant};

/// A failure after a success is reported again, but not sooner than this after the last notice.
const NOTICE_INTERVAL: Duration = Duration::from_secs(60);

/// Names are shown up to this length, in characters.
const MAX_NAME: usize = 128;

/// What has been reported.
#[derive(Debug, Default)]
pub(crate) struct Failures {
    is_failing: bool,
    is_pausing: bool,
    last_notice: Option<Instant>,
}

impl Failures {
    /// It went well.
    pub(crate) fn end(&mut self) {
        (self.is_failing, self.is_pausing) = (false, false);
    }

    /// It did not.
    pub(crate) fn note(&mut self, exporter: &str, failure: impl fmt::Display) {
        let quiet = self.last_notice.is_some_and(|last| last.elapsed() < NOTICE_INTERVAL);
        if !std::mem::replace(&mut self.is_failing, true) && !quiet {
            self.tell(exporter, failure);
        }
    }

    /// It wants silence until then, and what it did not take waits.
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

    /// Tells people in any case.
    pub(crate) fn tell(&mut self, exporter: &str, failure: impl fmt::Display) {
        self.last_notice = Some(Instant::now());
        let exporter = escape::line(exporter).cut(MAX_NAME);
        warn(format_args!(
            "exporter `{exporter}`: {failure}; the program goes on, further failures are only \
             counted"
        ));
    }
}
