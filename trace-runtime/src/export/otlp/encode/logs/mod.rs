//! Encodes log records as OTLP requests.

mod schema;
#[cfg(test)]
mod tests;

use self::schema::{any_value, key_value_list, log_record, request, resource_logs, scope_logs};
use super::schema::{any_value as plain, array_value, key_value, scope};
use super::wire::{bytes, count, fixed32, fixed64, message, number, text};
use super::{Encode, encode_resource, group};
use crate::export::EmittedLog;
use crate::export::numbers::unix_nanos;
use crate::export::room::Room;
use opentelemetry::logs::AnyValue;
use opentelemetry::{InstrumentationScope, Key};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::logs::SdkLogRecord;

/// An encoder of batches of log records.
#[derive(Default)]
pub(in crate::export::otlp) struct LogEncoder {
    /// The encoded resource, and the URL of its schema.
    resource: Vec<u8>,
    schema_url: String,
    /// The group and the index of each record of a batch, sorted so that the records of a scope are
    /// together.
    order: Vec<(u32, u32)>,
    request: Vec<u8>,
}

impl Encode<[&EmittedLog]> for LogEncoder {
    fn set_resource(&mut self, resource: &Resource) {
        self.resource.clear();
        encode_resource(&mut self.resource, resource_logs::RESOURCE, resource);
        self.schema_url = resource.schema_url().unwrap_or_default().to_owned();
    }

    /// Groups records by scope. Bridges use one logger for a whole program, and name the source of
    /// a record as its target. The scope is therefore named after the target, if there is one.
    fn begin(&mut self, batch: &[&EmittedLog]) -> usize {
        let mut firsts: Vec<&EmittedLog> = Vec::new();
        self.order.clear();
        self.order.extend((0..).zip(batch).map(|(at, log)| {
            let known = firsts.iter().position(|first| is_same_scope(first, log));
            let group = known.unwrap_or_else(|| {
                firsts.push(log);
                firsts.len() - 1
            });
            (group as u32, at)
        }));
        self.order.sort_unstable();
        batch.len()
    }

    /// Encodes records as an `ExportLogsServiceRequest`, grouped by scope.
    fn encode_part(&mut self, batch: &[&EmittedLog], from: usize, limit: usize) -> (usize, &[u8]) {
        let mut room = Room::after(0, limit);
        self.request.clear();
        message::<3>(&mut self.request, request::RESOURCE_LOGS, |out| {
            out.extend_from_slice(&self.resource);
            for logs in self.order[from..].chunk_by(|(group, _), (next, _)| group == next) {
                let logs = logs.iter().map(|&(_, at)| batch[at as usize]);
                group::<3>(out, resource_logs::SCOPE_LOGS, &mut room, |out, room| {
                    encode_group(out, logs, room);
                });
            }
            text(out, resource_logs::SCHEMA_URL, &self.schema_url);
        });
        (room.taken(), &self.request)
    }
}

fn is_same_scope(one: &EmittedLog, other: &EmittedLog) -> bool {
    fn rest(scope: &InstrumentationScope) -> (Option<&str>, Option<&str>) {
        (scope.version(), scope.schema_url())
    }
    one.source() == other.source()
        && rest(&one.scope) == rest(&other.scope)
        && one.scope.attributes().eq(other.scope.attributes())
}

fn encode_group<'a>(
    out: &mut Vec<u8>,
    logs: impl Iterator<Item = &'a EmittedLog>,
    room: &mut Room,
) {
    let mut logs = logs.peekable();
    let Some(first) = logs.peek() else { return };
    let (name, of) = (first.source(), &first.scope);
    message::<1>(out, scope_logs::SCOPE, |out| {
        text(out, scope::NAME, name);
        text(out, scope::VERSION, of.version().unwrap_or_default());
        for attribute in of.attributes() {
            super::attribute(out, scope::ATTRIBUTES, &attribute.key, &attribute.value);
        }
    });
    for log in logs {
        let record = |out: &mut Vec<u8>| {
            message::<2>(out, scope_logs::LOG_RECORDS, |out| encode_record(out, log));
        };
        if !room.take(out, record) {
            break;
        }
    }
    text(out, scope_logs::SCHEMA_URL, of.schema_url().unwrap_or_default());
}

fn encode_record(out: &mut Vec<u8>, log: &EmittedLog) {
    let record: &SdkLogRecord = &log.record;
    if let Some(time) = record.timestamp() {
        fixed64(out, log_record::TIME, unix_nanos(time));
    }
    if let Some(severity) = record.severity_number() {
        number(out, log_record::SEVERITY_NUMBER, severity as u64);
    }
    text(out, log_record::SEVERITY_TEXT, record.severity_text().unwrap_or_default());
    if let Some(body) = record.body() {
        encode_value(out, log_record::BODY, body);
    }
    for (key, value) in record.attributes_iter() {
        encode_pair(out, log_record::ATTRIBUTES, key, value);
    }
    count(out, log_record::DROPPED_ATTRIBUTES, log.dropped_attributes);
    if let Some(context) = log.trace_context() {
        let flags = context.trace_flags.unwrap_or_default();
        fixed32(out, log_record::FLAGS, flags.to_u8().into());
        bytes(out, log_record::TRACE_ID, &context.trace_id.to_bytes());
        bytes(out, log_record::SPAN_ID, &context.span_id.to_bytes());
    }
    if let Some(time) = record.observed_timestamp() {
        fixed64(out, log_record::OBSERVED_TIME, unix_nanos(time));
    }
    text(out, log_record::EVENT_NAME, record.event_name().unwrap_or_default());
}

fn encode_pair(out: &mut Vec<u8>, field: u32, key: &Key, value: &AnyValue) {
    message::<1>(out, field, |out| {
        text(out, key_value::KEY, key.as_str());
        encode_value(out, key_value::VALUE, value);
    });
}

fn encode_value(out: &mut Vec<u8>, field: u32, value: &AnyValue) {
    message::<1>(out, field, |out| match value {
        AnyValue::Int(value) => number(out, plain::INT, *value as u64),
        AnyValue::Double(value) => fixed64(out, plain::DOUBLE, value.to_bits()),
        AnyValue::String(value) => bytes(out, plain::STRING, value.as_str().as_bytes()),
        AnyValue::Boolean(value) => number(out, plain::BOOL, (*value).into()),
        AnyValue::Bytes(value) => bytes(out, any_value::BYTES, value),
        AnyValue::ListAny(list) => message::<1>(out, plain::ARRAY, |out| {
            for element in list.iter() {
                encode_value(out, array_value::VALUES, element);
            }
        }),
        AnyValue::Map(map) => message::<1>(out, any_value::KEY_VALUE_LIST, |out| {
            for (key, element) in map.iter() {
                encode_pair(out, key_value_list::VALUES, key, element);
            }
        }),
        // No other kind exists yet; its values would be sent empty.
        _ => {}
    });
}
