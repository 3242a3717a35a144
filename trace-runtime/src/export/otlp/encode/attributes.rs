//! Encodes attributes.

use super::schema::{any_value, array_value, key_value};
use super::wire::{BYTES, bytes, fixed64, message, number, text, varint, varint_len};
use crate::interop::recorded;
use crate::recorder::RecordedValue;
use opentelemetry::{Key, Value};

/// The number of bytes of an opening that are copied, whatever its length is.
const COPIED: usize = 48;
/// The number of bytes of an opening in addition to its key: the tags and lengths of attribute, key and value.
const AROUND_KEY: usize = 6;
/// The length up to which all lengths in an attribute take one byte.
const SHORT: usize = 0x7f;
/// The last field whose tag takes one byte.
const LAST_SHORT: u32 = 15;

/// The beginning of attributes with one key, up to the length of the value. The field and the lengths of
/// attribute and value are left open.
pub(super) struct Opening {
    key: &'static str,
    /// Filled up with zeros.
    bytes: [u8; COPIED],
    /// The number of bytes that count; [`u8::MAX`] if the key is too long, or empty.
    len: u8,
}

impl Opening {
    pub(super) fn of(key: &'static str) -> Self {
        let mut opening = Self { key, bytes: [0; COPIED], len: u8::MAX };
        let len = key.len() + AROUND_KEY;
        if let Some(bytes) = opening.bytes.get_mut(..len).filter(|_| !key.is_empty()) {
            bytes[2] = (key_value::KEY << 3 | BYTES) as u8;
            bytes[3] = key.len() as u8;
            bytes[4..len - 2].copy_from_slice(key.as_bytes());
            bytes[len - 2] = (key_value::VALUE << 3 | BYTES) as u8;
            opening.len = len as u8;
        }
        opening
    }
}

/// The key of an attribute: its text, or the encoded beginning of the attribute.
trait FieldKey {
    fn text(&self) -> &str;

    /// Encodes the beginning of an attribute whose `AnyValue` has `len` bytes.
    fn open(&self, out: &mut Vec<u8>, field: u32, len: usize);
}

impl FieldKey for str {
    fn text(&self) -> &str {
        self
    }

    fn open(&self, out: &mut Vec<u8>, field: u32, len: usize) {
        let key_len = match self {
            "" => 0,
            key => 1 + varint_len(key.len() as u64) + key.len(),
        };
        varint(out, u64::from(field << 3 | BYTES));
        varint(out, (key_len + 1 + varint_len(len as u64) + len) as u64);
        text(out, key_value::KEY, self);
        out.push((key_value::VALUE << 3 | BYTES) as u8);
        varint(out, len as u64);
    }
}

impl FieldKey for Opening {
    fn text(&self) -> &str {
        self.key
    }

    #[inline]
    fn open(&self, out: &mut Vec<u8>, field: u32, len: usize) {
        let of_attribute = usize::from(self.len) - 2 + len;
        if of_attribute > SHORT || field > LAST_SHORT {
            return self.key.open(out, field, len);
        }
        // HOT: copying a fixed number of bytes is a few instructions; the exact number would be a call.
        let at = out.len();
        out.extend_from_slice(&self.bytes);
        out.truncate(at + usize::from(self.len));
        if let [tag, of_all, .., of_value] = &mut out[at..] {
            *tag = (field << 3 | BYTES) as u8;
            (*of_all, *of_value) = (of_attribute as u8, len as u8);
        }
    }
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
    pair(out, field, key, value);
}

/// Encodes an attribute whose beginning is encoded already.
#[inline(always)]
pub(super) fn opened(out: &mut Vec<u8>, field: u32, opening: &Opening, value: &RecordedValue<'_>) {
    pair(out, field, opening, value);
}

/// Encodes key and value. Lengths are known beforehand, so no bytes are moved.
// HOT: runs for each attribute of a span, on the exporter's thread. Inlined where the type of the value is known.
#[inline(always)]
fn pair<K: FieldKey + ?Sized>(out: &mut Vec<u8>, field: u32, key: &K, value: &RecordedValue<'_>) {
    match value {
        RecordedValue::Static(value) => string(out, field, key, value),
        RecordedValue::Str(value) => string(out, field, key, value),
        RecordedValue::I64(value) => integer(out, field, key, *value as u64),
        // OTLP's integers are signed.
        RecordedValue::U64(value) if i64::try_from(*value).is_ok() => {
            integer(out, field, key, *value);
        }
        RecordedValue::Bool(value) => {
            key.open(out, field, 2);
            number(out, any_value::BOOL, (*value).into());
        }
        RecordedValue::F64(value) => {
            key.open(out, field, 9);
            fixed64(out, any_value::DOUBLE, value.to_bits());
        }
        other => message::<1>(out, field, |out| {
            text(out, key_value::KEY, key.text());
            any_value(out, key_value::VALUE, other);
        }),
    }
}

#[inline]
fn integer<K: FieldKey + ?Sized>(out: &mut Vec<u8>, field: u32, key: &K, value: u64) {
    key.open(out, field, 1 + varint_len(value));
    number(out, any_value::INT, value);
}

#[inline]
fn string<K: FieldKey + ?Sized>(out: &mut Vec<u8>, field: u32, key: &K, value: &str) {
    key.open(out, field, 1 + varint_len(value.len() as u64) + value.len());
    bytes(out, any_value::STRING, value.as_bytes());
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
