//! Checks times.

use super::subject::{Condition, Subject};
use crate::matcher::Match;
use crate::model::SpanData;
use crate::names;
use std::time::Duration;

pub(crate) fn duration(expected: impl Into<Match>) -> Condition {
    let expected = expected.into();
    Condition::one(format!("duration {expected}"), move |subject| {
        let mismatch = expected.mismatch(&subject.span.duration().into())?;
        Some(format!("duration: {mismatch}"))
    })
}

pub(crate) fn starts_at(unix_nanos: impl Into<Match>) -> Condition {
    let expected = unix_nanos.into();
    Condition::one(format!("start {expected}"), move |subject| {
        let mismatch = expected.mismatch(&subject.span.start_unix_nanos.into())?;
        Some(format!("start: {mismatch}"))
    })
}

pub(crate) fn ends_at(unix_nanos: impl Into<Match>) -> Condition {
    let expected = unix_nanos.into();
    Condition::one(format!("end {expected}"), move |subject| {
        let mismatch = expected.mismatch(&subject.span.end_unix_nanos.into())?;
        Some(format!("end: {mismatch}"))
    })
}

/// Returns which span of this name breaks an order, and how; `None` if none does.
fn against_all(
    subject: Subject<'_>,
    name: &Match,
    wrong: impl Fn(&SpanData) -> Option<String>,
) -> Option<String> {
    let spans = &subject.forest.snapshot.spans;
    let named: Vec<_> = spans.iter().filter(|span| name.matches_text(&span.name)).collect();
    if named.is_empty() {
        let hint = names::hint("spans", name.literal(), subject.forest.names());
        return Some(format!("there is no span {}; {hint}", name.as_name()));
    }
    named.into_iter().find_map(wrong)
}

fn between(earlier: u64, later: u64) -> Duration {
    Duration::from_nanos(later.saturating_sub(earlier))
}

pub(crate) fn ended_before(name: impl Into<Match>) -> Condition {
    let name = name.into();
    Condition::one(format!("ended before {}", name.as_name()), move |subject| {
        let end = subject.span.end_unix_nanos;
        let why = against_all(subject, &name, |other| {
            let start = other.start_unix_nanos;
            (end > start).then(|| format!("ended {:?} after it began", between(start, end)))
        })?;
        Some(format!("order: expected to end before {} begins, {why}", name.as_name()))
    })
}

pub(crate) fn started_after(name: impl Into<Match>) -> Condition {
    let name = name.into();
    Condition::one(format!("started after {}", name.as_name()), move |subject| {
        let start = (subject.span.start_unix_nanos, subject.span.order);
        let why = against_all(subject, &name, |other| {
            let before = start <= (other.start_unix_nanos, other.order)
                && other.span_id != subject.span.span_id;
            before
                .then(|| format!("began {:?} before it", between(start.0, other.start_unix_nanos)))
        })?;
        Some(format!("order: expected to begin after {} has begun, {why}", name.as_name()))
    })
}
