//! Exporters that do not do what they should.

use super::panics::silently;
use crate::script::Script;
use std::borrow::Cow;
use std::panic::resume_unwind;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use trace_runtime::export::{ExportError, Exporter, FinishedSpan};

/// What goes wrong in one call of an exporter.
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
    kind: Kind,
    /// `None`: until told otherwise.
    times: Option<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    None,
    Fail(String),
    Reject(usize, String),
    Panic(String),
    Wait(Option<Duration>),
}

impl Fault {
    fn new(kind: Kind) -> Self {
        Self { kind, times: None }
    }

    /// Nothing: the batch is taken.
    pub fn none() -> Self {
        Self::new(Kind::None)
    }

    /// The batch is lost, for this reason.
    pub fn fail(message: impl Into<String>) -> Self {
        Self::new(Kind::Fail(message.into()))
    }

    /// So many spans of the batch are rejected, for this reason; the others are taken.
    pub fn reject(spans: usize, message: impl Into<String>) -> Self {
        Self::new(Kind::Reject(spans, message.into()))
    }

    /// The exporter panics; nothing is printed.
    pub fn panic(message: impl Into<String>) -> Self {
        Self::new(Kind::Panic(message.into()))
    }

    /// The batch is taken after so long, or when the exporter is told to
    /// [recover](FaultyExporterHandle::recover).
    pub fn slow(delay: Duration) -> Self {
        Self::new(Kind::Wait(Some(delay)))
    }

    /// The exporter does not return before it is told to
    /// [recover](FaultyExporterHandle::recover) or all its handles are gone; then the batch is
    /// taken.
    pub fn hang() -> Self {
        Self::new(Kind::Wait(None))
    }

    /// In one call; then the next fault's turn comes.
    pub fn once(self) -> Self {
        self.times(1)
    }

    /// In `n` calls; then the next fault's turn comes.
    pub fn times(mut self, n: usize) -> Self {
        self.times = Some(n);
        self
    }
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    script: Script<Kind>,
    /// Rises when those that wait may go on.
    recoveries: u64,
    handles: usize,
    calls: usize,
    taken: Vec<String>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until `done`, or until the deadline; says which.
    fn wait(&self, deadline: Option<Instant>, done: impl Fn(&State) -> bool) -> bool {
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

/// An exporter that does what its script says, call by call, and takes what it is not told to lose.
/// Batches are handed to it at once.
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
    shared: Arc<Shared>,
    name: Cow<'static, str>,
}

impl FaultyExporter {
    /// An exporter that takes everything until it is told otherwise.
    #[expect(clippy::new_without_default, reason = "what it does is said by its handle")]
    #[must_use]
    pub fn new() -> Self {
        Self { shared: Arc::default(), name: "faulty".into() }
    }

    /// An exporter that fails in every call as `fault` says.
    #[must_use]
    pub fn always(fault: Fault) -> Self {
        let exporter = Self::new();
        exporter.shared.lock().script.push(fault.kind, fault.times);
        exporter
    }

    /// Names it, for reports and warnings.
    #[must_use]
    pub fn named(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.name = name.into();
        self
    }

    /// A handle to say what is to go wrong, and to see what was taken.
    #[must_use]
    pub fn handle(&self) -> FaultyExporterHandle {
        self.shared.lock().handles += 1;
        FaultyExporterHandle { shared: self.shared.clone() }
    }

    fn next_fault(&self) -> (Kind, u64) {
        let mut state = self.shared.lock();
        state.calls += 1;
        (state.script.next().unwrap_or(Kind::None), state.recoveries)
    }

    fn take(&self, batch: &[&FinishedSpan]) {
        let names = batch.iter().map(|span| span.name.to_string());
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

    fn export(&mut self, batch: &[&FinishedSpan]) -> Result<(), ExportError> {
        let (fault, recoveries) = self.next_fault();
        self.shared.changed.notify_all();
        let result = match fault {
            Kind::None => {
                self.take(batch);
                Ok(())
            }
            Kind::Fail(message) => Err(ExportError::new(message)),
            Kind::Reject(spans, message) => {
                self.take(&batch[..batch.len().saturating_sub(spans)]);
                Err(ExportError::partial(spans, message))
            }
            Kind::Panic(message) => match silently(|| panic!("{message}")) {
                Err(panicked) => resume_unwind(panicked.into_payload()),
                Ok(()) => Ok(()),
            },
            Kind::Wait(delay) => {
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

/// Tells a [`FaultyExporter`] what is to go wrong, from any thread.
#[derive(Debug)]
pub struct FaultyExporterHandle {
    shared: Arc<Shared>,
}

impl FaultyExporterHandle {
    /// Does that, once, so many times, or until told otherwise. Faults that were told before come
    /// first.
    pub fn respond_with(&self, fault: Fault) {
        self.shared.lock().script.push(fault.kind, fault.times);
    }

    /// Forgets all faults that it was told; what is slow or hangs goes on at once.
    pub fn recover(&self) {
        let mut state = self.shared.lock();
        state.script.clear();
        state.recoveries += 1;
        drop(state);
        self.shared.changed.notify_all();
    }

    /// How often it was called with a batch.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.shared.lock().calls
    }

    /// The names of the spans that it took, in their order.
    #[must_use]
    pub fn taken(&self) -> Vec<String> {
        self.shared.lock().taken.clone()
    }

    /// Waits until it was called `n` times, counted from the beginning; `false` after `timeout`.
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
