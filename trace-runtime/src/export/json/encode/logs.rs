//! Encodes log records as a `LogsData`.

use super::attributes::{resource, scope};
use super::members::object;
use crate::export::EmittedLog;
use crate::export::json::logs::base64;
use crate::export::numbers::unix_nanos;
use crate::export::room::Room;
use crate::json::{double, text};
use opentelemetry::logs::AnyValue;
use opentelemetry_sdk::Resource;

/// Appends a `LogsData` of these records, grouped by scope, as far as there is room.
pub(in crate::export) fn logs(
    out: &mut String,
    of: &Resource,
    batch: &[&EmittedLog],
    room: &mut Room,
) {
    let mut groups: Vec<Vec<&EmittedLog>> = Vec::new();
    for log in batch {
        match groups.iter_mut().find(|group| is_same_scope(group[0], log)) {
            Some(group) => group.push(log),
            None => groups.push(vec![log]),
        }
    }
    object(out, |out| {
        out.list("resourceLogs", [of], |out, of| {
            object(out, |out| {
                resource(out, of);
                out.groups("scopeLogs", &groups, room, |out, group, room| {
                    scope_logs(out, group, room);
                });
                out.text("schemaUrl", of.schema_url().unwrap_or_default());
            });
        });
    });
}

fn is_same_scope(one: &EmittedLog, other: &EmittedLog) -> bool {
    one.source() == other.source() && one.scope == other.scope
}

fn scope_logs(out: &mut String, group: &[&EmittedLog], room: &mut Room) {
    let of = &group[0].scope;
    object(out, |out| {
        scope(out, group[0].source(), of.version().unwrap_or_default(), of.attributes());
        out.items("logRecords", group, room, |out, log| record(out, log));
        out.text("schemaUrl", of.schema_url().unwrap_or_default());
    });
}

fn record(out: &mut String, log: &EmittedLog) {
    let record = &log.record;
    object(out, |out| {
        if let Some(time) = record.timestamp() {
            out.long("timeUnixNano", unix_nanos(time));
        }
        if let Some(time) = record.observed_timestamp() {
            out.long("observedTimeUnixNano", unix_nanos(time));
        }
        out.number("severityNumber", record.severity_number().map_or(0, |number| number as u32));
        out.text("severityText", record.severity_text().unwrap_or_default());
        if let Some(body) = record.body() {
            out.member("body", |out| value(out, body));
        }
        out.list("attributes", record.attributes_iter(), |out, (key, of)| {
            pair(out, key.as_str(), of);
        });
        out.number("droppedAttributesCount", log.dropped_attributes);
        if let Some(context) = log.trace_context() {
            out.number("flags", context.trace_flags.unwrap_or_default().to_u8());
            out.long("traceId", context.trace_id);
            out.long("spanId", context.span_id);
        }
        out.text("eventName", record.event_name().unwrap_or_default());
    });
}

fn pair(out: &mut String, key: &str, of: &AnyValue) {
    object(out, |out| {
        out.key(key);
        out.member("value", |out| value(out, of));
    });
}

fn value(out: &mut String, of: &AnyValue) {
    object(out, |out| match of {
        AnyValue::Int(number) => out.long("intValue", number),
        AnyValue::Double(number) => out.member("doubleValue", |out| double(out, *number)),
        AnyValue::String(value) => out.member("stringValue", |out| text(out, value.as_str())),
        AnyValue::Boolean(truth) => out.member("boolValue", |out| {
            out.push_str(if *truth { "true" } else { "false" });
        }),
        AnyValue::Bytes(bytes) => out.member("bytesValue", |out| base64(out, bytes)),
        AnyValue::ListAny(list) => {
            out.object("arrayValue", |out| out.values(list.iter(), value));
        }
        AnyValue::Map(map) => {
            // A map has no order.
            let mut pairs: Vec<_> = map.iter().collect();
            pairs.sort_unstable_by_key(|(key, _)| key.as_str());
            out.object("kvlistValue", |out| {
                out.values(pairs, |out, (key, of)| pair(out, key.as_str(), of));
            });
        }
        // No other kind exists yet.
        _ => {}
    });
}
