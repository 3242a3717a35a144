//! A span of a function as the current one of OpenTelemetry's `Context`, for code that asks there.

use super::span::Span;
use crate::context::Current;
use opentelemetry::baggage::{Baggage, BaggageExt as _};
use opentelemetry::trace::TraceContextExt as _;
use opentelemetry::{Context, ContextGuard};

/// Keeps a span attached until it is dropped, on its thread.
pub(crate) struct Attachment {
    _guard: ContextGuard,
}

impl Attachment {
    /// Attaches a span with its baggage; `None`: OpenTelemetry's thread-local state is gone already,
    /// because the thread ends.
    pub(crate) fn of(span: &Current) -> Option<Self> {
        let handle = Span::handle(span);
        super::attached(|around| {
            let context = around.with_span(handle);
            match span.baggage.is_empty() {
                true => context,
                false => context.with_baggage(Baggage::from(&span.baggage)),
            }
        })
        .map(|context: Context| Self { _guard: context.attach() })
    }
}
