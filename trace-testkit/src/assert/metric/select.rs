//! Selects the series that an assertion covers, and reports if there are none.

use super::draw;
use super::window::{Series, series};
use crate::matcher::Match;
use crate::model::{AttributeValue, InstrumentKind, Metric};
use crate::names::{self, shown};
use crate::recorded::Recorded;
use crate::report::Report;
use std::collections::BTreeSet;

/// The note of a report if there are no metrics at all.
const WAYS: &str = "to a capture, measurements come by `opentelemetry::global` or by its \
                    `meter_provider()`; an instrument made before the first capture reaches none";

/// A selection of metrics and of their series.
#[derive(Clone)]
pub(super) struct Selection {
    pub(super) recorded: Recorded,
    pub(super) name: String,
    /// The kind that was asked for, such as `counter`.
    pub(super) what: &'static str,
    pub(super) kinds: &'static [InstrumentKind],
    pub(super) scope: Option<Match>,
    pub(super) with: Vec<(String, Option<Match>)>,
}

/// The metrics of one name, each with its selected and its other series.
pub(super) struct Found {
    pub(super) metrics: Vec<(Metric, Vec<(Series, bool)>)>,
    described: String,
    recorded: Recorded,
    name: String,
}

/// Why a selection found nothing.
pub(super) enum Missing {
    /// Nothing was recorded: it counts as 0.
    Absent(Report),
    /// The metric is of another kind.
    Other(Report),
}

impl Missing {
    pub(super) fn report(self) -> Report {
        match self {
            Self::Absent(report) | Self::Other(report) => report,
        }
    }
}

impl Selection {
    /// Describes it, such as ``counter `orders` where plan is "pro"``.
    pub(super) fn describe(&self) -> String {
        let mut text = format!("{} `{}`", self.what, self.name);
        if let Some(scope) = &self.scope {
            text += &format!(" of {}", scope.as_name());
        }
        for (index, (key, value)) in self.with.iter().enumerate() {
            text += if index == 0 { " where " } else { " and " };
            text += &match value {
                None => format!("{key} is not set"),
                Some(value) => format!("{key} is {value}"),
            };
        }
        text
    }

    /// Finds the series, or why there are none.
    pub(super) fn find(&self) -> Result<Found, Missing> {
        let all = self.recorded.sorted_metrics();
        let named: Vec<&Metric> = all.iter().filter(|metric| metric.name == self.name).collect();
        if named.is_empty() {
            return Err(Missing::Absent(self.no_such_name(&all)));
        }
        let of_kind: Vec<&Metric> =
            named.iter().copied().filter(|metric| self.kinds.contains(&metric.kind)).collect();
        if of_kind.is_empty() {
            return Err(Missing::Other(self.of_another_kind(&named)));
        }
        let scoped: Vec<&Metric> = of_kind
            .iter()
            .copied()
            .filter(|metric| self.scope.as_ref().is_none_or(|s| s.matches_text(&metric.scope.name)))
            .collect();
        if scoped.is_empty() {
            return Err(Missing::Absent(self.of_another_scope(&of_kind)));
        }
        let baseline = self.recorded.baseline();
        let metrics: Vec<_> = scoped
            .into_iter()
            .map(|metric| {
                let mark = |series: Series| {
                    let selected = self.selects(&series);
                    (series, selected)
                };
                (metric.clone(), series(metric, &baseline).into_iter().map(mark).collect())
            })
            .collect();
        let found = Found {
            metrics,
            described: self.describe(),
            recorded: self.recorded.clone(),
            name: self.name.clone(),
        };
        if found.selected().next().is_none() {
            return Err(Missing::Absent(self.no_such_series(&found)));
        }
        Ok(found)
    }

    fn selects(&self, series: &Series) -> bool {
        self.with.iter().all(|(key, condition)| {
            let value = crate::model::attribute(&series.attributes, key);
            match (value, condition) {
                (Some(value), Some(condition)) => condition.matches(&value.clone().into()),
                (value, None) => value.is_none(),
                (None, Some(_)) => false,
            }
        })
    }

    fn no_such_name(&self, all: &[Metric]) -> Report {
        let names = all.iter().map(|metric| metric.name.as_str());
        let hint = names::hint("metrics", Some(&self.name), names);
        let report = Report::new(format!("{} was never recorded", self.describe())).with_note(hint);
        let is_silent = all.is_empty() && self.recorded.strays_of(&self.name).is_empty();
        let report = if is_silent { report.with_note(WAYS) } else { report };
        explained(report, &self.recorded, &self.name)
    }

    fn of_another_kind(&self, named: &[&Metric]) -> Report {
        let report = Report::new(format!("{} is of another kind", self.describe()));
        report.with_mismatches(
            named.iter().map(|metric| {
                format!("expected {}, is {}", one(self.what), one(metric.kind.as_str()))
            }),
        )
    }

    fn of_another_scope(&self, of_kind: &[&Metric]) -> Report {
        let scopes = of_kind.iter().map(|metric| metric.scope.name.as_str());
        let written = self.scope.as_ref().and_then(Match::literal);
        Report::new(format!("{} was never recorded", self.describe())).with_note(names::hint(
            "scopes that recorded it",
            written,
            scopes,
        ))
    }

    fn no_such_series(&self, found: &Found) -> Report {
        let report = Report::new(format!("{} was never recorded", self.describe()));
        let keys: BTreeSet<&str> = found
            .all()
            .flat_map(|series| series.attributes.iter().map(|(key, _)| &**key))
            .collect();
        let unknown =
            self.with.iter().find(|(key, value)| value.is_some() && !keys.contains(key.as_str()));
        let report = explained(report.with_drawing(found.draw()), &self.recorded, &self.name);
        match unknown {
            Some((key, _)) => report.with_note(no_such_key(key, keys.iter().copied())),
            None => report,
        }
    }
}

impl Found {
    fn all(&self) -> impl Iterator<Item = &Series> {
        self.metrics.iter().flat_map(|(_, series)| series.iter().map(|(series, _)| series))
    }

    pub(super) fn selected(&self) -> impl Iterator<Item = &Series> {
        let marked = self.metrics.iter().flat_map(|(_, series)| series);
        marked.filter(|(_, selected)| *selected).map(|(series, _)| series)
    }

    pub(super) fn draw(&self) -> String {
        let drawn = self.metrics.iter().map(|(metric, series)| draw::metric(metric, series));
        drawn.collect()
    }

    pub(super) fn unit(&self) -> super::number::Unit {
        super::number::Unit::of(self.metrics.first().map_or("", |(metric, _)| &metric.unit))
    }

    /// Returns `Ok` if nothing differs.
    pub(super) fn check(&self, mismatches: impl IntoIterator<Item = String>) -> Result<(), Report> {
        let mismatches: Vec<String> = mismatches.into_iter().collect();
        if mismatches.is_empty() {
            return Ok(());
        }
        let report = Report::new(format!("{} is not as expected", self.described));
        let report = report.with_mismatches(mismatches).with_drawing(self.draw());
        Err(self.explained(report))
    }

    /// Adds measurements that no capture saw.
    pub(super) fn explained(&self, report: Report) -> Report {
        explained(report, &self.recorded, &self.name)
    }
}

/// Describes a key that no series has.
pub(super) fn no_such_key<'a>(key: &str, keys: impl Iterator<Item = &'a str> + Clone) -> String {
    let hint = names::hint("attribute keys", Some(key), keys);
    format!("no point has the attribute `{}`: {hint}", shown(key))
}

fn explained(report: Report, recorded: &Recorded, name: &str) -> Report {
    recorded.strays_of(name).into_iter().fold(report, Report::with_note)
}

/// Returns the number of a series that has one.
pub(super) fn total(series: &Series) -> AttributeValue {
    use crate::model::PointValue::{Float, Int};
    match &series.total {
        Int(number) => (*number).into(),
        Float(number) => (*number).into(),
        _ => AttributeValue::Int(0),
    }
}

/// Formats `a counter`, `an up-down counter`.
pub(super) fn one(noun: &str) -> String {
    let article = if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {noun}")
}
