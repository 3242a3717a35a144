//! Flushes, ends and reports the running pipeline: collector, queues, logs and meters together.

use super::control::Control;
#[cfg(feature = "config-file")]
use super::in_force::FileInForce;
use super::in_force::InForce;
#[cfg(feature = "metrics")]
use super::meters::Meters;
#[cfg(feature = "json")]
use super::snapshots::SnapshotWriter;
#[cfg(feature = "metrics")]
use crate::collector::Vitals;
use crate::collector::{Handle, Look, count_drops};
use crate::deadline::Ending;
use crate::export::{FinishedSpans, Queues, Snapshot, gates};
use crate::forks::Origin;
#[cfg(all(feature = "config-file", feature = "metrics"))]
use crate::health::ConfigurationHealth;
use crate::health::LossWatch;
#[cfg(feature = "logs")]
use crate::logs::{self, Logs};
use crate::loss::{DropReason, LogReport, LossReport, MeasurementReport};
#[cfg(all(feature = "config-file", feature = "metrics"))]
use crate::metrics::FileView;
#[cfg(feature = "metrics")]
use crate::metrics::PipelineView;
#[cfg(feature = "metrics")]
use crate::recorder::overload;
use opentelemetry_sdk::Resource;
#[cfg(feature = "json")]
use std::sync::OnceLock;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Instant;

/// The running pipeline.
pub(crate) struct Running {
    pub(super) origin: Origin,
    pub(super) collector: Handle,
    pub(super) queues: Arc<Queues>,
    pub(super) resource: Resource,
    pub(super) sampling: Mutex<InForce>,
    #[cfg(feature = "json")]
    pub(super) snapshots: OnceLock<SnapshotWriter>,
    pub(super) control: Control,
    /// The names of the exporters of metrics.
    pub(super) metric_exporters: Vec<String>,
    #[cfg(feature = "logs")]
    pub(super) logs: Option<Arc<Logs>>,
    #[cfg(feature = "metrics")]
    pub(super) meters: Option<Meters>,
    pub(super) losses: LossWatch,
    #[cfg(feature = "config-file")]
    pub(super) file: Option<FileInForce>,
}

impl Running {
    /// Returns the names of its exporters.
    pub(crate) fn exporter_names(&self) -> Vec<String> {
        let report = self.report();
        let exporters = report.exporters.into_iter().chain(report.logs.exporters);
        let mut names: Vec<_> = exporters.map(|exporter| exporter.name).collect();
        #[cfg(feature = "metrics")]
        names.extend(self.meters.iter().flat_map(Meters::observe).map(|observed| observed.name));
        names.extend(self.metric_exporters.iter().cloned());
        let shared: Vec<_> = names.iter().map(|it| gates::of_all_signals(it).to_owned()).collect();
        names.extend(shared);
        names.sort();
        names.dedup();
        names
    }

    /// Returns whether it belongs to a parent process: its threads do not exist here.
    pub(crate) fn is_inherited(&self) -> bool {
        !self.origin.is_here()
    }

    /// Hands all records so far to the exporters and makes them deliver. Returns `false` if the
    /// deadline passes first.
    pub(crate) fn flush(&self, deadline: Instant) -> bool {
        self.flush_with(None, deadline)
    }

    /// Flushes, and returns the spans of a capture (0: of all) that are still open. `None` if
    /// the deadline passes first.
    pub(crate) fn flush_and_look(&self, capture: u32, deadline: Instant) -> Option<FinishedSpans> {
        let (answer, open) = mpsc::channel();
        let flushed = self.flush_with(Some(Look::Open { capture, answer }), deadline);
        // A pipeline that has ended sends no answer.
        flushed.then(|| open.try_recv().unwrap_or_default())
    }

    /// Returns whether what was recorded lately is kept.
    pub(crate) fn keeps_recent(&self) -> bool {
        let in_force = self.sampling.lock().unwrap_or_else(PoisonError::into_inner);
        in_force.tail.as_ref().is_some_and(|tail| tail.recent.is_some())
    }

    /// Returns what was recorded lately, and what has not ended. `None` if the deadline passes first.
    pub(crate) fn recent(&self, deadline: Instant) -> Option<Snapshot> {
        let (answer, pages) = mpsc::channel();
        let is_swept = self.collector.sweep(Some(Look::Recent { answer }), deadline);
        let pages = is_swept.then(|| pages.try_recv().unwrap_or_default())?;
        Some(Snapshot::new(pages, self.resource.clone()))
    }

    fn flush_with(&self, look: Option<Look>, deadline: Instant) -> bool {
        if self.is_inherited() {
            return true;
        }
        let swept = self.collector.sweep(look, deadline);
        // All at once, so that one slow exporter does not take the others' time.
        #[cfg(feature = "metrics")]
        let metrics = self.meters.as_ref().map(Meters::begin_flush);
        #[cfg(feature = "logs")]
        let logs = self.logs.as_ref().map(|logs| (logs, Logs::begin_flush(logs)));
        let spans = self.queues.begin_flush();
        let flushed = self.queues.flush(spans, deadline) && swept;
        #[cfg(feature = "logs")]
        let flushed = logs.is_none_or(|(logs, begun)| logs.flush(begun, deadline)) && flushed;
        #[cfg(feature = "metrics")]
        let flushed = metrics.is_none_or(|metrics| metrics.wait(deadline)) && flushed;
        flushed
    }

    /// Ends the pipeline; open spans are dropped and counted.
    pub(crate) fn shutdown(&self, ending: impl Into<Ending>) -> LossReport {
        let ending = ending.into();
        let deadline = ending.by;
        // Another pipeline may have been running since.
        if self.has_stopped() {
            return self.report();
        }
        #[cfg(feature = "json")]
        if let Some(snapshots) = self.snapshots.get() {
            // What has just ended may be a reason for a snapshot.
            self.collector.sweep(None, deadline);
            snapshots.stop(deadline);
        }
        #[cfg(all(unix, feature = "config-file", feature = "signals"))]
        self.file.iter().for_each(FileInForce::stop);
        let stopped = self.collector.stop(deadline);
        // All at once, so that one slow exporter does not take the others' time.
        #[cfg(feature = "metrics")]
        let metrics = self.meters.as_ref().map(|meters| (meters, meters.begin_shutdown(ending)));
        #[cfg(feature = "logs")]
        let logs = self.logs.as_ref().map(|logs| {
            logs::uninstall(logs);
            (logs, Logs::begin_shutdown(logs, ending))
        });
        self.queues.begin_shutdown(ending);
        self.queues.shutdown(ending);
        #[cfg(feature = "logs")]
        if let Some((logs, begun)) = logs {
            logs.shutdown(begun, ending);
        }
        #[cfg(feature = "metrics")]
        let undelivered = metrics.is_some_and(|(meters, begun)| !meters.shutdown(&begun, ending));
        #[cfg(not(feature = "metrics"))]
        let undelivered = false;
        let mut report = if stopped { self.report() } else { self.report_of_missed() };
        if !stopped {
            #[cfg(feature = "metrics")]
            {
                let mut merged = 0;
                let unmerged = overload::take(|it| merged += it.count);
                let dropped = &mut report.measurements.dropped;
                count_drops(dropped, DropReason::DeadlineExceeded, merged);
                count_drops(dropped, DropReason::NoRoom, unmerged.lost);
                count_drops(dropped, DropReason::InvalidValue, unmerged.refused);
            }
            give_up_buffered(&mut report);
        }
        report.measurements.undelivered = undelivered;
        report
    }

    /// Returns whether a shutdown was requested.
    pub(crate) fn has_stopped(&self) -> bool {
        self.is_inherited() || self.collector.has_stopped()
    }

    /// Returns the counts of all spans that the collector has seen, and the bytes that it has not read after
    /// a missed deadline.
    pub(crate) fn report_of_missed(&self) -> LossReport {
        // First, because the collector may continue: bytes that it reads meanwhile are counted twice, not
        // omitted.
        let unread_bytes = self.collector.unread_bytes();
        let mut report = self.report();
        (report.incomplete, report.unread_bytes) = (true, unread_bytes);
        report
    }

    /// Returns the counts of all spans that the collector has seen.
    pub(crate) fn report(&self) -> LossReport {
        if self.is_inherited() {
            return LossReport::default();
        }
        let books = self.collector.books();
        let mut report = LossReport::default();
        report.started = books.started;
        report.undecided = books.undecided;
        report.buffered = books.buffered;
        report.dropped = books.dropped.clone();
        report.dropped_details = books.dropped_details;
        report.exporters = self.queues.report(books.arrived());
        report.logs = self.log_report();
        report.measurements = books.measurements.clone();
        report
    }

    #[cfg(feature = "logs")]
    fn log_report(&self) -> LogReport {
        self.logs.as_ref().map(|logs| logs.intake.report()).unwrap_or_default()
    }

    #[cfg(not(feature = "logs"))]
    fn log_report(&self) -> LogReport {
        LogReport::default()
    }
}

/// Counts buffered spans as lost in a pipeline whose collector did not end in time.
fn give_up_buffered(report: &mut LossReport) {
    let buffered = std::mem::take(&mut report.buffered);
    count_drops(&mut report.dropped, DropReason::DeadlineExceeded, buffered);
    let MeasurementReport { buffered, dropped, .. } = &mut report.measurements;
    count_drops(dropped, DropReason::DeadlineExceeded, std::mem::take(buffered));
}

#[cfg(feature = "metrics")]
impl PipelineView for Running {
    fn sweep(&self, deadline: Instant) -> bool {
        !self.is_inherited() && self.collector.sweep(None, deadline)
    }

    fn report(&self) -> LossReport {
        self.report()
    }

    fn vitals(&self) -> &Vitals {
        self.collector.vitals()
    }

    fn capacities(&self) -> Vec<(String, usize)> {
        self.queues.capacities()
    }

    #[cfg(feature = "logs")]
    fn log_capacities(&self) -> Vec<(String, usize)> {
        self.logs.iter().flat_map(|logs| logs.intake.capacities()).collect()
    }

    #[cfg(feature = "config-file")]
    fn file(&self) -> Option<FileView> {
        let health = self.file.as_ref()?.health();
        let ConfigurationHealth { version, applied, last_error, .. } = health;
        Some(FileView { version, applied, is_refused: last_error.is_some() })
    }
}
