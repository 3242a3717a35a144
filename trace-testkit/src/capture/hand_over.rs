//! Hands a capture over to other threads and tasks.

use super::entered::Entered;
use super::registry::SharedCapture;
use super::state::CaptureState;
use crate::runtime::{self, Context};
use pin_project_lite::pin_project;
use std::fmt;
use std::future::Future;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{self, Poll};
use trace_runtime::propagation::WithContext;

/// A handle to a capture that can be cloned and sent; returned by
/// [`Capture::handle`](super::Capture::handle).
///
/// Use it for threads and tasks that the test starts itself. Code that hands its span over needs no
/// handle: the capture travels with the span.
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
    shared: Arc<SharedCapture>,
}

impl CaptureHandle {
    pub(super) fn new(shared: Arc<SharedCapture>) -> Self {
        Self { shared }
    }

    pub(super) fn state(&self) -> &Arc<CaptureState> {
        self.shared.state()
    }

    pub(super) fn number(&self) -> u32 {
        self.shared.number()
    }

    /// Returns the future in the context of the test itself.
    #[cfg(feature = "tokio")]
    pub(super) fn on_ground<F: Future>(&self, future: F) -> WithContext<F> {
        runtime::carry(&self.shared.ground(), future)
    }

    fn handed_over(&self) -> Context {
        self.shared.ground().handed_over()
    }

    /// Makes the capture current on the calling thread until the guard is dropped. If it is current
    /// already, the current span stays.
    pub fn enter(&self) -> CaptureGuard {
        CaptureGuard { _entered: Entered::new(self.handed_over().enter()) }
    }

    /// Runs `body` in the capture. If it is current already, the current span stays.
    ///
    /// ```
    /// use trace_runtime::in_span;
    ///
    /// let t = trace_testkit::capture();
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| t.in_capture(|| in_span("work", |_| ())));
    /// });
    /// assert_eq!(t.spans().len(), 1);
    /// ```
    pub fn in_capture<R>(&self, body: impl FnOnce() -> R) -> R {
        let _capture = self.enter();
        body()
    }

    /// Wraps a future so that it is polled and dropped in the capture. Its spans are roots.
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
    /// tokio::spawn(t.captured(work())).await.unwrap();
    /// assert_eq!(t.spans().len(), 1);
    /// # });
    /// ```
    pub fn captured<F: Future>(&self, future: F) -> Captured<F> {
        Captured { inner: runtime::carry(&self.handed_over(), future) }
    }
}

impl UnwindSafe for CaptureHandle {}
impl RefUnwindSafe for CaptureHandle {}

impl fmt::Debug for CaptureHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CaptureHandle").field("number", &self.number()).finish_non_exhaustive()
    }
}

/// A guard that keeps a capture current on this thread until it is dropped; not `Send`. Guards may be
/// dropped in any order: the capture entered last stays current.
#[must_use = "the capture is current until the guard is dropped: bind it, `let _capture = …`"]
pub struct CaptureGuard {
    _entered: Entered,
}

impl CaptureGuard {
    /// Makes this context current.
    pub(super) fn attach(context: &Context) -> Self {
        Self { _entered: Entered::new(context.attach()) }
    }
}

impl fmt::Debug for CaptureGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CaptureGuard").finish_non_exhaustive()
    }
}

pin_project! {
    /// A future in a capture; returned by [`CaptureHandle::captured`].
    #[must_use = "futures do nothing unless polled"]
    #[derive(Debug)]
    pub struct Captured<F> {
        #[pin]
        inner: WithContext<F>,
    }
}

impl<F: Future> Future for Captured<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<F::Output> {
        self.project().inner.poll(cx)
    }
}
