//! Compares JSON lines with the messages that opentelemetry-proto makes of the same metrics.

use super::*;
use crate::export::testing::Written;
use crate::export::testing_metrics::{collected, everything};
use opentelemetry::KeyValue;
use opentelemetry::metrics::MeterProvider;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::MetricsData;
use opentelemetry_sdk::metrics::Temporality;
use serde_json::{Value, json};
use std::collections::HashSet;

/// Returns the lines that the exporter writes.
fn lines(metrics: &ResourceMetrics) -> Vec<String> {
    let output = Written::default();
    let (points, exported) = JsonMetrics(Lines::to(output.clone())).export(metrics);
    assert_eq!((points, exported), (count_points(metrics), Ok(())));
    output.text().lines().map(str::to_owned).collect()
}

#[test]
fn a_line_matches_the_stock_transform() {
    for temporality in [Temporality::Cumulative, Temporality::Delta, Temporality::LowMemory] {
        let metrics = collected(temporality, everything);
        let [line] = &lines(&metrics)[..] else { panic!("one line") };
        let read: MetricsData = serde_json::from_str(line).unwrap();
        let expected = ExportMetricsServiceRequest::from(&metrics).resource_metrics;
        assert_eq!(read.resource_metrics, expected);
    }
}

/// A reader may be lenient, so the text itself is compared with the form of the official examples.
#[test]
fn members_have_the_form_of_the_specification() {
    let metrics = collected(Temporality::Delta, |provider| {
        let meter = provider.meter("shop");
        let tier = [KeyValue::new("tier", "pro")];
        meter.u64_counter("orders").with_unit("{order}").build().add(1 << 60, &tier);
        meter.f64_gauge("load").build().record(0.0, &[]);
        let latency = meter.f64_histogram("latency").with_boundaries(vec![0.5, 2.0]).build();
        latency.record(1.0, &[]);
        meter.f64_histogram("exponential").build().record(4.0, &[]);
    });
    let [line] = &lines(&metrics)[..] else { panic!("one line") };
    let mut line: Value = serde_json::from_str(line).unwrap();
    let found = line["resourceMetrics"][0]["scopeMetrics"][0]["metrics"].take();
    let mut found = found.as_array().unwrap().clone();
    for metric in &mut found {
        for (name, data) in metric.as_object_mut().unwrap() {
            let Some(point) = data.pointer_mut("/dataPoints/0") else { continue };
            let point = point.as_object_mut().unwrap();
            for time in ["startTimeUnixNano", "timeUnixNano"] {
                let time = point.remove(time).unwrap_or_else(|| panic!("{name} has no {time}"));
                assert!(time.as_str().unwrap().parse::<u64>().unwrap() > 0, "{time}");
            }
        }
    }
    found.sort_by_key(|metric| metric["name"].to_string());
    let expected = json!([
        {
            "name": "exponential",
            "exponentialHistogram": {
                "dataPoints": [{
                    "count": "1", "sum": 4.0, "scale": 20, "zeroCount": "0",
                    "positive": { "offset": 2_097_151, "bucketCounts": ["1"] }, "negative": {},
                    "min": 4.0, "max": 4.0, "zeroThreshold": 0.0,
                }],
                "aggregationTemporality": 1,
            },
        },
        {
            "name": "latency",
            "histogram": {
                "dataPoints": [{
                    "count": "1", "sum": 1.0, "bucketCounts": ["0", "1", "0"],
                    "explicitBounds": [0.5, 2.0], "min": 1.0, "max": 1.0,
                }],
                "aggregationTemporality": 1,
            },
        },
        { "name": "load", "gauge": { "dataPoints": [{ "asDouble": 0.0 }] } },
        {
            "name": "orders",
            "unit": "{order}",
            "sum": {
                "dataPoints": [{
                    "attributes": [{ "key": "tier", "value": { "stringValue": "pro" } }],
                    "asInt": "1152921504606846976",
                }],
                "aggregationTemporality": 1,
                "isMonotonic": true,
            },
        },
    ]);
    assert_eq!(Value::Array(found), expected);
    let rest = json!({ "resourceMetrics": [{
        "resource": {
            "attributes": [{ "key": "service.name", "value": { "stringValue": "shop" } }],
        },
        "scopeMetrics": [{ "scope": { "name": "shop" }, "metrics": null }],
        "schemaUrl": "https://a/schema",
    }] });
    assert_eq!(line, rest);
}

#[test]
fn many_points_are_several_lines() {
    const POINTS: i64 = 1_900;
    let metrics = collected(Temporality::Cumulative, |provider| {
        let counter = provider.meter("shop").u64_counter("orders").build();
        for point in 0..POINTS {
            let text = "x".repeat(1_000);
            counter.add(1, &[KeyValue::new("point", point), KeyValue::new("text", text)]);
        }
    });
    let lines = lines(&metrics);
    assert!(lines.len() > 2 && lines.iter().all(|line| line.len() < 1 << 20));
    let mut seen = HashSet::new();
    for line in lines {
        let read: Value = serde_json::from_str(&line).unwrap();
        let metric = &read["resourceMetrics"][0]["scopeMetrics"][0]["metrics"][0];
        assert_eq!(metric["sum"]["aggregationTemporality"], 2);
        for point in metric["sum"]["dataPoints"].as_array().unwrap() {
            let attributes = point["attributes"].as_array().unwrap();
            let id = attributes.iter().find(|attribute| attribute["key"] == "point").unwrap();
            assert!(seen.insert(id["value"]["intValue"].as_str().unwrap().to_owned()));
        }
    }
    assert_eq!(seen.len() as i64, POINTS);
}

#[test]
fn points_of_a_line_are_limited() {
    let metrics = collected(Temporality::Delta, everything);
    let output = Written::default();
    let mut exporter = JsonMetrics(Lines::to(output.clone()).with_most(5));
    assert_eq!(exporter.export(&metrics), (12, Ok(())));
    let text = output.text();
    let points = text.lines().map(|line| line.matches("timeUnixNano").count());
    assert_eq!(points.collect::<Vec<_>>(), [5, 5, 2]);
}

#[test]
fn without_points_nothing_is_written() {
    assert!(lines(&collected(Temporality::Cumulative, |_| {})).is_empty());
}
