//! Describes the requests of clients by the semantic conventions.

use super::hints::{ResendCount, UrlTemplate};
use super::settings::CommonSettings;
use crate::conventions::authority::Authority;
use crate::conventions::forwarded::known_scheme;
use crate::conventions::method::Method;
use crate::conventions::{Side, grpc};
use crate::exchange::Exchange;
use crate::names::Operation;
use crate::request::Request;
use http::{Extensions, HeaderMap};
use trace_runtime::Span;
use trace_runtime::propagation::{self, HeaderInjector};

/// A request that a client sends, for any client.
pub(crate) struct Target<'a> {
    pub(crate) method: &'a http::Method,
    pub(crate) scheme: &'a str,
    /// Host and port, as in the URL.
    pub(crate) authority: Option<&'a str>,
    pub(crate) path: &'a str,
    /// The size of the body, if that is known.
    pub(crate) size: Option<u64>,
    pub(crate) extensions: &'a Extensions,
}

/// Begins a request: starts its span, and injects its context into the headers.
pub(crate) fn begin(
    target: &Target<'_>,
    headers: &mut HeaderMap,
    settings: &CommonSettings,
    url: impl FnOnce() -> Option<String>,
) -> Exchange {
    let is_grpc = grpc::is_grpc(headers);
    let method = Method::of(target.method);
    let authority = target.authority.and_then(Authority::parse);
    let authority = authority.map(|authority| authority.with_port_of(target.scheme));
    let request = Request {
        side: Side::Client,
        operation: target.operation(method, is_grpc),
        method: method.attribute,
        scheme: known_scheme(target.scheme).unwrap_or("http"),
        version: None,
        server: authority.map(|authority| (authority.host.into(), authority.port)),
        is_grpc,
        size: target.size,
    };
    let mut exchange = Exchange::begin(request, |span, request| {
        target.describe(span, request, method, url);
        settings.headers.request(is_grpc).record(span, headers);
    });
    if settings.propagates {
        exchange.within(|| propagation::inject(&mut HeaderInjector(headers)));
    }
    exchange
}

impl Target<'_> {
    fn operation(&self, method: Method, is_grpc: bool) -> Operation {
        if is_grpc {
            // It comes from the program's own stubs.
            return grpc::method(self.path)
                .map_or(Operation::plain("grpc"), |method| Operation::new("", method));
        }
        match self.extensions.get::<UrlTemplate>().map(UrlTemplate::as_str) {
            Some(template) if !template.is_empty() => Operation::new(method.name, template),
            _ => Operation::plain(method.name),
        }
    }

    fn describe(
        &self,
        span: &Span,
        request: &Request,
        method: Method,
        url: impl FnOnce() -> Option<String>,
    ) {
        let address = request.server.as_ref().map(|(address, _)| &**address);
        let port = request.server.as_ref().and_then(|(_, port)| *port);
        if request.is_grpc {
            let original = request.operation.target.is_empty().then_some(self.path);
            let method = if original.is_some() { "_OTHER" } else { &*request.operation.target };
            span.set_attributes(&[
                ("rpc.system.name", &"grpc"),
                ("rpc.method", &method),
                ("rpc.method_original", &original),
                ("server.address", &address),
                ("server.port", &port),
            ]);
            return;
        }
        let resends = self.extensions.get::<ResendCount>().map(|count| count.get());
        let template = &*request.operation.target;
        span.set_attributes(&[
            ("http.request.method", &request.method),
            ("http.request.method_original", &method.original(self.method)),
            ("http.request.resend_count", &resends.filter(|count| *count > 0)),
            ("url.full", &url()),
            ("url.template", &(!template.is_empty()).then_some(template)),
            ("server.address", &address),
            ("server.port", &port),
        ]);
    }
}
