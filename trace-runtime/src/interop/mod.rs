//! Connects the runtime to OpenTelemetry: its contexts, its types, and its API for spans, which
//! the runtime implements.

mod attachment;
mod attributes;
mod context;
mod global;
mod provider;
mod reach;
mod scopes;
mod span;
mod time;
mod tracer;

pub(crate) use attributes::recorded;
pub(crate) use global::set_global;
pub use provider::TracerProvider;
#[cfg(feature = "json")]
pub(crate) use scopes::site_of;
pub use span::Span;
pub use tracer::Tracer;

pub(crate) use reach::look;
#[cfg(feature = "logs")]
pub(crate) use reach::{is_there, suppress_sdk};

use crate::baggage_attributes;
use crate::context::{Baggage, SpanContext};
use crate::hooks::{self, Hooks};
use opentelemetry::baggage::BaggageExt as _;

/// Lets the record path see contexts that other code attaches. Called when telemetry is installed, and
/// before that when the current context is propagated.
pub(crate) fn show() {
    hooks::install(Hooks {
        parent: attached_parent,
        baggage: attached_baggage,
        attach: attachment::attach,
        detach: reach::detach,
        describe_root: baggage_attributes::describe,
    });
}

/// Returns the span that other code made current, if the observer has missed it.
fn attached_parent() -> Option<SpanContext> {
    if !context::has_missed_span() {
        return None;
    }
    reach::look(context::span_of).flatten().map(context::Found::into_context)
}

/// Observes contexts that other code makes current; becomes the global tracer provider if `is_global`, and
/// attaches all spans to OpenTelemetry's context if `attaches`.
pub(crate) fn install(is_global: bool, attaches: bool) {
    show();
    context::observe();
    crate::state::change(crate::state::ATTACHING, attaches);
    if is_global {
        set_global(|| opentelemetry::global::set_tracer_provider(TracerProvider));
    }
}

/// Makes forks wait until no other thread is changing the table of scopes.
pub(crate) fn keep_over_forks() {
    scopes::keep_over_forks();
}

/// Returns the baggage that other code made current.
pub(crate) fn attached_baggage() -> Baggage {
    if !context::has_their_baggage() {
        return Baggage::new();
    }
    reach::look(|context| context.baggage().into()).unwrap_or_default()
}
