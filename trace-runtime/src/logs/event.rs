//! Defines the events of `tracing` and the records of `log`, as those who take them pass them on.
#![allow(missing_docs)]

use crate::context::SpanContext;
use crate::value::Value;
use opentelemetry::Key;
use opentelemetry::logs::{AnyValue, LogRecord as _, Severity};
use opentelemetry_sdk::logs::SdkLogRecord;
use std::borrow::Cow;

/// The library that an event comes from.
#[derive(Clone, Copy, Debug)]
pub enum Source {
    Tracing,
    Log,
}

impl Source {
    pub(super) const ALL: [Self; 2] = [Self::Tracing, Self::Log];

    /// Returns the name of the scope of its events: of whatever takes them.
    pub(super) fn scope(self) -> &'static str {
        match self {
            Self::Tracing => "trace-tracing",
            Self::Log => "trace-runtime",
        }
    }
}

/// The severity of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
}

impl Level {
    pub(super) fn severity(self) -> Severity {
        match self {
            Self::Trace => Severity::Trace,
            Self::Debug => Severity::Debug,
            Self::Info => Severity::Info,
            Self::Warn => Severity::Warn,
            Self::Error => Severity::Error,
        }
    }
}

/// What all events of a callsite, or of a level, have in common.
#[derive(Debug)]
pub struct EventSite {
    pub source: Source,
    pub level: Level,
    pub name: Option<&'static str>,
    pub target: &'static str,
    /// The source location, if events get it.
    pub file: Option<&'static str>,
    pub module: Option<&'static str>,
    pub line: Option<u32>,
}

/// The contents of an event, in the types of OpenTelemetry.
pub(super) struct EventContents<A> {
    /// Replaces that of the site.
    pub(super) target: Option<Cow<'static, str>>,
    pub(super) body: Option<AnyValue>,
    pub(super) attributes: A,
}

impl EventSite {
    /// Puts an event into a record that has none of it; attributes without a value are left out.
    pub(super) fn put<K: Into<Key>>(
        &self,
        record: &mut SdkLogRecord,
        event: EventContents<impl Iterator<Item = (K, Option<AnyValue>)>>,
    ) {
        let EventContents { target, body, attributes } = event;
        let severity = self.level.severity();
        record.set_severity_number(severity);
        record.set_severity_text(severity.name());
        record.set_target(target.unwrap_or(self.target.into()));
        if let Some(name) = self.name {
            record.set_event_name(name);
        }
        if let Some(body) = body {
            record.set_body(body);
        }
        for (key, value) in attributes {
            if let Some(value) = value {
                record.add_attribute(key, value);
            }
        }
        for (key, text) in [("code.file.path", self.file), ("code.module.name", self.module)] {
            if let Some(text) = text {
                record.add_attribute(key, text);
            }
        }
        if let Some(line) = self.line {
            record.add_attribute("code.line.number", i64::from(line));
        }
    }
}

/// Attributes of an event. Reading them runs no user code.
pub trait Attributes<'a>: Iterator<Item = (Cow<'static, str>, Value<'a>)> {}

impl<'a, I: Iterator<Item = (Cow<'static, str>, Value<'a>)>> Attributes<'a> for I {}

/// The contents of an event. Values are text already where they had to be formatted:
/// `Display` and `Debug` are left out.
pub struct EventRecord<'a, A> {
    pub site: &'static EventSite,
    /// Replaces that of the site, unless it is absent.
    pub target: Value<'a>,
    pub message: Value<'a>,
    pub attributes: A,
    pub span: EventSpan,
}

impl<A> EventRecord<'_, A> {
    pub(super) fn target(&self) -> &str {
        match self.target {
            Value::Static(target) => target,
            Value::Str(target) => target,
            _ => self.site.target,
        }
    }
}

/// The span of an event.
#[derive(Debug)]
pub enum EventSpan {
    Current,
    Of(SpanContext),
    /// None, even if one is current.
    None,
}

/// Converts a value; `None` leaves it out, as it does one that would have to be formatted.
pub(super) fn any_value(value: Value<'_>) -> Option<AnyValue> {
    fn list<T, V: Into<AnyValue>>(items: &[T], value: impl Fn(&T) -> V) -> AnyValue {
        AnyValue::ListAny(Box::new(items.iter().map(|item| value(item).into()).collect()))
    }
    if let Some(integers) = value.integers() {
        return Some(match integers {
            Ok(numbers) => list(&numbers, |number| *number),
            Err(texts) => list(&texts, String::clone),
        });
    }
    Some(match value {
        Value::Bool(value) => value.into(),
        Value::I64(value) => value.into(),
        // OpenTelemetry's integers are signed.
        Value::U64(value) => match i64::try_from(value) {
            Ok(value) => value.into(),
            Err(_) => value.to_string().into(),
        },
        Value::F64(value) => value.into(),
        Value::Static(text) => text.into(),
        Value::Str(text) => text.to_owned().into(),
        Value::Bools(values) => list(values, |value| *value),
        Value::F32s(values) => list(values, |value| f64::from(*value)),
        Value::F64s(values) => list(values, |value| *value),
        Value::Strs(values) => list(values, |value| (*value).to_owned()),
        Value::Strings(values) => list(values, String::clone),
        // Lists of integers, which were handled above.
        _ => return None,
    })
}
