//! Futures and streams that carry the context in which they were made, without a span of their own.

use super::Current;
use crate::recorder::task::{self, Attached};
use crate::scope::HANDED;
use futures_core::Stream;
use futures_core::future::FusedFuture;
use futures_core::stream::FusedStream;
use pin_project_lite::pin_project;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

pin_project! {
    /// A future or stream in whose polls and destructor the span is current that was current when
    /// it was made; made by [`Instrument::in_current_span`](crate::Instrument::in_current_span).
    #[must_use = "futures and streams do nothing unless polled"]
    pub struct InCurrentSpan<F> {
        // An `Option` so that it can be dropped while the context is current.
        #[pin]
        inner: Option<F>,
        context: Option<Current>,
    }

    impl<F> PinnedDrop for InCurrentSpan<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let _current = attach(this.context);
            this.inner.set(None);
        }
    }
}

impl<F> InCurrentSpan<F> {
    pub(crate) fn new(inner: F) -> Self {
        let mut context = task::current();
        if context.capture != 0 {
            context.capture |= HANDED;
        }
        let is_some = context.trace_id != 0 || context.capture != 0;
        Self::within(inner, is_some.then_some(context))
    }

    pub(crate) fn within(inner: F, context: Option<Current>) -> Self {
        Self { inner: Some(inner), context }
    }
}

fn attach(context: &Option<Current>) -> Option<Attached> {
    context.clone().map(task::attach_current)
}

impl<F: Future> Future for InCurrentSpan<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _current = attach(this.context);
        this.inner.as_pin_mut().expect("the inner future lives until the drop").poll(cx)
    }
}

impl<S: Stream> Stream for InCurrentSpan<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let this = self.project();
        let _current = attach(this.context);
        this.inner.as_pin_mut().expect("the inner stream lives until the drop").poll_next(cx)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inner.as_ref().map_or((0, Some(0)), Stream::size_hint)
    }
}

impl<F: FusedFuture> FusedFuture for InCurrentSpan<F> {
    fn is_terminated(&self) -> bool {
        self.inner.as_ref().is_none_or(FusedFuture::is_terminated)
    }
}

impl<S: FusedStream> FusedStream for InCurrentSpan<S> {
    fn is_terminated(&self) -> bool {
        self.inner.as_ref().is_none_or(FusedStream::is_terminated)
    }
}

/// Prints as the inner future does.
impl<F: fmt::Debug> fmt::Debug for InCurrentSpan<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.inner {
            Some(inner) => inner.fmt(f),
            None => f.write_str("InCurrentSpan"),
        }
    }
}
