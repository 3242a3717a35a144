//! Reads contexts from the `_meta` of requests, and writes them there.
//!
//! The keys have no prefix, unlike others in `_meta`: `traceparent`, `tracestate` and `baggage` are reserved by
//! [SEP-414](https://modelcontextprotocol.io/community/seps/414-request-meta).

use http::HeaderMap;
use http::request::Parts;
use rmcp::RoleServer;
use rmcp::model::{MetaObject, RequestMetaObject};
use rmcp::service::RequestContext;
use serde_json::Value;
use trace_runtime::SpanContext;
use trace_runtime::propagation::{self, Context, Extractor, HeaderExtractor, Injector};

/// Writes the current context into the `_meta` of a request, in the formats of the pipeline
/// (`OTEL_PROPAGATORS`).
///
/// ```
/// use rmcp::model::{CallToolRequestParams, RequestMetaObject};
/// use trace_mcp::rmcp;
///
/// let mut meta = RequestMetaObject::new();
/// trace_mcp::inject(&mut meta);
/// let mut call = CallToolRequestParams::new("dns.change");
/// call.meta = Some(meta);
/// ```
pub fn inject(meta: &mut RequestMetaObject) {
    propagation::inject(&mut MetaInjector(&mut meta.0));
}

/// The contexts with which a request arrives.
pub(crate) struct Incoming {
    /// The one to continue from: that of `_meta`, otherwise that of the HTTP request.
    pub(crate) context: Context,
    /// The HTTP request, where another context is continued.
    pub(crate) transport: Option<SpanContext>,
}

impl Incoming {
    pub(crate) fn of(request: &RequestContext<RoleServer>) -> Self {
        let of_message = propagation::extract(&MetaExtractor(&request.meta.0));
        let Some(headers) = headers(request) else {
            return Self { context: of_message, transport: None };
        };
        let of_transport = propagation::extract(&HeaderExtractor(headers));
        if of_message.span_context().is_valid() {
            let transport = of_transport.span_context();
            let differs = transport.is_valid() && transport != of_message.span_context();
            let transport = differs.then(|| transport.clone());
            Self { context: of_message, transport }
        } else if of_message.baggage().is_empty() {
            Self { context: of_transport, transport: None }
        } else {
            let context = of_transport.with_baggage(of_message.baggage().clone());
            Self { context, transport: None }
        }
    }
}

/// Returns the headers of the HTTP request that contained the message.
pub(crate) fn headers(request: &RequestContext<RoleServer>) -> Option<&HeaderMap> {
    request.extensions.get::<Parts>().map(|parts| &parts.headers)
}

struct MetaExtractor<'a>(&'a MetaObject);

impl Extractor for MetaExtractor<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.0.get(key).and_then(Value::as_str)
    }

    fn keys(&self) -> Vec<&str> {
        self.0.0.keys().map(String::as_str).collect()
    }
}

struct MetaInjector<'a>(&'a mut MetaObject);

impl Injector for MetaInjector<'_> {
    fn set(&mut self, key: &str, value: String) {
        self.0.0.insert(key.to_owned(), Value::String(value));
    }
}
