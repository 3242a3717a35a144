//! Combines matchers: `not`, `one_of`, `and`, `or`.

use super::condition::{Match, Matcher};
use super::numbers::Numbers;
use super::operand::Operand;
use std::fmt;

struct Not(Match);
struct And(Match, Match);
struct OneOf(Vec<Match>);

/// Negates a value or a matcher.
///
/// ```
/// use trace_testkit::matcher::{contains, not};
///
/// assert!(not(contains("secret")).matches(&"public".into()));
/// ```
pub fn not(condition: impl Into<Match>) -> Match {
    Match::new(Not(condition.into()))
}

/// Matches any of several values or matchers.
///
/// ```
/// use trace_testkit::matcher::one_of;
///
/// assert!(one_of(["GET", "HEAD"]).matches(&"HEAD".into()));
/// ```
pub fn one_of<T: Into<Match>>(conditions: impl IntoIterator<Item = T>) -> Match {
    Match::new(OneOf(conditions.into_iter().map(Into::into).collect()))
}

impl Match {
    /// Matches what both this and `other` match.
    ///
    /// ```
    /// use trace_testkit::matcher::{gt, lt};
    ///
    /// assert!(gt(0).and(lt(3)).matches(&2.into()));
    /// ```
    #[must_use]
    pub fn and(self, other: impl Into<Match>) -> Match {
        Match::new(And(self, other.into()))
    }

    /// Matches what this or `other` matches.
    ///
    /// ```
    /// use trace_testkit::matcher::{eq, gt};
    ///
    /// assert!(eq(0).or(gt(10)).matches(&12.into()));
    /// ```
    #[must_use]
    pub fn or(self, other: impl Into<Match>) -> Match {
        Match::new(OneOf(vec![self, other.into()]))
    }
}

impl Matcher for Not {
    fn matches(&self, actual: &Operand) -> bool {
        !self.0.matches(actual)
    }

    fn numbers(&self, number: &dyn Fn(&Operand) -> Option<f64>) -> Option<Numbers> {
        Some(self.0.numbers(number)?.not())
    }
}

impl fmt::Display for Not {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not {}", self.0)
    }
}

impl Matcher for And {
    fn matches(&self, actual: &Operand) -> bool {
        self.0.matches(actual) && self.1.matches(actual)
    }

    fn explain(&self, actual: &Operand) -> Option<String> {
        let broken = [&self.0, &self.1].into_iter().find(|part| !part.matches(actual))?;
        broken.explain(actual).or_else(|| Some(format!("not {broken}")))
    }

    fn numbers(&self, number: &dyn Fn(&Operand) -> Option<f64>) -> Option<Numbers> {
        Some(self.0.numbers(number)?.and(&self.1.numbers(number)?))
    }
}

impl fmt::Display for And {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} and {}", self.0, self.1)
    }
}

impl Matcher for OneOf {
    fn matches(&self, actual: &Operand) -> bool {
        self.0.iter().any(|condition| condition.matches(actual))
    }

    fn numbers(&self, number: &dyn Fn(&Operand) -> Option<f64>) -> Option<Numbers> {
        self.0.iter().try_fold(Numbers::none(), |numbers, condition| {
            Some(numbers.or(&condition.numbers(number)?))
        })
    }
}

impl fmt::Display for OneOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((last, rest)) = self.0.split_last() else { return f.write_str("nothing") };
        for (index, condition) in rest.iter().enumerate() {
            write!(f, "{}{condition}", if index == 0 { "" } else { ", " })?;
        }
        write!(f, "{}{last}", if rest.is_empty() { "" } else { " or " })
    }
}
