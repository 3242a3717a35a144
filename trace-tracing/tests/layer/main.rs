//! Tests what the layer records of spans and events of `tracing`.

mod errors;
mod events;
mod fields;
mod filters;
mod libraries;
mod logs;
mod order;
mod parents;
mod tasks;

use std::sync::Once;
use trace_testkit::Capture;
use trace_testkit::model::SpanData;
use tracing_subscriber::prelude::*;

/// A capture in a process whose subscriber is the layer with its defaults.
fn capture() -> Capture {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        tracing_subscriber::registry().with(trace_tracing::layer()).init();
    });
    trace_testkit::capture()
}

/// Runs under a new subscriber.
fn under(layer: trace_tracing::SpanLayer, run: impl FnOnce()) {
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), run);
}

/// The only span of this name.
#[track_caller]
fn one(t: &Capture, name: &str) -> SpanData {
    let spans = t.spans();
    let mut named = spans.iter().filter(|span| span.name == name);
    match (named.next(), named.next()) {
        (Some(span), None) => span.clone(),
        (found, _) => {
            panic!("{} of {name} in {spans:#?}", if found.is_some() { "two" } else { "none" })
        }
    }
}
