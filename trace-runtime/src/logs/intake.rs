//! Hands log records to the queues of the exporters, and counts them.
//!
//! An emitting thread puts its record onto a list and continues. The collector drains the list into the
//! queues with each sweep; a thread whose record completes a batch drains it itself.

use crate::export::{EmittedLog, ExporterQueue, FlushTicket};
use crate::loss::LogReport;
use crate::state;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// This many records are handed over without waiting for the collector.
const CHUNK: usize = 512;

pub(crate) struct Intake {
    queues: Vec<ExporterQueue<EmittedLog>>,
    /// Held while records move from here to the queues, so that the sums of a report are right at
    /// every moment.
    books: Mutex<LogBooks>,
}

#[derive(Default)]
struct LogBooks {
    emitted: u64,
    cut_values: u64,
    waiting: Vec<EmittedLog>,
    /// The pipeline has ended: no record is accepted or counted any more.
    closed: bool,
}

impl Intake {
    pub(crate) fn new(queues: Vec<ExporterQueue<EmittedLog>>) -> Self {
        Self { queues, books: Mutex::default() }
    }

    /// Returns whether there is an exporter.
    pub(crate) fn is_wanted(&self) -> bool {
        !self.queues.is_empty()
    }

    /// Accepts a record, `cut` values of which were removed; never waits for an exporter.
    // HOT: every record pays for this, besides its copy.
    pub(crate) fn take(&self, log: EmittedLog, cut: u64) {
        let mut books = self.books();
        if books.closed {
            return;
        }
        books.emitted += 1;
        books.cut_values += cut;
        books.waiting.push(log);
        if books.waiting.len() >= CHUNK {
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
        let chunk = Arc::new(std::mem::take(&mut books.waiting));
        for queue in &self.queues {
            queue.offer(&chunk);
        }
        chunk.len() as u64
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
    pub(crate) fn begin_shutdown(&self, deadline: Instant) {
        let mut books = self.books();
        self.pass_on(&mut books);
        books.closed = true;
        drop(books);
        self.queues.iter().for_each(|queue| queue.begin_shutdown(deadline));
    }

    /// Waits until all exporters have ended, or until the deadline.
    pub(crate) fn shutdown(&self, deadline: Instant) {
        for queue in &self.queues {
            queue.shutdown(deadline);
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

    /// Returns the exporters, and the capacity of their queues.
    #[cfg(feature = "metrics")]
    pub(crate) fn capacities(&self) -> Vec<(String, usize)> {
        self.queues.iter().map(ExporterQueue::capacity).collect()
    }

    fn books(&self) -> MutexGuard<'_, LogBooks> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
