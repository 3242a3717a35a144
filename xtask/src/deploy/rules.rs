//! Prometheus' configuration, its rules, the tests of its alerts, and a page of the runbook for each.

use super::{Files, exists, folder, items};
use crate::Outcome;
use crate::support::report::Report;
use serde_json::Value;
use std::path::Path;
use std::process::Command;

pub(super) fn check(files: &Files, report: &mut Report) -> Outcome {
    for arguments in [
        ["check", "config", "prometheus.yml"].as_slice(),
        &["check", "rules", "--lint=all", "--lint-fatal", "alerts.yml"],
        &["test", "rules", "alerts_test.yml"],
    ] {
        let mut promtool = Command::new(&files.tools.promtool);
        let output = promtool.current_dir(folder().join("prometheus")).args(arguments).output()?;
        let said = [output.stdout, output.stderr].concat();
        let is_right = output.status.success();
        let said = if is_right { "ok".into() } else { String::from_utf8_lossy(&said) };
        report.row(format!("promtool {}", arguments.join(" ")), "ok", said, is_right);
    }
    let rules = files.yaml("prometheus/alerts.yml")?;
    let tests = files.yaml("prometheus/alerts_test.yml")?;
    let tested: Vec<&Value> = items(&tests["tests"])
        .flat_map(|test| items(&test["alert_rule_test"]))
        .filter(|test| items(&test["exp_alerts"]).next().is_some())
        .map(|test| &test["alertname"])
        .collect();
    let alerts = items(&rules["groups"]).flat_map(|group| items(&group["rules"]));
    let alerts: Vec<&Value> = alerts.filter(|rule| rule.get("alert").is_some()).collect();
    report.row("alerts", "some", alerts.len().to_string(), !alerts.is_empty());
    let (mut without_page, mut untested) = (Vec::new(), Vec::new());
    for alert in alerts {
        let name = alert["alert"].as_str().unwrap_or_default();
        let page = format!("deploy/runbooks/{name}.md");
        let url = alert["annotations"]["runbook_url"].as_str().unwrap_or_default();
        if !url.ends_with(&page) || !exists(&Path::new("runbooks").join(format!("{name}.md"))) {
            without_page.push(name.to_owned());
        }
        if !tested.contains(&&alert["alert"]) {
            untested.push(name.to_owned());
        }
    }
    report.none("alerts without their page of the runbook", &without_page);
    report.none("alerts that no test sees fire", &untested);
    Ok(())
}
