//! The service of the client layer.

use super::describe::{Target, begin};
use super::settings::ClientSettings;
use crate::body::ResponseBody;
use crate::conventions::{Side, content_length, text, url};
use crate::defaults;
use crate::future::{ResponseFuture, Wanted};
use crate::runtime::caught::caught;
use http::header::HOST;
use http::{Method, Request, Response};
use http_body::Body;
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};
use tower_service::Service;

/// A service whose requests are recorded; created by [`ClientLayer`](crate::ClientLayer).
#[derive(Clone, Debug)]
pub struct ClientService<S> {
    pub(super) inner: S,
    pub(super) settings: Arc<ClientSettings>,
}

impl<S, B, R> Service<Request<B>> for ClientService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Error: fmt::Display,
    B: Body,
    R: Body,
{
    type Response = Response<ResponseBody<R>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (mut parts, body) = request.into_parts();
        let filter = self.settings.filter.as_ref();
        if filter.is_some_and(|wants| !caught(|| wants(&parts)).unwrap_or(true)) {
            return ResponseFuture::untraced(self.inner.call(Request::from_parts(parts, body)));
        }
        let common = &self.settings.common;
        let mut headers = std::mem::take(&mut parts.headers);
        let mut exchange = {
            let host = text(&headers, HOST).map(str::to_owned);
            let authority = parts.uri.authority().map(|authority| authority.as_str());
            let target = Target {
                method: &parts.method,
                scheme: parts.uri.scheme_str().unwrap_or("http"),
                authority: authority.or(host.as_deref()).or(self.settings.server.as_deref()),
                path: parts.uri.path(),
                size: content_length(&headers).or_else(|| body.size_hint().exact()),
                extensions: &parts.extensions,
            };
            let full =
                |secrets: Option<&[String]>| url::full(&parts.uri, &common.redaction, secrets);
            begin(&target, &mut headers, common, full)
        };
        parts.headers = headers;
        let defaults = defaults::current();
        let others = defaults::headers(defaults.as_deref(), Side::Client);
        let response_headers = common.headers.response(exchange.is_grpc(), others);
        let wanted = Wanted { headers: response_headers, is_head: parts.method == Method::HEAD };
        let inner = &mut self.inner;
        let future = exchange.within(|| inner.call(Request::from_parts(parts, body)));
        ResponseFuture::new(future, exchange, wanted)
    }
}
