//! Grafana's dashboard: that it is well-formed, that its data sources are those that are provisioned, and the
//! expressions in it, which a Prometheus can then be asked.

use super::{Files, folder, items};
use crate::support::report::Report;
use crate::{Outcome, target};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

const FILE: &str = "grafana/dashboards/shop.json";

/// What a panel asks.
pub(crate) struct Question {
    pub(crate) panel: String,
    /// With the dashboard's variables in it.
    expression: String,
}

impl Question {
    /// As Grafana would ask it, of all services and for a range like `30s`.
    pub(crate) fn expression(&self, range: &str) -> String {
        let expression = self.expression.replace("$__rate_interval", range);
        expression.replace("$__range", range).replace("$service", ".+")
    }
}

/// All that the dashboard asks of Prometheus.
pub(crate) fn questions() -> Outcome<Vec<Question>> {
    let dashboard = read()?;
    let of = |panel: &Value| {
        let title = panel["title"].as_str().unwrap_or_default();
        let targets = items(&panel["targets"]).filter_map(|target| target["expr"].as_str());
        let question = |it: &str| Question { panel: title.to_owned(), expression: it.to_owned() };
        targets.map(question).collect::<Vec<_>>()
    };
    Ok(items(&dashboard["panels"]).flat_map(of).collect())
}

pub(super) fn check(files: &Files, report: &mut Report) -> Outcome {
    let dashboard = read()?;
    let provisioned = files.yaml("grafana/provisioning/datasources/datasources.yaml")?;
    let sources: BTreeSet<&str> =
        items(&provisioned["datasources"]).filter_map(|source| source["uid"].as_str()).collect();
    let mut unknown = Vec::new();
    named(&dashboard, &mut |uid| {
        if !sources.contains(uid) {
            unknown.push(uid.to_owned());
        }
    });
    report.none("data sources of the dashboard that are not provisioned", &unknown);

    let panels: Vec<&Value> = items(&dashboard["panels"]).collect();
    let ids: BTreeSet<Option<u64>> = panels.iter().map(|panel| panel["id"].as_u64()).collect();
    report.equal("panels with an id of their own", panels.len() as f64, ids.len() as f64);
    let overlapping: Vec<String> = panels
        .iter()
        .enumerate()
        .filter(|(at, panel)| panels[..*at].iter().any(|other| overlap(panel, other)))
        .map(|(_, panel)| panel["title"].to_string())
        .collect();
    report.none("panels that lie on others", &overlapping);
    let without: Vec<String> = panels
        .iter()
        .filter(|panel| panel["type"] != "row" && items(&panel["targets"]).next().is_none())
        .map(|panel| panel["title"].to_string())
        .collect();
    report.none("panels that ask nothing", &without);
    expressions(files, report)
}

/// promtool reads expressions as those of rules.
fn expressions(files: &Files, report: &mut Report) -> Outcome {
    let questions = questions()?;
    report.row(
        "expressions of the dashboard",
        "some",
        questions.len().to_string(),
        !questions.is_empty(),
    );
    let rules: Vec<Value> = questions
        .iter()
        .map(|question| json!({ "record": "asked", "expr": question.expression("1m") }))
        .collect();
    let file = target("deploy").join("expressions.yml");
    fs::create_dir_all(target("deploy"))?;
    fs::write(&file, json!({ "groups": [{ "name": "dashboard", "rules": rules }] }).to_string())?;
    let mut promtool = Command::new(&files.tools.promtool);
    let output = promtool.args(["check", "rules", "--lint=none"]).arg(&file).output()?;
    let is_right = output.status.success();
    let said = if is_right { "ok".into() } else { String::from_utf8_lossy(&output.stderr) };
    report.row("they, as promtool reads them", "ok", said, is_right);
    Ok(())
}

fn read() -> Outcome<Value> {
    let text = fs::read_to_string(folder().join(FILE))?;
    serde_json::from_str(&text).map_err(|error| format!("{FILE}: {error}").into())
}

/// Calls with the data source of each panel, question and variable.
fn named<'a>(value: &'a Value, found: &mut impl FnMut(&'a str)) {
    match value {
        Value::Object(fields) => {
            let source = fields.get("datasource").and_then(|source| source["uid"].as_str());
            source.into_iter().for_each(&mut *found);
            fields.values().for_each(|field| named(field, found));
        }
        Value::Array(list) => list.iter().for_each(|item| named(item, found)),
        _ => {}
    }
}

fn overlap(one: &Value, other: &Value) -> bool {
    let range = |panel: &Value, from: &str, size: &str| {
        let position = &panel["gridPos"];
        let from = position[from].as_u64().unwrap_or(0);
        from..from + position[size].as_u64().unwrap_or(0)
    };
    let crosses = |from, size| {
        let (one, other) = (range(one, from, size), range(other, from, size));
        one.start < other.end && other.start < one.end
    };
    crosses("x", "w") && crosses("y", "h")
}
