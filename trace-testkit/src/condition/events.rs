//! Checks events.

use super::attributes::all_differ;
use super::subject::Condition;
use crate::matcher::{Match, Operand};
use crate::model::{EventData, SpanData};
use crate::names::{self, shown};
use crate::runtime::escape;
use std::fmt;

/// A pattern for an event. Strings and matchers convert to a pattern for the name alone.
///
/// ```
/// use trace_testkit::{EventPattern, event};
/// use trace_testkit::matcher::gt;
///
/// let retry = event("retry").has("attempt", gt(1)).only();
/// assert_eq!(retry.to_string(), r#""retry" [attempt = > 1]"#);
/// let any_retry = EventPattern::from("retry");
/// # let _ = any_retry;
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct EventPattern {
    name: Match,
    attributes: Vec<(String, Match)>,
    closed: bool,
    time: Option<Match>,
}

/// Expects an event of this name.
pub fn event(name: impl Into<Match>) -> EventPattern {
    EventPattern { name: name.into(), attributes: Vec::new(), closed: false, time: None }
}

impl EventPattern {
    /// Expects this attribute.
    pub fn has(mut self, key: impl Into<String>, value: impl Into<Match>) -> Self {
        self.attributes.push((key.into(), value.into()));
        self
    }

    /// Expects no attributes except those named.
    pub fn only(mut self) -> Self {
        self.closed = true;
        self
    }

    /// Expects this time, in nanoseconds since the Unix epoch.
    pub fn at(mut self, unix_nanos: impl Into<Match>) -> Self {
        self.time = Some(unix_nanos.into());
        self
    }

    fn mismatches(&self, event: &EventData) -> Vec<String> {
        let mut found = all_differ(&event.attributes, &self.attributes, self.closed);
        let time = self.time.as_ref().and_then(|time| time.mismatch(&event.unix_nanos.into()));
        found.extend(time.map(|mismatch| format!("time: {mismatch}")));
        found
    }

    /// Returns how the best candidate of this name differs; empty if one fits.
    fn differs(&self, span: &SpanData) -> Vec<String> {
        let named = span.events.iter().filter(|event| self.name.matches_text(&event.name));
        let best = named.map(|event| self.mismatches(event)).min_by_key(Vec::len);
        match best {
            Some(mismatches) => mismatches
                .into_iter()
                .map(|mismatch| format!("event {}: {mismatch}", self.name.as_name()))
                .collect(),
            None => {
                let names = span.events.iter().map(|event| event.name.as_str());
                let hint = names::hint("events", self.name.literal(), names);
                vec![format!("event {}: is missing; {hint}", self.name.as_name())]
            }
        }
    }
}

impl<T: Into<Match>> From<T> for EventPattern {
    fn from(name: T) -> Self {
        event(name)
    }
}

impl fmt::Display for EventPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.name)?;
        for (index, (key, value)) in self.attributes.iter().enumerate() {
            write!(f, "{}{key} = {value}", if index == 0 { " [" } else { ", " })?;
        }
        f.write_str(if self.attributes.is_empty() { "" } else { "]" })
    }
}

pub(crate) fn has_event(expected: impl Into<EventPattern>) -> Condition {
    let expected = expected.into();
    Condition::new(format!("event {expected}"), move |subject| expected.differs(subject.span))
}

pub(crate) fn has_no_event(name: impl Into<Match>) -> Condition {
    let name = name.into();
    Condition::one(format!("no event {name}"), move |subject| {
        let events = &subject.span.events;
        let event = events.iter().find(|event| name.matches_text(&event.name))?;
        Some(format!("event `{}`: expected no such event", shown(&event.name)))
    })
}

pub(crate) fn has_events<E: Into<EventPattern>>(
    expected: impl IntoIterator<Item = E>,
) -> Condition {
    let expected: Vec<EventPattern> = expected.into_iter().map(Into::into).collect();
    let names: Vec<_> = expected.iter().map(EventPattern::to_string).collect();
    Condition::new(format!("events {}", names.join(", ")), move |subject| {
        let events = &subject.span.events;
        let fits =
            |pattern: &EventPattern, event: &EventData| pattern.name.matches_text(&event.name);
        let aligned = expected.len() == events.len()
            && expected.iter().zip(events).all(|(pattern, event)| fits(pattern, event));
        if !aligned {
            let actual: Vec<_> =
                events.iter().map(|event| escape::quoted(&event.name).to_string()).collect();
            let expected = names.join(", ");
            return vec![format!("events: expected [{expected}], are [{}]", actual.join(", "))];
        }
        let pairs = expected.iter().zip(events);
        let mismatches = pairs.flat_map(|(pattern, event)| {
            let mismatches = pattern.mismatches(event).into_iter();
            mismatches.map(|mismatch| format!("event `{}`: {mismatch}", shown(&event.name)))
        });
        mismatches.collect()
    })
}

pub(crate) fn has_exception(message: impl Into<Match>) -> Condition {
    has_event(event("exception").has("exception.message", message))
}

pub(crate) fn event_count(expected: impl Into<Match>) -> Condition {
    let expected = expected.into();
    Condition::one(format!("{expected} events"), move |subject| {
        let mismatch = expected.mismatch(&Operand::from(subject.span.events.len()))?;
        Some(format!("events: {mismatch}"))
    })
}
