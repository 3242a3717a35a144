//! Tests that each capture sees its own telemetry, and nothing else.

mod attribute;
mod clock;
mod determinism;
mod eventually;
mod hand_over;
mod harnesses;
mod ids;
mod isolation;
mod orphans;
mod sampling;
mod verdicts;

use trace_testkit::Capture;
use trace_testkit::model::SpanData;

/// The only span of this name.
#[track_caller]
fn one(t: &Capture, name: &str) -> SpanData {
    let mut named: Vec<_> = t.spans().into_iter().filter(|span| span.name == name).collect();
    assert_eq!(named.len(), 1, "spans named {name}");
    named.remove(0)
}

fn names(t: &Capture) -> Vec<String> {
    t.spans().into_iter().map(|span| span.name).collect()
}
