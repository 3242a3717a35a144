//! Holds the state that a queue and its worker share.

use crate::deadline::Ending;
use crate::export::exported::Exported;
use crate::export::hurry::Hurry;
use crate::export::latest::Latest;
use crate::loss::{DropReason, ExporterReport};
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

pub(super) struct Shared<T: Exported> {
    pub(super) name: String,
    pub(super) max_queue: usize,
    pub(super) max_batch: usize,
    pub(super) max_bytes: usize,
    pub(super) delay: Duration,
    pub(super) state: Mutex<State<T>>,
    /// Wakes the exporter's thread.
    pub(super) work: Condvar,
    /// Wakes callers that wait for a flush or the end.
    pub(super) progress: Condvar,
    /// Ends pauses of the exporter when a caller waits for a flush or the end.
    pub(super) hurry: Arc<Hurry>,
}

pub(super) struct State<T: Exported> {
    pub(super) waiting: VecDeque<Slice<T>>,
    pub(super) waiting_items: usize,
    pub(super) in_flight: usize,
    /// What the chunks take of which any item waits or is in flight.
    pub(super) bytes: usize,
    /// Items that entered the queue and items that left it for good, since the beginning.
    pub(super) entered: u64,
    pub(super) left: u64,
    pub(super) report: ExporterReport,
    pub(super) latest: Latest,
    /// `left` when the exporter was last too slow to be waited for.
    pub(super) given_up_at: Option<u64>,
    /// Flushes requested and done; `flush_mark` is `entered` when the last was requested.
    pub(super) flushes_wanted: u64,
    pub(super) flushes_done: u64,
    pub(super) flush_mark: u64,
    /// The last flush that was answered without being done, because the receiver requested a pause.
    pub(super) flushes_refused: u64,
    /// Set once: finish the queue by then, and end.
    pub(super) stop: Option<Instant>,
    /// The waiting side gave up: all counts are final.
    pub(super) abandoned: bool,
    pub(super) ended: bool,
}

/// Part of a chunk.
pub(super) struct Slice<T: Exported> {
    pub(super) chunk: Arc<T::Chunk>,
    pub(super) range: Range<usize>,
    pub(super) since: Instant,
    /// What the chunk takes, in the slice that has its last items.
    pub(super) bytes: usize,
}

impl<T: Exported> Shared<T> {
    pub(super) fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn stop(&self, ending: Ending) {
        self.lock().stop.get_or_insert(ending.by);
        self.hurry.set_connect_by(ending.connected_by);
        self.hurry.set_end();
        self.work.notify_one();
    }

    pub(super) fn wait_until<'a>(
        &self,
        mut state: MutexGuard<'a, State<T>>,
        deadline: Instant,
        done: impl Fn(&State<T>) -> bool,
    ) -> MutexGuard<'a, State<T>> {
        while !done(&state) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            state = self
                .progress
                .wait_timeout(state, left)
                .map_or_else(|poisoned| poisoned.into_inner().0, |(state, _)| state);
        }
        state
    }
}

impl<T: Exported> State<T> {
    pub(super) fn new(exporter: &str) -> Self {
        let mut report = ExporterReport::default();
        report.name = exporter.to_owned();
        Self {
            waiting: VecDeque::new(),
            waiting_items: 0,
            in_flight: 0,
            bytes: 0,
            given_up_at: None,
            entered: 0,
            left: 0,
            report,
            latest: Latest::default(),
            flushes_wanted: 0,
            flushes_done: 0,
            flush_mark: 0,
            flushes_refused: 0,
            stop: None,
            abandoned: false,
            ended: false,
        }
    }

    pub(super) fn drop_items(&mut self, reason: DropReason, count: usize) {
        if count > 0 {
            *self.report.dropped.entry(reason).or_default() += count as u64;
        }
    }

    /// Notes the failure of a call.
    pub(super) fn failed(&mut self, message: String) {
        self.report.last_error = Some(message.clone());
        self.latest.failed(message);
    }

    pub(super) fn abandon(&mut self) {
        if self.abandoned || self.ended {
            return;
        }
        self.abandoned = true;
        self.drop_items(DropReason::DeadlineExceeded, self.waiting_items + self.in_flight);
        self.waiting.clear();
        self.waiting_items = 0;
        self.in_flight = 0;
        self.bytes = 0;
    }

    /// Returns whether items are still exported, and no end was requested.
    pub(super) fn is_running(&self) -> bool {
        !self.abandoned && !self.ended && self.stop.is_none()
    }

    /// Returns whether there is no room for these bytes. One chunk fits, however large it is, where nothing
    /// else waits.
    pub(super) fn is_crowded(&self, shared: &Shared<T>, bytes: usize) -> bool {
        self.bytes > 0 && self.bytes.saturating_add(bytes) > shared.max_bytes
    }

    /// Returns whether a chunk fits.
    pub(super) fn has_room(&self, shared: &Shared<T>, count: usize, bytes: usize) -> bool {
        self.waiting_items.saturating_add(count.min(shared.max_queue)) <= shared.max_queue
            && !self.is_crowded(shared, bytes)
    }

    /// Notes that the items of a batch are gone for good.
    pub(super) fn leave(&mut self, batch: &[Slice<T>], count: usize) {
        self.in_flight = 0;
        self.left += count as u64;
        self.bytes -= batch.iter().map(|slice| slice.bytes).sum::<usize>();
    }

    /// Puts a batch back at the front of the queue.
    pub(super) fn give_back(&mut self, batch: Vec<Slice<T>>) {
        self.waiting_items += self.in_flight;
        self.in_flight = 0;
        batch.into_iter().rev().for_each(|slice| self.waiting.push_front(slice));
    }

    /// Takes everything that waits, for the exporter that replaces this one.
    pub(super) fn take_all(&mut self) -> VecDeque<Slice<T>> {
        let waiting = std::mem::take(&mut self.waiting);
        self.left += std::mem::take(&mut self.waiting_items) as u64;
        self.bytes -= waiting.iter().map(|slice| slice.bytes).sum::<usize>();
        waiting
    }

    /// Puts what waited for another exporter in front of what waits for this one.
    pub(super) fn take_over(&mut self, waiting: VecDeque<Slice<T>>) {
        let count: usize = waiting.iter().map(|slice| slice.range.len()).sum();
        self.entered += count as u64;
        self.waiting_items += count;
        self.bytes += waiting.iter().map(|slice| slice.bytes).sum::<usize>();
        waiting.into_iter().rev().for_each(|slice| self.waiting.push_front(slice));
    }

    pub(super) fn is_flush_due(&self) -> bool {
        self.flushes_wanted > self.flushes_done
    }

    pub(super) fn take_batch(&mut self, max: usize) -> Vec<Slice<T>> {
        let mut batch = Vec::with_capacity(self.waiting.len().min(8));
        let mut taken = 0;
        while taken < max {
            let Some(first) = self.waiting.front_mut() else { break };
            let count = first.range.len().min(max - taken);
            taken += count;
            if count == first.range.len() {
                batch.extend(self.waiting.pop_front());
            } else {
                let range = first.range.start..first.range.start + count;
                first.range.start = range.end;
                let chunk = Arc::clone(&first.chunk);
                batch.push(Slice { chunk, range, since: first.since, bytes: 0 });
            }
        }
        self.waiting_items -= taken;
        self.in_flight = taken;
        batch
    }
}
