//! Describes the requests of clients by the semantic conventions.

use super::hints::{ResendCount, UrlTemplate};
use super::settings::CommonSettings;
use crate::conventions::authority::Authority;
use crate::conventions::forwarded::known_scheme;
use crate::conventions::method::Method;
use crate::conventions::{Side, grpc};
use crate::exchange::{Begun, Exchange};
use crate::operation::Operation;
use crate::route::Key;
use crate::runtime::layer::Lineage;
use crate::values;
use http::{Extensions, HeaderMap};
use trace_runtime::Value;
use trace_runtime::propagation::Context;

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
    let server = authority.map(|authority| authority.with_port_of(target.scheme));
    let operation = target.operation(method, is_grpc, server);
    let begun = Begun { operation, version: None, size: target.size };
    let values = |operation: &_, put: &mut dyn FnMut(&[Value<'_>])| {
        target.values(operation, method, url, put);
    };
    let record = |span: &_| settings.headers.request(is_grpc).record(span, headers);
    let mut exchange = Exchange::begin(begun, Lineage::Current, values, record, Context::current);
    if settings.propagates {
        exchange.inject(headers);
    }
    exchange
}

impl Target<'_> {
    fn operation(&self, method: Method, is_grpc: bool, server: Option<Authority<'_>>) -> Operation {
        if is_grpc {
            // It comes from the program's own stubs.
            let target = grpc::method(self.path).unwrap_or_default();
            return Operation::of(&Key::of_rpc(Side::Client, target, server));
        }
        let template = self.extensions.get::<UrlTemplate>().map(UrlTemplate::as_str);
        Operation::of(&Key {
            side: Side::Client,
            is_grpc: false,
            method,
            scheme: known_scheme(self.scheme).unwrap_or("http"),
            target: template.unwrap_or_default(),
            server,
        })
    }

    /// Passes on the values of the request's attributes.
    fn values(
        &self,
        operation: &Operation,
        method: Method,
        url: impl FnOnce() -> Option<String>,
        put: &mut dyn FnMut(&[Value<'_>]),
    ) {
        let address = operation.value(|route| route.server.as_ref().map(|(host, _)| &**host));
        let port = values::number(operation.server.as_ref().and_then(|(_, port)| *port));
        let target =
            operation.value(|route| Some(&*route.target).filter(|target| !target.is_empty()));
        if operation.is_grpc {
            let (method, original) = match target {
                Value::Absent => (Value::Static("_OTHER"), Value::Str(self.path)),
                method => (method, Value::Absent),
            };
            let values = [Value::Static("grpc"), method, original, address, port];
            put(&values);
            return;
        }
        let resends = self.extensions.get::<ResendCount>().map(|count| count.get());
        let url = url();
        let values = [
            Value::Static(method.attribute),
            values::text(method.original(self.method)),
            values::number(resends.filter(|count| *count > 0)),
            values::text(url.as_deref()),
            target,
            address,
            port,
        ];
        put(&values);
    }
}
