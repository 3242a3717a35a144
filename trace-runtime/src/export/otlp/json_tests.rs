//! Compares requests in JSON with those in protobuf of the same items.

use super::*;
use crate::export::otlp::encode::SpanEncoder;
use crate::export::testing::{SpanMaker, batch_of, whole_span};
use crate::site::Site;
use opentelemetry::KeyValue;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::fmt::Debug;

/// Asserts that both encoders put the same into a request of type `M`, and that requests of up to `limit` bytes contain
/// each item once.
fn compare<M, B: ?Sized>(batch: &B, mut protobuf: impl Encode<B>, limit: usize)
where
    M: Message + Default + DeserializeOwned + PartialEq + Debug,
    JsonEncoder: Encode<B>,
{
    let resource = Resource::builder_empty()
        .with_schema_url([KeyValue::new("service.name", "shop")], "https://a/schema")
        .build();
    let mut json = JsonEncoder::new().unwrap();
    Encode::<B>::set_resource(&mut json, &resource);
    protobuf.set_resource(&resource);
    let (items, request) = json.encode(batch);
    let (expected, sent) = protobuf.encode(batch);
    assert_eq!(items, expected);
    let read = |request: &[u8]| serde_json::from_slice::<M>(request).unwrap();
    assert_eq!(read(request), M::decode(sent).unwrap());
    let whole = items_of(request);
    assert_eq!(whole.len(), items);
    for limit in [0, limit] {
        let mut parts = Vec::new();
        while parts.len() < items {
            let (count, request) = json.encode_part(batch, parts.len(), limit);
            assert!(0 < count && count < items, "{count} of {items} within {limit} bytes");
            assert!(count == 1 || request.len() < limit + 200, "{}", request.len());
            let part = items_of(request);
            assert_eq!(part.len(), count);
            parts.extend(part);
        }
        assert_eq!(parts, whole);
    }
}

/// Returns the items of a request, each after the names of what is around it.
fn items_of(request: &[u8]) -> Vec<String> {
    let mut items = Vec::new();
    collect(&serde_json::from_slice(request).unwrap(), "", &mut items);
    items
}

fn collect(value: &Value, around: &str, items: &mut Vec<String>) {
    for (name, member) in value.as_object().unwrap() {
        let elements = member.as_array().into_iter().flatten();
        match name.as_str() {
            "resourceSpans" | "resourceLogs" | "resourceMetrics" | "scopeSpans" | "scopeLogs"
            | "scopeMetrics" | "metrics" => {
                for element in elements {
                    let around = format!("{around}/{}{}", element["scope"], element["name"]);
                    collect(element, &around, items);
                }
            }
            "gauge" | "sum" | "histogram" | "exponentialHistogram" => {
                collect(member, &format!("{around}/{name}"), items);
            }
            "spans" | "logRecords" | "dataPoints" => {
                items.extend(elements.map(|item| format!("{around} {item}")));
            }
            _ => {}
        }
    }
}

#[test]
fn spans_are_those_of_protobuf() {
    static OTHER: Site = Site::new("restock\0stock\0src/stock.rs\x000.1.0\0", 7);
    let whole = whole_span();
    let other = SpanMaker::at("restock", OTHER.info()).ids(1, 2, 0).build(|_| {});
    let spans = [whole.clone(), whole.clone(), whole, other.clone(), other];
    let limit = 2_500;
    compare::<ExportTraceServiceRequest, _>(&batch_of(&spans)[..], SpanEncoder::default(), limit);
}

#[cfg(feature = "logs")]
#[test]
fn log_records_are_those_of_protobuf() {
    use crate::export::otlp::encode::logs::LogEncoder;
    use crate::export::testing_logs::{log, whole_log};
    use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;

    let (whole, plain) = (whole_log(), log(|_| {}));
    let mut other = log(|_| {});
    other.scope = opentelemetry::InstrumentationScope::builder("stock").build();
    let batch = [&whole, &plain, &whole, &plain, &other];
    compare::<ExportLogsServiceRequest, _>(&batch[..], LogEncoder::default(), 1_500);
}

#[cfg(feature = "metrics")]
#[test]
fn metrics_are_those_of_protobuf() {
    use crate::export::otlp::encode::metrics::MetricEncoder;
    use crate::export::testing_metrics::{collected, everything};
    use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
    use opentelemetry_sdk::metrics::Temporality;

    for temporality in [Temporality::Cumulative, Temporality::Delta] {
        let metrics = collected(temporality, everything);
        compare::<ExportMetricsServiceRequest, _>(&metrics, MetricEncoder::default(), 3_000);
    }
}
