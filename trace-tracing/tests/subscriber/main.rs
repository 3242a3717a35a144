//! Runs the tests of the layer on the subscriber, without a registry.

#[path = "../layer/errors.rs"]
mod errors;
#[path = "../layer/events.rs"]
mod events;
#[path = "../layer/fields.rs"]
mod fields;
mod handles;
#[path = "../layer/libraries.rs"]
mod libraries;
#[path = "../layer/logs.rs"]
mod logs;
#[path = "../layer/order.rs"]
mod order;
#[path = "../layer/parents.rs"]
mod parents;
#[path = "../layer/tasks.rs"]
mod tasks;

use std::sync::Once;
use trace_testkit::Capture;
use trace_testkit::model::SpanData;
use tracing_subscriber::prelude::*;

/// A capture in a process whose subscriber is the one with its defaults.
fn capture() -> Capture {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| trace_tracing::subscriber().init());
    trace_testkit::capture()
}

/// Runs under a new subscriber.
fn under(layer: trace_tracing::SpanLayer, run: impl FnOnce()) {
    tracing::subscriber::with_default(layer.into_subscriber(), run);
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
