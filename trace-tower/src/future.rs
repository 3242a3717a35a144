//! The future of a response, which runs with the request's span current.

use crate::body::ResponseBody;
use crate::conventions::failure::Failure;
use crate::conventions::{Protocol, Side};
use crate::exchange::Exchange;
use crate::headers::Headers;
use crate::within::Within;
use http::{Response, StatusCode};
use http_body::Body;
use pin_project_lite::pin_project;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

pin_project! {
    /// The future of a response. If it is dropped before it is ready, the request counts as cancelled.
    #[must_use = "futures do nothing unless polled"]
    pub struct ResponseFuture<F> {
        #[pin]
        inner: Within<F>,
        wanted: Wanted,
    }
}

/// What to record when the response arrives.
#[derive(Default)]
pub(crate) struct Wanted {
    pub(crate) headers: Option<Arc<Headers>>,
    /// Whether the request is `HEAD`, whose response has no body.
    pub(crate) is_head: bool,
}

impl<F> ResponseFuture<F> {
    pub(crate) fn new(inner: F, exchange: Exchange, wanted: Wanted) -> Self {
        Self { inner: Within::new(inner, Some(exchange)), wanted }
    }

    /// Creates the future of a request that is not recorded.
    pub(crate) fn untraced(inner: F) -> Self {
        Self { inner: Within::new(inner, None), wanted: Wanted::default() }
    }
}

impl<F, B, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Body,
    E: fmt::Display,
{
    type Output = Result<Response<ResponseBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let (exchange, result) = ready!(this.inner.poll(cx));
        let Some(mut exchange) = exchange else {
            return Poll::Ready(result.map(|response| response.map(ResponseBody::untraced)));
        };
        Poll::Ready(match result {
            Ok(response) => Ok(this.wanted.answered(exchange, response)),
            Err(error) => {
                exchange.fails(Failure::of_error(&error));
                exchange.end();
                Err(error)
            }
        })
    }
}

impl Wanted {
    fn answered<B: Body>(
        &self,
        mut exchange: Exchange,
        response: Response<B>,
    ) -> Response<ResponseBody<B>> {
        let (head, body) = response.into_parts();
        exchange.has_head(head.status, Protocol::of(head.version), &head.headers);
        if let (Some(headers), Some(subject)) = (&self.headers, exchange.subject()) {
            headers.record(subject, &head.headers);
        }
        // The span of a client does not wait for a body that may never be read; an RPC ends with its
        // status.
        if exchange.side() == Side::Client && !exchange.is_grpc() {
            exchange.end_span();
        }
        let is_bodiless = self.is_head || is_bodiless(head.status);
        Response::from_parts(head, ResponseBody::new(body, exchange, is_bodiless))
    }
}

/// Whether responses of this status have no body, whatever their headers.
fn is_bodiless(status: StatusCode) -> bool {
    status.is_informational() || matches!(status.as_u16(), 204 | 304)
}

/// Prints the name only.
impl<F> fmt::Debug for ResponseFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
