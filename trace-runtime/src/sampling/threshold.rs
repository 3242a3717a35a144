//! Thresholds and randomness: the numbers by which services sample traces consistently
//! ([probability sampling](https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/)).

use crate::context::TraceId;
use std::fmt;

/// The number of different values, 2⁵⁶.
const VALUES: u64 = 1 << 56;
/// The number of hexadecimal digits of a value.
const DIGITS: usize = 14;

/// A rejection threshold: traces whose randomness is at least this are kept.
///
/// In `tracestate` it is the sub-key `th`: hexadecimal digits without trailing zeros.
///
/// ```
/// use trace_runtime::sampling::Threshold;
///
/// let quarter = Threshold::of_probability(0.25).unwrap();
/// assert_eq!(quarter.to_string(), "c");
/// assert_eq!(quarter.adjusted_count(), 4.0);
/// assert_eq!(Threshold::parse("c"), Some(quarter));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Threshold(u64);

impl Threshold {
    /// The threshold that keeps all traces.
    pub const ALWAYS: Self = Self(0);

    /// Returns the threshold that keeps this share of all traces, from 0 to 1; `None` for a share
    /// below 2⁻⁵⁶, which keeps none, and for numbers that are no share.
    ///
    /// The share is not rounded, so that every service that uses the same one keeps the same traces.
    pub fn of_probability(probability: f64) -> Option<Self> {
        if !(0.0..=1.0).contains(&probability) {
            return None;
        }
        let kept = (probability * VALUES as f64).round() as u64;
        (kept > 0).then_some(Self(VALUES - kept))
    }

    /// Returns the share of all traces that it keeps.
    pub fn probability(self) -> f64 {
        (VALUES - self.0) as f64 / VALUES as f64
    }

    /// Returns the number of spans for which each kept one stands.
    pub fn adjusted_count(self) -> f64 {
        self.probability().recip()
    }

    /// Returns whether it keeps traces with this randomness.
    pub fn keeps(self, randomness: Randomness) -> bool {
        randomness.0 >= self.0
    }

    /// Reads 1 to 14 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let padding = DIGITS.checked_sub(text.len())?;
        digits(text).map(|number| Self(number << (4 * padding)))
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // At least one digit remains.
        let zeros = (self.0.trailing_zeros() as usize / 4).min(DIGITS - 1);
        write!(f, "{:0width$x}", self.0 >> (4 * zeros), width = DIGITS - zeros)
    }
}

/// The randomness of a trace: a number of 56 bits that all its spans share.
///
/// In `tracestate` it is the sub-key `rv`: 14 hexadecimal digits. Without that, it is the low 56 bits
/// of the trace id.
///
/// ```
/// use trace_runtime::propagation::TraceId;
/// use trace_runtime::sampling::Randomness;
///
/// let trace = TraceId::from_u128(0xff_0123_4567_89ab_cd);
/// assert_eq!(Randomness::of(trace).to_string(), "0123456789abcd");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Randomness(u64);

impl Randomness {
    /// Returns the randomness of a trace id.
    pub fn of(trace: TraceId) -> Self {
        Self(trace.to_u128() as u64 & (VALUES - 1))
    }

    /// Reads 14 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() == DIGITS { digits(text).map(Self) } else { None }
    }
}

impl fmt::Display for Randomness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:0width$x}", self.0, width = DIGITS)
    }
}

/// Reads lower-case hexadecimal digits, at least one.
fn digits(text: &str) -> Option<u64> {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    // `from_str_radix` would accept a sign and upper case.
    text.bytes().all(is_digit).then(|| u64::from_str_radix(text, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(probability: f64) -> String {
        Threshold::of_probability(probability).map_or("none".to_owned(), |it| it.to_string())
    }

    #[test]
    fn thresholds_of_probabilities() {
        assert_eq!(of(1.0), "0");
        assert_eq!(of(0.5), "8");
        assert_eq!(of(0.25), "c");
        assert_eq!(of(0.125), "e");
        assert_eq!(of(1.0 / 3.0), "aaaaaaaaaaaaac");
        assert_eq!(of(0.1), "e6666666666666");
        assert_eq!(of(0.01), "fd70a3d70a3d71");
        assert_eq!(of(2.0_f64.powi(-56)), "ffffffffffffff");
        for none in [0.0, 2.0_f64.powi(-58), -0.1, 1.5, f64::NAN, f64::INFINITY] {
            assert_eq!(of(none), "none", "{none}");
        }
    }

    #[test]
    fn text_is_exact_and_padded_on_the_right() {
        assert_eq!(Threshold::parse("8"), Some(Threshold(1 << 55)));
        assert_eq!(Threshold::parse("08"), Some(Threshold(8 << 48)));
        assert_eq!(Threshold(8 << 48).to_string(), "08");
        assert_eq!(Threshold::parse("0"), Some(Threshold::ALWAYS));
        assert_eq!(Threshold::parse("00000000000000"), Some(Threshold::ALWAYS));
        assert_eq!(Threshold::parse("ffffffffffffff"), Some(Threshold(VALUES - 1)));
        for invalid in ["", "g", "F", "+8", "-8", " 8", "0x8", "000000000000000", "ä"] {
            assert_eq!(Threshold::parse(invalid), None, "{invalid}");
        }
        assert_eq!(Randomness::parse("0123456789abcd"), Some(Randomness(0x01_2345_6789_abcd)));
        for invalid in ["", "0123456789abc", "0123456789abcde", "0123456789ABCD", "+123456789abcd"]
        {
            assert_eq!(Randomness::parse(invalid), None, "{invalid}");
        }
    }

    #[test]
    fn a_trace_is_kept_from_the_threshold_on() {
        let half = Threshold::of_probability(0.5).unwrap();
        assert!(half.keeps(Randomness(1 << 55)));
        assert!(!half.keeps(Randomness((1 << 55) - 1)));
        // The bits above the 56 that are random do not count.
        let id = TraceId::from_u128(u128::MAX << 56 | 7);
        assert_eq!(Randomness::of(id), Randomness(7));
        assert!(Threshold::ALWAYS.keeps(Randomness(0)));
    }
}
