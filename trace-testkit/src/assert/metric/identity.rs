//! What a metric is, whatever its values: unit, description, scope, kind, temporality, keys.
#![allow(clippy::must_use_candidate, reason = "assertions; what they return is for further ones")]

use super::MetricAssert;
use super::draw;
use super::select::{Missing, one};
use super::window::Series;
use crate::matcher::Match;
use crate::model::{InstrumentKind, Metric, Temporality};
use crate::names::shown;
use crate::report::{Report, hold};
use std::collections::BTreeSet;

impl<K> MetricAssert<K> {
    /// Its unit is `unit`, such as `s`, `By` or `{order}`; the empty string is none.
    ///
    /// # Panics
    /// When it is not, or the metric was never recorded.
    #[track_caller]
    pub fn unit(self, unit: impl Into<Match>) -> Self {
        hold(self.try_unit(unit))
    }

    /// As [`unit`](Self::unit), but returns the report.
    ///
    /// # Errors
    /// Where that panics.
    pub fn try_unit(self, unit: impl Into<Match>) -> Result<Self, Report> {
        let unit = unit.into();
        self.each_metric(|metric| {
            Some(format!("unit: {}", unit.mismatch(&metric.unit.as_str().into())?))
        })
    }

    /// Its description is `description`.
    ///
    /// # Panics
    /// When it is not, or the metric was never recorded.
    #[track_caller]
    pub fn description(self, description: impl Into<Match>) -> Self {
        hold(self.try_description(description))
    }

    /// As [`description`](Self::description), but returns the report.
    ///
    /// # Errors
    /// Where that panics.
    pub fn try_description(self, description: impl Into<Match>) -> Result<Self, Report> {
        let description = description.into();
        self.each_metric(|metric| {
            Some(format!(
                "description: {}",
                description.mismatch(&metric.description.as_str().into())?
            ))
        })
    }

    /// A library of this name recorded it; what follows is about what that library recorded.
    ///
    /// # Panics
    /// When none did.
    #[track_caller]
    pub fn scope(self, name: impl Into<Match>) -> Self {
        hold(self.try_scope(name))
    }

    /// As [`scope`](Self::scope), but returns the report.
    ///
    /// # Errors
    /// Where that panics.
    pub fn try_scope(mut self, name: impl Into<Match>) -> Result<Self, Report> {
        self.selection.scope = Some(name.into());
        self.each_metric(|_| None)
    }

    /// It is an instrument of this kind.
    ///
    /// # Panics
    /// When it is not, or the metric was never recorded.
    #[track_caller]
    pub fn kind(self, kind: InstrumentKind) -> Self {
        hold(self.try_kind(kind))
    }

    /// As [`kind`](Self::kind), but returns the report.
    ///
    /// # Errors
    /// Where that panics.
    pub fn try_kind(self, kind: InstrumentKind) -> Result<Self, Report> {
        self.each_metric(|metric| {
            let (expected, is) = (kind.as_str(), metric.kind.as_str());
            (metric.kind != kind).then(|| format!("kind: expected {expected}, is {is}"))
        })
    }

    /// It only grows: it is a counter.
    ///
    /// # Panics
    /// When it does not, or the metric was never recorded.
    #[track_caller]
    pub fn monotonic(self) -> Self {
        hold(self.try_monotonic())
    }

    /// As [`monotonic`](Self::monotonic), but returns the report.
    ///
    /// # Errors
    /// Where that panics.
    pub fn try_monotonic(self) -> Result<Self, Report> {
        self.each_metric(|metric| {
            let is = one(metric.kind.as_str());
            (metric.kind != InstrumentKind::Counter)
                .then(|| format!("kind: expected one that only grows, is {is}"))
        })
    }

    /// It was sent with this temporality. What is asserted of its values does not depend on it.
    ///
    /// # Panics
    /// When it was not, or the metric was never recorded.
    #[track_caller]
    pub fn temporality(self, temporality: Temporality) -> Self {
        hold(self.try_temporality(temporality))
    }

    /// As [`temporality`](Self::temporality), but returns the report.
    ///
    /// # Errors
    /// Where that panics.
    pub fn try_temporality(self, temporality: Temporality) -> Result<Self, Report> {
        self.each_metric(|metric| {
            let is = metric.temporality.map_or_else(|| "none".to_owned(), |is| format!("{is:?}"));
            (metric.temporality != Some(temporality))
                .then(|| format!("temporality: expected {temporality:?}, is {is}"))
        })
    }

    /// All series together have these attribute keys and no others.
    ///
    /// # Panics
    /// When they do not, or the metric was never recorded.
    #[track_caller]
    pub fn keys<'k>(self, keys: impl IntoIterator<Item = &'k str>) -> Self {
        hold(self.try_keys(keys))
    }

    /// As [`keys`](Self::keys), but returns the report.
    ///
    /// # Errors
    /// Where that panics.
    pub fn try_keys<'k>(self, keys: impl IntoIterator<Item = &'k str>) -> Result<Self, Report> {
        let found = self.selection.find().map_err(Missing::report)?;
        let expected: BTreeSet<&str> = keys.into_iter().collect();
        let attributes = found.selected().flat_map(|series| &series.attributes);
        let are: BTreeSet<&str> = attributes.map(|(key, _)| key.as_str()).collect();
        let missing =
            expected.difference(&are).map(|key| format!("no series has the key `{}`", shown(key)));
        let more = are
            .difference(&expected)
            .map(|key| format!("the key `{}` is not expected", shown(key)));
        found.check(missing.chain(more))?;
        Ok(self)
    }

    /// There are so many series: sets of attributes.
    ///
    /// # Panics
    /// When there are more or fewer, or the metric was never recorded.
    #[track_caller]
    pub fn series(self, count: impl Into<Match>) -> Self {
        hold(self.try_series(count))
    }

    /// As [`series`](Self::series), but returns the report.
    ///
    /// # Errors
    /// Where that panics.
    pub fn try_series(self, count: impl Into<Match>) -> Result<Self, Report> {
        let found = self.selection.find().map_err(Missing::report)?;
        let mismatch = count.into().mismatch(&found.selected().count().into());
        found.check(mismatch.map(|mismatch| format!("series: {mismatch}")))?;
        Ok(self)
    }

    /// Nothing was measured since the baseline. A gauge counts when it has a value at all.
    ///
    /// # Panics
    /// When something was.
    #[track_caller]
    pub fn none(self) -> Self {
        hold(self.try_none())
    }

    /// As [`none`](Self::none), but returns the report.
    ///
    /// # Errors
    /// Where that panics.
    pub fn try_none(self) -> Result<Self, Report> {
        let found = match self.selection.find() {
            Ok(found) => found,
            Err(Missing::Absent(_)) => return Ok(self),
            Err(Missing::Other(report)) => return Err(report),
        };
        let is_gauge = |metric: &Metric| metric.kind == InstrumentKind::Gauge;
        let gauges = found.metrics.iter().any(|(metric, _)| is_gauge(metric));
        let busy = found.selected().filter(|series| gauges || !series.is_idle());
        let mismatch =
            |series: &Series| format!("{} was measured", draw::attributes(&series.attributes));
        found.check(busy.map(mismatch).collect::<BTreeSet<_>>())?;
        Ok(self)
    }

    fn each_metric(self, mismatch: impl Fn(&Metric) -> Option<String>) -> Result<Self, Report> {
        let found = self.selection.find().map_err(Missing::report)?;
        found.check(found.metrics.iter().filter_map(|(metric, _)| mismatch(metric)))?;
        Ok(self)
    }
}
