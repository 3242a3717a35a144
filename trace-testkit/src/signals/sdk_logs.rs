//! Converts log records of the OpenTelemetry SDK.

use super::convert;
use crate::model::{AttributeValue, LogData};
use opentelemetry::InstrumentationScope;
use opentelemetry::logs::AnyValue;
use opentelemetry_sdk::logs::SdkLogRecord;
use std::time::SystemTime;
use trace_runtime::propagation::{SpanId, TraceFlags, TraceId};

/// Converts a record, without its resource.
pub(super) fn log(record: &SdkLogRecord, scope: &InstrumentationScope) -> LogData {
    let attributes = record.attributes_iter();
    let mut log = LogData {
        unix_nanos: nanos(record.timestamp()),
        observed_unix_nanos: nanos(record.observed_timestamp()),
        severity_number: record.severity_number().map_or(0, |severity| severity as u8),
        severity_text: record.severity_text().unwrap_or_default().to_owned(),
        body: record.body().map(value),
        attributes: attributes.map(|(key, of)| (key.to_string(), value(of))).collect(),
        event_name: record.event_name().unwrap_or_default().to_owned(),
        scope: convert::scope(scope),
        ..LogData::default()
    };
    // As OTLP exporters do: bridges of logging crates have one scope, and the module is the target.
    if let Some(target) = record.target() {
        log.scope.name = target.to_string();
    }
    if let Some(context) = record.trace_context() {
        log.trace_id = TraceId::from_bytes(context.trace_id.to_bytes());
        log.span_id = SpanId::from_bytes(context.span_id.to_bytes());
        log.flags = TraceFlags::new(context.trace_flags.unwrap_or_default().to_u8());
    }
    log
}

fn nanos(time: Option<SystemTime>) -> u64 {
    time.map_or(0, convert::nanos)
}

fn value(of: &AnyValue) -> AttributeValue {
    match of {
        AnyValue::Int(number) => (*number).into(),
        AnyValue::Double(number) => (*number).into(),
        AnyValue::String(text) => text.as_str().into(),
        AnyValue::Boolean(truth) => (*truth).into(),
        AnyValue::Bytes(bytes) => AttributeValue::bytes(bytes),
        AnyValue::ListAny(list) => AttributeValue::list(list.iter().map(value).collect()),
        AnyValue::Map(map) => {
            AttributeValue::map(map.iter().map(|(key, of)| (key.to_string(), value(of))))
        }
        other => AttributeValue::Other(format!("{other:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    #[test]
    fn values_keep_their_types() {
        let list = |list: Vec<AnyValue>| value(&AnyValue::ListAny(Box::new(list)));
        assert_eq!(list(vec![1.into(), 2.into()]), [1, 2].into());
        assert_eq!(list(vec!["a".into()]), ["a"].into());
        assert_eq!(list(vec![true.into()]), [true].into());
        assert_eq!(list(vec![0.5.into()]), [0.5].into());
        assert_eq!(list(vec![1.into(), "a".into()]), AttributeValue::Other(r#"[1, "a"]"#.into()));
        // As the receiver reports the same record.
        assert_eq!(list(vec![1.into(), 0.5.into()]), AttributeValue::Other("[1, 0.5]".into()));
        let bytes = value(&AnyValue::Bytes(Box::new(vec![0, b'a'])));
        assert_eq!(bytes, AttributeValue::Other(r#"b"\x00a""#.into()));
        let map = HashMap::from([("b".into(), 1.into()), ("a".into(), "x".into())]);
        let map = value(&AnyValue::Map(Box::new(map)));
        assert_eq!(map, AttributeValue::Other(r#"{"a": "x", "b": 1}"#.into()));
    }
}
