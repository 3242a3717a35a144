//! A span of a function as the current one of OpenTelemetry's `Context`, for code that asks there.

use super::context::{attach_ours, has_their_baggage};
use super::reach;
use super::span::Span;
use crate::context::Current;
use opentelemetry::baggage::{Baggage, BaggageExt as _};
use opentelemetry::trace::TraceContextExt as _;
use opentelemetry::{Context, ContextGuard};

/// Keeps a span attached until it is dropped, on its thread.
pub(crate) struct Attachment {
    guard: Option<ContextGuard>,
}

impl Attachment {
    /// Attaches a span with its baggage; `None`: OpenTelemetry's state of this thread is gone, because
    /// the thread ends, or cannot be changed now.
    pub(crate) fn of(span: &Current) -> Option<Self> {
        if !reach::is_open() {
            return None;
        }
        let handle = Span::handle(span);
        // What is there of ours may not be current any more.
        let is_ours = !span.baggage.is_empty() || !has_their_baggage();
        let context = Context::map_current(|around| {
            let context = around.with_span(handle);
            match is_ours {
                true => context.with_baggage(Baggage::from(&span.baggage)),
                false => context,
            }
        });
        Some(Self { guard: Some(attach_ours(context, is_ours)) })
    }
}

impl Drop for Attachment {
    fn drop(&mut self) {
        if let Some(guard) = self.guard.take() {
            reach::detach(guard);
        }
    }
}
