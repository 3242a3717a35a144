//! Spans that one callback starts and another ends.

use super::handle::Span;
use crate::carriers::carried::WithContext;
use crate::carriers::future::{Ignore, Instrumented};
use crate::context::{Context, Current, SpanContext, ToContext};
use crate::outcome::Outcome;
use crate::recorder::task::TaskSpan;
use std::fmt;

/// A span that is not bound to a scope: it can be sent, stored, and ended anywhere.
///
/// It ends when [`end`](Self::end) is called or when it is dropped. It is current only within
/// [`in_scope`](Self::in_scope), and in a future to which it was passed by [`Instrument`].
///
/// ```
/// use trace_runtime::Span;
///
/// let upload = Span::builder("upload").start();
/// std::thread::spawn(move || {
///     upload.span().add_event("done", &[]);
///     upload.end();
/// })
/// .join()
/// .unwrap();
/// ```
#[must_use = "the span ends when it is dropped"]
pub struct DetachedSpan {
    task: TaskSpan,
}

impl DetachedSpan {
    pub(super) fn new(mut task: TaskSpan) -> Self {
        // Dropping is the ordinary end here, not a cancellation.
        task.set_outcome(Outcome::Ok);
        Self { task }
    }

    /// Returns its serial, if it is recorded.
    #[inline]
    pub(super) fn recorded(&self) -> Option<u64> {
        self.task.is_recording().then(|| self.task.serial())
    }

    /// Returns a handle for adding data to the span.
    pub fn span(&self) -> Span {
        Span { context: self.task.context(), recording: self.task.is_recording() }
    }

    /// Returns the identity of the span.
    pub fn context(&self) -> SpanContext {
        self.task.context()
    }

    /// Runs `body` with the span current.
    ///
    /// Guards that `body` creates and keeps are set aside with the span until it is current again,
    /// as they are for a future between its polls.
    pub fn in_scope<R>(&mut self, body: impl FnOnce(&Span) -> R) -> R {
        let span = self.span();
        self.enter(|| body(&span))
    }

    #[inline]
    pub(super) fn enter<R>(&mut self, body: impl FnOnce() -> R) -> R {
        let scope = self.task.enter();
        let result = body();
        scope.pause();
        result
    }

    /// Returns what is current within the span; `None`: there is no span.
    pub(super) fn current(&self) -> Option<&Current> {
        self.task.current()
    }

    /// Runs `body` with the span current, and ends the span. Guards that `body` creates and keeps
    /// stay.
    pub(super) fn run<R>(mut self, body: impl FnOnce(&Span) -> R) -> R {
        let span = self.span();
        let scope = self.task.enter();
        let result = body(&span);
        scope.exit();
        result
    }

    /// Ends the span.
    pub fn end(self) {
        drop(self);
    }

    /// Ends the span as failed, with `error` recorded.
    pub fn end_with_error<E: std::error::Error>(mut self, error: &E) {
        self.span().fail(error);
        self.task.set_outcome(Outcome::Error);
    }

    /// Ends the span as cancelled.
    pub fn cancel(self) {
        self.end_as(Outcome::Cancelled);
    }

    /// Ends the span with this outcome, for code that gets the outcome from elsewhere.
    ///
    /// `Error` carries no details; add those by [`Span::fail`], or by [`Span::set_status`] and the
    /// attribute `error.type`.
    ///
    /// ```
    /// use trace_runtime::{Span, Status, span::Outcome};
    ///
    /// let request = Span::builder("request").start();
    /// request.span().set_attribute("error.type", "503");
    /// request.span().set_status(Status::Error { description: "".into() });
    /// request.end_as(Outcome::Error);
    /// ```
    pub fn end_as(mut self, outcome: Outcome) {
        self.task.set_outcome(outcome);
    }
}

impl ToContext for DetachedSpan {
    fn to_context(&self) -> Option<SpanContext> {
        self.context().to_context()
    }
}

impl fmt::Debug for DetachedSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DetachedSpan")
            .field("context", &self.context())
            .field("recording", &self.task.is_recording())
            .finish()
    }
}

/// Instruments a future, stream or sink: with a new span, which ends when it is done, or with an
/// existing context.
///
/// ```
/// use trace_runtime::{Instrument, Span};
///
/// let work = async { 42 }.instrument(Span::builder("work").start());
/// # drop(work);
/// ```
pub trait Instrument: Sized {
    /// Runs the future within the span; if it is dropped early, the span ends as cancelled.
    fn instrument(self, span: DetachedSpan) -> Instrumented<Self, Ignore> {
        let mut task = span.task;
        task.set_outcome(Outcome::Cancelled);
        Instrumented::new(task, self, Ignore)
    }

    /// Carries the caller's span: it is current whenever and wherever the future runs. For futures
    /// that other code runs, such as spawned tasks; a future that is awaited here is in the span
    /// anyway.
    ///
    /// ```
    /// use trace_runtime::{Instrument, trace};
    ///
    /// #[trace]
    /// async fn checkout() {
    ///     tokio::spawn(send_email().in_current_span()); // A child of `checkout`.
    /// }
    ///
    /// #[trace]
    /// async fn send_email() {}
    /// # tokio::runtime::Runtime::new().unwrap().block_on(checkout());
    /// ```
    ///
    /// The baggage is carried too. For closures, use
    /// [`in_current_span`](fn@crate::in_current_span).
    fn in_current_span(self) -> WithContext<Self> {
        WithContext::current(self)
    }

    /// Carries this context: it is current whenever and wherever the future, stream or sink runs.
    ///
    /// ```
    /// use std::collections::HashMap;
    /// use trace_runtime::{Instrument, propagation, trace};
    ///
    /// #[trace(kind = Server)]
    /// async fn handle(path: &str) {}
    ///
    /// async fn serve(path: &str, headers: &HashMap<String, String>) {
    ///     handle(path).with_context(propagation::extract(headers)).await; // A child of the caller.
    /// }
    /// # tokio::runtime::Runtime::new().unwrap().block_on(serve("/", &HashMap::new()));
    /// ```
    fn with_context(self, context: impl Into<Context>) -> WithContext<Self> {
        WithContext::new(self, context.into())
    }
}

impl<T> Instrument for T {}
