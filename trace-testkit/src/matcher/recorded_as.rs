//! Matches values by what [`ToValue`] records of them.

use super::condition::Match;
use super::equal::eq;
use super::operand::Operand;
use super::predicate::predicate;
use crate::model::AttributeValue;
use trace_runtime::{ToValue, Value};

/// Matches what is recorded of this value, for your own types: see [`ToValue`].
///
/// ```
/// use trace_runtime::{ToValue, Value};
/// use trace_testkit::matcher::recorded_as;
///
/// struct Pro;
/// impl ToValue for Pro {
///     fn to_value(&self) -> Value<'_> {
///         Value::Static("pro")
///     }
/// }
/// assert!(recorded_as(Pro).matches(&"pro".into()));
/// ```
///
/// A value that leaves its attribute out, such as `None`, matches nothing.
pub fn recorded_as(value: impl ToValue) -> Match {
    match owned(value.to_value()) {
        Some(value) => eq(Operand::Value(value)),
        None => predicate("no attribute", |_| false),
    }
}

fn owned(value: Value<'_>) -> Option<AttributeValue> {
    if let Some(integers) = value.integers() {
        return Some(integers.map_or_else(AttributeValue::from, AttributeValue::from));
    }
    Some(match value {
        Value::Absent => return None,
        Value::Bool(truth) => truth.into(),
        Value::I64(number) => number.into(),
        Value::U64(number) => number.into(),
        Value::F64(number) => number.into(),
        Value::Static(text) => text.into(),
        Value::Str(text) => text.into(),
        Value::Display(value) => value.to_string().into(),
        Value::Debug(value) => format!("{value:?}").into(),
        Value::Bools(list) => list.into(),
        Value::F32s(list) => list.into(),
        Value::F64s(list) => list.into(),
        Value::Strs(list) => list.into(),
        Value::Strings(list) => list.into(),
        _ => return None,
    })
}
