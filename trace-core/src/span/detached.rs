//! A span that one callback starts and another ends.

use super::handle::Span;
use crate::context::carried::WithContext;
use crate::context::future::{Ignore, Instrumented};
use crate::context::{Context, SpanContext, ToContext};
use crate::outcome::Outcome;
use crate::recorder::task::TaskSpan;
use std::fmt;

/// A span of its own, bound to no scope: send it, store it, end it anywhere.
///
/// It ends when [`end`](Self::end) is called or when it is dropped. It is current only within
/// [`in_scope`](Self::in_scope), and in a future that it was given to by [`Instrument`].
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
        // Dropping it is the ordinary end here, not a cancellation.
        task.set_outcome(Outcome::Ok);
        Self { task }
    }

    /// A handle to say more about it.
    pub fn span(&self) -> Span {
        Span { context: self.task.context(), recording: self.task.is_recording() }
    }

    /// The identity of the span.
    pub fn context(&self) -> SpanContext {
        self.task.context()
    }

    /// Runs `body` with the span current.
    ///
    /// Guards that `body` makes and keeps are set aside with the span until it is current again, as
    /// they are with a future between its polls.
    pub fn in_scope<R>(&mut self, body: impl FnOnce(&Span) -> R) -> R {
        let span = self.span();
        let scope = self.task.enter();
        let result = body(&span);
        scope.pause();
        result
    }

    /// Runs `body` with the span current, and ends it. Guards that `body` makes and keeps stay.
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

    /// Ends the span with this outcome: for code that learns how it ended from elsewhere.
    ///
    /// `Error` says nothing of the error, which [`Span::fail`], or [`Span::set_status`] and the
    /// attribute `error.type`, do.
    ///
    /// ```
    /// use trace_runtime::{Outcome, Span, Status};
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

/// Gives a future, a stream or a sink a span: one of its own, which ends when it is done, or
/// another's.
///
/// ```
/// use trace_runtime::{Instrument, Span};
///
/// let work = async { 42 }.instrument(Span::builder("work").start());
/// # drop(work);
/// ```
pub trait Instrument: Sized {
    /// The future within the span; dropped early, it ends the span as cancelled.
    fn instrument(self, span: DetachedSpan) -> Instrumented<Self, Ignore> {
        let mut task = span.task;
        task.set_outcome(Outcome::Cancelled);
        Instrumented::new(task, self, Ignore)
    }

    /// The future with the span of the caller: current whenever the future runs, wherever that is.
    /// For futures that are given to others to run; one that is awaited here is in the span anyway.
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
    /// The baggage goes along. For closures there is [`in_current_span`](fn@crate::in_current_span).
    fn in_current_span(self) -> WithContext<Self> {
        WithContext::current(self)
    }

    /// The future, stream or sink with this context: current whenever it runs, wherever that is.
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
