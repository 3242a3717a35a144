//! Matches values by order.

use super::condition::{Match, Matcher};
use super::numbers::Numbers;
use super::operand::Operand;
use std::cmp::Ordering;
use std::fmt;

struct Compared {
    sign: &'static str,
    allowed: fn(Ordering) -> bool,
    bound: Operand,
}

struct Between(Operand, Operand);

fn compared(sign: &'static str, allowed: fn(Ordering) -> bool, bound: impl Into<Operand>) -> Match {
    Match::new(Compared { sign, allowed, bound: bound.into() })
}

/// Matches values greater than `bound`. Numbers of all types compare with each other, strings with
/// strings, durations with durations.
///
/// ```
/// use trace_testkit::matcher::gt;
///
/// assert!(gt(1).matches(&1.5.into()));
/// ```
pub fn gt(bound: impl Into<Operand>) -> Match {
    compared(">", Ordering::is_gt, bound)
}

/// Matches values greater than or equal to `bound`.
///
/// ```
/// use trace_testkit::matcher::ge;
///
/// assert!(ge(1).matches(&1.into()));
/// ```
pub fn ge(bound: impl Into<Operand>) -> Match {
    compared("≥", Ordering::is_ge, bound)
}

/// Matches values less than `bound`.
///
/// ```
/// use trace_testkit::matcher::{lt, ms, us};
///
/// assert!(lt(ms(5)).matches(&us(10).into()));
/// ```
pub fn lt(bound: impl Into<Operand>) -> Match {
    compared("<", Ordering::is_lt, bound)
}

/// Matches values less than or equal to `bound`.
///
/// ```
/// use trace_testkit::matcher::le;
///
/// assert!(le(1).matches(&1.into()));
/// ```
pub fn le(bound: impl Into<Operand>) -> Match {
    compared("≤", Ordering::is_le, bound)
}

/// Matches values from `least` to `greatest`, inclusive.
///
/// ```
/// use trace_testkit::matcher::between;
///
/// assert!(between(1, 5).matches(&5.into()));
/// ```
pub fn between(least: impl Into<Operand>, greatest: impl Into<Operand>) -> Match {
    Match::new(Between(least.into(), greatest.into()))
}

fn incomparable(actual: &Operand, bound: &Operand) -> Option<String> {
    let (actual_type, bound_type) = (actual.type_name(), bound.type_name());
    let comparable = actual.compare(bound).is_some() || actual_type == bound_type;
    (!comparable).then(|| format!("{actual_type} does not compare with {bound_type}"))
}

impl Matcher for Compared {
    fn matches(&self, actual: &Operand) -> bool {
        actual.compare(&self.bound).is_some_and(self.allowed)
    }

    fn explain(&self, actual: &Operand) -> Option<String> {
        incomparable(actual, &self.bound)
    }

    fn numbers(&self, number: &dyn Fn(&Operand) -> Option<f64>) -> Option<Numbers> {
        let bound = number(&self.bound)?;
        let parts = [
            (Ordering::Less, Numbers::below(bound)),
            (Ordering::Equal, Numbers::only(bound)),
            (Ordering::Greater, Numbers::above(bound)),
        ];
        let allowed = parts.iter().filter(|(ordering, _)| (self.allowed)(*ordering));
        Some(allowed.fold(Numbers::none(), |numbers, (_, part)| numbers.or(part)))
    }
}

impl fmt::Display for Compared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.sign, self.bound)
    }
}

impl Matcher for Between {
    fn matches(&self, actual: &Operand) -> bool {
        actual.compare(&self.0).is_some_and(Ordering::is_ge)
            && actual.compare(&self.1).is_some_and(Ordering::is_le)
    }

    fn explain(&self, actual: &Operand) -> Option<String> {
        incomparable(actual, &self.0)
    }

    fn numbers(&self, number: &dyn Fn(&Operand) -> Option<f64>) -> Option<Numbers> {
        Some(Numbers::between(number(&self.0)?, number(&self.1)?))
    }
}

impl fmt::Display for Between {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "between {} and {}", self.0, self.1)
    }
}
