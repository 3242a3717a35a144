//! The receiver is killed under load and started again: no request feels it, and what is lost is what the loss
//! report contains.

use super::of;
use crate::Outcome;
use crate::e2e::pass::Observed;
use crate::support::report::Report;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;

/// What p99 may be longer by, in milliseconds: this is where requests would wait for the receiver, not where
/// noise shows.
const FELT: f64 = 50.0;
/// The receiver may have kept a batch, of 512 spans, and died before it answered: such a batch is sent again or
/// counted as lost, though it is there. Each service has one batch on its way.
const UNANSWERED: f64 = 512.0;

pub(crate) fn check(calm: &Observed, observed: &Observed, report: &mut Report) -> Outcome {
    let load = &observed.load;
    let answered = if load.is_good { "all" } else { load.said.trim() };
    report.row(of(observed, "requests answered as they had to be"), "all", answered, load.is_good);
    let kinds = |observed: &Observed| -> BTreeMap<String, u64> {
        let mut kinds = BTreeMap::new();
        for it in &observed.load.figures.by_route {
            *kinds.entry(format!("{}xx", it.status / 100)).or_default() += it.count;
        }
        kinds
    };
    // Which customer is next is up to chance and to time; that no request fails is not.
    let (expected, found) = (kinds(calm), kinds(observed));
    let is_right = !found.contains_key("5xx") && found.keys().eq(expected.keys());
    report.row(
        of(observed, "answers, calm and now"),
        format!("{expected:?}"),
        format!("{found:?}"),
        is_right,
    );
    let [before, now] = [calm, observed].map(|it| it.load.figures.latency_us);
    for (what, before, now) in [("p50", before.p50, now.p50), ("p99", before.p99, now.p99)] {
        let [before, now] = [before, now].map(|it| it as f64 / 1e3);
        report.between(
            of(observed, &format!("{what} in ms, calm and now")),
            0.0,
            before + FELT,
            now,
        );
    }

    let mut lost = 0;
    for (books, service) in observed.books.iter().zip(["shop", "warehouse"]) {
        let spans = observed.decoded.spans.iter().filter(|span| span.service == service);
        let received: HashSet<_> = spans.map(|span| (&span.trace_id, &span.span_id)).collect();
        let row = |what: &str| of(observed, &format!("{service}: {what}"));
        let accounted = books.exported + books.dropped;
        report.equal(
            row("spans begun, exported or dropped"),
            books.started as f64,
            accounted as f64,
        );
        let missing = books.started as f64 - received.len() as f64;
        let most = books.dropped as f64;
        report.between(
            row("spans missing, of those dropped"),
            (most - UNANSWERED).max(0.0),
            most,
            missing,
        );
        lost += books.dropped;
    }
    report.row(of(observed, "spans dropped"), "some", lost.to_string(), lost > 0);
    let said: BTreeSet<Told> = observed.said.lines().filter_map(told).collect();
    let books: BTreeSet<Told> =
        observed.books.iter().map(|it| (it.started, it.exported, it.dropped)).collect();
    report.row(
        of(observed, "said at the end: spans started, exported, dropped"),
        format!("{books:?}"),
        format!("{said:?}"),
        said == books,
    );

    // stdout has all logs.
    let all = fs::read_to_string(&observed.log)?.lines().count() as f64;
    let missing = all - observed.decoded.logs.len() as f64;
    let dropped: u64 = observed.said.lines().filter_map(told_of_logs).sum();
    let most = dropped as f64;
    let what = of(observed, "logs missing, of those said to be dropped");
    report.between(what, (most - UNANSWERED).max(0.0), most, missing);

    // Requests after the outage are whole again: all spans below them are there.
    let traces: HashSet<&str> =
        observed.decoded.spans.iter().map(|span| span.trace_id.as_str()).collect();
    let last = load.record.iter().rev().take(load.record.len() / 10);
    let without: Vec<String> = last
        .filter(|sent| !traces.contains(sent.trace_id.as_str()))
        .map(|sent| sent.trace_id.clone())
        .collect();
    report.none(of(observed, "requests at the end without a trace"), &without);
    Ok(())
}

/// Spans started, exported, dropped.
type Told = (u64, u64, u64);

/// What a service reports of its spans when it ends: `trace-runtime: 1822 spans started, 0 dropped; otlp: 1310 exported,
/// 512 dropped (export_failed 512), …`.
fn told(line: &str) -> Option<Told> {
    let (started, rest) = line.strip_prefix("trace-runtime: ")?.split_once(" spans started, ")?;
    let (before, rest) = rest.split_once(" dropped; otlp: ")?;
    let (exported, rest) = rest.split_once(" exported, ")?;
    let (after, _) = rest.split_once(" dropped")?;
    let number = |text: &str| text.parse::<u64>().ok();
    Some((number(started)?, number(exported)?, number(before)? + number(after)?))
}

/// What it reports of logs: `otlp logs: 37 exported, 16 dropped`.
fn told_of_logs(line: &str) -> Option<u64> {
    let (_, rest) = line.split_once("; otlp logs: ")?;
    let (_, rest) = rest.split_once(" exported, ")?;
    rest.split_once(" dropped")?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_understood() {
        let line = "trace-runtime: 1822 spans started, 2 dropped; otlp: 1308 exported, 512 dropped \
                    (export_failed 512), last error: cannot send; 53 log records emitted; \
                    json logs: 53 exported, 0 dropped; otlp logs: 37 exported, 16 dropped";
        assert_eq!(told(line), Some((1822, 1308, 514)));
        assert_eq!(told_of_logs(line), Some(16));
        assert_eq!(told("trace-runtime: exporter `otlp`: cannot send"), None);
    }
}
