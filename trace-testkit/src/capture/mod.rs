//! Captures: the telemetry of one test, whatever else runs in the process.

mod builder;
mod clock;
mod entered;
mod global;
mod hand_over;
mod orphans;
mod pipeline;
#[cfg(feature = "tokio")]
pub(crate) mod run;
mod state;

pub use builder::CaptureBuilder;
pub use clock::Clock;
pub use global::{GlobalCapture, capture_global};
pub use hand_over::{CaptureGuard, CaptureHandle, Scoped};

use crate::recorded::Recorded;
use crate::runtime;
use crate::signals::Signals;
#[cfg(any(feature = "metrics", feature = "logs"))]
use crate::source::Stray;
use entered::Stays;
use hand_over::Shared;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::ops::Deref;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;

/// Captures what the calling thread records from now on, until the capture is dropped.
///
/// It sees what happens on this thread, and on others as far as their context was handed over: by
/// `Instrument::in_current_span`, `#[trace(parent = …)]`, `SpanContext::attach`, or by the capture's
/// own [`enter`](Capture::enter) and [`scope`](Capture::scope). It never sees anything else, so
/// tests run in parallel. It is current on its thread, not in a task: for a part of an async test
/// take [`start_elsewhere`](CaptureBuilder::start_elsewhere) and [`scope`](Capture::scope). Ids count up from 1; the clock is the real one until
/// [`clock`](Capture::clock) is called.
///
/// All captures of a process share one pipeline. Code under test that calls `trace_runtime::init()`
/// is lent it: its flushes work, its exporters and its sampler are not asked. To see a program with
/// its own telemetry, use [`capture_global`].
///
/// ```
/// use trace_runtime::trace;
///
/// #[trace]
/// fn charge(amount: u64) {}
///
/// let t = trace_testkit::capture();
/// charge(7);
/// assert_eq!(t.spans()[0].name, "charge");
/// ```
///
/// # Panics
/// When the process already runs a pipeline that is not the testkit's.
#[track_caller]
#[must_use]
pub fn capture() -> Capture {
    Capture::builder().start()
}

/// The telemetry of one test; made by [`capture`], [`Capture::builder`] or `#[trace_testkit::test]`.
///
/// All reading and asserting is by the methods of [`Recorded`]. Dropped, it forgets everything.
pub struct Capture {
    recorded: Recorded,
    /// Before the capture itself, which it makes current.
    _entered: Option<CaptureGuard>,
    handle: CaptureHandle,
    /// It may be current on its thread.
    _stays: Stays,
}

impl Capture {
    /// Begins a capture that is to be other than [`capture`] makes it.
    pub fn builder() -> CaptureBuilder {
        CaptureBuilder::new()
    }

    /// The capture that is current on the calling thread, once more: for fixtures and helpers that
    /// are not handed one.
    ///
    /// ```
    /// use trace_testkit::Capture;
    ///
    /// fn spans_so_far() -> usize {
    ///     Capture::current().map_or(0, |t| t.spans().len())
    /// }
    ///
    /// assert_eq!(spans_so_far(), 0);
    /// let _t = trace_testkit::capture();
    /// trace_runtime::in_span("work", |_| ());
    /// assert_eq!(spans_so_far(), 1);
    /// ```
    #[must_use]
    pub fn current() -> Option<Self> {
        pipeline::find(runtime::current()).map(|shared| Self::new(shared, false))
    }

    fn new(shared: Arc<Shared>, enters: bool) -> Self {
        let entered = enters.then(|| shared.ground().into());
        Self {
            recorded: Recorded::new(shared.state().clone()),
            _entered: entered,
            handle: CaptureHandle::new(shared),
            _stays: PhantomData,
        }
    }

    /// The clock of the capture. From the first call on it stands still unless it is told to move,
    /// and the spans of the capture go by it: their durations are exact.
    ///
    /// Call it before the first span starts: one that has started by the real clock has no length.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let t = trace_testkit::capture();
    /// t.clock();
    /// trace_runtime::in_span("wait", |_| t.clock().step(Duration::from_millis(3)));
    /// assert_eq!(t.spans()[0].duration(), Duration::from_millis(3));
    /// ```
    ///
    /// # Panics
    /// When the capture is [live](CaptureBuilder::live).
    #[track_caller]
    #[allow(clippy::must_use_candidate, reason = "from then on the capture has a clock of its own")]
    pub fn clock(&self) -> Clock {
        Clock::of(self.handle.state())
    }

    pub(crate) fn signals(&self) -> &Arc<Signals> {
        &self.handle.state().signals
    }

    /// A handle that can be sent to other threads and tasks.
    #[must_use]
    pub fn handle(&self) -> CaptureHandle {
        self.handle.clone()
    }

    /// Makes the capture current on the calling thread until the guard is dropped: see
    /// [`CaptureHandle::enter`].
    pub fn enter(&self) -> CaptureGuard {
        self.handle.enter()
    }

    /// Runs `body` in the capture: see [`CaptureHandle::in_scope`].
    pub fn in_scope<R>(&self, body: impl FnOnce() -> R) -> R {
        self.handle.in_scope(body)
    }

    /// The future, in the capture wherever it is polled: see [`CaptureHandle::scope`].
    pub fn scope<F: Future>(&self, future: F) -> Scoped<F> {
        self.handle.scope(future)
    }
}

// What a panic interrupts is a test, not the keeping of what was recorded.
impl UnwindSafe for Capture {}
impl RefUnwindSafe for Capture {}

impl Deref for Capture {
    type Target = Recorded;

    fn deref(&self) -> &Recorded {
        &self.recorded
    }
}

impl fmt::Debug for Capture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Capture").field("number", &self.handle.number()).finish_non_exhaustive()
    }
}

/// The metrics and logs of the captures that see what happens here: the current one, or the one
/// whose test has started this thread, and that of the whole process. Where there is none, all are
/// told what goes `astray` on the thread of this name.
#[cfg(any(feature = "metrics", feature = "logs"))]
pub(crate) fn signals_here(astray: impl FnOnce(String) -> Stray) -> Vec<Arc<Signals>> {
    let number = match runtime::current() {
        0 => orphans::home(),
        number => number,
    };
    if number == 0 {
        let stray = astray(orphans::thread_name());
        pipeline::all().iter().for_each(|state| state.signals.miss(stray.clone()));
    }
    let own = pipeline::find(number).map(|shared| shared.state().signals.clone());
    own.into_iter().chain(global::signals()).collect()
}
