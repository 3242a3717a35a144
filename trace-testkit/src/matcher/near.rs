//! Matches numbers within a tolerance.

use super::condition::{Match, Matcher};
use super::numbers::Numbers;
use super::operand::Operand;
use std::fmt;

struct Near {
    value: f64,
    tolerance: f64,
}

/// Matches numbers at most `tolerance` away from `value`.
///
/// ```
/// use trace_testkit::matcher::close_to;
///
/// assert!(close_to(0.3, 1e-9).matches(&(0.1 + 0.2).into()));
/// ```
#[must_use]
pub fn close_to(value: f64, tolerance: f64) -> Match {
    Match::new(Near { value, tolerance })
}

impl Matcher for Near {
    fn matches(&self, actual: &Operand) -> bool {
        actual.as_number().is_some_and(|actual| (actual - self.value).abs() <= self.tolerance)
    }

    fn numbers(&self, _: &dyn Fn(&Operand) -> Option<f64>) -> Option<Numbers> {
        Some(Numbers::between(self.value - self.tolerance, self.value + self.tolerance))
    }
}

impl fmt::Display for Near {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} ± {:?}", self.value, self.tolerance)
    }
}
