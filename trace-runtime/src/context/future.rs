//! Futures and streams that carry a span: current only while they are polled or dropped.

use crate::recorder::finish::Finish;
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

/// Looks at the value that a future or function has produced.
pub trait Inspect<T> {
    /// Says on `finish` what the value means for the span.
    fn inspect(&self, value: &T, finish: &mut Finish);
}

/// Looks at nothing.
#[derive(Clone, Copy, Debug)]
pub struct Ignore;

impl<T> Inspect<T> for Ignore {
    #[inline(always)]
    fn inspect(&self, _: &T, _: &mut Finish) {}
}

/// Looks by means of a closure.
#[derive(Clone, Copy, Debug)]
pub struct Check<P>(pub(crate) P);

impl<T, P: Fn(&T, &mut Finish)> Inspect<T> for Check<P> {
    #[inline(always)]
    fn inspect(&self, value: &T, finish: &mut Finish) {
        (self.0)(value, finish);
    }
}

pin_project! {
    /// A future or stream with a span of its own.
    ///
    /// The span is current whenever the inner future runs, its destructor included. It ends when
    /// the future does; dropped before that, it ends as cancelled.
    #[must_use = "futures and streams do nothing unless polled"]
    pub struct Instrumented<F, P = Ignore> {
        // An `Option` so that it can be dropped while the span is current.
        #[pin]
        inner: Option<F>,
        span: TaskSpan,
        inspect: P,
    }

    impl<F, P> PinnedDrop for Instrumented<F, P> {
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
        Self { inner: Some(inner), span, inspect }
    }

    #[inline(always)]
    pub(crate) fn waiting(site: &'static Site, inner: F, inspect: P) -> Self {
        Self::new(TaskSpan::waiting(site), inner, inspect)
    }
}

impl<F: Future, P: Inspect<F::Output>> Future for Instrumented<F, P> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let mut scope = this.span.enter();
        let inner = this.inner.as_pin_mut().expect("the inner future lives until the drop");
        let polled = inner.poll(cx);
        match &polled {
            Poll::Ready(value) => {
                this.inspect.inspect(value, scope.finish());
                scope.end();
            }
            Poll::Pending => scope.pause(),
        }
        polled
    }
}

impl<S: Stream> Stream for Instrumented<S, Ignore> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let this = self.project();
        let scope = this.span.enter();
        let inner = this.inner.as_pin_mut().expect("the inner stream lives until the drop");
        let polled = inner.poll_next(cx);
        match &polled {
            Poll::Ready(None) => scope.end(),
            _ => scope.pause(),
        }
        polled
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inner.as_ref().map_or((0, Some(0)), Stream::size_hint)
    }
}

impl<F: FusedFuture, P: Inspect<F::Output>> FusedFuture for Instrumented<F, P> {
    fn is_terminated(&self) -> bool {
        self.inner.as_ref().is_none_or(FusedFuture::is_terminated)
    }
}

impl<S: FusedStream> FusedStream for Instrumented<S, Ignore> {
    fn is_terminated(&self) -> bool {
        self.inner.as_ref().is_none_or(FusedStream::is_terminated)
    }
}

/// Prints as the inner future does.
impl<F: fmt::Debug, P> fmt::Debug for Instrumented<F, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.inner {
            Some(inner) => inner.fmt(f),
            None => f.write_str("Instrumented"),
        }
    }
}
