//! Matches anything.

use super::condition::{Match, Matcher};
use super::numbers::Numbers;
use super::operand::Operand;
use std::fmt;

struct Any;

/// Matches anything: the attribute must be present, whatever its value.
///
/// ```
/// use trace_testkit::matcher::any;
///
/// assert!(any().matches(&"x".into()));
/// ```
#[must_use]
pub fn any() -> Match {
    Match::new(Any)
}

impl Matcher for Any {
    fn matches(&self, _: &Operand) -> bool {
        true
    }

    fn numbers(&self, _: &dyn Fn(&Operand) -> Option<f64>) -> Option<Numbers> {
        Some(Numbers::all())
    }
}

impl fmt::Display for Any {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }
}
