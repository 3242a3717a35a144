//! Parses ids as they appear in headers.

use std::ops::RangeInclusive;

/// Parses a number in lower-case hexadecimal whose length is within `digits`.
pub(super) fn parse(text: &str, digits: RangeInclusive<usize>) -> Option<u128> {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if !digits.contains(&text.len()) || !text.bytes().all(is_digit) {
        return None;
    }
    u128::from_str_radix(text, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn only_lower_case_digits_of_the_right_number() {
        assert_eq!(parse("0f", 2..=2), Some(15));
        assert_eq!(parse("f".repeat(32).as_str(), 1..=32), Some(u128::MAX));
        for wrong in ["", "0", "0F", "+f", "-f", "0x", "0g", "000", "0\u{660}"] {
            assert_eq!(parse(wrong, 2..=2), None, "{wrong}");
        }
    }
}
