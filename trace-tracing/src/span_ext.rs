//! Returns the context of a span of `tracing`.

use crate::layer::SpanLayer;
use crate::subscriber::SpanSubscriber;
use trace_runtime::SpanContext;

/// Extends spans of `tracing` by their context.
///
/// ```
/// use trace_runtime::{Span, SpanContext, trace};
/// use trace_tracing::SpanExt;
///
/// #[trace(parent = parent)]
/// fn continued(parent: Option<SpanContext>) {}
///
/// let request = tracing::info_span!("request");
/// let context = request.span_context();
/// std::thread::spawn(move || continued(context)).join().unwrap();
/// ```
pub trait SpanExt {
    /// Returns the context of the span, to hand to other threads, messages and services. `None` if a
    /// filter hides it from the layer, or it was created while telemetry was off.
    fn span_context(&self) -> Option<SpanContext>;
}

impl SpanExt for tracing::Span {
    fn span_context(&self) -> Option<SpanContext> {
        self.with_subscriber(|(id, dispatch)| match dispatch.downcast_ref::<SpanLayer>() {
            Some(layer) => layer.context_of(id),
            None => dispatch.downcast_ref::<SpanSubscriber>()?.context_of(id),
        })?
    }
}
