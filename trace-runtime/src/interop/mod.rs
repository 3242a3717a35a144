//! The rest of the OpenTelemetry ecosystem: its contexts, its types.

use crate::context::{SpanContext, SpanId, ToContext, TraceFlags, TraceId};
use opentelemetry::trace::{self as otel, TraceContextExt as _};

/// The span that other code made current through OpenTelemetry's own `Context`, for a local root.
pub(crate) fn attached_parent() -> Option<SpanContext> {
    opentelemetry::Context::map_current(|context| context.to_context())
}

/// Makes OpenTelemetry set up its thread-local state; `false` when that is gone already.
pub(crate) fn touch_context() -> bool {
    std::panic::catch_unwind(|| opentelemetry::Context::map_current(|_| ())).is_ok()
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
            context.trace_state().parse().unwrap_or_default(),
        )
    }
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
