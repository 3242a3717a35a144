//! Encodes resources, scopes and attributes.

use super::members::{Members, long, object};
use crate::interop::recorded;
use crate::json::{double, text};
use crate::recorder::RecordedValue;
use opentelemetry::KeyValue;
use opentelemetry_sdk::Resource;

/// Adds the member `resource`.
pub(super) fn resource(out: &mut Members<'_>, resource: &Resource) {
    out.object("resource", |out| {
        let all = resource.iter().map(|(key, value)| (key.as_str(), value));
        out.list("attributes", all, |out, (key, value)| api_attribute(out, key, value));
    });
}

/// Adds the member `scope`.
pub(super) fn scope<'a>(
    out: &mut Members<'_>,
    name: &str,
    version: &str,
    attributes: impl Iterator<Item = &'a KeyValue>,
) {
    out.object("scope", |out| {
        out.text("name", name);
        out.text("version", version);
        api_attributes(out, attributes);
    });
}

/// Adds the member `attributes`.
pub(super) fn api_attributes<'a>(
    out: &mut Members<'_>,
    attributes: impl Iterator<Item = &'a KeyValue>,
) {
    out.list("attributes", attributes, |out, KeyValue { key, value, .. }| {
        api_attribute(out, key.as_str(), value);
    });
}

/// Appends an attribute of OpenTelemetry's API.
fn api_attribute(out: &mut String, key: &str, value: &opentelemetry::Value) {
    match recorded(value) {
        Some(value) => attribute(out, (key, value)),
        None => attribute(out, (key, RecordedValue::Str(&value.as_str()))),
    }
}

/// Appends an attribute.
pub(super) fn attribute(out: &mut String, (key, of): (&str, RecordedValue<'_>)) {
    object(out, |out| {
        out.key(key);
        out.member("value", |out| value(out, &of));
    });
}

fn value(out: &mut String, of: &RecordedValue<'_>) {
    fn list<'a, T>(out: &mut String, items: &'a [T], each: impl Fn(&'a T) -> RecordedValue<'a>) {
        object(out, |out| {
            out.object("arrayValue", |out| {
                out.values(items, |out, item| value(out, &each(item)));
            });
        });
    }
    let one = |out: &mut String, name, write: &dyn Fn(&mut String)| {
        object(out, |out| out.member(name, write));
    };
    match of {
        RecordedValue::Bool(truth) => one(out, "boolValue", &|out| {
            out.push_str(if *truth { "true" } else { "false" });
        }),
        RecordedValue::I64(number) => {
            one(out, "intValue", &|out| long(out, number));
        }
        // OTLP's integers are signed.
        RecordedValue::U64(number) => {
            let name = if i64::try_from(*number).is_ok() { "intValue" } else { "stringValue" };
            one(out, name, &|out| long(out, number));
        }
        RecordedValue::F64(number) => one(out, "doubleValue", &|out| double(out, *number)),
        RecordedValue::Static(value) => one(out, "stringValue", &|out| text(out, value)),
        RecordedValue::Str(value) => one(out, "stringValue", &|out| text(out, value)),
        RecordedValue::Bools(items) => list(out, items, |&item| RecordedValue::Bool(item)),
        RecordedValue::I64s(items) => list(out, items, |&item| RecordedValue::I64(item)),
        RecordedValue::F64s(items) => list(out, items, |&item| RecordedValue::F64(item)),
        RecordedValue::Strs(items) => list(out, items, |item| RecordedValue::Str(item)),
        other => one(out, "stringValue", &|out| text(out, &format!("{other:?}"))),
    }
}
