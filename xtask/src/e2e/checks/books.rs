//! Compares what the services report of their telemetry with what was received: nothing is lost.

use super::of;
use crate::e2e::pass::Observed;
use crate::support::report::Report;

pub(super) fn check(observed: &Observed, report: &mut Report) {
    for (books, service) in observed.books.iter().zip(["shop", "warehouse"]) {
        let spans = observed.decoded.spans.iter();
        let received = spans.filter(|span| span.service == service).count();
        let row = |what: &str| of(observed, &format!("{service}: {what}"));
        report.row(row("spans begun"), "some", books.started.to_string(), books.started > 0);
        report.equal(row("spans exported"), books.started as f64, books.exported as f64);
        report.equal(row("spans received"), books.started as f64, received as f64);
        report.equal(row("spans dropped"), 0.0, books.dropped as f64);
    }
    let said = observed.said.trim();
    let shown = if said.is_empty() { "nothing" } else { said };
    report.row(of(observed, "said of losses at the end"), "nothing", shown, said.is_empty());
}
