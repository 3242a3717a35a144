//! Writes pieces of JSON text; values that JSON cannot express follow protobuf's mapping
//! ([mapping](https://protobuf.dev/programming-guides/json/)).
//!
//! Text is escaped so that a line of JSON is safe on a terminal, too: it holds no control
//! character, no line separator, and no control of bidirectional text.

use crate::escape::is_unsafe;
use std::fmt::Write as _;

/// Appends a string with its quotes.
pub(crate) fn text(out: &mut String, value: &str) {
    out.push('"');
    escape(out, value);
    out.push('"');
}

/// Appends a string without its quotes: what JSON demands to be escaped is
/// ([RFC 8259](https://www.rfc-editor.org/rfc/rfc8259#section-7)), and what terminals obey.
pub(crate) fn escape(out: &mut String, value: &str) {
    for c in value.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // All of them are of the basic plane.
            c if is_unsafe(c) => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
}

/// Appends a number; `NaN` and infinities as text.
pub(crate) fn double(out: &mut String, number: f64) {
    let _ = match number {
        f64::INFINITY => out.write_str("\"Infinity\""),
        f64::NEG_INFINITY => out.write_str("\"-Infinity\""),
        _ if number.is_nan() => out.write_str("\"NaN\""),
        // With a point or an exponent, so that a reader sees what it was.
        _ => write!(out, "{number:?}"),
    };
}

/// Appends an array.
pub(crate) fn array<T>(
    out: &mut String,
    elements: impl IntoIterator<Item = T>,
    mut element: impl FnMut(&mut String, T),
) {
    out.push('[');
    for (index, each) in elements.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        element(out, each);
    }
    out.push(']');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_json_or_a_terminal_reads_is_escaped() {
        let mut out = String::new();
        escape(&mut out, "\"\\/\u{8}\u{c}\n\r\t\0\u{1f}\u{7f}\u{9b}\u{202e}\u{2028}𝄞");
        let escaped = r#"\"\\/\u0008\u000c\n\r\t\u0000\u001f\u007f\u009b\u202e\u2028𝄞"#;
        assert_eq!(out, escaped);
    }

    #[test]
    fn numbers_are_as_protobuf_maps_them() {
        let numbers = [1.0, -0.5, 1e300, f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
        let mut out = String::new();
        array(&mut out, numbers, double);
        assert_eq!(out, r#"[1.0,-0.5,1e300,"NaN","Infinity","-Infinity"]"#);
    }
}
