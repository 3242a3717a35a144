//! The answer to come: the inner service's future, with the span of the request current.

use crate::body::ResponseBody;
use crate::conventions::failure::Failure;
use crate::conventions::{Side, protocol_version};
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
    /// The answer to a request. Dropped before it is there, the request counts as given up.
    #[must_use = "futures do nothing unless polled"]
    pub struct ResponseFuture<F> {
        #[pin]
        inner: Within<F>,
        wanted: Wanted,
    }
}

/// What is to be known when the answer is there.
#[derive(Default)]
pub(crate) struct Wanted {
    pub(crate) headers: Arc<Headers>,
    /// Whoever asks so gets no body.
    pub(crate) is_head: bool,
}

impl<F> ResponseFuture<F> {
    pub(crate) fn new(inner: F, exchange: Exchange, wanted: Wanted) -> Self {
        Self { inner: Within::new(inner, Some(exchange)), wanted }
    }

    /// Of a request that is not recorded.
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
        exchange.has_head(head.status, protocol_version(head.version), &head.headers);
        if let Some(span) = exchange.recorded() {
            self.headers.record(&span, &head.headers);
        }
        // The span of a client does not wait for a body that perhaps nobody reads; an RPC is over
        // when its status has come.
        if exchange.side() == Side::Client && !exchange.is_grpc() {
            exchange.end_span();
        }
        let is_bodiless = self.is_head || is_bodiless(head.status);
        Response::from_parts(head, ResponseBody::new(body, exchange, is_bodiless))
    }
}

/// Answers of these have no body, whatever they say.
fn is_bodiless(status: StatusCode) -> bool {
    status.is_informational() || matches!(status.as_u16(), 204 | 304)
}

/// Prints no more than its name.
impl<F> fmt::Debug for ResponseFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
