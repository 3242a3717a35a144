//! The pipeline as others hold it: orders to the collector's thread, and what it tells of itself.

#[cfg(feature = "metrics")]
use super::aggregate::Aggregation;
#[cfg(feature = "metrics")]
use super::vitals::Vitals;
use crate::export::{ExporterQueue, FinishedSpan};
use crate::forks::Origin;
#[cfg(feature = "logs")]
use crate::logs::Logs;
use crate::loss::{DropReason, Drops, LogReport, LossReport, MeasurementReport};
#[cfg(feature = "metrics")]
use crate::metrics::Meters;
#[cfg(feature = "metrics")]
use crate::recorder::overload;
use crate::recorder::sweep::unread_words;
use crate::state;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The running pipeline.
pub(crate) struct Running {
    pub(super) origin: Origin,
    pub(super) shared: Arc<Shared>,
    pub(super) thread: Mutex<Option<JoinHandle<()>>>,
    #[cfg(feature = "metrics")]
    pub(super) meters: Option<Meters>,
    #[cfg(feature = "metrics")]
    pub(super) _aggregation: Aggregation,
}

pub(super) struct Shared {
    pub(super) queues: Vec<ExporterQueue>,
    #[cfg(feature = "logs")]
    pub(super) logs: Option<Arc<Logs>>,
    #[cfg(feature = "metrics")]
    pub(super) vitals: Vitals,
    /// Held while spans go from the collector's books to the exporters', so that the sums of a
    /// report are right at every moment.
    pub(super) books: Mutex<Books>,
    /// Words that a sweep has read which is not in the books yet.
    pub(super) reading: AtomicU64,
    pub(super) orders: Mutex<Orders>,
    pub(super) done: Condvar,
}

/// The collector's account of spans.
#[derive(Clone, Debug, Default)]
pub(super) struct Books {
    pub(super) started: u64,
    pub(super) buffered: u64,
    pub(super) dropped: Drops,
    pub(super) dropped_details: u64,
    pub(super) measurements: MeasurementReport,
}

#[derive(Default)]
pub(super) struct Orders {
    pub(super) flushes_wanted: u64,
    pub(super) flushes_done: u64,
    /// How long those who want a flush, or the end, wait for what waits for its instrument.
    pub(super) patience: Option<Instant>,
    pub(super) looks: Vec<Look>,
    pub(super) stop: bool,
    pub(super) stopped: bool,
}

/// A question for the spans of a capture that have not ended.
pub(super) struct Look {
    pub(super) capture: u32,
    pub(super) answer: mpsc::Sender<Vec<FinishedSpan>>,
}

impl Running {
    /// Whether it is that of a parent: of its threads, this process has none.
    pub(crate) fn is_inherited(&self) -> bool {
        !self.origin.is_here()
    }

    /// Hands everything recorded so far to the exporters and has them deliver it. `false` when the
    /// deadline came first.
    pub(crate) fn flush(&self, deadline: Instant) -> bool {
        self.flush_with(None, deadline)
    }

    /// The same; returns the spans of a capture (0: of all) that had not ended by then. `None` when
    /// the deadline came first.
    pub(crate) fn flush_and_look(
        &self,
        capture: u32,
        deadline: Instant,
    ) -> Option<Vec<FinishedSpan>> {
        let (answer, open) = mpsc::channel();
        let flushed = self.flush_with(Some(Look { capture, answer }), deadline);
        // Where the pipeline has ended, nobody answers.
        flushed.then(|| open.try_recv().unwrap_or_default())
    }

    fn flush_with(&self, look: Option<Look>, deadline: Instant) -> bool {
        if self.is_inherited() {
            return true;
        }
        let swept = self.sweep_now(look, deadline);
        // All at once, so that one slow exporter does not take the others' time.
        #[cfg(feature = "metrics")]
        let metrics = self.meters.as_ref().map(Meters::begin_flush);
        #[cfg(feature = "logs")]
        let logs = self.shared.logs.as_ref().map(|logs| (logs, Logs::begin_flush(logs)));
        let tickets: Vec<_> = self.shared.queues.iter().map(ExporterQueue::begin_flush).collect();
        let flushes = self.shared.queues.iter().zip(tickets);
        let flushed =
            flushes.fold(swept, |done, (queue, ticket)| queue.flush(ticket, deadline) && done);
        #[cfg(feature = "logs")]
        let flushed = logs.is_none_or(|(logs, begun)| logs.flush(begun, deadline)) && flushed;
        #[cfg(feature = "metrics")]
        let flushed = metrics.is_none_or(|metrics| metrics.wait(deadline)) && flushed;
        flushed
    }

    /// Ends the pipeline; spans that are open are dropped, and counted.
    pub(crate) fn shutdown(&self, deadline: Instant) -> LossReport {
        // Another pipeline may have been running since.
        if self.has_stopped() {
            return self.report();
        }
        state::change(state::ON | state::METERING, false);
        {
            let mut orders = self.shared.orders();
            orders.stop = true;
            orders.be_patient(deadline);
        }
        state::wake_collector();
        let shared = &self.shared;
        let stopped = shared.wait(deadline, |orders| orders.stopped);
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let (true, Some(thread)) = (stopped, thread) {
            let _ = thread.join();
        }
        // All at once, so that one slow exporter does not take the others' time.
        #[cfg(feature = "metrics")]
        let metrics = self.meters.as_ref().map(Meters::begin_shutdown);
        #[cfg(feature = "logs")]
        let logs = shared.logs.as_ref().map(|logs| (logs, Logs::begin_shutdown(logs, deadline)));
        shared.queues.iter().for_each(|queue| queue.begin_shutdown(deadline));
        for queue in &shared.queues {
            queue.shutdown(deadline);
        }
        #[cfg(feature = "logs")]
        if let Some((logs, begun)) = logs {
            logs.shutdown(begun, deadline);
        }
        #[cfg(feature = "metrics")]
        let undelivered = metrics.is_some_and(|metrics| !metrics.wait(deadline));
        #[cfg(not(feature = "metrics"))]
        let undelivered = false;
        let mut report = if stopped { self.report() } else { self.report_of_missed() };
        if !stopped {
            #[cfg(feature = "metrics")]
            {
                let mut merged = 0;
                let unmerged = overload::take(|it| merged += it.count);
                count_drops(&mut report.measurements.dropped, DropReason::DeadlineExceeded, merged);
                count_drops(&mut report.measurements.dropped, DropReason::NoRoom, unmerged.lost);
                count_drops(
                    &mut report.measurements.dropped,
                    DropReason::InvalidValue,
                    unmerged.refused,
                );
            }
            give_up_buffered(&mut report);
        }
        report.measurements.undelivered = undelivered;
        report
    }

    /// Whether it was told to stop.
    pub(crate) fn has_stopped(&self) -> bool {
        self.is_inherited() || self.shared.orders().stop
    }

    /// What became of the spans that the collector has seen, and how much it has not, where it has
    /// missed a deadline.
    pub(crate) fn report_of_missed(&self) -> LossReport {
        // First, because the collector may go on: what it has read since is counted twice, not never.
        let reading = self.shared.reading.load(Ordering::Relaxed);
        let unread_bytes = 8 * (reading + unread_words());
        let mut report = self.report();
        (report.incomplete, report.unread_bytes) = (true, unread_bytes);
        report
    }

    /// What became of the spans that the collector has seen.
    pub(crate) fn report(&self) -> LossReport {
        if self.is_inherited() {
            return LossReport::default();
        }
        let books = self.shared.books();
        let mut report = LossReport::default();
        report.started = books.started;
        report.buffered = books.buffered;
        report.dropped = books.dropped.clone();
        report.dropped_details = books.dropped_details;
        report.exporters = self.shared.queues.iter().map(ExporterQueue::report).collect();
        report.logs = self.log_report();
        report.measurements = books.measurements.clone();
        report
    }

    #[cfg(feature = "logs")]
    fn log_report(&self) -> LogReport {
        self.shared.logs.as_ref().map(|logs| logs.intake.report()).unwrap_or_default()
    }

    #[cfg(not(feature = "logs"))]
    fn log_report(&self) -> LogReport {
        LogReport::default()
    }

    /// How the collector is doing.
    #[cfg(feature = "metrics")]
    pub(crate) fn vitals(&self) -> &Vitals {
        &self.shared.vitals
    }

    /// The exporters, and how many spans may wait for each.
    #[cfg(feature = "metrics")]
    pub(crate) fn capacities(&self) -> Vec<(String, usize)> {
        self.shared.queues.iter().map(ExporterQueue::capacity).collect()
    }

    /// The exporters of logs, and how many records may wait for each.
    #[cfg(all(feature = "logs", feature = "metrics"))]
    pub(crate) fn log_capacities(&self) -> Vec<(String, usize)> {
        self.shared.logs.iter().flat_map(|logs| logs.intake.capacities()).collect()
    }

    /// Has the collector read all rings.
    #[cfg(feature = "metrics")]
    #[allow(dead_code, reason = "a build may have no reader of its own")]
    pub(crate) fn sweep(&self, deadline: Instant) -> bool {
        self.sweep_now(None, deadline)
    }

    /// Has the collector read all rings and close what has ended.
    fn sweep_now(&self, look: Option<Look>, deadline: Instant) -> bool {
        if self.is_inherited() || self.is_collector_thread() {
            return false;
        }
        let wanted = {
            let mut orders = self.shared.orders();
            orders.flushes_wanted += 1;
            orders.looks.extend(look);
            orders.be_patient(deadline);
            orders.flushes_wanted
        };
        state::wake_collector();
        self.shared.wait(deadline, |orders| orders.flushes_done >= wanted || orders.stopped)
    }

    fn is_collector_thread(&self) -> bool {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        thread.as_ref().is_some_and(|thread| thread.thread().id() == std::thread::current().id())
    }
}

impl Orders {
    /// Has the collector wait some of the time that is left until the deadline, because the exporters
    /// need the rest.
    fn be_patient(&mut self, deadline: Instant) {
        const MOST: Duration = Duration::from_secs(1);
        let now = Instant::now();
        let until = now + (deadline.saturating_duration_since(now) / 4).min(MOST);
        self.patience = self.patience.max(Some(until));
    }
}

impl Shared {
    pub(super) fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn orders(&self) -> MutexGuard<'_, Orders> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait(&self, deadline: Instant, until: impl Fn(&Orders) -> bool) -> bool {
        let mut orders = self.orders();
        while !until(&orders) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            orders = self.done.wait_timeout(orders, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }
}

/// Counts what was dropped for a reason.
pub(super) fn count_drops(dropped: &mut Drops, reason: DropReason, count: u64) {
    if count > 0 {
        *dropped.entry(reason).or_default() += count;
    }
}

/// Counts as lost what was buffered in a pipeline whose collector did not come to an end in time.
fn give_up_buffered(report: &mut LossReport) {
    let buffered = std::mem::take(&mut report.buffered);
    count_drops(&mut report.dropped, DropReason::DeadlineExceeded, buffered);
    let MeasurementReport { buffered, dropped, .. } = &mut report.measurements;
    count_drops(dropped, DropReason::DeadlineExceeded, std::mem::take(buffered));
}
