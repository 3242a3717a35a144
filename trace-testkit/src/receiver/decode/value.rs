//! Decodes attributes and their values.

use crate::model::{Attribute, AttributeValue};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};

pub(super) fn attributes(pairs: Vec<KeyValue>) -> Vec<Attribute> {
    pairs.into_iter().map(|pair| (pair.key, value(pair.value.unwrap_or_default()))).collect()
}

pub(super) fn value(any: AnyValue) -> AttributeValue {
    match any.value {
        Some(Value::StringValue(text)) => AttributeValue::Str(text),
        Some(Value::BoolValue(truth)) => AttributeValue::Bool(truth),
        Some(Value::IntValue(number)) => AttributeValue::Int(number.into()),
        Some(Value::DoubleValue(number)) => AttributeValue::Float(number),
        Some(Value::BytesValue(bytes)) => AttributeValue::bytes(&bytes),
        Some(Value::ArrayValue(list)) => {
            AttributeValue::list(list.values.into_iter().map(value).collect())
        }
        Some(Value::KvlistValue(map)) => AttributeValue::map(attributes(map.values)),
        // An index into a table that these signals do not have.
        Some(Value::StringValueStrindex(index)) => AttributeValue::Other(format!("string {index}")),
        None => AttributeValue::Other("empty".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use opentelemetry_proto::tonic::common::v1::{ArrayValue, KeyValueList};

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
    fn values_that_the_model_lacks_become_text() {
        let pair = |key: &str, value| KeyValue { key: key.to_owned(), value, ..<_>::default() };
        let map = KeyValueList {
            values: vec![
                pair("n", Some(any(Value::DoubleValue(2.0)))),
                pair("b", Some(any(Value::BytesValue(vec![0, b'a'])))),
                pair("e", None),
            ],
        };
        let map = value(any(Value::KvlistValue(map)));
        // Senders keep maps in any order.
        assert_eq!(map, AttributeValue::Other(r#"{"b": b"\x00a", "e": empty, "n": 2.0}"#.into()));
        let mixed = array(vec![Value::IntValue(1), Value::BoolValue(true)]);
        assert_eq!(mixed, AttributeValue::Other("[1, true]".into()));
        assert_eq!(value(AnyValue { value: None }), AttributeValue::Other("empty".into()));
    }
}
