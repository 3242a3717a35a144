//! Describes the requests of clients by the semantic conventions.

use super::hints::{ResendCount, UrlTemplate};
use super::settings::CommonSettings;
use crate::conventions::authority::Authority;
use crate::conventions::forwarded::known_scheme;
use crate::conventions::method::Method;
use crate::conventions::{Side, grpc};
use crate::defaults;
use crate::exchange::{Begun, Exchange};
use crate::operation::Operation;
use crate::route::{Key, Route};
use crate::runtime::layer::Lineage;
use crate::runtime::requests::current;
use http::{Extensions, HeaderMap};
use trace_runtime::{ToValue as _, Value};

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

/// Begins a request: starts its span, and injects its context into the headers. `url` gets the keys of secrets, if
/// they are not the usual ones.
pub(crate) fn begin(
    target: &Target<'_>,
    headers: &mut HeaderMap,
    settings: &CommonSettings,
    url: impl FnOnce(Option<&[String]>) -> Option<String>,
) -> Exchange {
    let is_grpc = grpc::is_grpc(headers);
    let defaults = defaults::current();
    let defaults = defaults.as_deref();
    let method = Method::of(target.method, defaults::methods(defaults, Side::Client));
    let authority = target.authority.and_then(Authority::parse);
    let server = authority.map(|authority| authority.with_port_of(target.scheme));
    let operation = target.operation(method, is_grpc, server);
    let begun = Begun { operation, version: None, size: target.size };
    let values = |operation: &_, put: &mut dyn FnMut(&[Value<'_>])| {
        target.values(operation, method, || url(defaults::secrets(defaults)), put);
    };
    let wanted = settings.headers.request(is_grpc, defaults::headers(defaults, Side::Client));
    let record = |subject| wanted.record(subject, headers);
    let mut exchange = Exchange::begin(begun, Lineage::Current, values, record, current);
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
        let (host, port) = (operation.value(Route::host), operation.port());
        let port = port.to_value();
        if operation.is_grpc {
            let [system, method, original] = operation.rpc(self.path);
            put(&[system, method, original, host, port]);
            return;
        }
        let original = method.original(self.method);
        let resends = self.extensions.get::<ResendCount>().map(|count| count.get());
        let resends = resends.filter(|count| *count > 0);
        let url = url();
        let values = [
            Value::Static(method.attribute),
            original.to_value(),
            resends.to_value(),
            url.to_value(),
            operation.value(Route::target),
            host,
            port,
        ];
        put(&values);
    }
}
