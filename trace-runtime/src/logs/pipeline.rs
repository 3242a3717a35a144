//! Processes the logs of one pipeline: the program's own processors, limits, and delivery to the exporters.

use super::intake::Intake;
use super::limits::LogLimits;
use super::loggers::{Candidate, LoggerRules, Loggers};
use super::{context, depth};
use crate::caught::{Panicked, caught};
use crate::deadline::{Begun, Ending};
use crate::diagnostics::warn;
use crate::export::signal::Signal;
use crate::export::{EmittedLog, Queues, QueuesFlush, gates};
use crate::forks::Origin;
use crate::level::Level;
use crate::sampling::RouteNumber;
use opentelemetry::InstrumentationScope;
use opentelemetry::logs::Severity;
use opentelemetry_sdk::logs::{LogProcessor, SdkLogRecord};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// The logs of one pipeline.
pub(crate) struct Logs {
    origin: Origin,
    pub(crate) intake: Intake,
    /// Records that are less severe are not emitted at all.
    least: Option<Severity>,
    /// Records that their rules drop are not emitted either.
    pub(super) loggers: Loggers,
    /// The program's own processors, called before the exporters get anything.
    processors: Vec<Box<dyn LogProcessor>>,
    /// Whether the panic of a processor has been reported.
    has_told: AtomicBool,
}

/// A flush or shutdown in progress.
pub(crate) struct LogsBegun {
    /// The exporters; `None` where they are asked to end.
    exporters: Option<QueuesFlush<EmittedLog>>,
    /// The processors; `None` if there are none.
    processors: Option<Begun>,
}

impl LogsBegun {
    fn wait_for_processors(&self, deadline: Instant) -> bool {
        self.processors.as_ref().is_none_or(|begun| begun.wait(deadline))
    }
}

impl Logs {
    pub(crate) fn new(
        queues: Queues<EmittedLog>,
        processors: Vec<Box<dyn LogProcessor>>,
        limits: LogLimits,
        (level, rules): (Option<Level>, LoggerRules),
    ) -> Self {
        let has_told = AtomicBool::new(false);
        let intake = Intake::new(queues, limits);
        let least = level.map(severity);
        let loggers = Loggers::new(rules);
        Self { origin: Origin::here(), intake, least, loggers, processors, has_told }
    }

    /// Returns whether it belongs to this process, not to its parent.
    pub(super) fn is_here(&self) -> bool {
        self.origin.is_here()
    }

    /// Returns whether records only need to be copied for the exporters.
    pub(super) fn only_exports(&self) -> bool {
        self.processors.is_empty() && self.intake.is_wanted()
    }

    /// Returns the number of the least severity that is emitted.
    pub(super) fn least(&self) -> u8 {
        self.least.map_or(0, |severity| severity as u8)
    }

    /// Returns whether a record of this severity is emitted; one without a severity is severe enough. `candidate`: what
    /// the rules for loggers look at.
    pub(super) fn takes<'a>(
        &self,
        severity: Option<Severity>,
        candidate: impl FnOnce() -> Candidate<'a>,
    ) -> bool {
        !matches!((self.least, severity), (Some(least), Some(severity)) if severity < least)
            && self.loggers.take(candidate)
    }

    /// Processes a record that has its context; `cut` of its values were removed. `route`: that of its tenant.
    /// `is_last`: it is not read afterwards, and may be left empty.
    pub(super) fn process(
        &self,
        record: &mut SdkLogRecord,
        scope: &InstrumentationScope,
        cut: u64,
        (route, is_last): (RouteNumber, bool),
    ) {
        let severity = record.severity_number();
        let candidate = || Candidate {
            logger: Some(record.target().map_or(scope.name(), |target| target)),
            severity,
            is_unsampled: context::is_unsampled(record),
        };
        if gates::is_off(Signal::Logs) || !self.takes(severity, candidate) {
            return;
        }
        for processor in &self.processors {
            if let Err(panic) = caught(|| processor.emit(record, scope)) {
                self.panicked(&panic);
            }
        }
        let cut = match self.processors.is_empty() {
            true => cut,
            // They may have added values that are nested too deeply.
            false => cut + depth::bound(record),
        };
        if self.intake.is_wanted() {
            match is_last {
                true => self.intake.take(record, scope, cut, route),
                false => self.intake.take(&mut record.clone(), scope, cut, route),
            }
        }
    }

    #[cold]
    fn panicked(&self, panic: &Panicked) {
        if !self.has_told.swap(true, Ordering::Relaxed) {
            warn(format_args!("a log processor panicked: {}", panic.message()));
        }
    }

    pub(super) fn is_enabled(&self, level: Severity, target: &str, name: Option<&str>) -> bool {
        // Loggers of the API name none.
        let logger = Some(target).filter(|target| !target.is_empty());
        let candidate = || Candidate { logger, severity: Some(level), is_unsampled: false };
        if gates::is_off(Signal::Logs) || !self.takes(Some(level), candidate) {
            return false;
        }
        self.intake.is_wanted()
            || self.processors.iter().any(|it| {
                caught(|| it.event_enabled(level, target, name)).unwrap_or_else(|panic| {
                    self.panicked(&panic);
                    false
                })
            })
    }

    /// Asks all processors and exporters to deliver all records so far; [`flush`](Self::flush) waits for it.
    pub(crate) fn begin_flush(self: &Arc<Self>) -> LogsBegun {
        let processors = self.call_processors(|processor| {
            let _ = processor.force_flush();
        });
        LogsBegun { exporters: Some(self.intake.begin_flush()), processors }
    }

    /// Returns whether all have delivered by the deadline.
    pub(crate) fn flush(&self, begun: LogsBegun, deadline: Instant) -> bool {
        let processed = begun.wait_for_processors(deadline);
        let exported = begun.exporters.is_none_or(|begun| self.intake.flush(begun, deadline));
        exported && processed
    }

    /// Accepts no more records, and asks all to end; [`shutdown`](Self::shutdown) waits for it.
    pub(crate) fn begin_shutdown(self: &Arc<Self>, ending: Ending) -> LogsBegun {
        let left = ending.by.saturating_duration_since(Instant::now());
        let processors = self.call_processors(move |processor| end(processor, left));
        self.intake.begin_shutdown(ending);
        LogsBegun { exporters: None, processors }
    }

    /// Waits until all have ended, or until the deadline.
    pub(crate) fn shutdown(&self, begun: LogsBegun, ending: Ending) {
        self.intake.shutdown(ending);
        begun.wait_for_processors(ending.by);
    }

    fn call_processors(
        self: &Arc<Self>,
        call: impl Fn(&dyn LogProcessor) + Send + 'static,
    ) -> Option<Begun> {
        let logs = (!self.processors.is_empty()).then(|| self.clone())?;
        Some(Begun::new("trace-logs-flush", move || {
            logs.processors.iter().for_each(|processor| call(&**processor));
        }))
    }
}

/// Returns the least severity of records of a level.
fn severity(level: Level) -> Severity {
    match level {
        Level::Error => Severity::Error,
        Level::Warn => Severity::Warn,
        Level::Info => Severity::Info,
        Level::Debug => Severity::Debug,
        Level::Trace => Severity::Trace,
    }
}

fn end(processor: &dyn LogProcessor, left: Duration) {
    let _ = processor.shutdown_with_timeout(left);
}
