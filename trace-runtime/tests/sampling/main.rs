//! Tests what samplers decide, and what becomes of the spans that they decide about.

mod children;
mod record_only;
#[path = "../support/mod.rs"]
mod support;

use trace_runtime::Span;
use trace_testkit::Capture;

/// Returns what services that are called from here receive: whether it is sampled, and `tracestate`.
fn passed_on() -> (bool, String) {
    let context = Span::current().context();
    (context.is_sampled(), context.trace_state().to_owned())
}

/// Returns the names of the spans of a capture, in order.
fn names(t: &Capture) -> Vec<String> {
    t.spans().iter().map(|span| span.name.clone()).collect()
}
