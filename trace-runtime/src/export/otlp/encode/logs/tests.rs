//! Compares encoded log records with the requests that opentelemetry-proto makes of them.

use super::*;
use crate::export::testing_logs::{log, values, whole_log};
use opentelemetry::KeyValue;
use opentelemetry::logs::LogRecord as _;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue as Sent, any_value::Value};
use opentelemetry_proto::tonic::logs::v1::ResourceLogs;
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::logs::tonic::group_logs_by_resource_and_scope;
use opentelemetry_sdk::logs::LogBatch;
use prost::Message;

fn resource() -> Resource {
    Resource::builder_empty()
        .with_schema_url([KeyValue::new("service.name", "shop")], "https://a/schema")
        .build()
}

/// Returns the request as a receiver decodes it.
fn sent(batch: &[&EmittedLog]) -> Vec<ResourceLogs> {
    let mut encoder = LogEncoder::default();
    encoder.set_resource(&resource());
    let request = ExportLogsServiceRequest::decode(encoder.encode(batch).1).unwrap();
    sorted(request.resource_logs)
}

/// Returns the request that opentelemetry-proto makes of the same records.
fn expected(batch: &[&EmittedLog]) -> Vec<ResourceLogs> {
    let records: Vec<_> = batch.iter().map(|log| (&log.record, &log.scope)).collect();
    let resource = ResourceAttributesWithSchema::from(&resource());
    sorted(group_logs_by_resource_and_scope(&LogBatch::new(&records), &resource))
}

/// Sorts groups and maps, which are unordered.
fn sorted(mut all: Vec<ResourceLogs>) -> Vec<ResourceLogs> {
    fn sort(value: Option<&mut Sent>) {
        match value.and_then(|value| value.value.as_mut()) {
            Some(Value::KvlistValue(list)) => {
                list.values.sort_by(|one, other| one.key.cmp(&other.key));
                list.values.iter_mut().for_each(|pair| sort(pair.value.as_mut()));
            }
            Some(Value::ArrayValue(list)) => {
                list.values.iter_mut().for_each(|value| sort(Some(value)));
            }
            _ => {}
        }
    }
    for logs in &mut all {
        logs.scope_logs.sort_by_key(|scope| scope.scope.clone().map(|scope| scope.name));
        for record in logs.scope_logs.iter_mut().flat_map(|scope| &mut scope.log_records) {
            sort(record.body.as_mut());
            record.attributes.iter_mut().for_each(|pair| sort(pair.value.as_mut()));
        }
    }
    all
}

#[test]
fn every_field_is_what_opentelemetry_sends() {
    let log = whole_log();
    assert_eq!(sent(&[&log]), expected(&[&log]));
    let scope = &sent(&[&log])[0].scope_logs[0];
    assert_eq!(scope.log_records[0].attributes.len(), 8);
    assert_eq!(scope.log_records[0].flags, 1);
}

#[test]
fn a_body_may_be_of_any_kind() {
    for (_, value) in values() {
        let log = log(|record| record.set_body(value.clone()));
        assert_eq!(sent(&[&log]), expected(&[&log]), "{value:?}");
    }
    let bare = log(|_| {});
    assert_eq!(sent(&[&bare]), expected(&[&bare]));
}

#[test]
fn records_are_grouped_by_target() {
    let of = |target: Option<&'static str>| {
        log(|record| {
            if let Some(target) = target {
                record.set_target(target);
            }
        })
    };
    let logs = [of(None), of(Some("a")), of(None), of(Some("b")), of(Some("a")), of(Some("shop"))];
    let batch: Vec<_> = logs.iter().collect();
    assert_eq!(sent(&batch), expected(&batch));
    assert_eq!(sent(&batch)[0].scope_logs.len(), 3);
}

#[test]
fn records_of_any_size_are_sent_whole() {
    for len in [0, 60, 120, 130, 16_300, 16_390, 2_100_000] {
        let log = log(|record| record.set_body("x".repeat(len).into()));
        assert_eq!(sent(&[&log, &log]), expected(&[&log, &log]), "{len}");
    }
}

#[test]
fn dropped_attributes_are_counted() {
    let log = EmittedLog { dropped_attributes: 3, ..whole_log() };
    let sent = &sent(&[&log])[0].scope_logs[0].log_records[0];
    assert_eq!(sent.dropped_attributes_count, 3);
}

#[test]
fn parts_of_a_batch_have_each_record_once() {
    let of = |target: &'static str, body: usize| {
        log(|record| {
            record.set_target(target);
            record.set_body("x".repeat(body).into());
        })
    };
    let logs = [of("a", 100), of("b", 900), of("a", 101), of("c", 10), of("b", 11), of("a", 12)];
    let batch: Vec<_> = logs.iter().collect();
    let mut encoder = LogEncoder::default();
    for limit in [0, 400, 1_200, usize::MAX] {
        assert_eq!(encoder.begin(&batch[..]), 6);
        let mut records = Vec::new();
        while records.len() < 6 {
            let (count, request) = encoder.encode_part(&batch[..], records.len(), limit);
            assert!(count == 1 || request.len() <= limit.saturating_add(100), "{limit}");
            let request = ExportLogsServiceRequest::decode(request).unwrap();
            let scopes = request.resource_logs.into_iter().flat_map(|it| it.scope_logs);
            let part: Vec<_> = scopes
                .flat_map(|scope| {
                    let name = scope.scope.unwrap().name;
                    scope.log_records.into_iter().map(move |record| (name.clone(), record.body))
                })
                .collect();
            assert!(count > 0 && part.len() == count);
            records.extend(part);
        }
        let names: Vec<_> = records.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["a", "a", "a", "b", "b", "c"]);
        records.dedup();
        assert_eq!(records.len(), 6);
    }
}
