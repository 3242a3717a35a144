//! Describes metrics without their values.

use super::draw;
use crate::model::Metric;
use crate::names::shown;
use crate::runtime::escape;
use std::collections::BTreeMap;

/// Describes each metric in a paragraph, in the given order.
pub(super) fn text(metrics: &[Metric]) -> String {
    let mut paragraphs: Vec<String> = metrics.iter().map(paragraph).collect();
    // The same library in several processes is listed once.
    paragraphs.dedup();
    paragraphs.concat()
}

fn paragraph(metric: &Metric) -> String {
    let mut text = draw::headline(metric) + "\n";
    if !metric.description.is_empty() {
        text += &format!("  description: {}\n", escape::line(&metric.description));
    }
    let mut keys = BTreeMap::<&str, usize>::new();
    for (key, _) in metric.points.iter().flat_map(|point| &point.attributes) {
        *keys.entry(key).or_default() += 1;
    }
    if !keys.is_empty() {
        let on_each = |count| if count == metric.points.len() { "" } else { "?" };
        let keys = keys.iter().map(|(key, &count)| format!("{}{}", shown(key), on_each(count)));
        text += &format!("  keys: {}\n", keys.collect::<Vec<_>>().join(", "));
    }
    text
}
