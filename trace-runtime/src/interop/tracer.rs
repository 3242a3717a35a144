//! Starts spans for code that uses OpenTelemetry's API.

use super::attributes::with_pairs;
use super::context::{self, Given};
use super::scopes;
use super::span::Span;
use crate::context::SpanContext;
use crate::kind::SpanKind;
use crate::recorder::beforehand::shows_attributes;
use crate::recorder::start::Lineage;
use crate::recorder::task;
use crate::sampler::Initial;
use crate::site::Site;
use crate::value::Value;
use opentelemetry::trace::{self as otel, SpanBuilder};
use opentelemetry::{Context, InstrumentationScope};

/// Starts spans of an instrumentation scope; created by [`TracerProvider`](super::TracerProvider).
///
/// A span's parent is the span of the given [`Context`]. If that is the attached one, the parent is the
/// span that became current last: the attached span or one of `#[trace]`. A context without a span,
/// while one with a span is attached, begins a new trace, as it does in OpenTelemetry
/// ([determining the parent](https://opentelemetry.io/docs/specs/otel/trace/api/#determining-the-parent-span-from-a-context)).
/// If the context suppresses telemetry, nothing is recorded.
///
/// The pipeline generates the ids: the API cannot request others.
#[derive(Clone, Debug)]
pub struct Tracer {
    site: &'static Site,
}

impl Tracer {
    pub(super) fn new(scope: InstrumentationScope) -> Self {
        Self { site: scopes::site_of(scope) }
    }
}

impl otel::Tracer for Tracer {
    type Span = Span;

    fn build_with_context(&self, builder: SpanBuilder, parent: &Context) -> Span {
        let given = context::given(parent);
        let lineage = match &given {
            Given::Current => Lineage::Current,
            Given::Other(Some(parent)) => Lineage::Under(parent),
            Given::Other(None) => Lineage::Root,
        };
        if parent.is_telemetry_suppressed() {
            return Span::silent(&parent_of(lineage));
        }
        let kind = builder.span_kind.as_ref().map_or(SpanKind::Internal, SpanKind::from);
        let tick = builder.start_time.and_then(|time| super::time::given(time, lineage));
        let start = |pairs: &[(&str, Value<'_>)]| {
            let pairs: Vec<_> = pairs.iter().map(|&(key, value)| (key.into(), value)).collect();
            let initial =
                Initial { name: Some(&builder.name), pairs: &pairs, ..Initial::default() };
            task::start_span(self.site, kind, initial, lineage, false, tick)
        };
        let started = match &builder.attributes {
            Some(attributes) if shows_attributes(self.site, true) => with_pairs(attributes, start),
            _ => start(&[]),
        };
        match started {
            Some((current, recording)) => Span::started(current, recording, builder),
            None => Span::silent(&parent_of(lineage)),
        }
    }
}

/// Returns the context that a span stands for when it does not record
/// ([without an SDK](https://opentelemetry.io/docs/specs/otel/trace/api/#behavior-of-the-api-in-the-absence-of-an-installed-sdk)).
fn parent_of(lineage: Lineage<'_>) -> SpanContext {
    match lineage {
        Lineage::Current => crate::context::Context::current().span_context().clone(),
        Lineage::Under(parent) => parent.clone(),
        Lineage::Root => SpanContext::default(),
    }
}
