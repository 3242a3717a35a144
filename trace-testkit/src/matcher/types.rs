//! Matches values by type.

use super::condition::{Match, Matcher};
use super::operand::Operand;
use crate::model::AttributeValue;
use std::fmt;

struct Is {
    name: &'static str,
    holds: fn(&AttributeValue) -> bool,
}

fn is(name: &'static str, holds: fn(&AttributeValue) -> bool) -> Match {
    Match::new(Is { name, holds })
}

/// Matches any integer.
///
/// ```
/// assert!(trace_testkit::matcher::is_int().matches(&7.into()));
/// ```
#[must_use]
pub fn is_int() -> Match {
    is("an integer", |value| matches!(value, AttributeValue::Int(_)))
}

/// Matches any float.
///
/// ```
/// assert!(trace_testkit::matcher::is_float().matches(&7.5.into()));
/// ```
#[must_use]
pub fn is_float() -> Match {
    is("a float", |value| matches!(value, AttributeValue::Float(_)))
}

/// Matches any boolean.
///
/// ```
/// assert!(trace_testkit::matcher::is_bool().matches(&true.into()));
/// ```
#[must_use]
pub fn is_bool() -> Match {
    is("a boolean", |value| matches!(value, AttributeValue::Bool(_)))
}

/// Matches any string.
///
/// ```
/// assert!(trace_testkit::matcher::is_str().matches(&"x".into()));
/// ```
#[must_use]
pub fn is_str() -> Match {
    is("a string", |value| matches!(value, AttributeValue::Str(_)))
}

/// Matches any list.
///
/// ```
/// assert!(trace_testkit::matcher::is_list().matches(&[1, 2].into()));
/// ```
#[must_use]
pub fn is_list() -> Match {
    is("a list", |value| {
        use AttributeValue::{Bools, Floats, Ints, Strs};
        matches!(value, Bools(_) | Ints(_) | Floats(_) | Strs(_))
    })
}

impl Matcher for Is {
    fn matches(&self, actual: &Operand) -> bool {
        actual.value().is_some_and(self.holds)
    }

    fn explain(&self, actual: &Operand) -> Option<String> {
        Some(actual.type_name().to_owned())
    }
}

impl fmt::Display for Is {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}
