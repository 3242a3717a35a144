//! Matches values by equality.

use super::combine::not;
use super::condition::{Match, Matcher};
use super::numbers::Numbers;
use super::operand::Operand;
use std::fmt;

struct Equal(Operand);

/// Matches values equal to `value`, type included: `1` is not `1.0`. A plain value does the same.
///
/// ```
/// use trace_testkit::matcher::eq;
///
/// assert!(eq("pro").matches(&"pro".into()));
/// assert!(!eq(1).matches(&1.0.into()));
/// ```
pub fn eq(value: impl Into<Operand>) -> Match {
    Match::new(Equal(value.into()))
}

/// Matches anything except `value`.
///
/// ```
/// use trace_testkit::matcher::ne;
///
/// assert!(ne("").matches(&"pro".into()));
/// ```
pub fn ne(value: impl Into<Operand>) -> Match {
    not(eq(value))
}

impl Matcher for Equal {
    fn matches(&self, actual: &Operand) -> bool {
        *actual == self.0
    }

    fn explain(&self, actual: &Operand) -> Option<String> {
        let (actual, expected) = (actual.type_name(), self.0.type_name());
        (actual != expected).then(|| format!("{actual} instead of {expected}"))
    }

    fn literal(&self) -> Option<&str> {
        self.0.as_str()
    }

    fn numbers(&self, number: &dyn Fn(&Operand) -> Option<f64>) -> Option<Numbers> {
        number(&self.0).map(Numbers::only)
    }
}

impl fmt::Display for Equal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

// Otherwise the compiler would recommend this implementation in its messages.
#[diagnostic::do_not_recommend]
impl<T: Into<Operand>> From<T> for Match {
    fn from(value: T) -> Self {
        eq(value)
    }
}
