//! Matches text by regular expression.

use super::condition::{Match, Matcher};
use super::operand::Operand;
use regex::Regex;
use std::fmt;

struct Pattern {
    written: String,
    anchored: Regex,
}

/// Matches text if the whole of it matches a regular expression, in the syntax of the crate `regex`.
///
/// # Panics
/// If the expression does not parse.
///
/// ```
/// use trace_testkit::matcher::matches;
///
/// assert!(matches("job-[0-9]+").matches(&"job-17".into()));
/// assert!(!matches("job").matches(&"job-17".into()));
/// ```
#[track_caller]
#[must_use]
pub fn matches(expression: &str) -> Match {
    match Regex::new(&format!("^(?s:{expression})$")) {
        Ok(anchored) => Match::new(Pattern { written: expression.to_owned(), anchored }),
        Err(error) => panic!("`{expression}` is not a regular expression: {error}"),
    }
}

impl Matcher for Pattern {
    fn matches(&self, actual: &Operand) -> bool {
        actual.as_str().is_some_and(|text| self.anchored.is_match(text))
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "text matching /{}/", self.written)
    }
}
