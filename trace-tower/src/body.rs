//! The body of a response, whose end is the end of the request.

use crate::conventions::failure::Failure;
use crate::exchange::Exchange;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

pin_project! {
    /// The body of a response, which is produced with the request's span current.
    ///
    /// The request ends with it: at the last frame, on an error, or when it is dropped, which counts as
    /// cancelled if there was more to come. It yields what the inner body yields.
    #[must_use = "bodies do nothing unless polled"]
    pub struct ResponseBody<B> {
        // An `Option` so that it can be dropped while the span is current.
        #[pin]
        inner: Option<B>,
        tail: Tail,
    }

    impl<B> PinnedDrop for ResponseBody<B> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            match &mut this.tail.exchange {
                Some(exchange) => exchange.within(|| this.inner.set(None)),
                None => this.inner.set(None),
            }
            this.tail.is_dropped();
        }
    }
}

/// The rest of a request while its response body is produced.
struct Tail {
    exchange: Option<Exchange>,
    /// The remaining bytes, if known.
    missing: Option<u64>,
}

impl Tail {
    fn end(&mut self) {
        if let Some(exchange) = self.exchange.take() {
            exchange.end();
        }
    }

    fn fail(&mut self, failure: Failure) {
        if let Some(mut exchange) = self.exchange.take() {
            exchange.fails(failure);
            exchange.end();
        }
    }

    fn has_data(&mut self, bytes: usize) {
        self.missing = self.missing.map(|missing| missing.saturating_sub(bytes as u64));
        if let Some(exchange) = &mut self.exchange {
            exchange.has_data(bytes);
        }
    }

    /// Servers do not poll for more than they announced, and for `HEAD` not at all.
    fn is_dropped(&mut self) {
        if self.missing == Some(0) {
            self.end();
        }
        self.exchange = None;
    }
}

impl<B: Body> ResponseBody<B> {
    /// `is_bodiless`: the body is never polled.
    pub(crate) fn new(inner: B, exchange: Exchange, is_bodiless: bool) -> Self {
        let ends = inner.is_end_stream();
        let missing = if is_bodiless { Some(0) } else { inner.size_hint().exact() };
        let mut tail = Tail { exchange: Some(exchange), missing };
        if ends {
            tail.end();
        }
        Self { inner: Some(inner), tail }
    }
}

impl<B> ResponseBody<B> {
    /// Creates the body of a request that is not recorded.
    pub(crate) fn untraced(inner: B) -> Self {
        Self { inner: Some(inner), tail: Tail { exchange: None, missing: None } }
    }
}

impl<B> Body for ResponseBody<B>
where
    B: Body,
    B::Error: fmt::Display,
{
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let mut this = self.project();
        let tail = this.tail;
        let mut inner =
            this.inner.as_mut().as_pin_mut().expect("the inner body lives until the drop");
        let polled = match &mut tail.exchange {
            Some(exchange) => exchange.within(|| inner.as_mut().poll_frame(cx)),
            None => return inner.poll_frame(cx),
        };
        match &polled {
            Poll::Pending => return polled,
            Poll::Ready(None) => tail.end(),
            Poll::Ready(Some(Err(error))) => tail.fail(Failure::of_error(error)),
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(data) = frame.data_ref() {
                    tail.has_data(bytes_of(data));
                }
                if let (Some(trailers), Some(exchange)) = (frame.trailers_ref(), &mut tail.exchange)
                {
                    exchange.has_trailers(trailers);
                }
                // A caller that knows the end does not poll again.
                if inner.is_end_stream() {
                    tail.end();
                }
            }
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

fn bytes_of(data: &impl bytes::Buf) -> usize {
    data.remaining()
}

impl<B: Default> Default for ResponseBody<B> {
    fn default() -> Self {
        Self::untraced(B::default())
    }
}

/// Prints as the inner body does.
impl<B: fmt::Debug> fmt::Debug for ResponseBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.inner {
            Some(inner) => inner.fmt(f),
            None => f.write_str("ResponseBody"),
        }
    }
}
