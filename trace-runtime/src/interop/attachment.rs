//! A span of a function as the current one of OpenTelemetry's `Context`, for code that asks there.

use super::context::{attach_ours, has_their_baggage};
use super::reach;
use super::span::Span;
use crate::context::Current;
use crate::hooks::Attachment;
use opentelemetry::baggage::{Baggage, BaggageExt as _};
use opentelemetry::trace::TraceContextExt as _;
use opentelemetry::{Context, ContextGuard};

/// Attaches a span with its baggage; `None`: OpenTelemetry's state of this thread is gone, because
/// the thread ends, or cannot be changed now.
pub(super) fn attach(span: &Current) -> Option<Attachment> {
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
    Some(Attachment::new(Attached { guard: Some(attach_ours(context, is_ours)) }))
}

/// Detaches a context when it is dropped.
struct Attached {
    guard: Option<ContextGuard>,
}

impl Drop for Attached {
    fn drop(&mut self) {
        if let Some(guard) = self.guard.take() {
            reach::detach(guard);
        }
    }
}
