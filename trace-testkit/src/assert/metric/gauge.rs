//! Asserts on gauges.

use super::draw;
use super::select::{Missing, total};
use super::{Gauges, MetricAssert};
use crate::matcher::Match;
use crate::report::{Report, hold};

impl MetricAssert<Gauges> {
    /// Asserts the last value of each selected series.
    ///
    /// # Panics
    /// If one differs, or none was recorded.
    #[track_caller]
    pub fn value(self, value: impl Into<Match>) -> Self {
        hold(self.try_value(value))
    }

    /// Like [`value`](Self::value), but returns the report.
    ///
    /// # Errors
    /// When the assertion does not hold.
    pub fn try_value(self, value: impl Into<Match>) -> Result<Self, Report> {
        let value = value.into();
        let found = self.selection.find().map_err(Missing::report)?;
        let (unit, several) = (found.unit(), found.selected().count() > 1);
        let mut mismatches: Vec<String> = found
            .selected()
            .filter_map(|series| {
                let mismatch = unit.mismatch(&value, &total(series))?;
                Some(match several {
                    true => format!("{}: {mismatch}", draw::attributes(&series.attributes)),
                    false => format!("value: {mismatch}"),
                })
            })
            .collect();
        mismatches.sort();
        found.check(mismatches)?;
        Ok(self)
    }
}
