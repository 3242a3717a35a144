//! One thread per exporter behind a bounded queue.
//!
//! The collector offers chunks and never waits; the thread gathers them into batches. All counts
//! live under one lock, so that at every moment
//! `offered = exported + queued + dropped` holds exactly. The queue knows nothing of what an
//! exporter does, only that it may block, fail or panic.

use super::{ExportError, Exporter, FinishedSpan};
use crate::loss::{DropReason, ExporterReport};
use crate::notice::notice;
use crate::recorder::suppress_this_thread;
use opentelemetry_sdk::Resource;
use std::any::Any;
use std::collections::VecDeque;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{JoinHandle, ThreadId};
use std::time::{Duration, Instant};

/// After so many panics in a row an exporter is not called again.
const PANICS_TO_RETIRE: u32 = 3;
/// A failure after a success is told again, but not sooner than this after the last notice.
const NOTICE_INTERVAL: Duration = Duration::from_secs(60);

/// How many spans may wait for an exporter, and when they are handed to it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueueSettings {
    /// Spans that may wait; what does not fit is dropped and counted. 32,768 by default: the
    /// specification's 2,048 would be 4 ms of 500,000 spans a second.
    pub max_queue_spans: usize,
    /// Spans in one batch at most; a batch that is full goes out at once. 512 by default.
    pub max_batch: usize,
    /// How long the first span of a batch waits for others. 5 s by default.
    pub delay: Duration,
}

impl QueueSettings {
    /// Sets how many spans may wait.
    #[must_use]
    pub fn with_max_queue_spans(mut self, spans: usize) -> Self {
        self.max_queue_spans = spans;
        self
    }

    /// Sets how many spans one batch holds at most.
    #[must_use]
    pub fn with_max_batch(mut self, spans: usize) -> Self {
        self.max_batch = spans;
        self
    }

    /// Sets how long the first span of a batch waits for others.
    #[must_use]
    pub fn with_delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }
}

impl Default for QueueSettings {
    fn default() -> Self {
        Self { max_queue_spans: 32_768, max_batch: 512, delay: Duration::from_secs(5) }
    }
}

/// The waiting side of one exporter.
pub(crate) struct ExporterQueue {
    shared: Arc<Shared>,
    worker: ThreadId,
    thread: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    name: String,
    max_queue_spans: usize,
    max_batch: usize,
    delay: Duration,
    state: Mutex<State>,
    /// Wakes the exporter's thread.
    work: Condvar,
    /// Wakes those who wait for a flush or the end.
    progress: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Slice>,
    waiting_spans: usize,
    in_flight: usize,
    /// Spans that entered the queue and spans that left it for good, since the beginning.
    entered: u64,
    left: u64,
    report: ExporterReport,
    /// Flushes asked for and done; `flush_mark` is `entered` when the last was asked for.
    flushes_wanted: u64,
    flushes_done: u64,
    flush_mark: u64,
    /// Set once: finish what is there until then, and end.
    stop: Option<Instant>,
    /// The waiting side gave up: all counts are final.
    abandoned: bool,
    ended: bool,
}

/// A flush that was asked for.
#[must_use]
pub(crate) struct FlushTicket(u64);

/// Part of a chunk.
struct Slice {
    chunk: Arc<Vec<FinishedSpan>>,
    range: Range<usize>,
    since: Instant,
}

impl ExporterQueue {
    /// Starts the exporter's thread, on which everything that concerns the exporter happens.
    pub(crate) fn spawn(
        exporter: Box<dyn Exporter>,
        settings: &QueueSettings,
        resource: &Resource,
    ) -> std::io::Result<Self> {
        let name = exporter.name().into_owned();
        let max_batch = settings.max_batch.max(1);
        let shared = Arc::new(Shared {
            max_queue_spans: settings.max_queue_spans.max(max_batch),
            max_batch,
            delay: exporter.max_delay().unwrap_or(settings.delay),
            state: Mutex::new(State {
                report: ExporterReport { name: name.clone(), ..ExporterReport::default() },
                ..State::default()
            }),
            work: Condvar::new(),
            progress: Condvar::new(),
            name,
        });
        let worker = Worker {
            shared: Arc::clone(&shared),
            exporter,
            panics_in_row: 0,
            failing: false,
            last_notice: None,
        };
        let resource = resource.clone();
        let thread = std::thread::Builder::new()
            .name(format!("trace-{}", shared.name))
            .spawn(move || worker.run(&resource))?;
        Ok(Self { worker: thread.thread().id(), shared, thread: Mutex::new(Some(thread)) })
    }

    /// Puts spans into the queue; drops and counts those that do not fit. Never blocks.
    pub(crate) fn offer(&self, chunk: &Arc<Vec<FinishedSpan>>) {
        if chunk.is_empty() {
            return;
        }
        let shared = &*self.shared;
        let mut state = shared.lock();
        if state.abandoned || state.ended {
            state.drop_spans(DropReason::DeadlineExceeded, chunk.len());
            return;
        }
        let room = shared.max_queue_spans - state.waiting_spans.min(shared.max_queue_spans);
        let taken = chunk.len().min(room);
        state.drop_spans(DropReason::QueueFull, chunk.len() - taken);
        if taken == 0 {
            return;
        }
        let was = state.waiting_spans;
        let since = Instant::now();
        state.waiting.push_back(Slice { chunk: Arc::clone(chunk), range: 0..taken, since });
        state.waiting_spans += taken;
        state.entered += taken as u64;
        // The thread only needs to know when it must begin to count time, or when a batch is full.
        let wake = was == 0 || (was < shared.max_batch && state.waiting_spans >= shared.max_batch);
        drop(state);
        if wake {
            shared.work.notify_one();
        }
    }

    /// Asks for everything that is queued now to be exported and for the exporter to flush; returns
    /// what [`flush`](Self::flush) waits for. Several queues that are first all asked share one
    /// deadline.
    pub(crate) fn begin_flush(&self) -> FlushTicket {
        let mut state = self.shared.lock();
        state.flushes_wanted += 1;
        state.flush_mark = state.entered;
        self.shared.work.notify_one();
        FlushTicket(state.flushes_wanted)
    }

    /// Waits for what was asked for; `false` when the deadline came first. The exporter's own thread
    /// does not wait for itself.
    pub(crate) fn flush(&self, FlushTicket(mine): FlushTicket, deadline: Instant) -> bool {
        let is_over = |state: &State| state.ended || state.abandoned;
        let mut state = self.shared.lock();
        if !self.is_own_thread() {
            state = self
                .shared
                .wait_until(state, deadline, |state| state.flushes_done >= mine || is_over(state));
        }
        state.flushes_done >= mine || (state.ended && !state.abandoned)
    }

    /// Asks for the end, which [`shutdown`](Self::shutdown) waits for.
    ///
    /// Several queues that are first all told to stop share one deadline.
    pub(crate) fn begin_shutdown(&self, deadline: Instant) {
        let mut state = self.shared.lock();
        state.stop.get_or_insert(deadline);
        drop(state);
        self.shared.work.notify_one();
    }

    /// Exports what is queued, shuts the exporter down and ends its thread; `false` when the
    /// deadline came first: then the thread is left alone and what it did not deliver is counted.
    pub(crate) fn shutdown(&self, deadline: Instant) -> bool {
        self.begin_shutdown(deadline);
        if self.is_own_thread() {
            return false;
        }
        let shared = &*self.shared;
        let mut state = shared.wait_until(shared.lock(), deadline, |state| state.ended);
        if !state.ended {
            state.abandon();
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

    /// What became of the spans so far.
    pub(crate) fn report(&self) -> ExporterReport {
        let state = self.shared.lock();
        let queued = (state.waiting_spans + state.in_flight) as u64;
        ExporterReport { queued, ..state.report.clone() }
    }

    fn is_own_thread(&self) -> bool {
        std::thread::current().id() == self.worker
    }
}

impl Drop for ExporterQueue {
    fn drop(&mut self) {
        // The thread must not outlive a pipeline that could not be installed.
        self.begin_shutdown(Instant::now());
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait_until<'a>(
        &self,
        mut state: MutexGuard<'a, State>,
        deadline: Instant,
        done: impl Fn(&State) -> bool,
    ) -> MutexGuard<'a, State> {
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

impl State {
    fn drop_spans(&mut self, reason: DropReason, count: usize) {
        if count > 0 {
            *self.report.dropped.entry(reason).or_default() += count as u64;
        }
    }

    fn abandon(&mut self) {
        if self.abandoned || self.ended {
            return;
        }
        self.abandoned = true;
        self.drop_spans(DropReason::DeadlineExceeded, self.waiting_spans + self.in_flight);
        self.waiting.clear();
        self.waiting_spans = 0;
        self.in_flight = 0;
    }

    fn is_flush_due(&self) -> bool {
        self.flushes_wanted > self.flushes_done
    }

    fn take_batch(&mut self, max: usize) -> Vec<Slice> {
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
                batch.push(Slice { chunk: Arc::clone(&first.chunk), range, since: first.since });
            }
        }
        self.waiting_spans -= taken;
        self.in_flight = taken;
        batch
    }
}

enum Task {
    Export(Vec<Slice>),
    /// The exporter asked to be called by now.
    Wake,
    /// Flush the exporter on behalf of all who asked up to this number.
    Flush(u64),
    /// End by then.
    Stop(Instant),
    Abandoned,
}

struct Worker {
    shared: Arc<Shared>,
    exporter: Box<dyn Exporter>,
    panics_in_row: u32,
    failing: bool,
    last_notice: Option<Instant>,
}

impl Worker {
    fn run(mut self, resource: &Resource) {
        // What an exporter calls may be annotated too.
        suppress_this_thread();
        let result = self.guarded(|exporter| {
            exporter.set_resource(resource);
            Ok(())
        });
        if let Err(failure) = result {
            self.tell(&failure);
        }
        loop {
            let (result, flushed) = match self.next_task() {
                Task::Export(batch) => {
                    self.export(&batch);
                    continue;
                }
                Task::Wake => {
                    let result = self.guarded(|exporter| exporter.export(&[]));
                    self.note(result);
                    continue;
                }
                Task::Flush(number) => (self.guarded(|exporter| exporter.force_flush()), number),
                Task::Stop(deadline) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    let result = self.guarded(|exporter| exporter.shutdown(left));
                    self.note(result);
                    break;
                }
                Task::Abandoned => break,
            };
            self.note(result);
            let mut state = self.shared.lock();
            state.flushes_done = flushed;
            self.shared.progress.notify_all();
        }
        let shared = Arc::clone(&self.shared);
        // An exporter may still write while it is dropped; then it is truly over.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(self)));
        let mut state = shared.lock();
        state.flushes_done = state.flushes_wanted;
        state.ended = true;
        shared.progress.notify_all();
    }

    fn next_task(&self) -> Task {
        let shared = &*self.shared;
        let wake_at = self.wake_at();
        let mut state = shared.lock();
        loop {
            if state.abandoned {
                return Task::Abandoned;
            }
            let flushing = state.is_flush_due() && state.left < state.flush_mark;
            let wait = state
                .waiting
                .front()
                .map(|first| shared.delay.saturating_sub(first.since.elapsed()));
            let full = state.waiting_spans >= shared.max_batch;
            if state.waiting_spans > 0
                && (full || flushing || wait == Some(Duration::ZERO) || state.stop.is_some())
            {
                return Task::Export(state.take_batch(shared.max_batch));
            }
            if state.is_flush_due() && !flushing {
                return Task::Flush(state.flushes_wanted);
            }
            if let Some(deadline) = state.stop {
                return Task::Stop(deadline);
            }
            let until_wake = wake_at.map(|at| at.saturating_duration_since(Instant::now()));
            if until_wake == Some(Duration::ZERO) {
                return Task::Wake;
            }
            state = match wait.into_iter().chain(until_wake).min() {
                None => shared.work.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(wait) => {
                    let waited = shared.work.wait_timeout(state, wait);
                    waited.map_or_else(|poisoned| poisoned.into_inner().0, |(state, _)| state)
                }
            };
        }
    }

    fn wake_at(&self) -> Option<Instant> {
        let is_called = self.panics_in_row < PANICS_TO_RETIRE;
        is_called.then(|| catch_unwind(AssertUnwindSafe(|| self.exporter.wake_at())))?.ok()?
    }

    fn export(&mut self, batch: &[Slice]) {
        let spans: Vec<&FinishedSpan> =
            batch.iter().flat_map(|slice| &slice.chunk[slice.range.clone()]).collect();
        let count = spans.len();
        let result = self.guarded(|exporter| exporter.export(&spans));

        let mut state = self.shared.lock();
        if state.abandoned {
            return; // Already counted.
        }
        state.in_flight = 0;
        state.left += count as u64;
        let lost = match &result {
            Ok(()) => 0,
            Err(Failure::Error(error)) => error.lost().map_or(count, |lost| lost.min(count)),
            Err(Failure::Panic(_)) => count,
        };
        state.report.exported += (count - lost) as u64;
        if let Err(failure) = &result {
            state.drop_spans(failure.reason(), lost);
        }
        drop(state);
        self.note(result);
    }

    /// Calls the exporter; a panic is a failure like others.
    fn guarded(
        &mut self,
        call: impl FnOnce(&mut dyn Exporter) -> Result<(), ExportError>,
    ) -> Result<(), Failure> {
        if self.panics_in_row >= PANICS_TO_RETIRE {
            return Err(Failure::Panic("not called again after repeated panics".to_owned()));
        }
        match catch_unwind(AssertUnwindSafe(|| call(&mut *self.exporter))) {
            Ok(result) => {
                self.panics_in_row = 0;
                result.map_err(Failure::Error)
            }
            Err(panic) => {
                self.panics_in_row += 1;
                Err(Failure::Panic(panic_message(&*panic)))
            }
        }
    }

    /// Remembers how a call went, and tells people about the first failure.
    fn note(&mut self, result: Result<(), Failure>) {
        let Err(failure) = result else {
            self.failing = false;
            return;
        };
        self.shared.lock().report.last_error = Some(failure.to_string());
        let quiet = self.last_notice.is_some_and(|last| last.elapsed() < NOTICE_INTERVAL);
        if !std::mem::replace(&mut self.failing, true) && !quiet {
            self.tell(&failure);
        }
    }

    fn tell(&mut self, failure: &Failure) {
        self.last_notice = Some(Instant::now());
        notice(format_args!(
            "exporter `{}`: {failure}; the program goes on, further failures are only counted",
            self.shared.name
        ));
    }
}

enum Failure {
    Error(ExportError),
    Panic(String),
}

impl Failure {
    fn reason(&self) -> DropReason {
        match self {
            Self::Error(_) => DropReason::ExportFailed,
            Self::Panic(_) => DropReason::ExporterPanicked,
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Error(error) => write!(f, "{error}"),
            Self::Panic(message) => write!(f, "panicked: {message}"),
        }
    }
}

fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("with a value that is not a string").to_owned()
}

#[cfg(test)]
#[path = "queue_tests.rs"]
mod tests;
