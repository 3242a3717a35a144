//! How a capture comes to other threads and tasks.

use super::entered::Entered;
use super::pipeline;
use super::state::State;
use crate::runtime::{self, Context, Registered};
use pin_project_lite::pin_project;
use std::fmt;
use std::future::Future;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{self, Poll};
use trace_runtime::propagation::WithContext;

/// A capture in force, as all that know it share it.
pub(super) struct Shared {
    registered: Registered,
    state: Arc<State>,
}

impl Shared {
    pub(super) fn new(state: Arc<State>) -> Arc<Self> {
        let registered = runtime::register(state.clone(), !state.is_live());
        let number = registered.number();
        state.set_number(number);
        let shared = Arc::new(Self { registered, state });
        pipeline::expect(number, &shared);
        shared
    }

    pub(super) fn state(&self) -> &Arc<State> {
        &self.state
    }

    /// The context of the test itself.
    pub(super) fn ground(&self) -> Ground {
        Ground(self.registered.ground())
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        pipeline::forget(self.registered.number());
    }
}

/// The context of a test outside all spans.
pub(super) struct Ground(Context);

impl Ground {
    /// The future in this context, as the test itself is.
    #[cfg(feature = "tokio")]
    pub(super) fn carry<F: Future>(&self, future: F) -> WithContext<F> {
        runtime::carry(&self.0, future)
    }
}

impl From<Ground> for CaptureGuard {
    fn from(ground: Ground) -> Self {
        Self { _entered: Entered::new(ground.0.attach()) }
    }
}

/// A handle on a capture that can be cloned and sent; got by [`Capture::handle`](super::Capture::handle).
///
/// Code that hands its span over, as programs do, needs none: the capture goes with the span. It is
/// for threads and tasks that the test starts itself.
///
/// ```
/// use trace_runtime::in_span;
///
/// let t = trace_testkit::capture();
/// let handle = t.handle();
/// let worker = std::thread::spawn(move || {
///     let _capture = handle.enter();
///     in_span("work", |_| ());
/// });
/// worker.join().unwrap();
/// assert_eq!(t.spans().len(), 1);
/// ```
#[derive(Clone)]
pub struct CaptureHandle {
    shared: Arc<Shared>,
}

impl CaptureHandle {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    pub(super) fn state(&self) -> &Arc<State> {
        self.shared.state()
    }

    pub(super) fn number(&self) -> u32 {
        self.shared.registered.number()
    }

    #[cfg(feature = "tokio")]
    pub(super) fn ground(&self) -> Ground {
        self.shared.ground()
    }

    fn handed_over(&self) -> Context {
        self.shared.registered.ground().handed_over()
    }

    /// Makes the capture current on the calling thread until the guard is dropped. Where it is
    /// current already, the current span stays.
    pub fn enter(&self) -> CaptureGuard {
        CaptureGuard { _entered: Entered::new(self.handed_over().enter()) }
    }

    /// Runs `body` in the capture. Where it is current already, the current span stays.
    ///
    /// ```
    /// use trace_runtime::in_span;
    ///
    /// let t = trace_testkit::capture();
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| t.in_scope(|| in_span("work", |_| ())));
    /// });
    /// assert_eq!(t.spans().len(), 1);
    /// ```
    pub fn in_scope<R>(&self, body: impl FnOnce() -> R) -> R {
        let _capture = self.enter();
        body()
    }

    /// The future, in the capture wherever it is polled and dropped; its spans are roots.
    ///
    /// ```
    /// use trace_runtime::trace;
    ///
    /// #[trace]
    /// async fn work() {}
    ///
    /// # let runtime = tokio::runtime::Runtime::new().unwrap();
    /// # runtime.block_on(async {
    /// let t = trace_testkit::capture();
    /// tokio::spawn(t.scope(work())).await.unwrap();
    /// assert_eq!(t.spans().len(), 1);
    /// # });
    /// ```
    pub fn scope<F: Future>(&self, future: F) -> Scoped<F> {
        Scoped { inner: runtime::carry(&self.handed_over(), future) }
    }
}

impl UnwindSafe for CaptureHandle {}
impl RefUnwindSafe for CaptureHandle {}

impl fmt::Debug for CaptureHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CaptureHandle").field("number", &self.number()).finish_non_exhaustive()
    }
}

/// While it lives, a capture is current on this thread; not `Send`. Guards may be dropped in any
/// order: what was entered last stays current.
#[must_use = "the capture is current until the guard is dropped: bind it, `let _capture = …`"]
pub struct CaptureGuard {
    _entered: Entered,
}

impl fmt::Debug for CaptureGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CaptureGuard").finish_non_exhaustive()
    }
}

pin_project! {
    /// A future in a capture; made by [`CaptureHandle::scope`].
    #[must_use = "futures do nothing unless polled"]
    #[derive(Debug)]
    pub struct Scoped<F> {
        #[pin]
        inner: WithContext<F>,
    }
}

impl<F: Future> Future for Scoped<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<F::Output> {
        self.project().inner.poll(cx)
    }
}
