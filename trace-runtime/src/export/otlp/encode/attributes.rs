//! Encodes attributes.

use super::schema::{any_value, array_value, key_value};
use super::wire::{
    BYTES, FIXED64, VARINT, bytes, message, number, put_varint, text, varint, varint_len,
};
use crate::interop::recorded;
use crate::recorder::RecordedValue;
use opentelemetry::{Key, Value};

/// Returns the key of an attribute, encoded as a field of its message.
pub(super) fn encoded_key(key: &str) -> Vec<u8> {
    let mut encoded = Vec::new();
    text(&mut encoded, key_value::KEY, key);
    encoded
}

/// Encodes an attribute of OpenTelemetry's API.
pub(super) fn attribute(out: &mut Vec<u8>, field: u32, key: &Key, value: &Value) {
    match recorded(value) {
        Some(value) => key_value(out, field, key.as_str(), &value),
        None => key_value(out, field, key.as_str(), &RecordedValue::Str(&value.as_str())),
    }
}

/// Encodes an attribute, with its key.
pub(super) fn key_value(out: &mut Vec<u8>, field: u32, key: &str, value: &RecordedValue<'_>) {
    // Room for a short key, with its tag and length.
    let mut encoded = [0; 64];
    if (1..=62).contains(&key.len()) {
        encoded[0] = (key_value::KEY << 3 | BYTES) as u8;
        encoded[1] = key.len() as u8;
        encoded[2..2 + key.len()].copy_from_slice(key.as_bytes());
        keyed(out, field, &encoded[..2 + key.len()], value);
    } else {
        keyed(out, field, &encoded_key(key), value);
    }
}

/// Encodes an attribute whose key is encoded already. Lengths are known beforehand, so no bytes are
/// moved.
// HOT: runs for each attribute of a span, on the exporter's thread.
#[inline]
pub(super) fn keyed(out: &mut Vec<u8>, field: u32, key: &[u8], value: &RecordedValue<'_>) {
    match value {
        RecordedValue::Static(value) => string(out, field, key, value),
        RecordedValue::Str(value) => string(out, field, key, value),
        RecordedValue::I64(value) => integer(out, field, key, *value as u64),
        // OTLP's integers are signed.
        RecordedValue::U64(value) if i64::try_from(*value).is_ok() => {
            integer(out, field, key, *value);
        }
        RecordedValue::Bool(value) => {
            scalar(out, field, key, &[(any_value::BOOL << 3 | VARINT) as u8, (*value).into()]);
        }
        RecordedValue::F64(value) => {
            let mut any = [(any_value::DOUBLE << 3 | FIXED64) as u8; 9];
            any[1..].copy_from_slice(&value.to_bits().to_le_bytes());
            scalar(out, field, key, &any);
        }
        other => message::<1>(out, field, |out| {
            out.extend_from_slice(key);
            any_value(out, key_value::VALUE, other);
        }),
    }
}

#[inline]
fn integer(out: &mut Vec<u8>, field: u32, key: &[u8], value: u64) {
    let mut any = [(any_value::INT << 3 | VARINT) as u8; 11];
    let len = put_varint(&mut any[1..], value);
    scalar(out, field, key, &any[..1 + len]);
}

/// Encodes an attribute with a short value, which is encoded as an `AnyValue` already.
#[inline]
fn scalar(out: &mut Vec<u8>, field: u32, key: &[u8], any: &[u8]) {
    open(out, field, key, any.len());
    out.extend_from_slice(any);
}

#[inline]
fn string(out: &mut Vec<u8>, field: u32, key: &[u8], value: &str) {
    open(out, field, key, 1 + varint_len(value.len()) + value.len());
    bytes(out, any_value::STRING, value.as_bytes());
}

/// Encodes the beginning of an attribute whose `AnyValue` has `len` bytes.
#[inline]
fn open(out: &mut Vec<u8>, field: u32, key: &[u8], len: usize) {
    varint(out, u64::from(field << 3 | BYTES));
    varint(out, (key.len() + 1 + varint_len(len) + len) as u64);
    out.extend_from_slice(key);
    out.push((key_value::VALUE << 3 | BYTES) as u8);
    varint(out, len as u64);
}

fn any_value(out: &mut Vec<u8>, field: u32, value: &RecordedValue<'_>) {
    message::<1>(out, field, |out| match value {
        RecordedValue::Bool(value) => number(out, any_value::BOOL, (*value).into()),
        RecordedValue::I64(value) => number(out, any_value::INT, *value as u64),
        RecordedValue::F64(value) => super::wire::fixed64(out, any_value::DOUBLE, value.to_bits()),
        RecordedValue::U64(value) => bytes(out, any_value::STRING, value.to_string().as_bytes()),
        RecordedValue::Static(value) => bytes(out, any_value::STRING, value.as_bytes()),
        RecordedValue::Str(value) => bytes(out, any_value::STRING, value.as_bytes()),
        RecordedValue::Bools(list) => array(out, list, |&value| RecordedValue::Bool(value)),
        RecordedValue::I64s(list) => array(out, list, |&value| RecordedValue::I64(value)),
        RecordedValue::F64s(list) => array(out, list, |&value| RecordedValue::F64(value)),
        RecordedValue::Strs(list) => array(out, list, |value| RecordedValue::Str(value)),
        other => bytes(out, any_value::STRING, format!("{other:?}").as_bytes()),
    });
}

fn array<'a, T>(out: &mut Vec<u8>, list: &'a [T], value: impl Fn(&'a T) -> RecordedValue<'a>) {
    message::<1>(out, any_value::ARRAY, |out| {
        for element in list {
            any_value(out, array_value::VALUES, &value(element));
        }
    });
}
