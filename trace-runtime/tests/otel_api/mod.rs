//! Tests spans of OpenTelemetry's API beside those of `#[trace]`: one trace, whichever starts a span.
#![cfg(feature = "enabled")]

mod attached;
mod parents;
mod peers;
mod said;
mod tasks;

use opentelemetry::global::{self, BoxedTracer};
use opentelemetry::trace::Tracer as _;
use trace_runtime::trace;

/// The tracer of a library that uses OpenTelemetry only.
fn tracer() -> BoxedTracer {
    global::tracer("library")
}

/// A function of such a library.
fn library<R>(name: &'static str, body: impl FnOnce() -> R) -> R {
    tracer().in_span(name, |_| body())
}

#[trace]
fn leaf() {}
