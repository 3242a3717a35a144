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
#[cfg(feature = "config-file")]
use crate::export::{Arrived, ExporterSet};
use crate::export::{EmittedLog, EmittedLogs, Observed, Queues, QueuesFlush, gates};
use crate::loss::LogReport;
use crate::sampling::{NO_ROUTE, RouteNumber};
use crate::state;
use opentelemetry::InstrumentationScope;
use opentelemetry_sdk::logs::SdkLogRecord;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime};

pub(crate) struct Intake {
    queues: Queues<EmittedLog>,
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
    /// Records of tenants that may have separate exporters, by route.
    routed: Vec<(RouteNumber, Packed)>,
    /// The number of records that all queues got so far.
    offered: u64,
    /// The pipeline has ended: no record is accepted or counted any more.
    closed: bool,
}

impl LogBooks {
    /// Returns the number of records that have not reached the exporters.
    fn waiting(&self) -> u64 {
        let routed = self.routed.iter().map(|(_, waiting)| waiting.len());
        (self.waiting.len() + routed.sum::<usize>()) as u64
    }

    /// Returns the number of records that have.
    fn arrived(&self) -> u64 {
        self.emitted - self.waiting()
    }
}

impl Intake {
    pub(crate) fn new(queues: Queues<EmittedLog>, limits: LogLimits) -> Self {
        // The first one is made before any record comes: the SDK may report that through `tracing`.
        limits::blank();
        Self { queues, limits: Arc::new(limits), spare: Arc::default(), books: Mutex::default() }
    }

    /// Returns whether there is an exporter.
    pub(crate) fn is_wanted(&self) -> bool {
        !self.queues.of_rest().is_empty()
    }

    /// Accepts a record, which is left empty and of which `cut` values were removed. Never waits for an
    /// exporter.
    pub(super) fn take(
        &self,
        record: &mut SdkLogRecord,
        scope: &InstrumentationScope,
        cut: u64,
        route: RouteNumber,
    ) {
        let (blank, scope) = (limits::blank(), scope.clone());
        self.take_with(cut, route, |waiting| {
            waiting.push_whole(std::mem::replace(record, blank), scope);
        });
    }

    /// Accepts an event.
    pub(super) fn take_event<'a>(
        &self,
        time: SystemTime,
        (span, route): (Option<Ids>, RouteNumber),
        event: &mut EventRecord<'a, impl Attributes<'a>>,
    ) {
        self.take_with(0, route, |waiting| waiting.push_event(time, span, event));
    }

    // HOT: every record pays for this, besides its copy.
    fn take_with(&self, cut: u64, route: RouteNumber, put: impl FnOnce(&mut Packed)) {
        if gates::is_off(Signal::Logs) {
            return;
        }
        let mut books = self.books();
        if books.closed {
            return;
        }
        books.emitted += 1;
        books.cut_values += cut;
        let waiting = match route {
            NO_ROUTE => &mut books.waiting,
            route => self.waiting_for(&mut books.routed, route),
        };
        put(waiting);
        let opens = if waiting.is_full() { self.pass_on(&mut books).1 } else { Vec::new() };
        drop(books);
        self.open(&opens);
        if state::load() & state::ASLEEP != 0 {
            state::wake_collector();
        }
    }

    /// Hands the buffered records to the queues; returns their number.
    pub(crate) fn hand_over(&self) -> u64 {
        self.queues.tell_of_more();
        let (mut count, opens) = self.pass_on(&mut self.books());
        if self.open(&opens) {
            count += self.pass_on(&mut self.books()).0;
        }
        count
    }

    /// Opens routes while no other thread has to wait: an exporter may read files, and emit records. Returns
    /// whether any was opened.
    fn open(&self, routes: &[RouteNumber]) -> bool {
        let mut is_opened = false;
        for &route in routes {
            if let Some(queue) = self.queues.prepare(route) {
                self.queues.put(route, queue, self.books().offered);
                is_opened = true;
            }
        }
        is_opened
    }

    /// Returns the records that wait for the route of a tenant; for that of the rest, if the pipeline has no
    /// routes.
    #[cold]
    fn waiting_for<'a>(
        &self,
        routed: &'a mut Vec<(RouteNumber, Packed)>,
        route: RouteNumber,
    ) -> &'a mut Packed {
        let route = if self.queues.has_routes() { route } else { NO_ROUTE };
        let place = routed.iter().position(|(known, _)| *known == route);
        let place = place.unwrap_or_else(|| {
            routed.push((route, self.spare.take()));
            routed.len() - 1
        });
        &mut routed[place].1
    }

    /// Hands the buffered records to the queues; returns their number, and the routes that are to be opened for
    /// those that are left.
    fn pass_on(&self, books: &mut LogBooks) -> (u64, Vec<RouteNumber>) {
        let mut opens = Vec::new();
        let mut chunks = Vec::new();
        if books.waiting.len() > 0 {
            let full = std::mem::replace(&mut books.waiting, self.spare.take());
            chunks.push((NO_ROUTE, self.chunk(full)));
        }
        for (number, full) in std::mem::take(&mut books.routed) {
            match self.queues.decided(number) {
                Some(route) => chunks.push((route, self.chunk(full))),
                None => {
                    opens.push(number);
                    books.routed.push((number, full));
                }
            }
        }
        (self.offer(&chunks, &mut books.offered), opens)
    }

    fn chunk(&self, full: Packed) -> Arc<EmittedLogs> {
        let (count, bytes) = (full.len(), full.bytes());
        let (limits, full) = (self.limits.clone(), Lent::new(full, self.spare.clone()));
        Arc::new(EmittedLogs::new(count, bytes, move || full.into_logs(&limits)))
    }

    /// Offers records to the queues of their routes; returns their number.
    fn offer(&self, chunks: &[(RouteNumber, Arc<EmittedLogs>)], offered: &mut u64) -> u64 {
        let of = |chunk: &EmittedLogs| chunk.count() as u64;
        let count: u64 = chunks.iter().map(|(_, chunk)| of(chunk)).sum();
        if count == 0 {
            return 0;
        }
        let of_rest = self.queues.current();
        let of_rest = of_rest.iter().map(|queue| (NO_ROUTE, queue));
        for (route, queue) in of_rest.chain(self.queues.routed()) {
            let own = chunks.iter().filter(|(of, _)| *of == route).map(|(_, chunk)| chunk);
            queue.note_elsewhere(count - own.clone().map(|chunk| of(chunk)).sum::<u64>());
            own.for_each(|chunk| queue.offer(chunk));
        }
        *offered += count;
        count
    }

    /// Asks all exporters to deliver all records emitted so far; [`flush`](Self::flush) waits for it.
    pub(crate) fn begin_flush(&self) -> QueuesFlush<EmittedLog> {
        self.hand_over();
        self.queues.begin_flush()
    }

    /// Waits for the flush; returns `false` if the deadline passes first.
    pub(crate) fn flush(&self, begun: QueuesFlush<EmittedLog>, deadline: Instant) -> bool {
        self.queues.flush(begun, deadline)
    }

    /// Calls `exchange` with the exporters, and the number of records that have reached them. Meanwhile no
    /// record does.
    #[cfg(feature = "config-file")]
    pub(crate) fn exchange(&self, exchange: impl FnOnce(&ExporterSet<EmittedLog>, Arrived)) {
        let books = self.books();
        exchange(self.queues.of_rest(), books.arrived().into());
    }

    /// Returns the exporters of what belongs to no route.
    #[cfg(feature = "config-file")]
    pub(crate) fn exporters(&self) -> &ExporterSet<EmittedLog> {
        self.queues.of_rest()
    }

    /// Accepts no more records, and asks all exporters to end; [`shutdown`](Self::shutdown) waits for it.
    pub(crate) fn begin_shutdown(&self, ending: Ending) {
        self.hand_over();
        let mut books = self.books();
        // What came since, for a tenant that is new, stays with the rest.
        for (route, _) in &mut books.routed {
            *route = self.queues.decided(*route).unwrap_or(NO_ROUTE);
        }
        self.pass_on(&mut books);
        books.closed = true;
        drop(books);
        self.queues.begin_shutdown(ending);
    }

    /// Waits until all exporters have ended, or until the deadline.
    pub(crate) fn shutdown(&self, ending: Ending) {
        self.queues.shutdown(ending);
    }

    /// Returns the counts of all records so far.
    pub(crate) fn report(&self) -> LogReport {
        let books = self.books();
        let mut report = LogReport::default();
        report.emitted = books.emitted;
        report.cut_values = books.cut_values;
        report.buffered = books.waiting();
        report.exporters = self.queues.report(books.arrived().into());
        report
    }

    /// Returns the exporters as their health is judged.
    pub(crate) fn observe(&self) -> Vec<Observed> {
        self.queues.observe()
    }

    /// Returns the exporters, and the capacity of their queues.
    #[cfg(feature = "metrics")]
    pub(crate) fn capacities(&self) -> Vec<(String, usize)> {
        self.queues.capacities()
    }

    fn books(&self) -> MutexGuard<'_, LogBooks> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
