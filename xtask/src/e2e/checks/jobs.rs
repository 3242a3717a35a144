//! Jobs: attempts are children of who has sent them, and linked to him and to the attempt before; digests are
//! linked to the spans that shipped their orders.

use super::of;
use super::traces::Traces;
use crate::e2e::decoded::Span;
use crate::e2e::pass::Observed;
use crate::support::report::Report;
use std::collections::{BTreeMap, BTreeSet};

type Id = (String, String);

pub(super) fn check(observed: &Observed, traces: &Traces<'_>, report: &mut Report) {
    let spans = &observed.decoded.spans;
    let is_digest = |span: &&Span| span.text("job.name") == Some("digest");
    let consumers = || spans.iter().filter(|span| span.kind == "consumer");
    let mut jobs: BTreeMap<i64, BTreeMap<i64, &Span>> = BTreeMap::new();
    let mut wrong = Vec::new();
    for attempt in consumers().filter(|span| !is_digest(span)) {
        let id = attempt.number("job.id").zip(attempt.number("job.attempt"));
        let Some((job, number)) = id else {
            wrong.push(format!("{}: no job or no attempt", attempt.title()));
            continue;
        };
        if jobs.entry(job).or_default().insert(number, attempt).is_some() {
            wrong.push(format!("{}: attempt {number} came twice", attempt.title()));
        }
    }
    wrong.extend(jobs.values().flat_map(|attempts| mistakes(attempts, traces)));
    report
        .none(of(observed, "attempts without their sender, links, or the attempt before"), &wrong);
    let again = jobs.values().filter(|attempts| attempts.len() > 1).count();
    report.row(of(observed, "jobs that were tried again"), "some", again.to_string(), again > 0);
    let sent = spans.iter().filter(|span| span.kind == "producer").count();
    report.equal(of(observed, "jobs, sent and tried"), sent as f64, jobs.len() as f64);
    digests(observed, consumers().filter(is_digest), traces, report);
}

/// What is wrong with the attempts at a job, by their numbers.
fn mistakes(attempts: &BTreeMap<i64, &Span>, traces: &Traces<'_>) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut before: Option<&Span> = None;
    for (expected, (&number, attempt)) in (1..).zip(attempts) {
        let sender = traces.parent(attempt).filter(|parent| {
            let is_same = |key| parent.attributes.get(key) == attempt.attributes.get(key);
            parent.kind == "producer" && ["job.id", "job.name"].into_iter().all(is_same)
        });
        let links: Vec<Id> = sender.into_iter().chain(before).map(id).collect();
        if number != expected || sender.is_none() || links != attempt.links {
            wrong.push(format!("{}: attempt {number}, links {:?}", attempt.title(), attempt.links));
        }
        // Only what failed is tried again.
        if before.is_some_and(|before| !before.failed) {
            wrong.push(format!("{}: attempt {number} after one that was good", attempt.title()));
        }
        before = Some(attempt);
    }
    wrong
}

fn digests<'a>(
    observed: &Observed,
    digests: impl Iterator<Item = &'a Span>,
    traces: &Traces<'_>,
    report: &mut Report,
) {
    let mut wrong = Vec::new();
    let mut linked = BTreeSet::new();
    for digest in digests {
        let orders = digest.attributes.get("orders").and_then(|orders| orders.as_u64());
        if !digest.parent_id.is_empty() || orders != Some(digest.links.len() as u64) {
            wrong.push(format!("{}: {} links", digest.title(), digest.links.len()));
        }
        for (trace, span) in &digest.links {
            let shipped = traces.span(trace, span);
            let is_right = shipped.is_some_and(|span| span.text("job.name") == Some("ship_order"));
            if !is_right || !linked.insert((trace, span)) {
                wrong.push(format!("{}: a link to {trace} {span}", digest.title()));
            }
        }
    }
    report.none(of(observed, "digests without a link for each order"), &wrong);
    // To ship an order is to ask the warehouse for it.
    let spans = observed.decoded.spans.iter();
    let shipped = spans
        .filter(|span| span.name == "POST /reservations/{id}/shipment" && span.kind == "server");
    report.equal(
        of(observed, "orders, shipped and digested"),
        shipped.count() as f64,
        linked.len() as f64,
    );
}

fn id(span: &Span) -> Id {
    (span.trace_id.clone(), span.span_id.clone())
}
