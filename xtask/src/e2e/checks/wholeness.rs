//! Traces hang together: ids are there once, parents are there, times lie within each other, and each span records
//! where it comes from.

use super::of;
use super::traces::Traces;
use crate::e2e::decoded::Span;
use crate::e2e::pass::{Observed, RESOURCE};
use crate::support::report::Report;
use std::collections::HashSet;

/// Two processes do not read the clock alike to the last microsecond, in nanoseconds.
const SLACK: u64 = 1_000_000;

pub(super) fn check(observed: &Observed, traces: &Traces<'_>, report: &mut Report) {
    let spans = &observed.decoded.spans;
    report.row(of(observed, "spans"), "some", spans.len().to_string(), !spans.is_empty());
    let mut seen = HashSet::new();
    let twice = spans.iter().filter(|span| !seen.insert((&span.trace_id, &span.span_id)));
    report.none(of(observed, "spans that came twice"), &titles(twice));

    let clients: HashSet<(&str, &str)> = observed
        .load
        .record
        .iter()
        .map(|sent| (sent.trace_id.as_str(), sent.span_id.as_str()))
        .collect();
    let lost = spans.iter().filter(|span| {
        !span.parent_id.is_empty()
            && traces.parent(span).is_none()
            && !clients.contains(&(span.trace_id.as_str(), span.parent_id.as_str()))
    });
    report.none(of(observed, "spans without their parent"), &titles(lost));

    let odd = spans.iter().filter(|span| !is_timely(span, traces));
    report.none(of(observed, "spans outside of their parent's time"), &titles(odd));
    let strange = spans.iter().filter(|span| !has_resource(span));
    report.none(of(observed, "spans with another resource"), &titles(strange));
    let bad = observed.decoded.bad;
    report.equal(of(observed, "requests of OTLP that are none"), 0.0, bad.requests as f64);
    report.equal(of(observed, "bytes that are no request"), 0.0, bad.torn_bytes as f64);
}

fn titles<'a>(spans: impl Iterator<Item = &'a Span>) -> Vec<String> {
    spans.map(Span::title).collect()
}

/// A child begins within its parent and, unless it is done later by others, ends within it.
fn is_timely(span: &Span, traces: &Traces<'_>) -> bool {
    let Some(parent) = traces.parent(span) else { return span.start <= span.end };
    let slack = if span.service == parent.service { 0 } else { SLACK };
    let begins = span.start + slack >= parent.start;
    let is_later = span.kind == "consumer";
    span.start <= span.end && begins && (is_later || span.end <= parent.end + slack)
}

fn has_resource(span: &Span) -> bool {
    let text = |key: &str| span.resource.get(key).and_then(|value| value.as_str());
    let told = RESOURCE.split(',').filter_map(|pair| pair.split_once('='));
    let mut told = told.map(|(key, value)| text(key) == Some(value));
    told.all(|is_right| is_right)
        && ["shop", "warehouse"].contains(&span.service.as_str())
        && text("telemetry.sdk.language") == Some("rust")
        && text("telemetry.distro.name") == Some("trace-runtime")
}
