//! Tests settings of OpenTelemetry's API that apply to a whole program, each in a separate process.
#![cfg(feature = "enabled")]

use crate::support::is_alone;
use opentelemetry::trace::{
    Span as _, TraceContextExt as _, Tracer as _, TracerProvider as _, get_active_span,
};
use opentelemetry::{Context, KeyValue, global};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use trace_runtime::{Span, Telemetry, TelemetryBuilder, in_span, trace};
use trace_testkit::force::FaultyExporter;

const LONG: Duration = Duration::from_secs(20);

fn builder() -> TelemetryBuilder {
    Telemetry::builder().without_env().with_service_name("test")
}

/// A stock exporter that two pipelines share.
#[derive(Clone, Debug, Default)]
struct Shared(Arc<Mutex<Vec<SpanData>>>);

impl SpanExporter for Shared {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.0.lock().unwrap().extend(batch);
        Ok(())
    }
}

#[trace]
fn leaf() {}

#[test]
fn a_program_keeps_its_own_provider_and_shares_its_exporter() {
    if !is_alone("a_program_keeps_its_own_provider_and_shares_its_exporter") {
        return;
    }
    let exporter = Shared::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
    global::set_tracer_provider(provider.clone());
    let telemetry = builder()
        .with_otel_span_exporter(exporter.clone())
        .without_global_tracer_provider()
        .install()
        .unwrap();
    let tracer = global::tracer("theirs");
    in_span("ours", |_| {
        tracer.in_span("theirs", |_| {
            leaf();
            // Another implementation's span is not described here, which is no loss.
            Span::current().set_attribute("lost", true);
        });
    });
    let report = telemetry.shutdown(LONG);
    assert!(report.is_lossless() && report.is_balanced(), "{report}");
    assert_eq!(report.started, 2);
    let spans = exporter.0.lock().unwrap();
    let find = |name: &str| spans.iter().find(|span| span.name == name).unwrap();
    let (theirs, leaf) = (find("theirs"), find("leaf"));
    assert_eq!(leaf.parent_span_id, theirs.span_context.span_id());
    assert_eq!(leaf.span_context.trace_id(), theirs.span_context.trace_id());
    assert_eq!(spans.len(), 3);
}

#[test]
fn every_span_is_attached() {
    if !is_alone("every_span_is_attached") {
        return;
    }
    #[trace]
    fn outer() {
        let inner = || get_active_span(|span| span.set_attribute(KeyValue::new("said", true)));
        in_span("block", |_| inner());
        inner();
        leaf();
    }
    let exporter = Shared::default();
    let telemetry = builder()
        .with_otel_span_exporter(exporter.clone())
        .with_attached_contexts()
        .install()
        .unwrap();
    outer();
    assert!(!Context::map_current(Context::has_active_span));
    let report = telemetry.shutdown(LONG);
    assert!(report.is_lossless() && report.is_balanced(), "{report}");
    let spans = exporter.0.lock().unwrap();
    for name in ["outer", "block"] {
        let span = spans.iter().find(|span| span.name == name).unwrap();
        assert!(span.attributes.contains(&KeyValue::new("said", true)), "{name}");
    }
    assert_eq!(spans.len(), 3);
}

#[test]
fn the_books_are_exact() {
    if !is_alone("the_books_are_exact") {
        return;
    }
    const THREADS: u64 = 4;
    const ROUNDS: u64 = 5_000;
    let exporter = FaultyExporter::new();
    // Small rings, so that some is lost.
    let telemetry = builder().with_exporter(exporter).with_ring_bytes(16 << 10).install().unwrap();
    let tracer = telemetry.tracer_provider().tracer("test");
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for _ in 0..ROUNDS {
                    tracer.in_span("one", |context| {
                        leaf();
                        context.span().add_event("event", vec![KeyValue::new("n", 1)]);
                        tracer.in_span("two", |_| leaf());
                        context.span().end();
                        context.span().end();
                    });
                }
            });
        }
    });
    let report = telemetry.shutdown(LONG);
    assert!(report.is_balanced(), "{report}");
    assert_eq!((report.started, report.buffered), (THREADS * ROUNDS * 4, 0), "{report}");
}

#[test]
fn without_a_pipeline_a_span_stands_for_its_parent() {
    if !is_alone("without_a_pipeline_a_span_stands_for_its_parent") {
        return;
    }
    let telemetry = builder().with_exporter(FaultyExporter::new()).install().unwrap();
    let provider = telemetry.tracer_provider();
    drop(telemetry);
    let mut span = provider.tracer("test").start("nothing");
    assert!(!span.is_recording() && !span.span_context().is_valid());
    span.set_attribute(KeyValue::new("n", 1));
    global::tracer("test").in_span("nothing", |context| {
        assert!(!context.span().is_recording());
        leaf();
    });
}
