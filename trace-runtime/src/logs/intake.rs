//! Hands log records to the queues of the exporters, and counts them.
//!
//! An emitting thread puts its record onto a list and continues. The collector drains the list into the
//! queues with each sweep; a thread whose record completes a batch drains it itself.

use super::context::Ids;
use super::event::{Attributes, EventRecord};
use super::limits::{self, LogLimits};
use super::packed::{Lent, Packed, Spare};
use crate::deadline::Ending;
use crate::export::signal::Signal;
use crate::export::{EmittedLog, EmittedLogs, ExporterQueue, FlushTicket, Observed, gates};
use crate::loss::LogReport;
use crate::state;
use opentelemetry::InstrumentationScope;
use opentelemetry_sdk::logs::SdkLogRecord;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime};

pub(crate) struct Intake {
    queues: Vec<ExporterQueue<EmittedLog>>,
    limits: Arc<LogLimits>,
    spare: Arc<Spare>,
    /// Held while records move from here to the queues, so that the sums of a report are right at
    /// every moment.
    books: Mutex<LogBooks>,
}

#[derive(Default)]
struct LogBooks {
    emitted: u64,
    cut_values: u64,
    waiting: Packed,
    /// The pipeline has ended: no record is accepted or counted any more.
    closed: bool,
}

impl Intake {
    pub(crate) fn new(queues: Vec<ExporterQueue<EmittedLog>>, limits: LogLimits) -> Self {
        // The first one is made before any record comes: the SDK may report that through `tracing`.
        limits::blank();
        Self { queues, limits: Arc::new(limits), spare: Arc::default(), books: Mutex::default() }
    }

    /// Returns whether there is an exporter.
    pub(crate) fn is_wanted(&self) -> bool {
        !self.queues.is_empty()
    }

    /// Accepts a record, which is left empty and of which `cut` values were removed. Never waits for an
    /// exporter.
    pub(super) fn take(&self, record: &mut SdkLogRecord, scope: &InstrumentationScope, cut: u64) {
        let (blank, scope) = (limits::blank(), scope.clone());
        self.take_with(|books| {
            books.cut_values += cut;
            books.waiting.push_whole(std::mem::replace(record, blank), scope);
        });
    }

    /// Accepts an event.
    pub(super) fn take_event<'a>(
        &self,
        time: SystemTime,
        span: Option<Ids>,
        event: &mut EventRecord<'a, impl Attributes<'a>>,
    ) {
        self.take_with(|books| books.waiting.push_event(time, span, event));
    }

    // HOT: every record pays for this, besides its copy.
    fn take_with(&self, put: impl FnOnce(&mut LogBooks)) {
        if gates::is_off(Signal::Logs) {
            return;
        }
        let mut books = self.books();
        if books.closed {
            return;
        }
        books.emitted += 1;
        put(&mut books);
        if books.waiting.is_full() {
            self.pass_on(&mut books);
        }
        drop(books);
        if state::load() & state::ASLEEP != 0 {
            state::wake_collector();
        }
    }

    /// Hands the buffered records to the queues; returns their number.
    pub(crate) fn hand_over(&self) -> u64 {
        self.pass_on(&mut self.books())
    }

    fn pass_on(&self, books: &mut LogBooks) -> u64 {
        let (count, bytes) = (books.waiting.len(), books.waiting.bytes());
        if count > 0 {
            let full = std::mem::replace(&mut books.waiting, self.spare.take());
            let (limits, full) = (self.limits.clone(), Lent::new(full, self.spare.clone()));
            let chunk = Arc::new(EmittedLogs::new(count, bytes, move || full.into_logs(&limits)));
            self.queues.iter().for_each(|queue| queue.offer(&chunk));
        }
        count as u64
    }

    /// Asks all exporters to deliver all records emitted so far; [`flush`](Self::flush) waits for it.
    pub(crate) fn begin_flush(&self) -> Vec<FlushTicket> {
        self.hand_over();
        self.queues.iter().map(ExporterQueue::begin_flush).collect()
    }

    /// Waits for the flush; returns `false` if the deadline passes first.
    pub(crate) fn flush(&self, tickets: Vec<FlushTicket>, deadline: Instant) -> bool {
        let flushes = self.queues.iter().zip(tickets);
        flushes.fold(true, |done, (queue, ticket)| queue.flush(ticket, deadline) && done)
    }

    /// Accepts no more records, and asks all exporters to end; [`shutdown`](Self::shutdown) waits for it.
    pub(crate) fn begin_shutdown(&self, ending: Ending) {
        let mut books = self.books();
        self.pass_on(&mut books);
        books.closed = true;
        drop(books);
        self.queues.iter().for_each(|queue| queue.begin_shutdown(ending));
    }

    /// Waits until all exporters have ended, or until the deadline.
    pub(crate) fn shutdown(&self, ending: Ending) {
        for queue in &self.queues {
            queue.shutdown(ending);
        }
    }

    /// Returns the counts of all records so far.
    pub(crate) fn report(&self) -> LogReport {
        let books = self.books();
        let mut report = LogReport::default();
        report.emitted = books.emitted;
        report.cut_values = books.cut_values;
        report.buffered = books.waiting.len() as u64;
        report.exporters = self.queues.iter().map(ExporterQueue::report).collect();
        report
    }

    /// Returns the exporters as their health is judged.
    pub(crate) fn observe(&self) -> impl Iterator<Item = Observed> {
        self.queues.iter().map(ExporterQueue::observe)
    }

    /// Returns the exporters, and the capacity of their queues.
    #[cfg(feature = "metrics")]
    pub(crate) fn capacities(&self) -> Vec<(String, usize)> {
        self.queues.iter().map(ExporterQueue::capacity).collect()
    }

    fn books(&self) -> MutexGuard<'_, LogBooks> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
