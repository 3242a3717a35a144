//! What may stand where a value is expected: a value, or a condition on it.
//!
//! ```
//! use trace_testkit::matcher::*;
//!
//! assert!(Match::from(7).matches(&7.into()));
//! assert!(gt(0).and(lt(10)).matches(&7.into()));
//! assert!(lt(ms(5)).matches(&us(80).into()));
//! assert_eq!(between(1, 5).to_string(), "between 1 and 5");
//! ```
//!
//! A matcher is a file of its own: a type that implements [`Matcher`], and a function that makes a
//! [`Match`] of it.

mod any;
mod combine;
mod compare;
mod equal;
mod length;
mod near;
mod numbers;
mod operand;
mod pattern;
mod predicate;
mod recorded_as;
mod text;
mod types;
mod units;

pub use any::any;
pub use combine::{not, one_of};
pub use compare::{between, ge, gt, le, lt};
pub use equal::{eq, ne};
pub use length::len;
pub use near::close_to;
pub use numbers::Numbers;
pub use operand::Operand;
pub use pattern::matches;
pub use predicate::predicate;
pub use recorded_as::recorded_as;
pub use text::{contains, ends_with, starts_with};
pub use types::{is_bool, is_float, is_int, is_list, is_str};
pub use units::{mins, ms, ns, secs, us};

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

// Else the compiler would tell of what stands behind.
#[diagnostic::do_not_recommend]
impl<T: Into<Operand>> From<T> for Match {
    fn from(value: T) -> Self {
        eq(value)
    }
}

#[cfg(test)]
mod tests;
