//! Makes values of what a request may lack.

use trace_runtime::Value;

/// Returns text as a value.
pub(crate) fn text(text: Option<&str>) -> Value<'_> {
    text.map_or(Value::Absent, Value::Str)
}

/// Returns a number as a value.
pub(crate) fn number(number: Option<impl Into<u64>>) -> Value<'static> {
    number.map_or(Value::Absent, |number| Value::U64(number.into()))
}
