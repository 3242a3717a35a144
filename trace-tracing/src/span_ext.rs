//! From a span of `tracing` to its identity.

use crate::layer::SpanLayer;
use crate::subscriber::SpanSubscriber;
use trace_runtime::SpanContext;

/// What a span of `tracing` is among ours.
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
    /// The identity of the span, to hand to other threads, messages and services. `None` if the
    /// layer does not see it, or it was made while telemetry was off.
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
