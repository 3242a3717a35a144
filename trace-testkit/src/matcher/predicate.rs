//! Matches values by a closure.

use super::condition::{Match, Matcher};
use super::operand::Operand;
use std::fmt;

struct Predicate<F> {
    description: String,
    holds: F,
}

/// Matches values for which `holds` returns true. The description follows "expected" in messages.
///
/// ```
/// use trace_testkit::matcher::predicate;
///
/// let even = predicate("an even number", |value| value.as_int().is_some_and(|n| n % 2 == 0));
/// assert!(even.matches(&4.into()));
/// assert_eq!(even.mismatch(&5.into()).unwrap(), "expected an even number, is 5");
/// ```
pub fn predicate(
    description: impl Into<String>,
    holds: impl Fn(&Operand) -> bool + Send + Sync + 'static,
) -> Match {
    Match::new(Predicate { description: description.into(), holds })
}

impl<F: Fn(&Operand) -> bool + Send + Sync + 'static> Matcher for Predicate<F> {
    fn matches(&self, actual: &Operand) -> bool {
        (self.holds)(actual)
    }
}

impl<F> fmt::Display for Predicate<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.description)
    }
}
