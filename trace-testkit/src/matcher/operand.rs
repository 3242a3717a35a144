//! Defines what matchers look at: an attribute's value, a name, a count, or a duration.

use crate::model::AttributeValue;
use std::cmp::Ordering;
use std::fmt;
use std::time::Duration;

/// A value that a [`Matcher`](crate::matcher::Matcher) looks at.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Operand {
    /// An attribute's value; names are strings, counts are integers.
    Value(AttributeValue),
    /// A duration.
    Duration(Duration),
}

impl Operand {
    /// Returns the string, if it is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        self.value()?.as_str()
    }

    /// Returns the integer, if it is one.
    #[must_use]
    pub fn as_int(&self) -> Option<i128> {
        self.value()?.as_int()
    }

    /// Returns the number, if it is an integer or a float.
    #[must_use]
    pub fn as_number(&self) -> Option<f64> {
        self.value()?.as_number()
    }

    /// Returns the boolean, if it is one.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        self.value()?.as_bool()
    }

    /// Returns the duration, if it is one.
    #[must_use]
    pub fn as_duration(&self) -> Option<Duration> {
        match self {
            Self::Duration(duration) => Some(*duration),
            Self::Value(_) => None,
        }
    }

    /// Returns the value, unless it is a duration.
    #[must_use]
    pub fn value(&self) -> Option<&AttributeValue> {
        match self {
            Self::Value(value) => Some(value),
            Self::Duration(_) => None,
        }
    }

    /// Returns its type in words, such as `an integer`.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Value(value) => value.type_name(),
            Self::Duration(_) => "a duration",
        }
    }

    /// Returns the number of characters of a string, or of items of a list.
    pub(super) fn len(&self) -> Option<usize> {
        match self.value()? {
            AttributeValue::Str(text) => Some(text.chars().count()),
            AttributeValue::Bools(list) => Some(list.len()),
            AttributeValue::Ints(list) => Some(list.len()),
            AttributeValue::Floats(list) => Some(list.len()),
            AttributeValue::Strs(list) => Some(list.len()),
            _ => None,
        }
    }

    /// Compares numbers of any type, strings, and durations.
    pub(super) fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Duration(left), Self::Duration(right)) => Some(left.cmp(right)),
            (Self::Value(left), Self::Value(right)) => match (left, right) {
                (AttributeValue::Int(left), AttributeValue::Int(right)) => Some(left.cmp(right)),
                (AttributeValue::Str(left), AttributeValue::Str(right)) => Some(left.cmp(right)),
                _ => left.as_number()?.partial_cmp(&right.as_number()?),
            },
            _ => None,
        }
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(value) => value.fmt(f),
            Self::Duration(duration) => write!(f, "{duration:?}"),
        }
    }
}

#[diagnostic::do_not_recommend]
impl<T: Into<AttributeValue>> From<T> for Operand {
    fn from(value: T) -> Self {
        Self::Value(value.into())
    }
}

impl From<Duration> for Operand {
    fn from(duration: Duration) -> Self {
        Self::Duration(duration)
    }
}
