//! Attaches the span of a function to OpenTelemetry's `Context`, for code that reads it there.

use super::context::{attach_ours, has_their_baggage};
use super::reach;
use super::span::Span;
use crate::context::Current;
use opentelemetry::Context;
use opentelemetry::baggage::{Baggage, BaggageExt as _};
use opentelemetry::trace::TraceContextExt as _;
use std::num::NonZeroU32;

/// Attaches a span with its baggage. Returns `None` if OpenTelemetry's state of this thread is gone, because
/// the thread is ending, or cannot be changed now.
pub(super) fn attach(span: &Current) -> Option<NonZeroU32> {
    if !reach::is_open() {
        return None;
    }
    let handle = Span::handle(span);
    // The attached context may contain one of the runtime's that is no longer current.
    let is_ours = !span.baggage.is_empty() || !has_their_baggage();
    let context = Context::map_current(|around| {
        let context = around.with_span(handle);
        match is_ours {
            true => context.with_baggage(Baggage::from(&span.baggage)),
            false => context,
        }
    });
    Some(reach::keep(attach_ours(context, is_ours)))
}
