//! Converts values of OpenTelemetry's API: into values for the ring, and into recorded values.

use crate::recorder::RecordedValue;
use crate::value::Value;
use opentelemetry::{Array, KeyValue, StringValue, Value as OtelValue};

/// Calls `run` with the attributes in the form in which they are recorded.
pub(super) fn with_pairs<R>(
    attributes: &[KeyValue],
    run: impl FnOnce(&[(&str, Value<'_>)]) -> R,
) -> R {
    let texts: Vec<Vec<&str>> = attributes.iter().map(|pair| texts(&pair.value)).collect();
    let pairs: Vec<_> = attributes
        .iter()
        .zip(&texts)
        .map(|(pair, texts)| (pair.key.as_str(), value(&pair.value, texts)))
        .collect();
    run(&pairs)
}

/// Returns the texts of a list of texts; for other values none, without an allocation.
fn texts(value: &OtelValue) -> Vec<&str> {
    match value {
        OtelValue::Array(Array::String(texts)) => texts.iter().map(StringValue::as_str).collect(),
        _ => Vec::new(),
    }
}

/// Converts a value. Kinds that OpenTelemetry may add later are left out.
fn value<'a>(value: &'a OtelValue, texts: &'a [&'a str]) -> Value<'a> {
    match value {
        OtelValue::Bool(value) => Value::Bool(*value),
        OtelValue::I64(value) => Value::I64(*value),
        OtelValue::F64(value) => Value::F64(*value),
        OtelValue::String(value) => Value::Str(value.as_str()),
        OtelValue::Array(Array::Bool(values)) => Value::Bools(values),
        OtelValue::Array(Array::I64(values)) => Value::I64s(values),
        OtelValue::Array(Array::F64(values)) => Value::F64s(values),
        OtelValue::Array(Array::String(_)) => Value::Strs(texts),
        _ => Value::Absent,
    }
}

/// Returns OpenTelemetry's value as a recorded one; `None` for kinds that it may add later.
pub(crate) fn recorded(value: &OtelValue) -> Option<RecordedValue<'_>> {
    Some(match value {
        OtelValue::Bool(value) => RecordedValue::Bool(*value),
        OtelValue::I64(value) => RecordedValue::I64(*value),
        OtelValue::F64(value) => RecordedValue::F64(*value),
        OtelValue::String(value) => RecordedValue::Str(value.as_str()),
        OtelValue::Array(Array::Bool(list)) => RecordedValue::Bools(list.clone()),
        OtelValue::Array(Array::I64(list)) => RecordedValue::I64s(list.clone()),
        OtelValue::Array(Array::F64(list)) => RecordedValue::F64s(list.clone()),
        OtelValue::Array(Array::String(list)) => {
            RecordedValue::Strs(list.iter().map(StringValue::as_str).collect())
        }
        _ => return None,
    })
}
