//! Builds requests of a caller in another process.

use crate::Recorded;
use crate::report::{Report, hold};
use crate::w3c::baggage::{encoded, is_key};
use crate::w3c::{Traceparent, Tracestate};
use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::{Request, request};
use std::fmt;
use trace_runtime::{
    SpanContext,
    propagation::{SpanId, ToContext, TraceId},
};

/// A caller in another process: its span, and the headers that it sends.
///
/// ```
/// use trace_runtime::{Span, SpanKind};
/// use trace_testkit::assert::Incoming;
///
/// let incoming = Incoming::new("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
///     .with_tracestate("vendor=1")
///     .with_baggage("tenant", "acme");
/// assert_eq!(incoming.request().headers()["baggage"], "tenant=acme");
/// // Where a handler would read the headers, a test can also hand over the context.
/// let span = Span::builder("handle").with_parent(&incoming).start();
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use = "it does nothing until its request or context is used"]
pub struct Incoming {
    traceparent: String,
    context: SpanContext,
    baggage: Vec<String>,
}

impl Recorded {
    /// Creates a caller in another process from its `traceparent`, like [`Incoming::new`].
    ///
    /// # Panics
    /// If it is not a valid `traceparent`; the message explains why.
    #[track_caller]
    pub fn remote_parent(&self, traceparent: &str) -> Incoming {
        Incoming::new(traceparent)
    }
}

impl Incoming {
    /// Creates a caller with this `traceparent`.
    ///
    /// # Panics
    /// If it is not valid; the message explains why.
    #[track_caller]
    pub fn new(traceparent: &str) -> Self {
        hold(Self::try_new(traceparent))
    }

    /// Like [`new`](Self::new), but returns the report.
    ///
    /// # Errors
    /// If it is not a valid `traceparent`.
    pub fn try_new(traceparent: &str) -> Result<Self, Report> {
        let read = Traceparent::parse(traceparent).map_err(|why| {
            Report::new(format!("`{traceparent}` is not a traceparent: {why}"))
                .with_note("it looks like 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
        })?;
        Ok(Self {
            traceparent: traceparent.trim().to_owned(),
            context: SpanContext::remote(read.trace_id, read.span_id, read.flags),
            baggage: Vec::new(),
        })
    }

    /// Adds this `tracestate`.
    ///
    /// # Panics
    /// If it is not valid; the message explains why.
    #[track_caller]
    pub fn with_tracestate(self, tracestate: &str) -> Self {
        hold(self.try_with_tracestate(tracestate))
    }

    /// Like [`with_tracestate`](Self::with_tracestate), but returns the report.
    ///
    /// # Errors
    /// If it is not a valid `tracestate`.
    pub fn try_with_tracestate(mut self, tracestate: &str) -> Result<Self, Report> {
        Tracestate::parse([tracestate])
            .map_err(|why| Report::new(format!("`{tracestate}` is not a tracestate: {why}")))?;
        self.context = self.context.with_trace_state(tracestate.trim());
        Ok(self)
    }

    /// Adds an entry of baggage; the value is percent-encoded as needed.
    ///
    /// # Panics
    /// If `key` is not a valid key; the message explains why.
    #[track_caller]
    pub fn with_baggage(self, key: &str, value: &str) -> Self {
        hold(self.try_with_baggage(key, value))
    }

    /// Like [`with_baggage`](Self::with_baggage), but returns the report.
    ///
    /// # Errors
    /// If `key` is not a valid key.
    pub fn try_with_baggage(mut self, key: &str, value: &str) -> Result<Self, Report> {
        if !is_key(key) {
            let allowed = "letters, digits and !#$%&'*+-.^_`|~";
            return Err(Report::new(format!("`{key}` is not a key of baggage: {allowed}")));
        }
        self.baggage.push(encoded(key, value));
        Ok(self)
    }

    /// Returns the headers that the caller sends.
    #[must_use]
    pub fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let mut put = |name: &'static str, value: &str| {
            // All of them were checked to be printable ASCII.
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        };
        put("traceparent", &self.traceparent);
        if !self.context.trace_state().is_empty() {
            put("tracestate", self.context.trace_state());
        }
        if !self.baggage.is_empty() {
            put("baggage", &self.baggage.join(","));
        }
        headers
    }

    /// Returns a request with these headers: `GET /`, without a body.
    #[must_use]
    pub fn request(&self) -> Request<()> {
        self.request_of(())
    }

    /// Returns a request with these headers and this body.
    #[must_use]
    pub fn request_of<B>(&self, body: B) -> Request<B> {
        let mut request = Request::new(body);
        *request.headers_mut() = self.headers();
        request
    }

    /// Adds the headers to a request that is being built.
    #[must_use]
    pub fn sign(&self, mut request: request::Builder) -> request::Builder {
        if let Some(headers) = request.headers_mut() {
            headers.extend(self.headers());
        }
        request
    }

    /// Returns the caller's span, which is remote; `#[trace(parent = incoming)]` accepts it too.
    #[must_use]
    pub fn context(&self) -> SpanContext {
        self.context.clone()
    }

    /// Returns the caller's trace id.
    #[must_use]
    pub fn trace_id(&self) -> TraceId {
        self.context.trace_id()
    }

    /// Returns the caller's span id.
    #[must_use]
    pub fn span_id(&self) -> SpanId {
        self.context.span_id()
    }
}

impl ToContext for Incoming {
    fn to_context(&self) -> Option<SpanContext> {
        Some(self.context())
    }
}

impl fmt::Display for Incoming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.traceparent)
    }
}
