//! The text of attribute values, by which rules and tail sampling compare them.

use crate::value::{Value, to_text};
use std::fmt::{self, Write as _};

/// Returns whether `is_match` holds for the text of a value, or of one item of a list.
pub(crate) fn any_text(value: Value<'_>, is_match: &dyn Fn(&str) -> bool) -> bool {
    match value {
        Value::Static(text) | Value::Str(text) => is_match(text),
        Value::Bool(value) => is_match(if value { "true" } else { "false" }),
        Value::I64(value) => shown(value, is_match),
        Value::U64(value) => shown(value, is_match),
        Value::F64(value) => shown(value, is_match),
        Value::Strs(list) => list.iter().any(|text| is_match(text)),
        Value::Strings(list) => list.iter().any(|text| is_match(text)),
        Value::Bools(list) => list.iter().any(|value| any_text(Value::Bool(*value), is_match)),
        Value::F64s(list) => list.iter().any(|value| shown(value, is_match)),
        Value::F32s(list) => list.iter().any(|value| shown(f64::from(*value), is_match)),
        other => match other.integers() {
            Some(Ok(list)) => list.iter().any(|value| shown(value, is_match)),
            Some(Err(list)) => list.iter().any(|text| is_match(text)),
            None => is_match(&to_text(other)),
        },
    }
}

/// Returns the length and the first bytes of a text. Texts that are equal have equal ones.
pub(super) fn fingerprint(text: &str) -> u64 {
    let mut bytes = [0; 8];
    let len = text.len().min(7);
    bytes[..len].copy_from_slice(&text.as_bytes()[..len]);
    bytes[7] = text.len() as u8;
    u64::from_le_bytes(bytes)
}

/// Calls `is_match` with the text of a number, without allocating it.
fn shown(number: impl fmt::Display, is_match: &dyn Fn(&str) -> bool) -> bool {
    /// Large enough for integers and for most floats.
    struct Buffer {
        bytes: [u8; 40],
        len: usize,
    }

    impl fmt::Write for Buffer {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            let end = self.len + text.len();
            self.bytes.get_mut(self.len..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
            self.len = end;
            Ok(())
        }
    }

    let mut buffer = Buffer { bytes: [0; 40], len: 0 };
    match write!(buffer, "{number}") {
        Ok(()) => str::from_utf8(&buffer.bytes[..buffer.len]).is_ok_and(is_match),
        Err(fmt::Error) => is_match(&number.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_alone_have_equal_fingerprints_if_they_are_short() {
        let texts = ["", "a", "b", "ab", "abcdefg", "abcdefh"];
        for one in texts {
            for other in texts {
                assert_eq!(fingerprint(one) == fingerprint(other), one == other, "{one} {other}");
            }
        }
        assert_eq!(fingerprint("abcdefgh"), fingerprint("abcdefgi"));
    }

    #[test]
    fn values_have_a_text_and_lists_have_several() {
        let has = |value: Value<'_>, text: &str| any_text(value, &|it| it == text);
        assert!(has(Value::I64(-404), "-404") && has(Value::U64(u64::MAX), "18446744073709551615"));
        assert!(has(Value::Bool(true), "true") && has(Value::F64(0.5), "0.5"));
        assert!(has(Value::F64(f64::MAX), &f64::MAX.to_string()));
        assert!(has(Value::Display(&"shown"), "shown") && has(Value::Debug(&"shown"), "\"shown\""));
        assert!(has(Value::Strs(&["a", "b"]), "b") && !has(Value::Strs(&["a", "b"]), "c"));
        assert!(has(Value::U8s(&[1, 2]), "2") && has(Value::F32s(&[0.5]), "0.5"));
        assert!(has(Value::U64s(&[u64::MAX]), "18446744073709551615"));
        assert!(has(Value::Bools(&[false]), "false") && !has(Value::Bools(&[]), "false"));
    }
}
