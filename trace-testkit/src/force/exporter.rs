//! Implements an exporter that fails on demand.

use super::panics::silently;
use crate::script::Script;
use std::borrow::Cow;
use std::panic::resume_unwind;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use trace_runtime::export::{ExportError, Exporter, FinishedSpan};

/// A failure of an exporter, in one call.
///
/// ```
/// use std::time::Duration;
/// use trace_testkit::force::{Fault, FaultyExporter};
///
/// let exporter = FaultyExporter::new();
/// let handle = exporter.handle();
/// handle.respond_with(Fault::fail("no route").times(2));
/// handle.respond_with(Fault::reject(1, "too old").once());
/// handle.respond_with(Fault::slow(Duration::from_millis(5)).once());
/// handle.respond_with(Fault::hang());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a fault does nothing until it is given to an exporter"]
pub struct Fault {
    kind: FaultKind,
    /// `None`: until [`FaultyExporterHandle::recover`].
    times: Option<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum FaultKind {
    None,
    Fail(String),
    Reject(usize, String),
    Panic(String),
    Wait(Option<Duration>),
}

impl Fault {
    fn new(kind: FaultKind) -> Self {
        Self { kind, times: None }
    }

    /// Takes the batch.
    pub fn none() -> Self {
        Self::new(FaultKind::None)
    }

    /// Loses the batch, for this reason.
    pub fn fail(message: impl Into<String>) -> Self {
        Self::new(FaultKind::Fail(message.into()))
    }

    /// Rejects a number of spans of the batch, for this reason, and takes the others.
    pub fn reject(spans: usize, message: impl Into<String>) -> Self {
        Self::new(FaultKind::Reject(spans, message.into()))
    }

    /// Panics without printing anything.
    pub fn panic(message: impl Into<String>) -> Self {
        Self::new(FaultKind::Panic(message.into()))
    }

    /// Takes the batch after `delay`, or on [`recover`](FaultyExporterHandle::recover).
    pub fn slow(delay: Duration) -> Self {
        Self::new(FaultKind::Wait(Some(delay)))
    }

    /// Hangs until [`recover`](FaultyExporterHandle::recover) is called or all handles are dropped,
    /// and then takes the batch.
    pub fn hang() -> Self {
        Self::new(FaultKind::Wait(None))
    }

    /// Applies to one call; the next fault follows.
    pub fn once(self) -> Self {
        self.times(1)
    }

    /// Applies to `n` calls; the next fault follows.
    pub fn times(mut self, n: usize) -> Self {
        self.times = Some(n);
        self
    }
}

#[derive(Debug, Default)]
struct SharedFaults {
    state: Mutex<FaultState>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct FaultState {
    script: Script<FaultKind>,
    /// Rises when waiting calls may go on.
    recoveries: u64,
    handles: usize,
    calls: usize,
    taken: Vec<String>,
}

impl SharedFaults {
    fn lock(&self) -> MutexGuard<'_, FaultState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until `done`; returns `false` at the deadline.
    fn wait(&self, deadline: Option<Instant>, done: impl Fn(&FaultState) -> bool) -> bool {
        let mut state = self.lock();
        while !done(&state) {
            let left = deadline.map(|at| at.saturating_duration_since(Instant::now()));
            state = match left {
                Some(Duration::ZERO) => return false,
                Some(left) => {
                    let waited = self.changed.wait_timeout(state, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
        true
    }
}

/// An exporter that plays a script of faults, call by call, and otherwise takes what it gets. Batches
/// are handed to it at once.
///
/// ```
/// use std::time::Duration;
/// use trace_runtime::{in_span, loss::DropReason, Telemetry};
/// use trace_testkit::force::{Fault, FaultyExporter};
///
/// let exporter = FaultyExporter::new();
/// let handle = exporter.handle();
/// handle.respond_with(Fault::fail("no route").once());
/// let telemetry = Telemetry::builder().without_env().with_exporter(exporter).install()?;
/// in_span("charge", |_| ());
/// let report = telemetry.shutdown(Duration::from_secs(5));
/// assert_eq!(report.exporters[0].dropped[&DropReason::ExportFailed], 1);
/// assert_eq!(handle.calls(), 1);
/// # Ok::<(), trace_runtime::InitError>(())
/// ```
#[derive(Debug)]
pub struct FaultyExporter {
    shared: Arc<SharedFaults>,
    name: Cow<'static, str>,
}

impl FaultyExporter {
    /// Creates an exporter that takes everything until a fault is enqueued.
    #[expect(clippy::new_without_default, reason = "its handle controls what it does")]
    #[must_use]
    pub fn new() -> Self {
        Self { shared: Arc::default(), name: "faulty".into() }
    }

    /// Creates an exporter that starts with `fault`.
    #[must_use]
    pub fn always(fault: Fault) -> Self {
        let exporter = Self::new();
        exporter.shared.lock().script.push(fault.kind, fault.times);
        exporter
    }

    /// Sets the name that reports and warnings use; `faulty` by default.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.name = name.into();
        self
    }

    /// Returns a handle that enqueues faults and lists what was taken.
    #[must_use]
    pub fn handle(&self) -> FaultyExporterHandle {
        self.shared.lock().handles += 1;
        FaultyExporterHandle { shared: self.shared.clone() }
    }

    fn next_fault(&self) -> (FaultKind, u64) {
        let mut state = self.shared.lock();
        state.calls += 1;
        (state.script.next().unwrap_or(FaultKind::None), state.recoveries)
    }

    fn take(&self, batch: &[FinishedSpan<'_>]) {
        let names = batch.iter().map(|span| span.name().to_owned());
        self.shared.lock().taken.extend(names);
    }
}

impl Exporter for FaultyExporter {
    fn name(&self) -> Cow<'static, str> {
        self.name.clone()
    }

    fn max_delay(&self) -> Option<Duration> {
        Some(Duration::ZERO)
    }

    fn export(&mut self, batch: &[FinishedSpan<'_>]) -> Result<(), ExportError> {
        let (fault, recoveries) = self.next_fault();
        self.shared.changed.notify_all();
        let result = match fault {
            FaultKind::None => {
                self.take(batch);
                Ok(())
            }
            FaultKind::Fail(message) => Err(ExportError::new(message)),
            FaultKind::Reject(spans, message) => {
                self.take(&batch[..batch.len().saturating_sub(spans)]);
                Err(ExportError::partial(spans, message))
            }
            FaultKind::Panic(message) => match silently(|| panic!("{message}")) {
                Err(panicked) => resume_unwind(panicked.into_payload()),
                Ok(()) => Ok(()),
            },
            FaultKind::Wait(delay) => {
                let deadline = delay.and_then(|delay| Instant::now().checked_add(delay));
                self.shared.wait(deadline, |state| {
                    state.recoveries > recoveries || (delay.is_none() && state.handles == 0)
                });
                self.take(batch);
                Ok(())
            }
        };
        self.shared.changed.notify_all();
        result
    }
}

/// Controls a [`FaultyExporter`] from any thread; returned by [`FaultyExporter::handle`].
#[derive(Debug)]
pub struct FaultyExporterHandle {
    shared: Arc<SharedFaults>,
}

impl FaultyExporterHandle {
    /// Enqueues a fault, after those enqueued before: for one call, for a number of them, or until
    /// [`recover`](Self::recover).
    pub fn respond_with(&self, fault: Fault) {
        self.shared.lock().script.push(fault.kind, fault.times);
    }

    /// Removes all enqueued faults; slow and hanging calls go on at once.
    pub fn recover(&self) {
        let mut state = self.shared.lock();
        state.script.clear();
        state.recoveries += 1;
        drop(state);
        self.shared.changed.notify_all();
    }

    /// Returns how often it was called with a batch.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.shared.lock().calls
    }

    /// Returns the names of the spans that it took, in order.
    #[must_use]
    pub fn taken(&self) -> Vec<String> {
        self.shared.lock().taken.clone()
    }

    /// Waits until it was called `n` times since the beginning; returns `false` after `timeout`.
    #[must_use]
    pub fn wait_for_calls(&self, n: usize, timeout: Duration) -> bool {
        let deadline = Instant::now().checked_add(timeout);
        self.shared.wait(deadline, |state| state.calls >= n)
    }
}

impl Clone for FaultyExporterHandle {
    fn clone(&self) -> Self {
        self.shared.lock().handles += 1;
        Self { shared: self.shared.clone() }
    }
}

impl Drop for FaultyExporterHandle {
    fn drop(&mut self) {
        self.shared.lock().handles -= 1;
        self.shared.changed.notify_all();
    }
}
