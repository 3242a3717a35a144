//! What metrics and logs of the SDK have in common: attributes, scope, resource, times.

use crate::model::{Attribute, AttributeValue, ResourceData, ScopeData};
use opentelemetry::{Array, InstrumentationScope, KeyValue, Value};
use opentelemetry_sdk::Resource;
use std::time::SystemTime;

pub(super) fn attributes<'a>(pairs: impl Iterator<Item = &'a KeyValue>) -> Vec<Attribute> {
    pairs.map(|pair| (pair.key.to_string(), value(&pair.value))).collect()
}

pub(super) fn value(value: &Value) -> AttributeValue {
    match value {
        Value::Bool(truth) => (*truth).into(),
        Value::I64(number) => (*number).into(),
        Value::F64(number) => (*number).into(),
        Value::String(text) => text.as_str().into(),
        Value::Array(Array::Bool(list)) => list.as_slice().into(),
        Value::Array(Array::I64(list)) => list.as_slice().into(),
        Value::Array(Array::F64(list)) => list.as_slice().into(),
        Value::Array(Array::String(list)) => {
            AttributeValue::Strs(list.iter().map(|text| text.as_str().to_owned()).collect())
        }
        other => AttributeValue::Other(format!("{other:?}")),
    }
}

pub(super) fn scope(scope: &InstrumentationScope) -> ScopeData {
    ScopeData {
        name: scope.name().to_owned(),
        version: scope.version().unwrap_or_default().to_owned(),
        attributes: attributes(scope.attributes()),
        schema_url: scope.schema_url().unwrap_or_default().to_owned(),
    }
}

pub(super) fn resource(resource: &Resource) -> ResourceData {
    let mut attributes: Vec<Attribute> =
        resource.iter().map(|(key, of)| (key.to_string(), value(of))).collect();
    // The SDK keeps them in a hash map.
    attributes.sort_by(|(one, _), (other, _)| one.cmp(other));
    ResourceData { attributes, schema_url: resource.schema_url().unwrap_or_default().to_owned() }
}

/// 0 for times before the epoch.
pub(super) fn nanos(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}
