//! Asserts on histograms.
#![allow(
    clippy::must_use_candidate,
    reason = "assertions; they return the subject for further ones"
)]

use super::distribution::{Bucket, Distribution, Verdict};
use super::draw;
use super::select::{Found, Missing};
use super::window::{Added, Series};
use super::{Histograms, MetricAssert};
use crate::matcher::{Match, ge};
use crate::report::{Report, hold};

impl MetricAssert<Histograms> {
    /// Asserts the number of values recorded since the baseline, over all selected series.
    ///
    /// The number is 0 for metrics that were never recorded.
    ///
    /// # Panics
    /// If the number differs.
    #[track_caller]
    pub fn count(self, count: impl Into<Match>) -> Self {
        hold(self.try_count(count))
    }

    /// Like [`count`](Self::count), but returns the report.
    ///
    /// # Errors
    /// When the assertion does not hold.
    pub fn try_count(self, count: impl Into<Match>) -> Result<Self, Report> {
        let expected = count.into();
        match self.selection.find() {
            Ok(found) => {
                let count: u64 = distributions(&found).map(|(_, values)| values.count).sum();
                let mismatch = expected.mismatch(&count.into());
                found.check(mismatch.map(|mismatch| format!("count: {mismatch}")))?;
            }
            Err(Missing::Other(report)) => return Err(report),
            Err(Missing::Absent(report)) => {
                if let Some(mismatch) = expected.mismatch(&0.into()) {
                    return Err(report.with_mismatch(format!("count: {mismatch}")));
                }
            }
        }
        Ok(self)
    }

    /// Asserts that at least `count` values were recorded since the baseline, over all selected series.
    ///
    /// # Panics
    /// If there were fewer.
    #[track_caller]
    pub fn at_least(self, count: u64) -> Self {
        hold(self.try_at_least(count))
    }

    /// Like [`at_least`](Self::at_least), but returns the report.
    ///
    /// # Errors
    /// When the assertion does not hold.
    pub fn try_at_least(self, count: u64) -> Result<Self, Report> {
        self.try_count(ge(count))
    }

    /// Asserts the sum of the values since the baseline, over all selected series.
    ///
    /// Sums of floats are seldom exact: [`close_to`](crate::matcher::close_to) allows for it.
    ///
    /// # Panics
    /// If the sum differs, or the metric was never recorded.
    #[track_caller]
    pub fn sum(self, sum: impl Into<Match>) -> Self {
        hold(self.try_sum(sum))
    }

    /// Like [`sum`](Self::sum), but returns the report.
    ///
    /// # Errors
    /// When the assertion does not hold.
    pub fn try_sum(self, sum: impl Into<Match>) -> Result<Self, Report> {
        let expected = sum.into();
        self.checked(|found| {
            let sum: f64 = distributions(found).map(|(_, values)| values.sum).sum();
            let mismatch = found.unit().mismatch(&expected, &sum.into());
            mismatch.map(|mismatch| format!("sum: {mismatch}")).into_iter().collect()
        })
    }

    /// Asserts that each value since the baseline matches `condition`.
    ///
    /// A histogram keeps no values, so this is inferred:
    ///
    /// - from the least and the greatest value, if known. They decide every matcher on order (`lt`,
    ///   `le`, `gt`, `ge`, `between`, `close_to`, and combinations);
    /// - otherwise from the buckets: after a baseline, if neither extreme has moved since, or for
    ///   senders that omit the extremes. A bucket inside the condition fulfils it, a bucket outside
    ///   breaks it.
    ///
    /// If a bucket is only partly inside, or the matcher is not on order, the assertion fails because
    /// it cannot be decided: use the bound of a bucket, [`bucket`](Self::bucket) or
    /// [`max`](Self::max).
    ///
    /// # Panics
    /// If one does not, this cannot be decided, or there is no value.
    #[track_caller]
    pub fn each(self, condition: impl Into<Match>) -> Self {
        hold(self.try_each(condition))
    }

    /// Like [`each`](Self::each), but returns the report.
    ///
    /// # Errors
    /// When the assertion does not hold.
    pub fn try_each(self, condition: impl Into<Match>) -> Result<Self, Report> {
        let condition = condition.into();
        self.checked(|found| {
            let verdict = |(series, values): (&Series, &Distribution)| {
                let which = draw::attributes(&series.attributes);
                match values.each(&condition, found.unit()) {
                    Verdict::All => None,
                    Verdict::Not(why) => {
                        Some(format!("{which}: expected each {condition}, but {why}"))
                    }
                    Verdict::Unsure(why) => Some(format!(
                        "{which}: whether each is {condition} cannot be decided: {why}"
                    )),
                }
            };
            let mut mismatches: Vec<String> = distributions(found).filter_map(verdict).collect();
            if distributions(found).all(|(_, values)| values.count == 0) {
                mismatches.push(format!("expected values that are {condition}, there is none"));
            }
            mismatches
        })
    }

    /// Asserts the least value of each selected series.
    ///
    /// # Panics
    /// If it differs, is unknown, or the metric was never recorded. After a baseline it is known only
    /// if it is below all earlier values.
    #[track_caller]
    pub fn min(self, least: impl Into<Match>) -> Self {
        hold(self.try_min(least))
    }

    /// Like [`min`](Self::min), but returns the report.
    ///
    /// # Errors
    /// When the assertion does not hold.
    pub fn try_min(self, least: impl Into<Match>) -> Result<Self, Report> {
        self.extreme("least value", &least.into(), |values| values.least.value())
    }

    /// Asserts the greatest value of each selected series.
    ///
    /// # Panics
    /// If it differs, is unknown, or the metric was never recorded. After a baseline it is known only
    /// if it is above all earlier values.
    #[track_caller]
    pub fn max(self, greatest: impl Into<Match>) -> Self {
        hold(self.try_max(greatest))
    }

    /// Like [`max`](Self::max), but returns the report.
    ///
    /// # Errors
    /// When the assertion does not hold.
    pub fn try_max(self, greatest: impl Into<Match>) -> Result<Self, Report> {
        self.extreme("greatest value", &greatest.into(), |values| values.greatest.value())
    }

    /// Asserts the number of values since the baseline in the bucket whose upper bound is `up_to`, over
    /// all selected series. Buckets are not cumulative; the bound of the last one is
    /// [`f64::INFINITY`].
    ///
    /// # Panics
    /// If the number differs, or there is no such bucket.
    #[track_caller]
    pub fn bucket(self, up_to: f64, count: impl Into<Match>) -> Self {
        hold(self.try_bucket(up_to, count))
    }

    /// Like [`bucket`](Self::bucket), but returns the report.
    ///
    /// # Errors
    /// When the assertion does not hold.
    pub fn try_bucket(self, up_to: f64, count: impl Into<Match>) -> Result<Self, Report> {
        let expected = count.into();
        self.checked(|found| {
            let buckets = distributions(found).flat_map(|(_, values)| &values.buckets);
            let named: Vec<&Bucket> = buckets.filter(|bucket| bucket.ends_at(up_to)).collect();
            let Some(bucket) = named.first() else {
                return vec![format!("no bucket ends at {up_to}: {}", bounds(found))];
            };
            let count: u64 = named.iter().map(|bucket| bucket.count).sum();
            let mismatch = expected.mismatch(&count.into());
            mismatch.map(|mismatch| format!("bucket {bucket}: {mismatch}")).into_iter().collect()
        })
    }

    /// Asserts the bounds of the buckets, without infinity.
    ///
    /// # Panics
    /// When they do not, or the metric was never recorded.
    #[track_caller]
    pub fn bounds(self, bounds: &[f64]) -> Self {
        hold(self.try_bounds(bounds))
    }

    /// Like [`bounds`](Self::bounds), but returns the report.
    ///
    /// # Errors
    /// When the assertion does not hold.
    pub fn try_bounds(self, expected: &[f64]) -> Result<Self, Report> {
        self.checked(|found| {
            let differs = |values: &Distribution| {
                let bounds = values.buckets.iter().map(|bucket| bucket.high);
                !bounds.eq(expected.iter().copied().chain([f64::INFINITY]))
            };
            match distributions(found).any(|(_, values)| differs(values)) {
                true => vec![format!("expected bounds {expected:?}; {}", bounds(found))],
                false => Vec::new(),
            }
        })
    }

    /// Asserts that the buckets are exponential and have this scale.
    ///
    /// # Panics
    /// If they have not, or the metric was never recorded.
    #[track_caller]
    pub fn scale(self, scale: impl Into<Match>) -> Self {
        hold(self.try_scale(scale))
    }

    /// Like [`scale`](Self::scale), but returns the report.
    ///
    /// # Errors
    /// When the assertion does not hold.
    pub fn try_scale(self, scale: impl Into<Match>) -> Result<Self, Report> {
        let expected = scale.into();
        self.checked(|found| {
            let mismatch = |(_, values): (&Series, &Distribution)| match values.scale {
                Some(scale) => Some(format!("scale: {}", expected.mismatch(&scale.into())?)),
                None => Some(format!("scale: expected {expected}, its buckets are explicit")),
            };
            let mut mismatches: Vec<String> = distributions(found).filter_map(mismatch).collect();
            mismatches.dedup();
            mismatches
        })
    }

    fn extreme(
        self,
        what: &str,
        expected: &Match,
        value: impl Fn(&Distribution) -> Option<f64>,
    ) -> Result<Self, Report> {
        self.checked(|found| {
            let mismatch = |(series, values): (&Series, &Distribution)| {
                let which = draw::attributes(&series.attributes);
                let mismatch = match value(values) {
                    Some(value) => found.unit().mismatch(expected, &value.into())?,
                    None => format!("expected {expected}, it is not known"),
                };
                Some(format!("{which}: {what}: {mismatch}"))
            };
            distributions(found).filter_map(mismatch).collect()
        })
    }

    fn checked(self, mismatches: impl FnOnce(&Found) -> Vec<String>) -> Result<Self, Report> {
        let found = self.selection.find().map_err(Missing::report)?;
        let mut mismatches = mismatches(&found);
        mismatches.sort();
        found.check(mismatches)?;
        Ok(self)
    }
}

fn distributions(found: &Found) -> impl Iterator<Item = (&Series, &Distribution)> {
    found.selected().filter_map(|series| match &series.added {
        Added::Values(values) => Some((series, values)),
        Added::Number(_) => None,
    })
}

/// Formats `the bounds are 0.1, 0.25 and ∞`, for the first series.
fn bounds(found: &Found) -> String {
    let first = distributions(found).next().map(|(_, values)| values.buckets.as_slice());
    let bounds = first.unwrap_or_default().iter().map(|bucket| bucket.high);
    let listed: Vec<String> =
        bounds.filter(|bound| bound.is_finite()).map(|bound| bound.to_string()).collect();
    match listed.is_empty() {
        true => "it has no buckets".to_owned(),
        false => format!("the bounds are {}", listed.join(", ")),
    }
}
