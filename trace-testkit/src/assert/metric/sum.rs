//! Asserts on counters and up-down counters.

use super::number;
use super::select::{Missing, total};
use super::window::{Added, Series};
use super::{MetricAssert, Sums};
use crate::matcher::{Match, ge};
use crate::model::AttributeValue;
use crate::report::{Report, hold};

impl MetricAssert<Sums> {
    /// Asserts what was added since the baseline, over all selected series.
    ///
    /// It is 0 for metrics that were never recorded.
    ///
    /// # Panics
    /// If it differs.
    #[track_caller]
    pub fn delta(self, added: impl Into<Match>) -> Self {
        hold(self.try_delta(added))
    }

    /// Like [`delta`](Self::delta), but returns the report.
    ///
    /// # Errors
    /// When the assertion does not hold.
    pub fn try_delta(self, added: impl Into<Match>) -> Result<Self, Report> {
        self.sum("added", &added.into(), |series| match &series.added {
            Added::Number(number) => number.clone(),
            Added::Values(_) => AttributeValue::Int(0),
        })
    }

    /// Asserts that at least `added` was added since the baseline, over all selected series.
    ///
    /// # Panics
    /// If it was less.
    #[track_caller]
    pub fn at_least(self, added: impl Into<AttributeValue>) -> Self {
        hold(self.try_at_least(added))
    }

    /// Like [`at_least`](Self::at_least), but returns the report.
    ///
    /// # Errors
    /// When the assertion does not hold.
    pub fn try_at_least(self, added: impl Into<AttributeValue>) -> Result<Self, Report> {
        self.try_delta(ge(added.into()))
    }

    /// Asserts the total, over all selected series, whatever the baseline.
    ///
    /// It is 0 for metrics that were never recorded.
    ///
    /// # Panics
    /// If it differs.
    #[track_caller]
    pub fn total(self, total: impl Into<Match>) -> Self {
        hold(self.try_total(total))
    }

    /// Like [`total`](Self::total), but returns the report.
    ///
    /// # Errors
    /// When the assertion does not hold.
    pub fn try_total(self, expected: impl Into<Match>) -> Result<Self, Report> {
        self.sum("total", &expected.into(), total)
    }

    fn sum(
        self,
        what: &str,
        expected: &Match,
        number: impl Fn(&Series) -> AttributeValue,
    ) -> Result<Self, Report> {
        match self.selection.find() {
            Ok(found) => {
                let numbers: Vec<AttributeValue> = found.selected().map(number).collect();
                let mismatch = found.unit().mismatch(expected, &number::sum(numbers.iter()));
                found.check(mismatch.map(|mismatch| format!("{what}: {mismatch}")))?;
            }
            Err(Missing::Other(report)) => return Err(report),
            Err(Missing::Absent(report)) => {
                let zero = AttributeValue::Int(0);
                if let Some(mismatch) = number::Unit::of("").mismatch(expected, &zero) {
                    return Err(report.with_mismatch(format!("{what}: {mismatch}")));
                }
            }
        }
        Ok(self)
    }
}
