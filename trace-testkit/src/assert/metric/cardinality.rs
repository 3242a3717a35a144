//! Asserts on the number of series of a metric, which its store has to keep.
#![allow(
    clippy::must_use_candidate,
    reason = "assertions; they return the subject for further ones"
)]

use super::draw;
use super::select::{Missing, Selection, no_such_key};
use crate::matcher::{Match, le};
use crate::model::{InstrumentKind, Metric};
use crate::names::shown;
use crate::report::{Report, hold};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Assertions on the number of series of one metric.
///
/// ```
/// # #[cfg(feature = "metrics")] {
/// # use opentelemetry::{KeyValue, metrics::MeterProvider as _};
/// let t = trace_testkit::capture();
/// let orders = t.meter_provider().meter("shop").u64_counter("orders").build();
/// for plan in ["free", "pro"] {
///     orders.add(1, &[KeyValue::new("plan", plan)]);
/// }
///
/// t.metrics().cardinality("orders").at_most(8);
/// t.metrics().cardinality("orders").of("plan").exactly(2);
/// # }
/// ```
#[derive(Clone)]
pub struct CardinalityAssert {
    selection: Selection,
    key: Option<String>,
}

impl CardinalityAssert {
    pub(super) fn new(selection: Selection) -> Self {
        Self { selection, key: None }
    }

    /// Counts the values of this attribute instead of the series.
    #[must_use = "nothing is asserted yet"]
    pub fn of(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Asserts that there are at most `count`.
    ///
    /// # Panics
    /// If there are more, the SDK has hit its own limit, or the metric was never recorded.
    #[track_caller]
    pub fn at_most(self, count: usize) -> Self {
        hold(self.try_at_most(count))
    }

    /// Like [`at_most`](Self::at_most), but returns the report.
    ///
    /// # Errors
    /// When the assertion does not hold.
    pub fn try_at_most(self, count: usize) -> Result<Self, Report> {
        self.check(&le(count))
    }

    /// Asserts the number: a number, or a matcher.
    ///
    /// # Panics
    /// If the number differs, the SDK has hit its own limit, or the metric was never recorded.
    #[track_caller]
    pub fn exactly(self, count: impl Into<Match>) -> Self {
        hold(self.try_exactly(count))
    }

    /// Like [`exactly`](Self::exactly), but returns the report.
    ///
    /// # Errors
    /// When the assertion does not hold.
    pub fn try_exactly(self, count: impl Into<Match>) -> Result<Self, Report> {
        self.check(&count.into())
    }

    fn check(self, expected: &Match) -> Result<Self, Report> {
        let found = self.selection.find().map_err(Missing::report)?;
        let metrics: Vec<&Metric> = found.metrics.iter().map(|(metric, _)| metric).collect();
        let values = values_by_key(&metrics);
        let (what, count) = match &self.key {
            Some(key) => (format!("values of {key}"), values.get(&**key).map_or(0, BTreeSet::len)),
            None => ("series".to_owned(), metrics.iter().map(|metric| metric.points.len()).sum()),
        };
        let mut report =
            Report::new(format!("the cardinality of `{}` is not as expected", self.selection.name));
        if let Some(mismatch) = expected.mismatch(&count.into()) {
            report = report.with_mismatch(format!("{what}: {mismatch}"));
        }
        if values.contains_key("otel.metric.overflow") {
            report = report
                .with_mismatch("the SDK has hit its limit and merged the rest into one series");
        }
        if report.mismatches().is_empty() {
            return Ok(self);
        }
        let report = report.with_drawing(drawing(&metrics, &values));
        let unknown = self.key.as_deref().filter(|key| !values.contains_key(key));
        let report = match unknown {
            Some(key) => report.with_note(no_such_key(key, values.keys().copied())),
            None => report,
        };
        Err(found.explained(report))
    }
}

impl fmt::Debug for CardinalityAssert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = self.key.as_ref().map(|key| format!(", {key}")).unwrap_or_default();
        write!(f, "CardinalityAssert({}{key})", self.selection.describe())
    }
}

type Values<'a> = BTreeMap<&'a str, BTreeSet<String>>;

fn values_by_key<'a>(metrics: &[&'a Metric]) -> Values<'a> {
    let points = metrics.iter().flat_map(|metric| &metric.points);
    let mut values = Values::new();
    for (key, value) in points.flat_map(|point| &point.attributes) {
        values.entry(key).or_default().insert(value.to_string());
    }
    values
}

/// Lists the keys with their numbers of values, those with most values first.
fn drawing(metrics: &[&Metric], values: &Values<'_>) -> String {
    const SHOWN: usize = 5;
    let heads: BTreeSet<String> = metrics.iter().map(|metric| draw::headline(metric)).collect();
    let mut text = heads.into_iter().collect::<Vec<_>>().join("\n") + "\n";
    let mut keys: Vec<_> = values.iter().collect();
    keys.sort_by_key(|(key, values)| (std::cmp::Reverse(values.len()), **key));
    for (key, values) in keys {
        let first: Vec<&str> = values.iter().take(SHOWN).map(String::as_str).collect();
        let more = if values.len() > SHOWN { ", …" } else { "" };
        let noun = if values.len() == 1 { "value" } else { "values" };
        text += &format!("  {}: {} {noun}, {}{more}\n", shown(key), values.len(), first.join(", "));
    }
    if metrics.iter().any(|metric| metric.kind == InstrumentKind::Histogram) {
        text += "  each series of a histogram is stored once per bucket\n";
    }
    text
}
