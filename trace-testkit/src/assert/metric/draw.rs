//! Draws metrics for failure messages, in a fixed order.

use super::distribution::Distribution;
use super::number;
use super::window::{Added, Series};
use crate::model::{Attribute, InstrumentKind, Metric, PointValue};
use crate::names::shown;

/// Formats one line, such as `counter orders, in {order}, by shop 1.2`.
pub(super) fn headline(metric: &Metric) -> String {
    let mut line = format!("{} {}", metric.kind.as_str(), shown(&metric.name));
    if !metric.unit.is_empty() {
        line += &format!(", in {}", shown(&metric.unit));
    }
    let scope = [metric.scope.name.as_str(), metric.scope.version.as_str()].join(" ");
    if !scope.trim().is_empty() {
        line += &format!(", by {}", shown(scope.trim()));
    }
    line
}

/// Draws a metric and its series, with the selected ones marked.
pub(super) fn metric(metric: &Metric, series: &[(Series, bool)]) -> String {
    let mut lines: Vec<(String, String, bool)> = series
        .iter()
        .map(|(series, selected)| {
            (attributes(&series.attributes), values(metric.kind, series), *selected)
        })
        .collect();
    lines.sort();
    let width = lines.iter().map(|(attributes, ..)| attributes.chars().count()).max().unwrap_or(0);
    let mut text = headline(metric) + "\n";
    for (attributes, values, selected) in lines {
        let mark = if selected { "~" } else { " " };
        let padding = " ".repeat(width - attributes.chars().count());
        text += &format!("  {mark} {attributes}{padding}  {values}\n");
    }
    text
}

/// `plan="pro" region="eu"`, or what stands for none.
pub(super) fn attributes(attributes: &[Attribute]) -> String {
    if attributes.is_empty() {
        return "(no attributes)".to_owned();
    }
    let pairs = attributes.iter().map(|(key, value)| format!("{}={value}", shown(key)));
    pairs.collect::<Vec<_>>().join(" ")
}

fn values(kind: InstrumentKind, series: &Series) -> String {
    match &series.added {
        Added::Number(added) => {
            let total = match &series.total {
                PointValue::Int(total) => (*total).into(),
                PointValue::Float(total) => (*total).into(),
                _ => added.clone(),
            };
            match kind {
                InstrumentKind::Gauge => number::text(&total),
                _ if *added == total => number::text(&total),
                _ => format!("{} of {}", number::text(added), number::text(&total)),
            }
        }
        Added::Values(values) => distribution(values),
    }
}

/// `3 values, sum 0.61, from 0.1 to 0.31: 2 in (0.1, 0.25], 1 in (0.25, 0.5]`
pub(super) fn distribution(values: &Distribution) -> String {
    let mut text = format!("{}, sum {}", super::distribution::values(values.count), values.sum);
    if let (Some(least), Some(greatest)) = (values.least.value(), values.greatest.value()) {
        text += &match least == greatest {
            true => format!(", each {least}"),
            false => format!(", from {least} to {greatest}"),
        };
    }
    let occupied = values.buckets.iter().filter(|bucket| bucket.count > 0);
    let buckets: Vec<String> =
        occupied.map(|bucket| format!("{} in {bucket}", bucket.count)).collect();
    if !buckets.is_empty() {
        text += &format!(": {}", buckets.join(", "));
    }
    text
}
