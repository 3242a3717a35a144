//! Checks ids, flags and limits, and whatever a closure checks.

use super::subject::Condition;
use crate::matcher::{Match, Operand};
use crate::model::SpanData;
use trace_runtime::propagation::{SpanId, TraceFlags, TraceId};

pub(crate) fn trace_id(expected: TraceId) -> Condition {
    Condition::one(format!("trace id {expected}"), move |subject| {
        let actual = subject.span.trace_id;
        (actual != expected).then(|| format!("trace id: expected {expected}, is {actual}"))
    })
}

pub(crate) fn span_id(expected: SpanId) -> Condition {
    Condition::one(format!("span id {expected}"), move |subject| {
        let actual = subject.span.span_id;
        (actual != expected).then(|| format!("span id: expected {expected}, is {actual}"))
    })
}

pub(crate) fn sampled() -> Condition {
    flag(true)
}

pub(crate) fn not_sampled() -> Condition {
    flag(false)
}

fn flag(expected: bool) -> Condition {
    let word = |sampled| if sampled { "sampled" } else { "not sampled" };
    Condition::one(word(expected), move |subject| {
        let actual = subject.span.flags.contains(TraceFlags::SAMPLED);
        let (expected_word, actual_word) = (word(expected), word(actual));
        (actual != expected).then(|| format!("flags: expected {expected_word}, is {actual_word}"))
    })
}

pub(crate) fn trace_state(expected: impl Into<Match>) -> Condition {
    let expected = expected.into();
    Condition::one(format!("tracestate {expected}"), move |subject| {
        let mismatch = expected.mismatch(&subject.span.trace_state.as_str().into())?;
        Some(format!("tracestate: {mismatch}"))
    })
}

pub(crate) fn attribute_count(expected: impl Into<Match>) -> Condition {
    let expected = expected.into();
    Condition::one(format!("{expected} attributes"), move |subject| {
        let attributes = &subject.span.attributes;
        let own = attributes.iter().filter(|(key, _)| !key.starts_with("code.")).count();
        let mismatch = expected.mismatch(&Operand::from(own))?;
        Some(format!("attributes: {mismatch}"))
    })
}

pub(crate) fn nothing_dropped() -> Condition {
    Condition::new("nothing dropped", |subject| dropped(subject.span))
}

/// Returns what limits have cut off a span.
pub(crate) fn dropped(span: &SpanData) -> Vec<String> {
    let events = span.events.iter().map(|event| event.dropped_attributes).sum();
    let links = span.links.iter().map(|link| link.dropped_attributes).sum();
    let counts: [(u32, &str); 5] = [
        (span.dropped_attributes, "attributes"),
        (span.dropped_events, "events"),
        (span.dropped_links, "links"),
        (events, "attributes of events"),
        (links, "attributes of links"),
    ];
    let over = counts.into_iter().filter(|(count, _)| *count > 0);
    over.map(|(count, what)| format!("dropped {what}: {count}, over the limit")).collect()
}

pub(crate) fn satisfies(
    description: impl Into<String>,
    holds: impl Fn(&SpanData) -> bool + Send + Sync + 'static,
) -> Condition {
    let description = description.into();
    Condition::one(description.clone(), move |subject| {
        (!holds(subject.span)).then(|| format!("expected {description}"))
    })
}
