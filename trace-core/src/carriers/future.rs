//! Futures and streams that carry a span: current only while they are polled or dropped.

use crate::recorder::finish::Finish;
use crate::recorder::metered_task::{Measure, Polling as _, TaskMeter, Unmetered};
use crate::recorder::task::TaskSpan;
use crate::site::Site;
use futures_core::Stream;
use futures_core::future::FusedFuture;
use futures_core::stream::FusedStream;
use pin_project_lite::pin_project;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Inspects the value that a future or function has produced.
pub trait Inspect<T> {
    /// Sets on `finish` what the value means for the span.
    fn inspect(&self, value: &T, finish: &mut Finish);
}

/// An inspector that does nothing.
#[derive(Clone, Copy, Debug)]
pub struct Ignore;

impl<T> Inspect<T> for Ignore {
    #[inline(always)]
    fn inspect(&self, _: &T, _: &mut Finish) {}
}

/// An inspector that calls a closure.
#[derive(Clone, Copy, Debug)]
pub struct Check<P>(pub(crate) P);

impl<T, P: Fn(&T, &mut Finish)> Inspect<T> for Check<P> {
    #[inline(always)]
    fn inspect(&self, value: &T, finish: &mut Finish) {
        (self.0)(value, finish);
    }
}

pin_project! {
    /// A future or stream with its own span.
    ///
    /// The span is current whenever the inner future runs, its destructor included. It ends when
    /// the future does; if dropped earlier, it ends as cancelled. The same applies to its
    /// measurements.
    #[must_use = "futures and streams do nothing unless polled"]
    pub struct Instrumented<F, P = Ignore, M = Unmetered> {
        #[pin]
        spanned: Spanned<F>,
        inspect: P,
        meter: M,
    }
}

pin_project! {
    struct Spanned<F> {
        // An `Option` so that it can be dropped while the span is current.
        #[pin]
        inner: Option<F>,
        span: TaskSpan,
    }

    impl<F> PinnedDrop for Spanned<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if this.span.is_open() {
                let scope = this.span.enter();
                this.inner.set(None);
                scope.pause();
            }
        }
    }
}

impl<F, P> Instrumented<F, P> {
    #[inline(always)]
    pub(crate) fn new(span: TaskSpan, inner: F, inspect: P) -> Self {
        Self { spanned: Spanned { inner: Some(inner), span }, inspect, meter: Unmetered }
    }

    #[inline(always)]
    pub(crate) fn waiting(site: &'static Site, inner: F, inspect: P) -> Self {
        Self::new(TaskSpan::waiting(site), inner, inspect)
    }

    /// Instruments and measures a future or stream.
    #[inline(always)]
    pub(crate) fn measured(self, meter: TaskMeter) -> Instrumented<F, P, TaskMeter> {
        let Self { spanned, inspect, meter: Unmetered } = self;
        Instrumented { spanned, inspect, meter }
    }
}

impl<F: Future, P: Inspect<F::Output>, M: Measure> Future for Instrumented<F, P, M> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let spanned = this.spanned.project();
        let starts = spanned.span.is_waiting();
        let mut scope = spanned.span.enter();
        let polling = this.meter.begin(scope.finish(), starts);
        let inner = spanned.inner.as_pin_mut().expect("the inner future lives until the drop");
        let polled = inner.poll(cx);
        match &polled {
            Poll::Ready(value) => {
                this.inspect.inspect(value, scope.finish());
                polling.end(scope);
            }
            Poll::Pending => polling.pause(scope),
        }
        polled
    }
}

impl<S: Stream, M: Measure> Stream for Instrumented<S, Ignore, M> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let this = self.project();
        let spanned = this.spanned.project();
        let starts = spanned.span.is_waiting();
        let mut scope = spanned.span.enter();
        let polling = this.meter.begin(scope.finish(), starts);
        let inner = spanned.inner.as_pin_mut().expect("the inner stream lives until the drop");
        let polled = inner.poll_next(cx);
        match &polled {
            Poll::Ready(None) => polling.end(scope),
            _ => polling.pause(scope),
        }
        polled
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.spanned.inner.as_ref().map_or((0, Some(0)), Stream::size_hint)
    }
}

impl<F: FusedFuture, P: Inspect<F::Output>, M: Measure> FusedFuture for Instrumented<F, P, M> {
    fn is_terminated(&self) -> bool {
        self.spanned.inner.as_ref().is_none_or(FusedFuture::is_terminated)
    }
}

impl<S: FusedStream, M: Measure> FusedStream for Instrumented<S, Ignore, M> {
    fn is_terminated(&self) -> bool {
        self.spanned.inner.as_ref().is_none_or(FusedStream::is_terminated)
    }
}

/// Prints like the inner future.
impl<F: fmt::Debug, P, M> fmt::Debug for Instrumented<F, P, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.spanned.inner {
            Some(inner) => inner.fmt(f),
            None => f.write_str("Instrumented"),
        }
    }
}
