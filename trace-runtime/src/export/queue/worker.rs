//! Runs one exporter on its thread: takes batches off the queue and survives its failures.

use super::state::{Shared, Slice, State};
use crate::caught::{caught, discard};
use crate::escape;
use crate::export::exported::Exported;
use crate::export::failures::Failures;
use crate::export::{ExportError, Exporter, gates};
use crate::loss::DropReason;
use crate::recorder::suppress_this_thread;
use opentelemetry_sdk::Resource;
use std::sync::{Arc, Condvar, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// After this many panics in a row an exporter is not called again.
const PANICS_TO_RETIRE: u32 = 3;
/// A batch that an exporter has returned this often is lost: the batch may be the cause.
const MOST_GIVEN_BACK: u32 = 5;

enum Task<T: Exported> {
    Export(Vec<Slice<T>>),
    /// The exporter asked to be called by now.
    Wake,
    /// Flush the exporter for all callers that asked up to this number.
    Flush(u64),
    /// Answer those flushes without doing them: the receiver has requested a pause.
    Refuse(u64),
    /// End by then.
    Stop(Instant),
    Abandoned,
}

pub(super) struct Worker<T: Exported> {
    pub(super) shared: Arc<Shared<T>>,
    pub(super) exporter: Box<dyn Exporter<T>>,
    pub(super) panics_in_row: u32,
    pub(super) failures: Failures,
    /// Nothing is exported before this.
    pub(super) silent_until: Option<Instant>,
    /// The number of times that the next batch was returned.
    pub(super) given_back: u32,
}

impl<T: Exported> Worker<T> {
    pub(super) fn run(mut self, resource: &Resource) {
        // Code that an exporter calls may be annotated too.
        suppress_this_thread();
        self.shared.hurry.attach();
        let result = self.guarded(|exporter| {
            exporter.set_resource(resource);
            Ok(())
        });
        if let Err(failure) = result {
            self.failures.tell(&self.shared.name, &failure);
        }
        loop {
            let (result, flushed) = match self.next_task() {
                Task::Export(batch) => {
                    match gates::closed(&self.shared.name) {
                        None => self.export(batch),
                        Some(reason) => self.discard(&batch, reason),
                    }
                    continue;
                }
                Task::Wake => {
                    let result = self.guarded(|exporter| exporter.export(&[]));
                    self.note_late(result);
                    continue;
                }
                Task::Flush(number) => (self.guarded(|exporter| exporter.force_flush()), number),
                Task::Refuse(number) => {
                    let mut state = self.shared.lock();
                    state.flushes_refused = number;
                    self.end_flush(&mut state, number);
                    continue;
                }
                Task::Stop(deadline) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    let result = self.guarded(|exporter| exporter.shutdown(left));
                    self.note_late(result);
                    break;
                }
                Task::Abandoned => break,
            };
            self.note_late(result);
            let mut state = self.shared.lock();
            self.end_flush(&mut state, flushed);
        }
        let shared = Arc::clone(&self.shared);
        // An exporter may still write while it is dropped; only after that is it over.
        discard(self);
        let mut state = shared.lock();
        state.flushes_done = state.flushes_wanted;
        state.ended = true;
        shared.progress.notify_all();
    }

    fn end_flush(&self, state: &mut State<T>, number: u64) {
        state.flushes_done = number;
        self.shared.hurry.set_flush(state.is_flush_due());
        self.shared.progress.notify_all();
    }

    fn next_task(&self) -> Task<T> {
        let shared = &*self.shared;
        let wake_at = self.wake_at();
        let mut state = shared.lock();
        loop {
            if state.abandoned {
                return Task::Abandoned;
            }
            let silence = self.silent_until.map(|at| at.saturating_duration_since(Instant::now()));
            let silence = silence.filter(|left| !left.is_zero() && state.stop.is_none());
            if let Some(left) = silence {
                if state.is_flush_due() {
                    let wanted = state.flushes_wanted;
                    let is_empty = state.waiting_items == 0;
                    return if is_empty { Task::Flush(wanted) } else { Task::Refuse(wanted) };
                }
                state = wait(&shared.work, state, left);
                continue;
            }
            let flushing = state.is_flush_due() && state.left < state.flush_mark;
            let front_wait = state
                .waiting
                .front()
                .map(|first| shared.delay.saturating_sub(first.since.elapsed()));
            let full = state.waiting_items >= shared.max_batch;
            if state.waiting_items > 0
                && (full || flushing || front_wait == Some(Duration::ZERO) || state.stop.is_some())
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
            state = match front_wait.into_iter().chain(until_wake).min() {
                None => shared.work.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(time) => wait(&shared.work, state, time),
            };
        }
    }

    fn wake_at(&self) -> Option<Instant> {
        let is_called = self.panics_in_row < PANICS_TO_RETIRE;
        is_called.then(|| caught(|| self.exporter.wake_at()))?.ok()?
    }

    /// Drops a batch that waited when its exporter was switched off.
    fn discard(&self, batch: &[Slice<T>], reason: DropReason) {
        let mut state = self.shared.lock();
        if state.abandoned {
            return; // Already counted.
        }
        let count = batch.iter().map(|slice| slice.range.len()).sum();
        state.leave(batch, count);
        state.drop_items(reason, count);
        self.shared.progress.notify_all();
    }

    fn export(&mut self, batch: Vec<Slice<T>>) {
        let mut items = Vec::with_capacity(batch.iter().map(|slice| slice.range.len()).sum());
        for slice in &batch {
            T::view(&slice.chunk, slice.range.clone(), &mut items);
        }
        let count = items.len();
        #[cfg(feature = "metrics")]
        let begin = Instant::now();
        let result = self.guarded(|exporter| exporter.export(&items));
        drop(items);
        #[cfg(feature = "metrics")]
        {
            let reason = result.as_ref().err().map(Failure::reason);
            crate::export::operations::operated(&self.shared.name, begin.elapsed(), reason, None);
        }

        self.silent_until = match &result {
            Err(Failure::Error(error)) => error.later(),
            _ => None,
        };
        let mut state = self.shared.lock();
        if state.abandoned {
            return; // Already counted.
        }
        if let (Some(until), Err(failure)) = (self.silent_until, &result)
            && state.stop.is_none()
            && self.given_back < MOST_GIVEN_BACK
        {
            self.given_back += 1;
            state.failed(failure.to_string());
            state.give_back(batch);
            drop(state);
            return self.failures.pause(&self.shared.name, failure, until);
        }
        self.given_back = 0;
        state.leave(&batch, count);
        self.shared.progress.notify_all();
        let lost = match &result {
            Ok(()) => 0,
            Err(Failure::Error(error)) => error.lost().map_or(count, |lost| lost.min(count)),
            Err(Failure::Panic(_)) => count,
        };
        state.report.exported += (count - lost) as u64;
        match &result {
            Ok(()) => state.latest.succeeded(),
            Err(failure) => state.drop_items(failure.reason(), lost),
        }
        drop(state);
        self.note(result);
    }

    /// Calls the exporter; a panic is a failure like any other.
    fn guarded(
        &mut self,
        call: impl FnOnce(&mut dyn Exporter<T>) -> Result<(), ExportError>,
    ) -> Result<(), Failure> {
        if self.panics_in_row >= PANICS_TO_RETIRE {
            return Err(Failure::Panic("not called again after repeated panics".to_owned()));
        }
        match caught(|| call(&mut *self.exporter)) {
            Ok(result) => {
                self.panics_in_row = 0;
                result.map_err(Failure::Error)
            }
            Err(panic) => {
                self.panics_in_row += 1;
                Err(Failure::Panic(escape::line(panic.message()).to_string()))
            }
        }
    }

    /// Records a call without a batch, which may have lost items that the exporter buffered.
    fn note_late(&mut self, result: Result<(), Failure>) {
        if let Err(Failure::Error(error)) = &result
            && let Some(lost) = error.lost()
        {
            let mut state = self.shared.lock();
            if !state.abandoned {
                let lost = usize::try_from(state.report.exported).unwrap_or(usize::MAX).min(lost);
                state.report.exported -= lost as u64;
                state.drop_items(DropReason::ExportFailed, lost);
            }
        }
        self.note(result);
    }

    /// Records the result of a call, and reports the first failure.
    fn note(&mut self, result: Result<(), Failure>) {
        let Err(failure) = result else {
            self.failures.end();
            return;
        };
        let mut state = self.shared.lock();
        state.failed(failure.to_string());
        state.latest.is_retired = self.panics_in_row >= PANICS_TO_RETIRE;
        drop(state);
        self.failures.note(&self.shared.name, &failure);
    }
}

fn wait<'a, T: Exported>(
    condition: &Condvar,
    state: MutexGuard<'a, State<T>>,
    time: Duration,
) -> MutexGuard<'a, State<T>> {
    let waited = condition.wait_timeout(state, time);
    waited.map_or_else(|poisoned| poisoned.into_inner().0, |(state, _)| state)
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
