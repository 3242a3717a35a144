//! Every request is one trace, which begins with the server's span under the client's; and there are no other
//! traces than these and those that the shop begins itself.

use super::of;
use super::traces::Traces;
use crate::e2e::decoded::Span;
use crate::e2e::load::Sent;
use crate::e2e::pass::Observed;
use crate::support::report::Report;
use std::collections::HashSet;

/// What the shop does without a request: the digest of orders, and what it does before it listens.
const OWN: [&str; 2] = ["process digest", "open database"];

pub(super) fn check(observed: &Observed, traces: &Traces<'_>, report: &mut Report) {
    let load = &observed.load;
    let answered = if load.is_good { "all" } else { load.said.trim() };
    report.row(of(observed, "requests answered as they had to be"), "all", answered, load.is_good);
    let record = &load.record;
    report.equal(of(observed, "requests"), load.figures.requests as f64, record.len() as f64);
    let mistaken: Vec<String> = record.iter().filter_map(|it| mistaken(it, traces)).collect();
    report.none(of(observed, "requests whose trace is about another order"), &mistaken);
    let wrong: Vec<String> = record.iter().filter_map(|sent| wrong(sent, traces)).collect();
    report
        .none(of(observed, "requests that are not one trace, with route, status, parent"), &wrong);

    let sent: HashSet<&str> = record.iter().map(|sent| sent.trace_id.as_str()).collect();
    let others = traces.all().filter(|(id, _)| !sent.contains(id));
    let others = others.flat_map(|(_, trace)| &trace.spans);
    let others = others.filter(|span| span.parent_id.is_empty() || span.is_remote);
    let foreign = others.filter(|span| !OWN.contains(&span.name.as_str()));
    let foreign: Vec<String> = foreign.map(|span| span.title()).collect();
    report.none(of(observed, "traces that nobody began"), &foreign);
}

/// What is wrong with the trace of a request.
fn wrong(sent: &Sent, traces: &Traces<'_>) -> Option<String> {
    let title =
        format!("{} {} {:?}, trace {}", sent.method, sent.route, sent.status, sent.trace_id);
    let Some(trace) = traces.get(&sent.trace_id) else {
        return Some(format!("{title}: no trace"));
    };
    let [server] = trace.children(&sent.span_id) else {
        return Some(format!(
            "{title}: {} spans of the server",
            trace.children(&sent.span_id).len()
        ));
    };
    let status = server.number("http.response.status_code");
    let is_right = server.service == "shop"
        && server.kind == "server"
        && server.is_remote
        && server.name == format!("{} {}", sent.method, sent.route)
        && server.text("http.route") == Some(&sent.route)
        && server.text("http.request.method") == Some(&sent.method)
        && status == sent.status.map(i64::from)
        && is_within(server, sent);
    (!is_right).then(|| format!("{title}: {} {status:?}", server.title()))
}

/// The order in the trace, if it differs from the customer's.
fn mistaken(sent: &Sent, traces: &Traces<'_>) -> Option<String> {
    let order = sent.order_id.filter(|_| sent.status.is_some_and(|status| status < 300))?;
    let spans = &traces.get(&sent.trace_id)?.spans;
    let orders: Vec<i64> = spans.iter().filter_map(|span| span.number("order.id")).collect();
    let is_right = !orders.is_empty() && orders.iter().all(|told| *told == order);
    (!is_right).then(|| format!("trace {}: {orders:?} instead of {order}", sent.trace_id))
}

/// The server's time is within the client's, on the same machine: but latency counts from when a request was due,
/// which may be before it was sent, and two processes do not read the clock alike to the last microsecond.
fn is_within(server: &Span, sent: &Sent) -> bool {
    const SLACK: u64 = 1_000_000;
    let took = server.end - server.start;
    server.start + SLACK >= sent.started_unix_nanos && took <= sent.latency_us * 1_000 + SLACK
}
