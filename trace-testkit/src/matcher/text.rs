//! Matches parts of text, and items of lists.

use super::condition::{Match, Matcher};
use super::operand::Operand;
use crate::model::AttributeValue;
use std::fmt;

struct Part {
    words: &'static str,
    part: String,
    holds: fn(&str, &str) -> bool,
}

struct Contains(Operand);

/// Matches text that contains `part`, and lists that contain such an item.
///
/// ```
/// use trace_testkit::matcher::contains;
///
/// assert!(contains("declined").matches(&"card declined".into()));
/// assert!(contains(2).matches(&[1, 2].into()));
/// ```
pub fn contains(part: impl Into<Operand>) -> Match {
    Match::new(Contains(part.into()))
}

/// Matches text that starts with `part`.
///
/// ```
/// use trace_testkit::matcher::starts_with;
///
/// assert!(starts_with("job-").matches(&"job-17".into()));
/// ```
pub fn starts_with(part: impl Into<String>) -> Match {
    Match::new(Part {
        words: "starting with",
        part: part.into(),
        holds: |text, part| text.starts_with(part),
    })
}

/// Matches text that ends with `part`.
///
/// ```
/// use trace_testkit::matcher::ends_with;
///
/// assert!(ends_with("-17").matches(&"job-17".into()));
/// ```
pub fn ends_with(part: impl Into<String>) -> Match {
    Match::new(Part {
        words: "ending with",
        part: part.into(),
        holds: |text, part| text.ends_with(part),
    })
}

impl Matcher for Part {
    fn matches(&self, actual: &Operand) -> bool {
        actual.as_str().is_some_and(|text| (self.holds)(text, &self.part))
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "text {} {:?}", self.words, self.part)
    }
}

impl Matcher for Contains {
    fn matches(&self, actual: &Operand) -> bool {
        let (Some(actual), Some(part)) = (actual.value(), self.0.value()) else { return false };
        match (actual, part) {
            (AttributeValue::Str(text), AttributeValue::Str(part)) => text.contains(part),
            (AttributeValue::Strs(list), AttributeValue::Str(item)) => list.contains(item),
            (AttributeValue::Ints(list), AttributeValue::Int(item)) => list.contains(item),
            (AttributeValue::Floats(list), AttributeValue::Float(item)) => list.contains(item),
            (AttributeValue::Bools(list), AttributeValue::Bool(item)) => list.contains(item),
            _ => false,
        }
    }
}

impl fmt::Display for Contains {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "something containing {}", self.0)
    }
}
