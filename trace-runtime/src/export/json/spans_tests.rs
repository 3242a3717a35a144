//! Compares JSON lines with OpenTelemetry's own.

use super::*;
use crate::context::{SpanContext, SpanId, TraceFlags, TraceId};
use crate::export::adapter::span_data;
use crate::export::testing::{BuiltSpan, SpanMaker, Written};
use crate::kind::SpanKind;
use crate::value::Value;
use opentelemetry::KeyValue;
use opentelemetry_proto::tonic::trace::v1::TracesData;
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;

#[test]
fn a_line_is_what_otlp_files_hold() {
    let output = Written::default();
    let mut json = JsonExporter::to_writer(output.clone());
    let resource =
        Resource::builder_empty().with_attribute(KeyValue::new("service.name", "shop")).build();
    json.set_resource(&resource);
    let span = SpanMaker::new("checkout")
        .ids(0xabc, 0x12, 0x11)
        .times(1_700_000_000_000_000_001, 1_700_000_000_000_000_002)
        .attributes(&[("order.id", Value::U64(7)), ("tier", Value::Str("pro"))])
        .error("no stock")
        .build(|_| {});
    json.export(&[span.view()]).unwrap();
    json.export(&[span.view()]).unwrap();
    let text = output.text();
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    let resource_spans = &lines[0]["resourceSpans"][0];
    assert_eq!(resource_spans["resource"]["attributes"][0]["value"]["stringValue"], "shop");
    let scope_spans = &resource_spans["scopeSpans"][0];
    assert_eq!(scope_spans["scope"]["name"], "shop");
    let span = &scope_spans["spans"][0];
    assert_eq!(span["traceId"], format!("{:032x}", 0xabc));
    assert_eq!(span["spanId"], "0000000000000012");
    assert_eq!(span["parentSpanId"], "0000000000000011");
    assert_eq!(span["startTimeUnixNano"], "1700000000000000001");
    assert_eq!(span["kind"], 1);
    assert_eq!(span["status"]["code"], 2);
    assert_eq!(span["status"]["message"], "no stock");
    assert_eq!(span["attributes"][0]["key"], "order.id");
    assert_eq!(span["attributes"][0]["value"]["intValue"], "7");
}

/// Returns a span with every kind of data.
fn whole() -> BuiltSpan {
    let other =
        SpanContext::remote(TraceId::from_u128(0xdef), SpanId::from_u64(0x99), TraceFlags::SAMPLED);
    SpanMaker::new("checkout")
        .ids(0xabc, 0x12, 0x11)
        .times(1_700_000_000_000_000_001, 1_700_000_000_000_000_002)
        .attributes(&[
            ("int", Value::I64(-7)),
            ("large", Value::U64(u64::MAX)),
            ("double", Value::F64(0.5)),
            ("bool", Value::Bool(false)),
            ("text", Value::Str("é \"\\ 👩\u{200d}👧")),
            ("empty", Value::Str("")),
            ("ints", Value::I64s(&[1, 2])),
            ("doubles", Value::F64s(&[1.0, 2.5])),
            ("bools", Value::Bools(&[true])),
            ("texts", Value::Strs(&["a", ""])),
        ])
        .event("retry", 1_700_000_000_000_000_001, &[("attempt", Value::U64(2))])
        .link(other, &[("why", Value::Str("late"))])
        .error("no stock")
        .build(|span| {
            span.kind = SpanKind::Client;
            span.parent_is_remote = true;
            (span.dropped_attributes, span.dropped_events, span.dropped_links) = (1, 2, 3);
        })
}

fn written(span: FinishedSpan<'_>) -> String {
    let output = Written::default();
    let mut json = JsonExporter::to_writer(output.clone());
    json.set_resource(
        &Resource::builder_empty()
            .with_schema_url([KeyValue::new("service.name", "shop")], "https://a/schema")
            .build(),
    );
    json.export(&[span]).unwrap();
    output.text()
}

/// OpenTelemetry's own types read the same data that its own transform makes of the span.
#[test]
fn it_means_what_the_transform_means() {
    let (first, second) = (whole(), SpanMaker::new("bare").build(|_| {}));
    for span in [first, second] {
        let read: TracesData = serde_json::from_str(&written(span.view())).unwrap();
        let resource = Resource::builder_empty()
            .with_schema_url([KeyValue::new("service.name", "shop")], "https://a/schema")
            .build();
        let mut resource_spans = group_spans_by_resource_and_scope(
            vec![span_data(span.view())],
            &ResourceAttributesWithSchema::from(&resource),
        );
        // A status that is not set is a default, which is left out.
        let status = &mut resource_spans[0].scope_spans[0].spans[0].status;
        *status = status.take().filter(|status| status.code != 0);
        assert_eq!(read, TracesData { resource_spans });
    }
}

#[test]
fn numbers_that_json_does_not_know_are_text() {
    let numbers = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
    let span = SpanMaker::new("x")
        .attributes(&[("nan", Value::F64(f64::NAN)), ("all", Value::F64s(&numbers))])
        .build(|_| {});
    let line = written(span.view());
    assert!(line.contains(r#"{"key":"nan","value":{"doubleValue":"NaN"}}"#), "{line}");
    let all = r#"[{"doubleValue":"NaN"},{"doubleValue":"Infinity"},{"doubleValue":"-Infinity"}]"#;
    assert!(line.contains(all), "{line}");
}

#[test]
fn a_line_moves_no_cursor() {
    const HOSTILE: &str = "a\u{1b}[2J\nb\u{9b}1m\u{202e}c\u{2028}\u{7f}";
    let span = SpanMaker::new(HOSTILE)
        .attributes(&[(HOSTILE, Value::Str(HOSTILE)), ("all", Value::Strs(&[HOSTILE]))])
        .event(HOSTILE, 1, &[(HOSTILE, Value::Str(HOSTILE))])
        .error(HOSTILE)
        .build(|_| {});
    let line = written(span.view());
    assert!(!line.trim_end().contains(crate::escape::is_unsafe), "{line:?}");
    let read: serde_json::Value = serde_json::from_str(&line).unwrap();
    let span = &read["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
    assert_eq!(span["name"], HOSTILE);
    assert_eq!(span["attributes"][0]["key"], HOSTILE);
    assert_eq!(span["status"]["message"], HOSTILE);
}
