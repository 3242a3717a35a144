//! Parses ids as they appear in headers.

use std::ops::RangeInclusive;

/// Parses a number in lower-case hexadecimal whose length is within `digits`.
pub(super) fn parse(text: &str, digits: RangeInclusive<usize>) -> Option<u128> {
    if !digits.contains(&text.len()) {
        return None;
    }
    let (high, low) = text.as_bytes().split_at(text.len().saturating_sub(16));
    Some(u128::from(half(high)?) << 64 | u128::from(half(low)?))
}

/// The value of each byte as a digit; 0xff: it is none.
const DIGITS: [u8; 256] = {
    let mut digits = [0xff; 256];
    let mut digit = 0;
    while digit < 16 {
        digits[b"0123456789abcdef"[digit] as usize] = digit as u8;
        digit += 1;
    }
    digits
};

/// Parses up to 16 digits.
#[inline]
pub(super) fn half(digits: &[u8]) -> Option<u64> {
    // HOT: one test for all digits.
    let (mut number, mut all) = (0, 0);
    for byte in digits {
        let digit = DIGITS[usize::from(*byte)];
        number = number << 4 | u64::from(digit & 0xf);
        all |= digit;
    }
    (all < 0x10).then_some(number)
}

/// Writes a number in lower-case hexadecimal with as many digits as there is room for.
pub(super) fn write(number: u64, digits: &mut [u8]) {
    let mut rest = number;
    for digit in digits.iter_mut().rev() {
        *digit = b"0123456789abcdef"[rest as usize & 0xf];
        rest >>= 4;
    }
}

#[cfg(test)]
mod tests {
    use super::{parse, write};

    #[test]
    fn only_lower_case_digits_of_the_right_number() {
        assert_eq!(parse("0f", 2..=2), Some(15));
        assert_eq!(parse("f".repeat(32).as_str(), 1..=32), Some(u128::MAX));
        for wrong in ["", "0", "0F", "+f", "-f", "0x", "0g", "000", "0\u{660}"] {
            assert_eq!(parse(wrong, 2..=2), None, "{wrong}");
        }
    }
    #[test]
    fn numbers_are_written_with_all_their_digits() {
        let mut digits = [0; 16];
        write(0x0123_4567_89ab_cdef, &mut digits);
        assert_eq!(&digits, b"0123456789abcdef");
        write(0x1ff, &mut digits[..2]);
        assert_eq!(&digits[..4], b"ff23");
    }
}
