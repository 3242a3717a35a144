//! The dashboard's expressions and the alert rules, asked of the Prometheus that has scraped the run: no name in
//! them is misspelt, and no panel is empty.

use super::of;
use crate::Outcome;
use crate::deploy::dashboard::questions;
use crate::e2e::pass::Observed;
use crate::support::report::Report;
use serde_json::Value;
use std::collections::BTreeSet;

/// What shows nothing where nothing fails and nothing is lost.
const EMPTY_WHEN_WELL: [&str; 3] = ["5..", "telemetry:spans_lost", "result=\"error\""];

pub(super) fn check(observed: &Observed, report: &mut Report) -> Outcome {
    let known = |of: &str| -> Outcome<BTreeSet<String>> {
        let names = observed.api.get(of)?;
        let names = names.as_array().into_iter().flatten().filter_map(Value::as_str);
        Ok(names.map(str::to_owned).collect())
    };
    let metrics = known("/api/v1/label/__name__/values")?;
    let labels = known("/api/v1/labels")?;
    let (mut empty, mut unknown, mut shown) = (Vec::new(), Vec::new(), 0);
    let questions = questions()?;
    for question in &questions {
        let expression = question.expression("15s");
        if !observed.api.query(&expression)?.is_empty() {
            shown += 1;
        } else if !EMPTY_WHEN_WELL.iter().any(|part| expression.contains(part)) {
            empty.push(format!("{}: {expression}", question.panel));
        }
        unknown.extend(unknown_names(&expression, &metrics, &labels));
    }
    let what = of(observed, "expressions of the dashboard that show something");
    report.row(
        what,
        "most",
        format!("{shown} of {}", questions.len()),
        shown * 4 > questions.len() * 3,
    );
    report.none(of(observed, "expressions of the dashboard that show nothing"), &empty);

    let groups = observed.api.get("/api/v1/rules")?;
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let rules: Vec<Value> =
        list(&groups["groups"]).iter().flat_map(|group| list(&group["rules"])).collect();
    let is_well = |rule: &&Value| rule["health"] == "ok";
    let well = rules.iter().filter(is_well).count();
    report.equal(of(observed, "rules that Prometheus evaluates"), rules.len() as f64, well as f64);
    for rule in &rules {
        let expression = rule["query"].as_str().unwrap_or_default();
        unknown.extend(unknown_names(expression, &metrics, &labels));
    }
    report.none(of(observed, "names that Prometheus does not know"), &unknown);
    let firing =
        rules.iter().filter(|rule| rule["state"] == "firing" && rule["name"] != "ShopJobsDead");
    let firing: Vec<String> = firing.map(|rule| rule["name"].to_string()).collect();
    report.none(of(observed, "alerts that fire without a cause"), &firing);
    Ok(())
}

/// Metrics and labels of an expression that are not there. Recording rules, metrics of losses and labels
/// that tell of failures are there only once there is something to tell.
fn unknown_names(
    expression: &str,
    metrics: &BTreeSet<String>,
    labels: &BTreeSet<String>,
) -> Vec<String> {
    const RARE: [&str; 5] = [
        "error_type",
        "reason",
        "stage",
        "telemetry:spans_lost:10m",
        "trace_runtime_span_dropped_total",
    ];
    let names = names(expression);
    let unknown = names.iter().filter(|name| {
        !metrics.contains(**name) && !labels.contains(**name) && !RARE.contains(*name)
    });
    unknown.map(|name| (*name).to_owned()).collect()
}

/// The words of an expression that are neither functions, keywords, texts nor numbers.
fn names(expression: &str) -> Vec<&str> {
    const WORDS: [&str; 6] = ["by", "or", "and", "offset", "ignoring", "group_left"];
    let mut names = Vec::new();
    let mut rest = expression;
    while let Some(begin) = rest.find(|it: char| it.is_alphanumeric() || "_\"[".contains(it)) {
        rest = &rest[begin..];
        if let Some(text) = rest.strip_prefix('"') {
            rest = text.split_once('"').map_or("", |(_, rest)| rest);
            continue;
        }
        if let Some(range) = rest.strip_prefix('[') {
            rest = range.split_once(']').map_or("", |(_, rest)| rest);
            continue;
        }
        let is_end = |it: char| !(it.is_alphanumeric() || "_:.".contains(it));
        let end = rest.find(is_end).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let is_number = name.starts_with(|it: char| it.is_ascii_digit());
        if !is_number && !after.starts_with('(') && !WORDS.contains(&name) {
            names.push(name);
        }
        rest = after;
    }
    // `sum by (le)`: the word before the labels is a function too.
    names.retain(|name| !["sum", "max", "count"].contains(name));
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_metrics_and_labels() {
        let expression = "histogram_quantile(0.99, sum by (le, job) (rate(a_bucket{b=~\"c|d\", e!=\"\"}[5m] offset 10m)))";
        assert_eq!(names(expression), ["le", "job", "a_bucket", "b", "e"]);
        assert_eq!(names("(x:y:10m or vector(0)) / 100 > 14.4 * 0.001"), ["x:y:10m"]);
    }
}
