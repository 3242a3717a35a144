//! The handler whose requests are recorded. `delegate.rs` lists them.

use crate::call::{Call, Subject};
use crate::failure::Failure;
use crate::meta::Incoming;
use crate::metrics::Measured;
use rmcp::handler::server::ServerHandler;
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use trace_runtime::span::{ContextGuard, DetachedSpan};
use trace_runtime::{Baggage, Instrument};

type Read = Arc<dyn Fn(&RequestContext<RoleServer>) -> Option<String> + Send + Sync>;

/// A handler whose requests are recorded, with a span and a measurement each. It is served like the handler
/// that it wraps.
///
/// ```
/// use rmcp::handler::server::{ServerHandler, wrapper::Parameters};
/// use rmcp::transport::io::stdio;
/// use rmcp::{ServiceExt, tool, tool_handler, tool_router};
/// use trace_mcp::{TracedHandler, rmcp};
///
/// struct Tools;
///
/// #[tool_router]
/// impl Tools {
///     #[tool(name = "ping.host", description = "Whether a host answers")]
///     async fn ping(&self) -> String {
///         "yes".to_owned() // Spans in here are children of `tools/call ping.host`.
///     }
/// }
///
/// #[tool_handler]
/// impl ServerHandler for Tools {}
///
/// async fn serve() -> Result<(), Box<dyn std::error::Error>> {
///     TracedHandler::new(Tools).serve(stdio()).await?.waiting().await?;
///     Ok(())
/// }
/// # drop(serve());
/// ```
#[derive(Clone)]
pub struct TracedHandler<H> {
    handler: H,
    baggage: Vec<(&'static str, Read)>,
}

impl<H: ServerHandler> TracedHandler<H> {
    /// Records the requests that a handler answers.
    pub fn new(handler: H) -> Self {
        Self { handler, baggage: Vec::new() }
    }

    /// Adds an entry to the baggage of every request, and to its span as an attribute of the same key, so that
    /// samplers can decide by it. It replaces an entry that the client has sent under this key; if `read` returns
    /// `None` or panics, the request has no such entry.
    ///
    /// `read` must return text that the server trusts: the customer whom a token authenticates, not one that the
    /// request merely names. Baggage may be empty where telemetry is off, so what the program itself needs to know
    /// belongs into arguments.
    ///
    /// ```
    /// # struct Tools;
    /// # impl rmcp::handler::server::ServerHandler for Tools {}
    /// use trace_mcp::{TracedHandler, rmcp};
    ///
    /// let handler = TracedHandler::new(Tools).with_baggage("tenant", |context| {
    ///     let parts = context.extensions.get::<http::request::Parts>()?;
    ///     Some(parts.headers.get("x-customer")?.to_str().ok()?.to_owned())
    /// });
    /// ```
    #[must_use]
    pub fn with_baggage(
        mut self,
        key: &'static str,
        read: impl Fn(&RequestContext<RoleServer>) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.baggage.push((key, Arc::new(read)));
        self
    }

    /// Returns the handler that it wraps.
    pub fn inner(&self) -> &H {
        &self.handler
    }

    /// Begins to record a request.
    pub(crate) fn begin(
        &self,
        subject: Subject<'_>,
        context: &RequestContext<RoleServer>,
    ) -> Recording {
        let incoming = Incoming::of(context);
        let entries = self.entries(context);
        let _attached = attach(&incoming, &entries);
        let call = Call::of(&self.handler, subject, context);
        let mut span = call.span();
        for (key, value) in &entries {
            span = span.with_attribute(*key, value);
        }
        if let Some(transport) = incoming.transport {
            span = span.with_link(transport);
        }
        Recording { span: span.start(), measured: Measured::begin(call.labels()) }
    }

    /// Returns the entries for the baggage of a request; `None`: it has no such entry.
    fn entries(&self, context: &RequestContext<RoleServer>) -> Vec<(&'static str, Option<String>)> {
        let value = |read: &Read| {
            // A panic of the closure fails no request.
            catch_unwind(AssertUnwindSafe(|| read(context))).unwrap_or_else(|payload| {
                // Its destructor is foreign code too.
                std::mem::forget(payload);
                None
            })
        };
        self.baggage.iter().map(|(key, read)| (*key, value(read))).collect()
    }
}

/// The span and the measurement of a request.
pub(crate) struct Recording {
    span: DetachedSpan,
    measured: Measured,
}

impl Recording {
    /// Records the answer, and that the request has failed if `has_failed` returns true for it.
    pub(crate) async fn answer<T>(
        self,
        answer: impl Future<Output = Result<T, ErrorData>>,
        has_failed: fn(&T) -> bool,
    ) -> Result<T, ErrorData> {
        let Self { span, measured } = self;
        let handle = span.span();
        let answering = async move {
            let answer = answer.await;
            let failure = match &answer {
                Ok(answer) => has_failed(answer).then(Failure::of_tool),
                Err(error) => Some(Failure::of_request(error)),
            };
            if let Some(failure) = &failure {
                failure.mark(&handle);
            }
            measured.end(failure);
            answer
        };
        answering.instrument(span).await
    }
}

/// Makes the request's context current. A request without one leaves the current span alone.
fn attach(incoming: &Incoming, entries: &[(&'static str, Option<String>)]) -> ContextGuard {
    let has_span = incoming.context.span_context().is_valid();
    let mut baggage = match has_span || !incoming.context.baggage().is_empty() {
        true => incoming.context.baggage().clone(),
        false => Baggage::current(),
    };
    for (key, value) in entries {
        baggage.remove(key);
        if let Some(value) = value {
            // Baggage has limits; what exceeds them is on the span all the same.
            let _ = baggage.try_insert(key, value);
        }
    }
    match has_span {
        true => incoming.context.clone().with_baggage(baggage).attach(),
        false => baggage.attach(),
    }
}

impl<H: fmt::Debug> fmt::Debug for TracedHandler<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys: Vec<_> = self.baggage.iter().map(|(key, _)| key).collect();
        f.debug_struct("TracedHandler")
            .field("handler", &self.handler)
            .field("baggage", &keys)
            .finish()
    }
}
