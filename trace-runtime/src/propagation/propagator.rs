//! Defines propagation formats, and keeps those that are in force.

use super::{
    B3Propagator, BaggagePropagator, Context, Extractor, Injector, JaegerPropagator,
    TraceContextPropagator,
};
use crate::caught::caught;
use arc_swap::ArcSwapOption;
use std::fmt::Debug;
use std::sync::{Arc, LazyLock};

/// A format in which contexts are propagated.
///
/// ```
/// use trace_runtime::propagation::Context;
/// use trace_runtime::propagation::{Extractor, Injector, Propagator};
///
/// /// Reports the sender of a request.
/// #[derive(Debug)]
/// struct Sender(&'static str);
///
/// impl Propagator for Sender {
///     fn inject(&self, _: &Context, carrier: &mut dyn Injector) {
///         carrier.set("x-sender", self.0.to_owned());
///     }
///
///     fn extract(&self, context: Context, carrier: &dyn Extractor) -> Context {
///         match carrier.get("x-sender") {
///             Some(sender) => {
///                 let baggage = context.baggage().clone().with_entry("sender", sender);
///                 context.with_baggage(baggage)
///             }
///             None => context,
///         }
///     }
///
///     fn fields(&self) -> &[&'static str] {
///         &["x-sender"]
///     }
/// }
///
/// let builder = trace_runtime::Telemetry::builder().with_propagator(Sender("shop"));
/// # drop(builder);
/// ```
pub trait Propagator: Debug + Send + Sync + 'static {
    /// Writes its part of `context`.
    fn inject(&self, context: &Context, carrier: &mut dyn Injector);

    /// Returns `context` with the data that it reads; unchanged if it finds nothing, or nothing valid.
    fn extract(&self, context: Context, carrier: &dyn Extractor) -> Context;

    /// Returns the headers that it writes and reads, in lower case.
    fn fields(&self) -> &[&'static str];
}

/// The formats that the environment can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    TraceContext,
    Baggage,
    B3,
    B3Multi,
    Jaeger,
}

impl Format {
    /// The names that `OTEL_PROPAGATORS` accepts.
    pub(crate) const NAMES: [(&'static str, Self); 5] = [
        ("tracecontext", Self::TraceContext),
        ("baggage", Self::Baggage),
        ("b3", Self::B3),
        ("b3multi", Self::B3Multi),
        ("jaeger", Self::Jaeger),
    ];
}

/// One of several formats. Those of the W3C are known, so that headers are read and written directly.
#[derive(Debug)]
pub(super) enum Member {
    TraceContext,
    Baggage,
    Other(Box<dyn Propagator>),
}

impl Member {
    fn propagator(&self) -> &dyn Propagator {
        match self {
            Self::TraceContext => &TraceContextPropagator,
            Self::Baggage => &BaggagePropagator,
            Self::Other(propagator) => &**propagator,
        }
    }

    pub(super) fn inject(&self, context: &Context, carrier: &mut dyn Injector) {
        let _ = caught(|| self.propagator().inject(context, carrier));
    }

    pub(super) fn extract(&self, context: Context, carrier: &dyn Extractor) -> Context {
        let before = context.clone();
        caught(|| self.propagator().extract(context, carrier)).unwrap_or(before)
    }
}

/// Several formats at once: each writes; if several read the same thing, the last one wins.
#[derive(Clone, Debug)]
pub(crate) struct Composite(Arc<[Member]>);

impl Composite {
    pub(crate) fn new(all: Vec<Box<dyn Propagator>>) -> Self {
        Self(all.into_iter().map(Member::Other).collect())
    }

    pub(crate) fn of(formats: &[Format]) -> Self {
        let make = |format: &Format| match format {
            Format::TraceContext => Member::TraceContext,
            Format::Baggage => Member::Baggage,
            Format::B3 => Member::Other(Box::new(B3Propagator::single())),
            Format::B3Multi => Member::Other(Box::new(B3Propagator::multi())),
            Format::Jaeger => Member::Other(Box::new(JaegerPropagator)),
        };
        Self(formats.iter().map(make).collect())
    }

    pub(super) fn members(&self) -> &[Member] {
        &self.0
    }

    pub(crate) fn inject(&self, context: &Context, carrier: &mut dyn Injector) {
        self.0.iter().for_each(|format| format.inject(context, carrier));
    }

    pub(crate) fn extract(&self, context: Context, carrier: &dyn Extractor) -> Context {
        self.0.iter().fold(context, |context, format| format.extract(context, carrier))
    }

    pub(crate) fn fields(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().flat_map(|format| format.propagator().fields().iter().copied())
    }
}

impl Default for Composite {
    fn default() -> Self {
        Self::of(&[Format::TraceContext, Format::Baggage])
    }
}

static INSTALLED: ArcSwapOption<Composite> = ArcSwapOption::const_empty();

/// Puts the formats in force, in the runtime and in OpenTelemetry.
pub(crate) fn install(formats: &Composite) {
    INSTALLED.store(Some(Arc::new(formats.clone())));
    crate::interop::install_propagator(formats);
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
    // Other code may have attached a context before telemetry is installed.
    crate::interop::show();
    inject_context(&Context::current(), carrier);
}

/// Writes `context` into `carrier`, whatever is current.
///
/// ```
/// use std::collections::HashMap;
/// use trace_runtime::{propagation, propagation::TraceFlags, SpanContext, SpanId, TraceId};
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
