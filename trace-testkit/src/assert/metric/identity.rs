//! Asserts on everything but values: unit, description, scope, kind, temporality, keys.
#![allow(
    clippy::must_use_candidate,
    reason = "assertions; they return the subject for further ones"
)]

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
    /// Asserts the unit, such as `s`, `By` or `{order}`; the empty string stands for none.
    ///
    /// # Panics
    /// If it differs, or the metric was never recorded.
    #[track_caller]
    pub fn unit(self, unit: impl Into<Match>) -> Self {
        hold(self.try_unit(unit))
    }

    /// Like [`unit`](Self::unit), but returns the report.
    ///
    /// # Errors
    /// When the assertion does not hold.
    pub fn try_unit(self, unit: impl Into<Match>) -> Result<Self, Report> {
        let unit = unit.into();
        self.each_metric(|metric| {
            Some(format!("unit: {}", unit.mismatch(&metric.unit.as_str().into())?))
        })
    }

    /// Asserts the description.
    ///
    /// # Panics
    /// If it differs, or the metric was never recorded.
    #[track_caller]
    pub fn description(self, description: impl Into<Match>) -> Self {
        hold(self.try_description(description))
    }

    /// Like [`description`](Self::description), but returns the report.
    ///
    /// # Errors
    /// When the assertion does not hold.
    pub fn try_description(self, description: impl Into<Match>) -> Result<Self, Report> {
        let description = description.into();
        self.each_metric(|metric| {
            Some(format!(
                "description: {}",
                description.mismatch(&metric.description.as_str().into())?
            ))
        })
    }

    /// Asserts that a library of this name recorded it, and narrows later assertions to what that
    /// library recorded.
    ///
    /// # Panics
    /// If none did.
    #[track_caller]
    pub fn scope(self, name: impl Into<Match>) -> Self {
        hold(self.try_scope(name))
    }

    /// Like [`scope`](Self::scope), but returns the report.
    ///
    /// # Errors
    /// When the assertion does not hold.
    pub fn try_scope(mut self, name: impl Into<Match>) -> Result<Self, Report> {
        self.selection.scope = Some(name.into());
        self.each_metric(|_| None)
    }

    /// Asserts the kind of the instrument.
    ///
    /// # Panics
    /// If it differs, or the metric was never recorded.
    #[track_caller]
    pub fn kind(self, kind: InstrumentKind) -> Self {
        hold(self.try_kind(kind))
    }

    /// Like [`kind`](Self::kind), but returns the report.
    ///
    /// # Errors
    /// When the assertion does not hold.
    pub fn try_kind(self, kind: InstrumentKind) -> Result<Self, Report> {
        self.each_metric(|metric| {
            let (expected, is) = (kind.as_str(), metric.kind.as_str());
            (metric.kind != kind).then(|| format!("kind: expected {expected}, is {is}"))
        })
    }

    /// Asserts that it only grows: that it is a counter.
    ///
    /// # Panics
    /// If it does not, or the metric was never recorded.
    #[track_caller]
    pub fn monotonic(self) -> Self {
        hold(self.try_monotonic())
    }

    /// Like [`monotonic`](Self::monotonic), but returns the report.
    ///
    /// # Errors
    /// When the assertion does not hold.
    pub fn try_monotonic(self) -> Result<Self, Report> {
        self.each_metric(|metric| {
            let is = one(metric.kind.as_str());
            (metric.kind != InstrumentKind::Counter)
                .then(|| format!("kind: expected one that only grows, is {is}"))
        })
    }

    /// Asserts the temporality with which it was sent. Assertions on values do not depend on it.
    ///
    /// # Panics
    /// If it differs, or the metric was never recorded.
    #[track_caller]
    pub fn temporality(self, temporality: Temporality) -> Self {
        hold(self.try_temporality(temporality))
    }

    /// Like [`temporality`](Self::temporality), but returns the report.
    ///
    /// # Errors
    /// When the assertion does not hold.
    pub fn try_temporality(self, temporality: Temporality) -> Result<Self, Report> {
        self.each_metric(|metric| {
            let is = metric.temporality.map_or_else(|| "none".to_owned(), |is| format!("{is:?}"));
            (metric.temporality != Some(temporality))
                .then(|| format!("temporality: expected {temporality:?}, is {is}"))
        })
    }

    /// Asserts that all series together have these attribute keys and no others.
    ///
    /// # Panics
    /// If they differ, or the metric was never recorded.
    #[track_caller]
    pub fn keys<'k>(self, keys: impl IntoIterator<Item = &'k str>) -> Self {
        hold(self.try_keys(keys))
    }

    /// Like [`keys`](Self::keys), but returns the report.
    ///
    /// # Errors
    /// When the assertion does not hold.
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

    /// Asserts the number of series: distinct sets of attributes.
    ///
    /// # Panics
    /// If the number differs, or the metric was never recorded.
    #[track_caller]
    pub fn series(self, count: impl Into<Match>) -> Self {
        hold(self.try_series(count))
    }

    /// Like [`series`](Self::series), but returns the report.
    ///
    /// # Errors
    /// When the assertion does not hold.
    pub fn try_series(self, count: impl Into<Match>) -> Result<Self, Report> {
        let found = self.selection.find().map_err(Missing::report)?;
        let mismatch = count.into().mismatch(&found.selected().count().into());
        found.check(mismatch.map(|mismatch| format!("series: {mismatch}")))?;
        Ok(self)
    }

    /// Asserts that nothing was measured since the baseline. A gauge counts if it has any value.
    ///
    /// # Panics
    /// If something was.
    #[track_caller]
    pub fn none(self) -> Self {
        hold(self.try_none())
    }

    /// Like [`none`](Self::none), but returns the report.
    ///
    /// # Errors
    /// When the assertion does not hold.
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
