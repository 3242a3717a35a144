//! Resolves plain scalars by the core schema of YAML 1.2.

use crate::node::Data;

/// Returns the value that a plain scalar stands for.
pub(crate) fn resolve(text: &str) -> Data {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Data::Null,
        "true" | "True" | "TRUE" => return Data::Bool(true),
        "false" | "False" | "FALSE" => return Data::Bool(false),
        _ => {}
    }
    integer(text)
        .map(Data::Integer)
        .or_else(|| float(text).map(Data::Float))
        .unwrap_or_else(|| Data::String(text.to_owned()))
}

/// Returns an integer. Decimal ones have a sign, octal and hexadecimal ones a prefix. Integers beyond 128
/// bits count as floating-point numbers.
fn integer(text: &str) -> Option<i128> {
    let digits = |digits: &str, radix| {
        let is_number = !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
        is_number.then(|| i128::from_str_radix(digits, radix).ok()).flatten()
    };
    if let Some(octal) = text.strip_prefix("0o") {
        return digits(octal, 8);
    }
    if let Some(hexadecimal) = text.strip_prefix("0x") {
        return digits(hexadecimal, 16);
    }
    match text.strip_prefix('-') {
        Some(negative) => digits(negative, 10).map(|value| -value),
        None => digits(text.strip_prefix('+').unwrap_or(text), 10),
    }
}

fn float(text: &str) -> Option<f64> {
    if matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Some(f64::NAN);
    }
    let (sign, number) = match text.as_bytes().first()? {
        b'-' => (-1.0, &text[1..]),
        b'+' => (1.0, &text[1..]),
        _ => (1.0, text),
    };
    if matches!(number, ".inf" | ".Inf" | ".INF") {
        return Some(sign * f64::INFINITY);
    }
    let is_number = number.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && number.contains(|c: char| c.is_ascii_digit())
        && number.bytes().all(|b| matches!(b, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'));
    // What Rust accepts beyond this, such as `inf`, has other characters.
    is_number.then(|| number.parse::<f64>().ok()).flatten().map(|value| sign * value)
}

/// Returns whether a plain scalar with this text is a string.
pub(crate) fn is_string(text: &str) -> bool {
    matches!(resolve(text), Data::String(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_core_schema_decides_what_a_plain_scalar_is() {
        let strings = [
            "yes",
            "no",
            "on",
            "off",
            "y",
            "n",
            "nULL",
            "tRUE",
            "1_000",
            "0b11",
            "0o8",
            "0x",
            "0xg",
            "+0x1",
            "-0o7",
            "1:30",
            "12e",
            ".",
            "+",
            "-",
            "..",
            "1.2.3",
            "inf",
            "nan",
            ".iNF",
            "e5",
            "1e",
            "1e+",
            "0o",
            "+.nan",
            "--1",
            "2026-01-01",
            "infinity",
        ];
        for text in strings {
            assert_eq!(resolve(text), Data::String(text.to_owned()), "{text}");
        }
        for text in ["", "~", "null", "Null", "NULL"] {
            assert_eq!(resolve(text), Data::Null, "{text}");
        }
        for (text, value) in [
            ("0", 0),
            ("-0", 0),
            ("007", 7),
            ("+12", 12),
            ("-12", -12),
            ("0o17", 15),
            ("0xdeadBEEF", 0xdead_beef),
            ("18446744073709551616", 1 << 64),
        ] {
            assert_eq!(resolve(text), Data::Integer(value), "{text}");
        }
        for (text, value) in [
            ("1.", 1.0),
            (".5", 0.5),
            ("-.5", -0.5),
            ("1e3", 1000.0),
            ("1.5E-3", 0.0015),
            ("+1.0", 1.0),
            (".inf", f64::INFINITY),
            ("-.INF", f64::NEG_INFINITY),
            ("+.Inf", f64::INFINITY),
            ("1e999", f64::INFINITY),
        ] {
            assert_eq!(resolve(text), Data::Float(value), "{text}");
        }
        assert!(matches!(resolve(".NaN"), Data::Float(value) if value.is_nan()));
    }
}
