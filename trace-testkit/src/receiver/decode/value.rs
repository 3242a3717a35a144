//! Attribute values.

use crate::model::AttributeValue;
use opentelemetry_proto::tonic::common::v1::AnyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;

/// A value that says nothing.
pub(super) const EMPTY: &str = "empty";

pub(super) fn value(any: AnyValue) -> AttributeValue {
    match any.value {
        Some(Value::StringValue(text)) => AttributeValue::Str(text),
        Some(Value::BoolValue(truth)) => AttributeValue::Bool(truth),
        Some(Value::IntValue(number)) => AttributeValue::Int(number.into()),
        Some(Value::DoubleValue(number)) => AttributeValue::Float(number),
        Some(Value::ArrayValue(array)) => list(array.values),
        other => AttributeValue::Other(text(&AnyValue { value: other })),
    }
}

/// A list whose members are all of one type; any other as text.
fn list(values: Vec<AnyValue>) -> AttributeValue {
    fn all<T>(values: &[AnyValue], one: impl Fn(&Value) -> Option<T>) -> Option<Vec<T>> {
        values.iter().map(|any| any.value.as_ref().and_then(&one)).collect()
    }
    let strs = all(&values, |value| match value {
        Value::StringValue(text) => Some(text.clone()),
        _ => None,
    });
    if let Some(strs) = strs {
        return AttributeValue::Strs(strs);
    }
    let bools = all(&values, |value| match value {
        Value::BoolValue(truth) => Some(*truth),
        _ => None,
    });
    if let Some(bools) = bools {
        return AttributeValue::Bools(bools);
    }
    let ints = all(&values, |value| match value {
        Value::IntValue(number) => Some(i128::from(*number)),
        _ => None,
    });
    if let Some(ints) = ints {
        return AttributeValue::Ints(ints);
    }
    let floats = all(&values, |value| match value {
        Value::DoubleValue(number) => Some(*number),
        _ => None,
    });
    match floats {
        Some(floats) => AttributeValue::Floats(floats),
        None => AttributeValue::Other(listed(values.iter().map(text), '[', ']')),
    }
}

fn text(any: &AnyValue) -> String {
    match &any.value {
        Some(Value::StringValue(text)) => format!("{text:?}"),
        Some(Value::BoolValue(truth)) => truth.to_string(),
        Some(Value::IntValue(number)) => number.to_string(),
        Some(Value::DoubleValue(number)) => format!("{number:?}"),
        Some(Value::BytesValue(bytes)) => format!("b\"{}\"", bytes.escape_ascii()),
        Some(Value::ArrayValue(array)) => listed(array.values.iter().map(text), '[', ']'),
        Some(Value::KvlistValue(pairs)) => {
            let pair = |key: &str, value: Option<&AnyValue>| {
                format!("{key:?}: {}", value.map_or_else(|| EMPTY.to_owned(), text))
            };
            listed(pairs.values.iter().map(|kv| pair(&kv.key, kv.value.as_ref())), '{', '}')
        }
        // An index into a table that these signals do not have.
        Some(Value::StringValueStrindex(index)) => format!("string {index}"),
        None => EMPTY.to_owned(),
    }
}

fn listed(parts: impl Iterator<Item = String>, open: char, close: char) -> String {
    format!("{open}{}{close}", parts.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use opentelemetry_proto::tonic::common::v1::{ArrayValue, KeyValue, KeyValueList};

    fn any(value: Value) -> AnyValue {
        AnyValue { value: Some(value) }
    }

    fn array(values: Vec<Value>) -> AttributeValue {
        let values = values.into_iter().map(any).collect();
        value(any(Value::ArrayValue(ArrayValue { values })))
    }

    #[test]
    fn values_keep_their_types() {
        let string = |text: &str| Value::StringValue(text.to_owned());
        assert_eq!(value(any(string("a"))), "a".into());
        assert_eq!(value(any(Value::IntValue(-7))), (-7).into());
        assert_eq!(array(vec![string("a"), string("b")]), ["a", "b"].into());
        assert_eq!(array(vec![Value::IntValue(1), Value::IntValue(2)]), [1, 2].into());
        assert_eq!(array(vec![Value::BoolValue(true)]), [true].into());
        assert_eq!(array(vec![Value::DoubleValue(0.5)]), [0.5].into());
    }

    #[test]
    fn what_the_model_does_not_have_becomes_text() {
        let pair = |key: &str, value| KeyValue { key: key.to_owned(), value, ..<_>::default() };
        let map = KeyValueList {
            values: vec![
                pair("n", Some(any(Value::DoubleValue(2.0)))),
                pair("b", Some(any(Value::BytesValue(vec![0, b'a'])))),
                pair("e", None),
            ],
        };
        let map = value(any(Value::KvlistValue(map)));
        assert_eq!(map, AttributeValue::Other(r#"{"n": 2.0, "b": b"\x00a", "e": empty}"#.into()));
        let mixed = array(vec![Value::IntValue(1), Value::BoolValue(true)]);
        assert_eq!(mixed, AttributeValue::Other("[1, true]".into()));
        assert_eq!(value(AnyValue { value: None }), AttributeValue::Other("empty".into()));
    }
}
