//! Captures the telemetry of one test, apart from everything else in the process.

mod attribution;
mod builder;
mod clock;
mod entered;
mod flush;
mod global;
mod hand_over;
mod home;
mod orphans;
mod pipeline;
mod process;
mod registry;
#[cfg(feature = "tokio")]
pub(crate) mod run;
mod signals;
mod state;
mod waiting;

pub use builder::CaptureBuilder;
pub use clock::Clock;
pub use global::{GlobalCapture, capture_global};
pub use hand_over::{CaptureGuard, CaptureHandle, Captured};

use crate::recorded::Recorded;
use crate::runtime;
use crate::signals::Signals;
use entered::Stays;
use registry::SharedCapture;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::ops::Deref;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;

/// Captures what the calling thread records from now on, until the capture is dropped.
///
/// It sees what happens on this thread, and on other threads if their context was handed over: by
/// `Instrument::in_current_span`, `#[trace(parent = …)]`, `SpanContext::attach`, or by
/// [`enter`](Capture::enter) and [`captured`](Capture::captured). It sees nothing else, so tests run in
/// parallel. It is current on its thread, not in a task: for a part of an async test, use
/// [`start_elsewhere`](CaptureBuilder::start_elsewhere) and [`captured`](Capture::captured).
///
/// Ids count up from 1. The clock is the real one until [`clock`](Capture::clock) is called.
///
/// All captures of a process share one pipeline. Code under test that calls `trace_runtime::init()`
/// gets that pipeline: its flushes work, but its exporters and its sampler are not used. To test a
/// program with its own telemetry, use [`capture_global`].
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

/// The telemetry of one test; created by [`capture`], [`Capture::builder`] or
/// `#[trace_testkit::test]`.
///
/// Read and assert by the methods of [`Recorded`]. Dropping it discards everything.
pub struct Capture {
    recorded: Recorded,
    /// Dropped before the handle that keeps the capture alive.
    _entered: Option<CaptureGuard>,
    handle: CaptureHandle,
    /// It may be current on its thread.
    _stays: Stays,
}

impl Capture {
    /// Returns a builder, for a capture that differs from the default.
    pub fn builder() -> CaptureBuilder {
        CaptureBuilder::new()
    }

    /// Returns the capture that is current on the calling thread: for fixtures and helpers without
    /// access to the test's own.
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
        registry::find(runtime::current()).map(|shared| Self::new(shared, false))
    }

    fn new(shared: Arc<SharedCapture>, enters: bool) -> Self {
        let entered = enters.then(|| CaptureGuard::attach(&shared.ground()));
        Self {
            recorded: Recorded::new(shared.state().clone()),
            _entered: entered,
            handle: CaptureHandle::new(shared),
            _stays: PhantomData,
        }
    }

    /// Returns the clock of the capture. From the first call on it moves only when the test moves it,
    /// and the capture's spans use it: their durations are exact.
    ///
    /// Call it before the first span starts: a span that started by the real clock has duration zero.
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
    #[allow(clippy::must_use_candidate, reason = "the first call stops the clock")]
    pub fn clock(&self) -> Clock {
        Clock::of(self.handle.state())
    }

    pub(crate) fn signals(&self) -> &Arc<Signals> {
        &self.handle.state().signals
    }

    /// Returns a handle that can be sent to other threads and tasks.
    #[must_use]
    pub fn handle(&self) -> CaptureHandle {
        self.handle.clone()
    }

    /// Makes the capture current on the calling thread until the guard is dropped: see
    /// [`CaptureHandle::enter`].
    pub fn enter(&self) -> CaptureGuard {
        self.handle.enter()
    }

    /// Runs `body` in the capture: see [`CaptureHandle::in_capture`].
    pub fn in_capture<R>(&self, body: impl FnOnce() -> R) -> R {
        self.handle.in_capture(body)
    }

    /// Wraps a future so that it is polled in the capture: see [`CaptureHandle::captured`].
    pub fn captured<F: Future>(&self, future: F) -> Captured<F> {
        self.handle.captured(future)
    }
}

// A panic interrupts a test, not the bookkeeping of what was recorded.
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
