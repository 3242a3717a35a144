//! Defines the trait [`Matcher`], and [`Match`], which holds any of them.

use super::numbers::Numbers;
use super::operand::Operand;
use std::fmt;
use std::sync::Arc;

/// A condition on a value.
///
/// `Display` writes what follows "expected" in a failure message, such as `> 0`.
///
/// ```
/// use std::fmt;
/// use trace_testkit::matcher::{Match, Matcher, Operand};
///
/// struct Even;
///
/// impl Matcher for Even {
///     fn matches(&self, actual: &Operand) -> bool {
///         actual.as_int().is_some_and(|number| number % 2 == 0)
///     }
/// }
///
/// impl fmt::Display for Even {
///     fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
///         f.write_str("an even number")
///     }
/// }
///
/// assert!(Match::new(Even).matches(&4.into()));
/// ```
pub trait Matcher: fmt::Display + Send + Sync + 'static {
    /// Whether `actual` matches.
    fn matches(&self, actual: &Operand) -> bool;

    /// Explains why `actual` does not match, if the two values do not show it: types that differ, for
    /// example.
    fn explain(&self, actual: &Operand) -> Option<String> {
        let _ = actual;
        None
    }

    /// Returns the only text that matches, for matchers of one text.
    fn literal(&self) -> Option<&str> {
        None
    }

    /// Returns the numbers that match, for matchers on order: needed where only the range of a value
    /// is known, as in a histogram. `number` converts a bound to a number.
    fn numbers(&self, number: &dyn Fn(&Operand) -> Option<f64>) -> Option<Numbers> {
        let _ = number;
        None
    }
}

/// Any matcher. Plain values convert to a matcher for equality.
#[derive(Clone)]
pub struct Match(Arc<dyn Matcher>);

impl Match {
    /// Wraps a matcher.
    pub fn new(matcher: impl Matcher) -> Self {
        Self(Arc::new(matcher))
    }

    /// Whether `actual` matches.
    #[must_use]
    pub fn matches(&self, actual: &Operand) -> bool {
        self.0.matches(actual)
    }

    /// Returns the only text that matches, for matchers of one text.
    #[must_use]
    pub fn literal(&self) -> Option<&str> {
        self.0.literal()
    }

    /// Describes how `actual` differs, such as `expected > 0, is -1`; `None` if it matches.
    #[must_use]
    pub fn mismatch(&self, actual: &Operand) -> Option<String> {
        if self.matches(actual) {
            return None;
        }
        let why = self.0.explain(actual).map(|why| format!(" ({why})")).unwrap_or_default();
        Some(format!("expected {self}, is {actual}{why}"))
    }

    pub(crate) fn matches_text(&self, text: &str) -> bool {
        self.literal().map_or_else(|| self.matches(&text.into()), |literal| literal == text)
    }

    /// Formats a matcher on names: `` `charge` ``, or the condition.
    pub(crate) fn as_name(&self) -> String {
        self.literal().map_or_else(|| format!("({self})"), |name| format!("`{name}`"))
    }
}

impl Matcher for Match {
    fn matches(&self, actual: &Operand) -> bool {
        self.0.matches(actual)
    }

    fn explain(&self, actual: &Operand) -> Option<String> {
        self.0.explain(actual)
    }

    fn literal(&self) -> Option<&str> {
        self.0.literal()
    }

    fn numbers(&self, number: &dyn Fn(&Operand) -> Option<f64>) -> Option<Numbers> {
        self.0.numbers(number)
    }
}

impl fmt::Display for Match {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Match {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Match({self})")
    }
}
