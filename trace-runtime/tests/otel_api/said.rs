//! Tests data set on a span through the API, and their export.

use super::{leaf, tracer};
use opentelemetry::trace::{
    Event, Link, Span as _, SpanBuilder, SpanKind, Status, TraceContextExt as _, Tracer as _,
};
use opentelemetry::{Array, Context, InstrumentationScope, KeyValue, StringValue, Value, global};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use trace_runtime::export::Status as OurStatus;
use trace_testkit::Capture;
use trace_testkit::model::AttributeValue;

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

#[trace_testkit::test]
fn everything_that_is_said_arrives(t: Capture) {
    let other = tracer().start("other");
    let texts: Vec<StringValue> = vec!["a".into(), "b".into()];
    let builder = SpanBuilder::from_name("first name")
        .with_kind(SpanKind::Consumer)
        .with_start_time(at(1_000))
        .with_attributes([
            KeyValue::new("flag", true),
            KeyValue::new("number", 7),
            KeyValue::new("share", 0.5),
            KeyValue::new("texts", Value::Array(Array::String(texts))),
        ])
        .with_events(vec![Event::new("early", at(999), vec![KeyValue::new("n", 1)], 0)])
        .with_links(vec![Link::new(
            other.span_context().clone(),
            vec![KeyValue::new("reason", "late")],
            0,
        )]);
    let mut span = tracer().build(builder);
    assert!(span.is_recording() && span.span_context().is_sampled());
    span.update_name("name");
    span.set_attribute(KeyValue::new("number", 8));
    span.set_attributes([KeyValue::new("more", "x")]);
    span.add_event_with_timestamp("said", at(1_001), vec![]);
    span.add_link(other.span_context().clone(), vec![]);
    span.set_status(Status::error("no stock"));
    span.end_with_timestamp(at(1_002));
    assert!(!span.is_recording());
    span.end_with_timestamp(at(1_003));
    span.set_attribute(KeyValue::new("lost", true));
    drop(span);
    drop(other);

    let span = t.span("name").one().links_to("other");
    assert_eq!(span.kind, trace_runtime::SpanKind::Consumer);
    assert_eq!(
        (span.start_unix_nanos, span.end_unix_nanos),
        (1_000_000_000_000, 1_002_000_000_000)
    );
    assert_eq!(span.status, OurStatus::Error { description: "no stock".into() });
    let is = |key: &str, value: AttributeValue| assert_eq!(span.attribute(key), Some(&value));
    is("flag", true.into());
    is("number", 8.into());
    is("share", 0.5.into());
    is("more", "x".into());
    assert!(span.attribute("texts").is_some() && span.attribute("lost").is_none());
    let events: Vec<_> = span.events.iter().map(|it| (&*it.name, it.unix_nanos)).collect();
    assert_eq!(events, [("early", 999_000_000_000), ("said", 1_001_000_000_000)]);
    assert_eq!(span.links.len(), 2);
    t.strict();
}

#[trace_testkit::test]
fn an_ok_status_is_final(t: Capture) {
    let mut span = tracer().start("work");
    span.set_status(Status::Ok);
    span.set_status(Status::error("late"));
    drop(span);
    assert_eq!(t.span("work").one().status, OurStatus::Ok);
}

#[trace_testkit::test]
fn an_error_is_an_event(t: Capture) {
    let mut span = tracer().start("work");
    span.record_error(&std::io::Error::other("broken"));
    span.end();
    let span = t.span("work").one();
    assert_eq!(span.status, OurStatus::Unset);
    assert_eq!(span.events[0].name, "exception");
}

#[trace_testkit::test]
fn the_scope_is_kept(t: Capture) {
    let scope = InstrumentationScope::builder("my::library")
        .with_version("1.2")
        .with_schema_url("https://example.com/schema")
        .with_attributes([KeyValue::new("team", "pay")])
        .build();
    global::tracer_with_scope(scope).start("work").end();
    let scope = t.span("work").one().scope.clone();
    assert_eq!((&*scope.name, &*scope.version), ("my::library", "1.2"));
    assert_eq!(scope.schema_url, "https://example.com/schema");
    assert_eq!(scope.attributes, [("team".to_owned(), "pay".into())]);
}

#[trace_testkit::test]
fn times_go_by_the_clock_of_the_capture(t: Capture) {
    let clock = t.clock();
    let mut span = tracer().start("work");
    clock.step(Duration::from_millis(3));
    span.add_event("half", vec![]);
    clock.step(Duration::from_millis(4));
    span.end();
    let span = t.span("work").one();
    assert_eq!(span.end_unix_nanos - span.start_unix_nanos, 7_000_000);
    assert_eq!(span.events[0].unix_nanos - span.start_unix_nanos, 3_000_000);
}

#[trace_testkit::test]
fn a_given_start_goes_with_an_end_that_is_now(t: Capture) {
    let before = SystemTime::now() - Duration::from_secs(60);
    let mut span = tracer().build(SpanBuilder::from_name("work").with_start_time(before));
    span.end();
    let span = t.span("work").one();
    let start = before.duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64;
    assert_eq!(span.start_unix_nanos, start);
}

#[trace_testkit::test]
fn an_unsampled_parent_holds(t: Capture) {
    use opentelemetry::trace::{SpanContext, TraceFlags, TraceState};
    let remote = SpanContext::new(
        opentelemetry::TraceId::from(5_u128),
        opentelemetry::SpanId::from(6_u64),
        TraceFlags::default(),
        true,
        TraceState::default(),
    );
    let _attached = Context::new().with_remote_span_context(remote).attach();
    let span = tracer().start("unsampled");
    assert!(!span.is_recording());
    assert_eq!(span.span_context().trace_id(), opentelemetry::TraceId::from(5_u128));
    let _inner = Context::current_with_span(span).attach();
    leaf();
    assert_eq!(t.spans().len(), 0);
}

#[trace_testkit::test]
fn a_context_that_suppresses_records_nothing(t: Capture) {
    let _suppressed = Context::enter_telemetry_suppressed_scope();
    let span = tracer().start("suppressed");
    assert!(!span.is_recording());
    drop(span);
    assert_eq!(t.spans().len(), 0);
}
