//! Matches strings and lists by length.

use super::condition::{Match, Matcher};
use super::operand::Operand;
use std::fmt;

struct Length(Match);

/// Matches strings with this number of characters, and lists with this number of items.
///
/// ```
/// use trace_testkit::matcher::{gt, len};
///
/// assert!(len(3).matches(&"abc".into()));
/// assert!(len(gt(1)).matches(&[1, 2].into()));
/// ```
pub fn len(length: impl Into<Match>) -> Match {
    Match::new(Length(length.into()))
}

impl Matcher for Length {
    fn matches(&self, actual: &Operand) -> bool {
        actual.len().is_some_and(|length| self.0.matches(&length.into()))
    }

    fn explain(&self, actual: &Operand) -> Option<String> {
        Some(match actual.len() {
            Some(length) => format!("length {length}"),
            None => format!("{} has no length", actual.type_name()),
        })
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "length {}", self.0)
    }
}
