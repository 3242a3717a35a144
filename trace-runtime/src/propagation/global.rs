//! Registers the runtime's formats as OpenTelemetry's global propagator, for code that uses its API.

use super::{Composite, Context};
use crate::context::ToContext;
use crate::interop::{look, set_global};
use crate::otel::put_into;
use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::TraceContextExt as _;

/// Registers the formats with OpenTelemetry.
pub(crate) fn install(formats: &Composite) {
    let fields = formats.fields().map(str::to_owned).collect();
    let propagator = GlobalPropagator { formats: formats.clone(), fields };
    set_global(|| opentelemetry::global::set_text_map_propagator(propagator));
}

#[derive(Debug)]
struct GlobalPropagator {
    formats: Composite,
    fields: Vec<String>,
}

impl TextMapPropagator for GlobalPropagator {
    fn inject_context(&self, context: &opentelemetry::Context, injector: &mut dyn Injector) {
        self.formats.inject(&outgoing(context), injector);
    }

    fn extract_with_context(
        &self,
        context: &opentelemetry::Context,
        extractor: &dyn Extractor,
    ) -> opentelemetry::Context {
        let found = self.formats.extract(Context::default(), extractor);
        put_into(context, &found)
    }

    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(&self.fields)
    }
}

/// Returns the context that a caller means by sending `given`.
///
/// A caller that built a context for this request means its contents. A caller that passes the
/// attached context does not see the runtime's spans, which are never attached: the current one
/// began under that context, and is meant.
fn outgoing(given: &opentelemetry::Context) -> Context {
    let current = Context::current();
    let has_own_span = given.has_active_span()
        && look(|attached| attached.to_context()) != Some(given.to_context());
    let has_own_baggage = !given.baggage().is_empty()
        && look(|attached| std::ptr::eq(attached.baggage(), given.baggage())) != Some(true);
    let context = match given.to_context() {
        Some(span) if has_own_span || !current.span_context().is_valid() => {
            current.with_span_context(span)
        }
        _ => current,
    };
    match given.baggage() {
        baggage if has_own_baggage => context.with_baggage(baggage.into()),
        _ => context,
    }
}
