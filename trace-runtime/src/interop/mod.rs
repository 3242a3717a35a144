//! The rest of the OpenTelemetry ecosystem: its contexts, its types, and its API for spans, which
//! this is a provider of.

mod attachment;
mod attributes;
mod context;
mod propagator;
mod provider;
mod reach;
mod scopes;
mod span;
mod time;
mod tracer;

pub(crate) use attachment::Attachment;
pub(crate) use attributes::recorded;
pub use provider::TracerProvider;
pub use span::Span;
pub use tracer::Tracer;

pub(crate) use propagator::install as install_propagator;
#[cfg(feature = "logs")]
#[cfg(feature = "logs")]
pub(crate) use reach::{is_there, look, suppress_sdk};

use crate::apart::Begun;
use crate::context::{Baggage, SpanContext, SpanId, ToContext, TraceFlags, TraceId};
use crate::propagation::Context;
use crate::recorder::fork;
use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::trace::{self as otel, TraceContextExt as _};
use std::time::{Duration, Instant};

/// The span that other code made current, where we have not heard of it.
pub(crate) fn attached_parent() -> Option<SpanContext> {
    if !context::has_missed_span() {
        return None;
    }
    reach::look(context::span_of).flatten().map(|(span, _)| span)
}

/// Hears of what other code makes current; starts spans for all of it, if `is_global`, and shows it
/// all spans, if `attaches`.
pub(crate) fn install(is_global: bool, attaches: bool) {
    context::observe();
    crate::state::change(crate::state::ATTACHING, attaches);
    if is_global {
        set_global(|| opentelemetry::global::set_tracer_provider(TracerProvider));
    }
}

/// So long a global is waited for.
const PATIENCE: Duration = Duration::from_millis(100);

/// Sets one of OpenTelemetry's globals. In a child process it may be locked for good, by a thread of the
/// parent that was looking at it during the fork: so it is not waited for here, nor for long.
pub(crate) fn set_global(set: impl FnOnce() + Send + 'static) {
    if fork::count() == 0 {
        set();
    } else {
        Begun::new("trace-globals", set).wait(Instant::now() + PATIENCE);
    }
}

/// Has forks wait until no other thread is in the middle of what is known of scopes.
pub(crate) fn keep_over_forks() {
    scopes::keep_over_forks();
}

/// The baggage that other code made current.
pub(crate) fn attached_baggage() -> Baggage {
    if !context::has_their_baggage() {
        return Baggage::new();
    }
    reach::look(|context| context.baggage().into()).unwrap_or_default()
}

/// What does not fit is left out.
impl From<&opentelemetry::baggage::Baggage> for Baggage {
    fn from(other: &opentelemetry::baggage::Baggage) -> Self {
        let mut baggage = Self::new();
        for (key, (value, metadata)) in other {
            let _ = baggage.try_insert_with_metadata(key.as_str(), value, metadata.as_str());
        }
        baggage
    }
}

impl From<&Baggage> for opentelemetry::baggage::Baggage {
    fn from(other: &Baggage) -> Self {
        let mut baggage = Self::new();
        for (key, value) in other.iter() {
            let metadata = other.metadata(key).unwrap_or_default();
            baggage.insert_with_metadata(key.to_owned(), value.to_owned(), metadata);
        }
        baggage
    }
}

impl From<&opentelemetry::Context> for Context {
    fn from(context: &opentelemetry::Context) -> Self {
        Self { span: context.to_context().unwrap_or_default(), baggage: context.baggage().into() }
    }
}

impl From<opentelemetry::Context> for Context {
    fn from(context: opentelemetry::Context) -> Self {
        (&context).into()
    }
}

/// A context of OpenTelemetry's with this span, as one from outside has it, and this baggage.
impl From<&Context> for opentelemetry::Context {
    fn from(context: &Context) -> Self {
        propagator::put(&Self::new(), context)
    }
}

impl ToContext for otel::SpanContext {
    fn to_context(&self) -> Option<SpanContext> {
        self.is_valid().then(|| self.into())
    }
}

impl ToContext for opentelemetry::Context {
    fn to_context(&self) -> Option<SpanContext> {
        self.has_active_span().then(|| self.span().span_context().to_context())?
    }
}

impl From<&otel::SpanContext> for SpanContext {
    fn from(context: &otel::SpanContext) -> Self {
        let trace_state = context.trace_state().header();
        SpanContext {
            trace_id: TraceId::from_bytes(context.trace_id().to_bytes()),
            span_id: SpanId::from_bytes(context.span_id().to_bytes()),
            flags: TraceFlags::new(context.trace_flags().to_u8()),
            remote: context.is_remote(),
            capture: 0,
            trace_state: (!trace_state.is_empty()).then(|| trace_state.into()),
        }
    }
}

impl From<&SpanContext> for otel::SpanContext {
    fn from(context: &SpanContext) -> Self {
        otel::SpanContext::new(
            opentelemetry::TraceId::from_bytes(context.trace_id().to_bytes()),
            opentelemetry::SpanId::from_bytes(context.span_id().to_bytes()),
            opentelemetry::TraceFlags::new(context.trace_flags().to_u8()),
            context.is_remote(),
            trace_state(context.trace_state()),
        )
    }
}

/// OpenTelemetry's form of a `tracestate`. Its rules for keys are those of W3C's Level 1, so members
/// that Level 2 alone allows are left out.
fn trace_state(header: &str) -> otel::TraceState {
    header.parse().unwrap_or_else(|_| {
        let members = header.split(',').filter_map(|member| member.trim().split_once('='));
        let is_known = |member: &(&str, &str)| otel::TraceState::from_key_value([*member]).is_ok();
        otel::TraceState::from_key_value(members.filter(is_known)).unwrap_or_default()
    })
}

impl From<SpanContext> for otel::SpanContext {
    fn from(context: SpanContext) -> Self {
        (&context).into()
    }
}

impl From<otel::SpanContext> for SpanContext {
    fn from(context: otel::SpanContext) -> Self {
        (&context).into()
    }
}
