//! Encodes attributes.

use super::schema::{any_value, array_value, key_value};
use super::wire::{BYTES, bytes, fixed64, message, number, text, varint, varint_len};
use crate::interop::recorded;
use crate::recorder::RecordedValue;
use opentelemetry::{Key, Value};

/// The key of an attribute: as text, or encoded as a field of its message.
#[derive(Clone, Copy)]
enum FieldKey<'a> {
    Text(&'a str),
    Encoded(&'a [u8]),
}

impl FieldKey<'_> {
    /// Returns the length of the field.
    #[inline]
    fn len(self) -> usize {
        match self {
            Self::Text("") => 0,
            Self::Text(key) => 1 + varint_len(key.len() as u64) + key.len(),
            Self::Encoded(key) => key.len(),
        }
    }

    #[inline]
    fn put(self, out: &mut Vec<u8>) {
        match self {
            Self::Text(key) => text(out, key_value::KEY, key),
            Self::Encoded(key) => out.extend_from_slice(key),
        }
    }
}

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
    pair(out, field, FieldKey::Text(key), value);
}

/// Encodes an attribute whose key is encoded already.
#[inline(always)]
pub(super) fn keyed(out: &mut Vec<u8>, field: u32, key: &[u8], value: &RecordedValue<'_>) {
    pair(out, field, FieldKey::Encoded(key), value);
}

/// Encodes key and value. Lengths are known beforehand, so no bytes are moved.
// HOT: runs for each attribute of a span, on the exporter's thread. Inlined where the type of the value is known.
#[inline(always)]
fn pair(out: &mut Vec<u8>, field: u32, key: FieldKey<'_>, value: &RecordedValue<'_>) {
    match value {
        RecordedValue::Static(value) => string(out, field, key, value),
        RecordedValue::Str(value) => string(out, field, key, value),
        RecordedValue::I64(value) => integer(out, field, key, *value as u64),
        // OTLP's integers are signed.
        RecordedValue::U64(value) if i64::try_from(*value).is_ok() => {
            integer(out, field, key, *value);
        }
        RecordedValue::Bool(value) => {
            open(out, field, key, 2);
            number(out, any_value::BOOL, (*value).into());
        }
        RecordedValue::F64(value) => {
            open(out, field, key, 9);
            fixed64(out, any_value::DOUBLE, value.to_bits());
        }
        other => message::<1>(out, field, |out| {
            key.put(out);
            any_value(out, key_value::VALUE, other);
        }),
    }
}

#[inline]
fn integer(out: &mut Vec<u8>, field: u32, key: FieldKey<'_>, value: u64) {
    open(out, field, key, 1 + varint_len(value));
    number(out, any_value::INT, value);
}

#[inline]
fn string(out: &mut Vec<u8>, field: u32, key: FieldKey<'_>, value: &str) {
    open(out, field, key, 1 + varint_len(value.len() as u64) + value.len());
    bytes(out, any_value::STRING, value.as_bytes());
}

/// Encodes the beginning of an attribute whose `AnyValue` has `len` bytes.
#[inline]
fn open(out: &mut Vec<u8>, field: u32, key: FieldKey<'_>, len: usize) {
    /// The length up to which all lengths in an attribute take one byte.
    const SHORT: usize = 0x7f - 2;
    if let FieldKey::Encoded(key) = key
        && key.len() + len <= SHORT
        && field < 16
    {
        out.extend_from_slice(&[(field << 3 | BYTES) as u8, (key.len() + 2 + len) as u8]);
        out.extend_from_slice(key);
        out.extend_from_slice(&[(key_value::VALUE << 3 | BYTES) as u8, len as u8]);
        return;
    }
    varint(out, u64::from(field << 3 | BYTES));
    varint(out, (key.len() + 1 + varint_len(len as u64) + len) as u64);
    key.put(out);
    out.push((key_value::VALUE << 3 | BYTES) as u8);
    varint(out, len as u64);
}

fn any_value(out: &mut Vec<u8>, field: u32, value: &RecordedValue<'_>) {
    message::<1>(out, field, |out| match value {
        RecordedValue::Bool(value) => number(out, any_value::BOOL, (*value).into()),
        RecordedValue::I64(value) => number(out, any_value::INT, *value as u64),
        RecordedValue::F64(value) => fixed64(out, any_value::DOUBLE, value.to_bits()),
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
