//! Logs, on stdout and by OTLP, have the ids of spans that were received.

use super::of;
use super::traces::Traces;
use crate::Outcome;
use crate::e2e::decoded::lines;
use crate::e2e::pass::Observed;
use crate::support::report::Report;
use serde_json::Value;
use std::collections::BTreeMap;

/// What is logged within a request or a job, and so within a span.
const WITHIN: [&str; 6] =
    ["logged in", "login refused", "order placed", "job done", "job failed", "job is dead"];

pub(super) fn check(observed: &Observed, traces: &Traces<'_>, report: &mut Report) -> Outcome {
    let stdout: Vec<Value> = lines(&observed.log)?;
    let text = |record: &Value, key: &str| record[key].as_str().unwrap_or_default().to_owned();
    let stdout = stdout
        .iter()
        .map(|record| (text(record, "message"), text(record, "trace_id"), text(record, "span_id")));
    let stdout: Vec<_> = stdout.collect();
    let otlp = observed.decoded.logs.iter().map(|log| {
        let body = log.body.as_str().unwrap_or_default().to_owned();
        (body, log.trace_id.clone(), log.span_id.clone())
    });
    let otlp: Vec<_> = otlp.collect();

    for (way, logs) in [("stdout", &stdout), ("OTLP", &otlp)] {
        let lost = logs.iter().filter(|(message, trace, span)| {
            let is_within = WITHIN.contains(&message.as_str());
            (is_within || !trace.is_empty()) && traces.span(trace, span).is_none()
        });
        let lost: Vec<String> = lost.map(|log| format!("{log:?}")).collect();
        report.none(of(observed, &format!("logs on {way} without a span that there is")), &lost);
        let within = logs.iter().filter(|(_, trace, _)| !trace.is_empty()).count();
        let what = of(observed, &format!("logs on {way} with ids"));
        report.row(what, "some", within.to_string(), within > 0);
    }
    // Each record goes both ways.
    let count = |logs: &[(String, String, String)]| {
        let mut counts: BTreeMap<_, i64> = BTreeMap::new();
        logs.iter().for_each(|log| *counts.entry(log.clone()).or_default() += 1);
        counts
    };
    let (stdout, otlp) = (count(&stdout), count(&otlp));
    let differs = |log: &&(String, String, String)| stdout.get(*log) != otlp.get(*log);
    let differing = stdout.keys().chain(otlp.keys()).filter(differs);
    let differing: Vec<String> = differing.map(|log| format!("{log:?}")).collect();
    report.none(of(observed, "logs that went one way only"), &differing);
    Ok(())
}
