//! A future that runs with its request's span current.

use crate::exchange::Exchange;
use pin_project_lite::pin_project;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

pin_project! {
    /// A future that runs with its request's span current, destructor included. Its output comes with
    /// the request, if that is recorded.
    pub(crate) struct Within<F> {
        // An `Option` so that it can be dropped while the span is current.
        #[pin]
        inner: Option<F>,
        exchange: Option<Exchange>,
    }

    impl<F> PinnedDrop for Within<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some(exchange) = this.exchange {
                exchange.within(|| this.inner.set(None));
            }
        }
    }
}

impl<F> Within<F> {
    pub(crate) fn new(inner: F, exchange: Option<Exchange>) -> Self {
        Self { inner: Some(inner), exchange }
    }
}

impl<F: Future> Future for Within<F> {
    type Output = (Option<Exchange>, F::Output);

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let mut poll = || {
            let inner = this.inner.as_mut().as_pin_mut();
            let output = ready!(inner.expect("the future is not polled after its end").poll(cx));
            this.inner.set(None);
            Poll::Ready(output)
        };
        let output = ready!(match this.exchange {
            Some(exchange) => exchange.within(poll),
            None => poll(),
        });
        Poll::Ready((this.exchange.take(), output))
    }
}
