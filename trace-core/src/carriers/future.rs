//! Polls futures and streams that carry a span, which is current only while they are polled or dropped.

pub use crate::recorder::inspect::{Check, Ignore, Inspect};
pub use crate::recorder::instrumented::Instrumented;
use crate::recorder::instrumented::Parts;
use crate::recorder::metered_task::{Measure, Polling as _};
use futures_core::Stream;
use futures_core::future::FusedFuture;
use futures_core::stream::FusedStream;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

impl<F: Future, P: Inspect<F::Output>, M: Measure> Future for Instrumented<F, P, M> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let Parts { span, inner, inspect, meter } = self.parts();
        let starts = span.is_waiting();
        let mut scope = span.enter();
        let polling = meter.begin(scope.finish(), starts);
        let polled = inner.poll(cx);
        match &polled {
            Poll::Ready(value) => polling.end(inspect.inspect(value, scope)),
            Poll::Pending => polling.pause(scope.returned()),
        }
        polled
    }
}

impl<S: Stream, M: Measure> Stream for Instrumented<S, Ignore, M> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let Parts { span, inner, meter, .. } = self.parts();
        let starts = span.is_waiting();
        let mut scope = span.enter();
        let polling = meter.begin(scope.finish(), starts);
        let polled = inner.poll_next(cx);
        match &polled {
            Poll::Ready(None) => polling.end(scope.returned()),
            _ => polling.pause(scope.returned()),
        }
        polled
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inner().size_hint()
    }
}

impl<F: FusedFuture, P: Inspect<F::Output>, M: Measure> FusedFuture for Instrumented<F, P, M> {
    fn is_terminated(&self) -> bool {
        self.inner().is_terminated()
    }
}

impl<S: FusedStream, M: Measure> FusedStream for Instrumented<S, Ignore, M> {
    fn is_terminated(&self) -> bool {
        self.inner().is_terminated()
    }
}

/// Prints like the inner future.
impl<F: fmt::Debug, P, M> fmt::Debug for Instrumented<F, P, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner().fmt(f)
    }
}
