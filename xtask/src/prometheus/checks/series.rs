//! Series as they are: all that are announced, and in each the number that was sent.

use super::Observed;
use crate::Outcome;
use crate::prometheus::expect::Between;
use crate::support::api::Api;
use crate::support::api::Labels;
use crate::support::report::Report;
use serde_json::Value;
use std::collections::BTreeMap;

pub(super) fn check(observed: &Observed<'_>, report: &mut Report) -> Outcome {
    announced(observed, report)?;
    for (metric, series) in &observed.total.numbers {
        let found = observed.api.query(metric)?.into_iter().collect::<BTreeMap<_, _>>();
        none_but(metric, series.keys(), &found, report);
        for (labels, expected) in series {
            let value = found.get(labels).copied().unwrap_or(f64::NAN);
            report.equal(written(metric, labels), *expected, value);
        }
    }
    for (metric, series) in &observed.total.histograms {
        let ask = |suffix: &str| observed.api.query(&format!("{metric}{suffix}"));
        let counts = ask("_count")?.into_iter().collect::<BTreeMap<_, _>>();
        let sums = ask("_sum")?.into_iter().collect::<BTreeMap<_, _>>();
        none_but(metric, series.keys(), &counts, report);
        for (labels, values) in series {
            let of = |series: &BTreeMap<Labels, f64>| series.get(labels).copied();
            let name = written(metric, labels);
            let count = of(&counts).unwrap_or(f64::NAN);
            report.equal(format!("{name} count"), values.len() as f64, count);
            let total = |bound: fn(&Between) -> f64| values.iter().map(bound).sum();
            let sum = of(&sums).unwrap_or(f64::NAN);
            report.between(format!("{name} sum"), total(|it| it.least), total(|it| it.most), sum);
        }
    }
    for (metric, series) in &observed.total.histograms {
        for (labels, values) in series {
            buckets(observed.api, metric, labels, values, report)?;
        }
    }
    Ok(())
}

/// Every metric of every function in the catalog is there, as what it is.
fn announced(observed: &Observed<'_>, report: &mut Report) -> Outcome {
    let kinds = observed.api.get("/api/v1/targets/metadata")?;
    let kinds: BTreeMap<&str, &Value> = kinds
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|entry| Some((entry["metric"].as_str()?, entry)))
        .collect();
    let list = |value: &'_ Value| value.as_array().cloned().unwrap_or_default();
    let (mut metrics, mut missing) = (0, Vec::new());
    for site in list(&observed.catalog["sites"]) {
        let path = site["function"].as_str().unwrap_or_default();
        let (module, function) = path.rsplit_once("::").unwrap_or_default();
        for metric in list(&site["metrics"]) {
            metrics += 1;
            let name = metric["name"].as_str().unwrap_or_default();
            // Other units of this service stand in braces: they are remarks.
            let unit = if metric["unit"] == "s" { "_seconds" } else { "" };
            let family = format!("{}{unit}", name.replace('.', "_"));
            let (kind, suffix) = match metric["kind"].as_str() {
                Some("counter") => ("counter", "_total"),
                Some("histogram") => ("histogram", "_count"),
                _ => ("gauge", ""),
            };
            let matchers = if name.starts_with("function.") {
                format!("{{function=\"{function}\",module=\"{module}\"}}")
            } else {
                String::new()
            };
            let query = format!("{family}{suffix}{matchers}");
            let is_there = !observed.api.query(&query)?.is_empty();
            let known = kinds.get(&*family);
            let has_unit = known.is_some_and(|it| it["unit"] == unit.trim_start_matches('_'));
            if !is_there || !has_unit || known.is_none_or(|it| it["type"] != kind) {
                missing.push(query);
            }
        }
    }
    let found = format!("{} {}", metrics - missing.len(), missing.join(" "));
    let is_right = metrics > 0 && missing.is_empty();
    // Units are only in OpenMetrics: this is what Prometheus has asked for and understood.
    report.row("metrics of the catalog, kind and unit", metrics.to_string(), found, is_right);
    Ok(())
}

fn none_but<'a>(
    metric: &str,
    expected: impl Iterator<Item = &'a Labels>,
    found: &BTreeMap<Labels, f64>,
    report: &mut Report,
) {
    let expected: Vec<_> = expected.collect();
    for labels in found.keys().filter(|labels| !expected.contains(labels)) {
        report.row(written(metric, labels), "no such series", "there", false);
    }
}

/// Each bucket has no fewer than the values that are surely within its bound, and no more than those
/// that may be.
fn buckets(
    api: &Api,
    metric: &str,
    labels: &Labels,
    values: &[Between],
    report: &mut Report,
) -> Outcome {
    let (mut right, mut wrong) = (0, Vec::new());
    for (mut series, found) in api.query(&format!("{metric}_bucket"))? {
        let le = series.remove("le").unwrap_or_default();
        if series != *labels {
            continue;
        }
        let bound: f64 = le.parse()?;
        let within = |of: fn(&Between) -> f64| values.iter().filter(|it| of(it) <= bound).count();
        if (within(|it| it.most) as f64..=within(|it| it.least) as f64).contains(&found) {
            right += 1;
        } else {
            wrong.push(format!("le={le}: {found}"));
        }
    }
    let found = format!("{right} {}", wrong.join(" "));
    let is_right = right > 1 && wrong.is_empty();
    report.row(
        format!("{} buckets", written(metric, labels)),
        "each in its bounds",
        found,
        is_right,
    );
    Ok(())
}

/// A series in writing, without what all have.
fn written(metric: &str, labels: &Labels) -> String {
    let told = labels.iter().filter(|(label, _)| {
        !["module", "caller_module", "service_name"].contains(&label.as_str())
            && !label.starts_with("objective_")
    });
    let values: Vec<&str> = told.map(|(_, value)| value.as_str()).collect();
    if values.is_empty() { metric.to_owned() } else { format!("{metric} {}", values.join(" ")) }
}
