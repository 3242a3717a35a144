//! Keeps the formats that are in force, and propagates contexts with them.

use super::{Composite, Context, Extractor, Injector, global};
use crate::interop;
use arc_swap::ArcSwapOption;
use std::sync::{Arc, LazyLock};

static INSTALLED: ArcSwapOption<Composite> = ArcSwapOption::const_empty();

/// Puts the formats in force, in the runtime and in OpenTelemetry.
pub(crate) fn install(formats: &Composite) {
    INSTALLED.store(Some(Arc::new(formats.clone())));
    global::install(formats);
}

/// Runs `body` with the formats in force.
pub(super) fn with_installed<R>(body: impl FnOnce(&Composite) -> R) -> R {
    static DEFAULT: LazyLock<Composite> = LazyLock::new(Composite::default);
    body(INSTALLED.load().as_deref().unwrap_or(&DEFAULT))
}

/// Returns the headers of the formats in force.
pub(crate) fn fields() -> Vec<&'static str> {
    with_installed(|formats| formats.fields().collect())
}

/// Writes the current context into `carrier`: a map of strings, the headers of a request
/// (`HeaderInjector`), the environment of a command ([`CommandInjector`](super::CommandInjector)).
///
/// The span is the runtime's current one, or else the one that other code has made current through
/// OpenTelemetry's `Context`; baggage is chosen likewise. If there is none, nothing is written.
///
/// ```
/// use std::collections::HashMap;
/// use trace_runtime::{Baggage, propagation};
///
/// let _baggage = Baggage::current().with_entry("tenant", "acme").attach();
/// let mut headers = HashMap::new();
/// propagation::inject(&mut headers);
/// assert_eq!(headers["baggage"], "tenant=acme");
/// ```
pub fn inject(carrier: &mut dyn Injector) {
    inject_context(&current(), carrier);
}

/// Returns the current context, in programs without telemetry too.
pub(super) fn current() -> Context {
    // Other code may have attached a context before telemetry is installed.
    interop::show();
    Context::current()
}

/// Writes `context` into `carrier`, whatever is current.
///
/// ```
/// use std::collections::HashMap;
/// use trace_runtime::SpanContext;
/// use trace_runtime::propagation::{self, SpanId, TraceFlags, TraceId};
///
/// let span = SpanContext::new(TraceId::from_u128(1), SpanId::from_u64(2), TraceFlags::SAMPLED);
/// let mut headers = HashMap::new();
/// propagation::inject_context(&span.into(), &mut headers);
/// assert_eq!(
///     headers["traceparent"],
///     "00-00000000000000000000000000000001-0000000000000002-01",
/// );
/// ```
pub fn inject_context(context: &Context, carrier: &mut dyn Injector) {
    with_installed(|formats| formats.inject(context, carrier));
}

/// Returns the context in `carrier`: a remote span, baggage, both or neither.
///
/// An invalid header is ignored, so the request gets a new trace.
///
/// ```
/// use std::collections::HashMap;
/// use trace_runtime::{propagation, propagation::Context, trace};
///
/// #[trace(parent = caller, kind = Server)]
/// fn handle(caller: &Context) {}
///
/// let headers = HashMap::from([(
///     "traceparent".to_owned(),
///     "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned(),
/// )]);
/// let caller = propagation::extract(&headers);
/// assert!(caller.span_context().is_sampled());
/// handle(&caller);
/// ```
pub fn extract(carrier: &dyn Extractor) -> Context {
    with_installed(|formats| formats.extract(Context::default(), carrier))
}
