//! Tests what samplers decide, and what becomes of the spans that they decide about.

mod attributes;
mod children;
mod composite;
mod rates;
mod record_only;
mod rules;
mod thin;

use trace_runtime::propagation::{SpanId, TraceFlags, TraceId};
use trace_runtime::{Span, SpanContext};
use trace_testkit::Capture;

/// Runs `body` under a span of another process whose trace has this randomness.
fn under_caller<R>(randomness: u64, sampled: bool, state: &str, body: impl FnOnce() -> R) -> R {
    let flags = if sampled { TraceFlags::SAMPLED } else { TraceFlags::NONE };
    let id = TraceId::from_u128(7 << 64 | u128::from(randomness));
    let caller = SpanContext::remote(id, SpanId::from_u64(9), flags).with_trace_state(state);
    let _attached = caller.attach();
    body()
}

/// Returns what services that are called from here receive: whether it is sampled, and `tracestate`.
fn passed_on() -> (bool, String) {
    let context = Span::current().context();
    (context.is_sampled(), context.trace_state().to_owned())
}

/// Returns the names of the spans of a capture, in order.
fn names(t: &Capture) -> Vec<String> {
    t.spans().iter().map(|span| span.name.clone()).collect()
}
