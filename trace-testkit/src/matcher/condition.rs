//! Defines what a matcher is, and [`Match`], which holds any of them.

use super::numbers::Numbers;
use super::operand::Operand;
use std::fmt;
use std::sync::Arc;

/// A condition on a value.
///
/// It displays as what follows "expected" in a sentence, such as `> 0`.
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
    /// Whether `actual` fulfils the condition.
    fn matches(&self, actual: &Operand) -> bool;

    /// Why `actual` does not, where that is not plain from the two: that types differ, for one.
    fn explain(&self, actual: &Operand) -> Option<String> {
        let _ = actual;
        None
    }

    /// The text that alone fulfils the condition, if it is such a condition.
    fn literal(&self) -> Option<&str> {
        None
    }

    /// The numbers that fulfil the condition, if it is a condition on order: what is needed where
    /// only a range is known of a value, as in a histogram. `number` says which number a bound is.
    fn numbers(&self, number: &dyn Fn(&Operand) -> Option<f64>) -> Option<Numbers> {
        let _ = number;
        None
    }
}

/// Any matcher. Plain values become one that asks for equality.
#[derive(Clone)]
pub struct Match(Arc<dyn Matcher>);

impl Match {
    /// Wraps a matcher.
    pub fn new(matcher: impl Matcher) -> Self {
        Self(Arc::new(matcher))
    }

    /// Whether `actual` fulfils the condition.
    #[must_use]
    pub fn matches(&self, actual: &Operand) -> bool {
        self.0.matches(actual)
    }

    /// The text that alone fulfils the condition, if it is such a condition.
    #[must_use]
    pub fn literal(&self) -> Option<&str> {
        self.0.literal()
    }

    /// The sentence that says how `actual` differs, `None` when it does not:
    /// `expected > 0, is -1`.
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

    /// For names: `` `charge` ``, or the condition.
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
