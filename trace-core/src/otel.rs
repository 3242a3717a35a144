//! Converts between types of OpenTelemetry's API and ours.
//!
//! These implementations are in this crate because Rust's orphan rule allows them nowhere else. How
//! OpenTelemetry's contexts are used is left to the runtime.

use crate::context::{
    Baggage, Context, SpanContext, SpanId, ToContext, TraceFlags, TraceId, as_remote,
};
use crate::fork;
use crate::instruments::{AttributeSet, AttributeValue};
use crate::kind::SpanKind;
use opentelemetry::KeyValue;
use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::trace::{self as otel, TraceContextExt as _};
use std::cell::Cell;
use std::sync::{PoisonError, RwLock};

/// Entries that do not fit are left out. Where they came from is not known, so they count as those of
/// another service.
impl From<&opentelemetry::baggage::Baggage> for Baggage {
    fn from(other: &opentelemetry::baggage::Baggage) -> Self {
        let mut baggage = Self::new();
        for (key, (value, metadata)) in other {
            let _ = baggage.try_insert_with_metadata(key.as_str(), value, metadata.as_str());
        }
        as_remote(baggage)
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

impl From<&'static AttributeValue> for opentelemetry::Value {
    fn from(value: &'static AttributeValue) -> Self {
        match value {
            AttributeValue::Text(text) => (&**text).into(),
            AttributeValue::Number(number) => (*number).into(),
            AttributeValue::Bool(value) => (*value).into(),
        }
    }
}

/// Sets of attributes as OpenTelemetry's, by number; the first is that of the overflow.
static KEY_VALUES: RwLock<Vec<Option<&'static [KeyValue]>>> = RwLock::new(Vec::new());

/// Holds this lock across forks.
pub fn keep_over_forks() {
    fork::keep(&KEY_VALUES, fork::unchanged);
}

impl AttributeSet {
    /// Returns the attributes as OpenTelemetry's, which are created once for each set.
    pub fn key_values(self) -> &'static [KeyValue] {
        let index = match self {
            Self::NONE => return &[],
            Self::OVERFLOW => 0,
            set => set.number() as usize,
        };
        let known = KEY_VALUES.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(key_values) = known.get(index).copied().flatten() {
            return key_values;
        }
        drop(known);
        self.convert(index)
    }

    #[cold]
    fn convert(self, index: usize) -> &'static [KeyValue] {
        let mut all = KEY_VALUES.write().unwrap_or_else(PoisonError::into_inner);
        if all.len() <= index {
            all.resize(index + 1, None);
        }
        all[index].get_or_insert_with(|| {
            let attributes = self.attributes().iter();
            let key_values: Vec<_> =
                attributes.map(|(key, value)| KeyValue::new(*key, value)).collect();
            key_values.leak()
        })
    }
}

/// Creates an OpenTelemetry context with this span, marked as remote, and this baggage.
impl From<&Context> for opentelemetry::Context {
    fn from(context: &Context) -> Self {
        put_into(&Self::new(), context)
    }
}

/// Adds what was found to OpenTelemetry's `context`: the span, marked as remote, and the baggage.
pub fn put_into(context: &opentelemetry::Context, found: &Context) -> opentelemetry::Context {
    let mut context = context.clone();
    if found.span.is_valid() {
        context = context.with_remote_span_context((&found.span).into());
    }
    if !found.baggage.is_empty() {
        context = context.with_baggage(opentelemetry::baggage::Baggage::from(&found.baggage));
    }
    context
}

impl ToContext for otel::SpanContext {
    fn to_context(&self) -> Option<SpanContext> {
        self.is_valid().then(|| self.into())
    }
}

impl ToContext for opentelemetry::Context {
    fn to_context(&self) -> Option<SpanContext> {
        if !self.has_active_span() {
            return None;
        }
        let span = self.span();
        match represented_by(&span) {
            Some(ours) => ours.context.to_context(),
            None => span.span_context().to_context(),
        }
    }
}

/// One of the runtime's spans, which a span of OpenTelemetry's API represents.
#[derive(Clone, Debug)]
pub struct Represented {
    /// All that travels with it, of which the API's own context has only a part.
    pub context: SpanContext,
    /// Whether it was started through the API, and is not that of a function.
    pub is_owned: bool,
}

thread_local! {
    static IS_ASKED: Cell<bool> = const { Cell::new(false) };
    static ANSWER: Cell<Option<Represented>> = const { Cell::new(None) };
}

/// Returns the span that `span` represents if it is one of the runtime's; `None` for another implementation's.
///
/// The API hides the types behind its handles, but forwards queries to them.
pub fn represented_by(span: &otel::SpanRef<'_>) -> Option<Represented> {
    IS_ASKED.set(true);
    span.is_recording();
    IS_ASKED.set(false);
    ANSWER.try_with(Cell::take).ok().flatten()
}

/// Answers that question. The runtime's spans call it where they are asked whether they are recorded.
pub fn answer(represented: &Represented) {
    if IS_ASKED.get() {
        let _ = ANSWER.try_with(|answer| answer.set(Some(represented.clone())));
    }
}

impl From<&otel::SpanContext> for SpanContext {
    fn from(context: &otel::SpanContext) -> Self {
        let trace_state = context.trace_state().header();
        let trace_id = TraceId::from_bytes(context.trace_id().to_bytes());
        let span_id = SpanId::from_bytes(context.span_id().to_bytes());
        let flags = TraceFlags::new(context.trace_flags().to_u8());
        SpanContext {
            remote: context.is_remote(),
            trace_state: (!trace_state.is_empty()).then(|| trace_state.into()),
            ..SpanContext::new(trace_id, span_id, flags)
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

/// Returns OpenTelemetry's form of a `tracestate`. Its rules for keys are those of W3C's Level 1,
/// so members that only Level 2 allows are left out.
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

impl From<&otel::SpanKind> for SpanKind {
    fn from(kind: &otel::SpanKind) -> Self {
        match kind {
            otel::SpanKind::Internal => Self::Internal,
            otel::SpanKind::Server => Self::Server,
            otel::SpanKind::Client => Self::Client,
            otel::SpanKind::Producer => Self::Producer,
            otel::SpanKind::Consumer => Self::Consumer,
        }
    }
}
