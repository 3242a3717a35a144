//! Puts each exporter on its own thread, behind a bounded queue.
//!
//! The collector offers chunks, and waits a little for an exporter that has no room but makes progress. The
//! thread gathers chunks into batches. All counts live under one lock, so that at every moment
//! `offered = exported + queued + dropped` holds exactly. The queue depends only on the fact that an exporter
//! may block, fail or panic.

mod arrived;
mod set;
mod settings;
mod slot;
mod state;
mod worker;

pub(crate) use arrived::Arrived;
pub(crate) use set::{ExporterSet, SetFlush};
pub use settings::QueueSettings;

use super::exported::Exported;
use super::failures::Failures;
use super::latest::Observed;
use super::{Exporter, FinishedSpans, gates};
use crate::deadline::Ending;
use crate::loss::{DropReason, ExporterReport};
use opentelemetry_sdk::Resource;
use state::{Shared, Slice, State};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{JoinHandle, ThreadId};
use std::time::{Duration, Instant};
use worker::Worker;

/// The waiting side of one exporter of spans, or of other items.
pub(crate) struct ExporterQueue<T: Exported = FinishedSpans> {
    shared: Arc<Shared<T>>,
    gets_all: bool,
    ignores_routes: bool,
    worker: ThreadId,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// A flush that was requested.
#[must_use]
pub(crate) struct FlushTicket(u64);

impl<T: Exported> ExporterQueue<T> {
    /// Starts the exporter's thread, on which all calls of the exporter happen.
    pub(crate) fn spawn(
        exporter: Box<dyn Exporter<T>>,
        settings: &QueueSettings,
        resource: &Resource,
    ) -> std::io::Result<Self> {
        Self::spawn_as(exporter.name().into_owned(), exporter, settings, resource)
    }

    /// Does so by another name in reports.
    pub(crate) fn spawn_as(
        name: String,
        exporter: Box<dyn Exporter<T>>,
        settings: &QueueSettings,
        resource: &Resource,
    ) -> std::io::Result<Self> {
        let gets_all = exporter.gets_all();
        let max_batch = settings.max_batch.max(1);
        let shared = Arc::new(Shared {
            max_queue: settings.max_queue.max(max_batch),
            max_batch,
            max_bytes: settings.max_bytes.unwrap_or(usize::MAX),
            delay: exporter.max_delay().unwrap_or(settings.delay),
            state: Mutex::new(State::new(&name)),
            work: Condvar::new(),
            progress: Condvar::new(),
            hurry: Arc::default(),
            name,
        });
        let worker = Worker {
            shared: Arc::clone(&shared),
            exporter,
            panics_in_row: 0,
            failures: Failures::default(),
            silent_until: None,
            given_back: 0,
        };
        let resource = resource.clone();
        let thread = std::thread::Builder::new()
            .name(format!("trace-{}", shared.name))
            .spawn(move || worker.run(&resource))?;
        Ok(Self {
            gets_all,
            ignores_routes: gets_all,
            worker: thread.thread().id(),
            shared,
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Returns whether it gets all items, whatever is decided about them.
    pub(crate) fn gets_all(&self) -> bool {
        self.gets_all
    }

    /// Makes it get all items that are exported, whatever tenant they belong to.
    pub(crate) fn ignoring_routes(mut self) -> Self {
        self.ignores_routes = true;
        self
    }

    /// Returns whether it gets the items of all tenants.
    pub(crate) fn ignores_routes(&self) -> bool {
        self.ignores_routes
    }

    /// Counts items that go to other exporters only, because of their tenants.
    pub(crate) fn note_elsewhere(&self, items: u64) {
        if items > 0 {
            self.shared.lock().report.elsewhere += items;
        }
    }

    /// Counts items that reached other exporters before this one was prepared for.
    pub(crate) fn note_missed(&self, items: u64) {
        if items > 0 {
            self.shared.lock().report.missed += items;
        }
    }

    /// Puts items into the queue; drops and counts those that do not fit. Never blocks.
    pub(crate) fn offer(&self, chunk: &Arc<T::Chunk>) {
        let count = T::count(chunk);
        if count == 0 {
            return;
        }
        let shared = &*self.shared;
        let mut state = shared.lock();
        if state.abandoned || state.ended {
            state.drop_items(DropReason::DeadlineExceeded, count);
            return;
        }
        if let Some(reason) = gates::closed(&shared.name) {
            state.drop_items(reason, count);
            return;
        }
        let bytes = T::bytes(chunk);
        let room = match state.is_crowded(shared, bytes) {
            true => 0,
            false => shared.max_queue.saturating_sub(state.waiting_items),
        };
        let taken = count.min(room);
        state.drop_items(DropReason::QueueFull, count - taken);
        if taken == 0 {
            return;
        }
        let was = state.waiting_items;
        let since = Instant::now();
        state.waiting.push_back(Slice { chunk: Arc::clone(chunk), range: 0..taken, since, bytes });
        state.bytes += bytes;
        state.waiting_items += taken;
        state.entered += taken as u64;
        // The thread only needs to wake when it must begin to measure the delay, or when a batch is full.
        let wake = was == 0 || (was < shared.max_batch && state.waiting_items >= shared.max_batch);
        drop(state);
        if wake {
            shared.work.notify_one();
        }
    }

    /// Waits until a chunk fits, as long as the exporter makes progress: on a machine whose threads are all
    /// busy, an exporter that is fast enough may not have had its turn. An exporter that has made none
    /// since the last time is not waited for. The wait is taken off `budget`, and ends with it.
    pub(crate) fn wait_for_room(&self, chunk: &T::Chunk, budget: &mut Duration) {
        /// An exporter that finishes no batch within this time is slow.
        const PATIENCE: Duration = Duration::from_millis(1);
        let shared = &*self.shared;
        let (count, bytes) = (T::count(chunk), T::bytes(chunk));
        let mut state = shared.lock();
        if state.has_room(shared, count, bytes) {
            return;
        }
        let begin = Instant::now();
        while !state.has_room(shared, count, bytes)
            && state.is_running()
            && state.given_up_at != Some(state.left)
            && begin.elapsed() < *budget
        {
            let left = state.left;
            let deadline = Instant::now() + PATIENCE;
            state = shared.wait_until(state, deadline, |state| state.left != left);
            if state.left == left {
                state.given_up_at = Some(left);
            }
        }
        *budget = budget.saturating_sub(begin.elapsed());
    }

    /// Requests the export of all queued items and a flush of the exporter; returns
    /// a ticket for [`flush`](Self::flush). Several queues that are all asked first share one
    /// deadline.
    pub(crate) fn begin_flush(&self) -> FlushTicket {
        let mut state = self.shared.lock();
        state.flushes_wanted += 1;
        state.flush_mark = state.entered;
        self.shared.hurry.set_flush(true);
        self.shared.work.notify_one();
        FlushTicket(state.flushes_wanted)
    }

    /// Waits for the flush; returns `false` if the deadline passes first, and at once if the
    /// receiver has requested a pause. The exporter's own thread does not wait for itself.
    pub(crate) fn flush(&self, FlushTicket(mine): FlushTicket, deadline: Instant) -> bool {
        let is_over = |state: &State<T>| state.ended || state.abandoned;
        let mut state = self.shared.lock();
        if !self.is_own_thread() {
            state = self
                .shared
                .wait_until(state, deadline, |state| state.flushes_done >= mine || is_over(state));
        }
        if state.flushes_done >= mine {
            return state.flushes_refused < mine;
        }
        state.ended && !state.abandoned
    }

    /// Requests the end, which [`shutdown`](Self::shutdown) waits for.
    ///
    /// Several queues that are all asked to stop first share one deadline.
    pub(crate) fn begin_shutdown(&self, ending: impl Into<Ending>) {
        self.shared.stop(ending.into());
    }

    /// Exports queued items, shuts the exporter down and ends its thread; returns `false` if the
    /// deadline passes first, or there is no connection in time: the thread is then left alone and undelivered
    /// items are counted.
    pub(crate) fn shutdown(&self, ending: impl Into<Ending>) -> bool {
        let ending = ending.into();
        self.begin_shutdown(ending);
        self.wait_for_end(ending)
    }

    /// Requests the end, without cutting the pauses of the exporter short. What waits moves to the queue of
    /// the exporter that replaces it, if there is one, and is exported first there.
    fn retire(&self, successor: Option<&Self>, deadline: Instant) {
        let mut state = self.shared.lock();
        state.stop.get_or_insert(deadline);
        let waiting = successor.map(|successor| (successor, state.take_all()));
        drop(state);
        self.shared.work.notify_one();
        self.shared.progress.notify_all();
        if let Some((successor, waiting)) = waiting {
            successor.shared.lock().take_over(waiting);
            successor.shared.work.notify_one();
        }
    }

    /// Waits for the end that was requested; returns `false` if the deadline passes first, as
    /// [`shutdown`](Self::shutdown) does.
    pub(crate) fn wait_for_end(&self, ending: impl Into<Ending>) -> bool {
        let ending = ending.into();
        if self.is_own_thread() {
            return false;
        }
        let shared = &*self.shared;
        let wait = |by| shared.wait_until(shared.lock(), by, |state| state.ended).ended;
        ending.wait(wait, || shared.hurry.is_connecting());
        let mut state = shared.lock();
        if !state.ended {
            state.abandon();
            shared.hurry.set_end();
            shared.progress.notify_all();
            return false;
        }
        let abandoned = state.abandoned;
        drop(state);
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            let _ = thread.join();
        }
        !abandoned
    }

    /// Returns whether its counts are final: the exporter has ended, or is not waited for any longer.
    fn is_over(&self) -> bool {
        let state = self.shared.lock();
        state.ended || state.abandoned
    }

    /// Returns whether its thread has ended.
    fn has_ended(&self) -> bool {
        self.shared.lock().ended
    }

    /// Returns the name of the exporter.
    fn name(&self) -> &str {
        &self.shared.name
    }

    /// Returns the exporter, and the capacity of its queue.
    #[cfg(feature = "metrics")]
    pub(crate) fn capacity(&self) -> (String, usize) {
        (self.shared.name.clone(), self.shared.max_queue)
    }

    /// Returns the counts of all items so far.
    pub(crate) fn report(&self) -> ExporterReport {
        let state = self.shared.lock();
        let queued = (state.waiting_items + state.in_flight) as u64;
        let mut report = state.report.clone();
        report.queued = queued;
        report.gets_all = self.gets_all;
        report
    }

    /// Returns the exporter as its health is judged.
    pub(crate) fn observe(&self) -> Observed {
        let state = self.shared.lock();
        let queued = (state.waiting_items + state.in_flight) as u64;
        Observed {
            name: self.shared.name.clone(),
            latest: state.latest.clone(),
            queue: Some((queued, self.shared.max_queue as u64)),
        }
    }

    fn is_own_thread(&self) -> bool {
        std::thread::current().id() == self.worker
    }
}

impl<T: Exported> Drop for ExporterQueue<T> {
    fn drop(&mut self) {
        // The thread must not outlive a pipeline that could not be installed.
        self.shared.stop(Instant::now().into());
    }
}

#[cfg(all(test, feature = "config-file"))]
mod set_tests;
#[cfg(test)]
mod tests;
