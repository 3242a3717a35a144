//! The service of the server layer.

use super::describe::Described;
use super::settings::ServerSettings;
use crate::body::ResponseBody;
use crate::conventions::Side;
use crate::defaults;
use crate::exchange::Exchange;
use crate::future::{ResponseFuture, Wanted};
use crate::runtime::caught::caught;
use crate::runtime::layer::{Lineage, is_span_alone};
use crate::runtime::requests::{current, extract_headers};
use http::request::Parts;
use http::{Method, Request, Response};
use http_body::Body;
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};
use tower_service::Service;
use trace_runtime::Value;
use trace_runtime::propagation::Context as Propagated;
use trace_runtime::span::ContextGuard;

/// A service whose requests are recorded; created by [`ServerLayer`](crate::ServerLayer).
#[derive(Clone, Debug)]
pub struct ServerService<S> {
    pub(super) inner: S,
    pub(super) settings: Arc<ServerSettings>,
}

impl<S, B, R> Service<Request<B>> for ServerService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Error: fmt::Display,
    R: Body,
{
    type Response = Response<ResponseBody<R>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (parts, body) = request.into_parts();
        let filter = self.settings.filter.as_ref();
        if filter.is_some_and(|wants| !caught(|| wants(&parts)).unwrap_or(true)) {
            return ResponseFuture::untraced(self.inner.call(Request::from_parts(parts, body)));
        }
        let mut exchange = begin(&parts, &self.settings);
        let defaults = defaults::current();
        let others = defaults::headers(defaults.as_deref(), Side::Server);
        let response_headers = self.settings.headers.response(exchange.is_grpc(), others);
        let wanted = Wanted { headers: response_headers, is_head: parts.method == Method::HEAD };
        let inner = &mut self.inner;
        let future = exchange.within(|| inner.call(Request::from_parts(parts, body)));
        ResponseFuture::new(future, exchange, wanted)
    }
}

fn begin(parts: &Parts, settings: &ServerSettings) -> Exchange {
    let extracted = extract_headers(&parts.headers);
    // HOT: a request that comes with a span alone, where nothing else is current, need not make it
    // current to continue from it.
    let is_alone = extracted.baggage().is_empty() && is_span_alone();
    let _extracted = if is_alone { None } else { attach(&extracted) };
    let lineage = match is_alone && extracted.span_context().is_valid() {
        true => Lineage::Under(extracted.span_context()),
        false => Lineage::Current,
    };
    let described = Described::new(parts, settings);
    let values =
        |operation: &_, put: &mut dyn FnMut(&[Value<'_>])| described.values(operation, put);
    let headers = |subject| described.record_headers(subject);
    Exchange::begin(described.begun(), lineage, values, headers, || {
        let _extracted = attach(&extracted);
        current()
    })
}

/// Makes the request's context current. A request without one leaves the current context alone.
fn attach(extracted: &Propagated) -> Option<ContextGuard> {
    if extracted.span_context().is_valid() {
        Some(extracted.attach())
    } else if !extracted.baggage().is_empty() {
        Some(extracted.baggage().clone().attach())
    } else {
        None
    }
}
