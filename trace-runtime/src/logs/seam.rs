//! The API for the layer for `tracing` and the testkit. Hidden, and its name contains the version, so that
//! no other code depends on it.
#![allow(missing_docs)]

use super::{context, depth, processor};
use crate::context::SpanContext;
use crate::interop::is_there;
use crate::value::{Value, to_text};
use opentelemetry::logs::{AnyValue, LogRecord as _, Logger as _, LoggerProvider as _, Severity};
use opentelemetry::{Context, InstrumentationScope};
use opentelemetry_sdk::logs::{SdkLogRecord, SdkLogger};
use std::borrow::Cow;
use std::cell::Cell;
use std::sync::OnceLock;

/// Returns whether the running pipeline uses records.
pub fn is_exported() -> bool {
    processor::is_exported()
}

/// Returns whether a test observes records.
pub fn is_tapped() -> bool {
    processor::is_tapped()
}

/// Registers `tap`, which sees each complete record from now on.
pub fn tap(tap: fn(&mut SdkLogRecord, &InstrumentationScope)) {
    processor::tap(tap);
}

/// Cuts values that are nested too deeply.
pub fn bound(record: &mut SdkLogRecord) {
    depth::bound(record);
}

/// Adds the ids of the current span to a record, unless it has others already.
pub fn stamp(record: &mut SdkLogRecord) {
    context::stamp(record);
}

/// The severity of an event of `tracing`.
#[derive(Clone, Copy, Debug)]
pub enum Level {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
}

/// The contents of an event of `tracing`.
pub struct EventRecord<'a> {
    pub level: Level,
    pub name: Option<&'static str>,
    pub target: Value<'a>,
    pub message: Value<'a>,
    pub attributes: &'a [(Cow<'static, str>, Value<'a>)],
    pub span: EventSpan,
}

/// The span of an event.
#[derive(Debug)]
pub enum EventSpan {
    Current,
    Of(SpanContext),
    /// None, even if one is current.
    None,
}

/// Emits it through the logger provider of the process.
pub fn emit(event: EventRecord<'_>) {
    const SCOPE: &str = "trace-tracing";
    static LOGGER: OnceLock<SdkLogger> = OnceLock::new();
    thread_local! {
        static IS_MAKING: Cell<bool> = const { Cell::new(false) };
    }
    // The SDK may report through `tracing`, also while the logger is created.
    let is_there = is_there();
    if IS_MAKING.get() || is_there && Context::is_current_telemetry_suppressed() {
        return;
    }
    let logger = LOGGER.get_or_init(|| {
        IS_MAKING.set(true);
        let logger = super::logger_provider().logger(SCOPE);
        IS_MAKING.set(false);
        logger
    });
    let EventRecord { level, name, target, message, attributes, span } = event;
    let mut record = logger.create_log_record();
    record.set_timestamp(opentelemetry::time::now());
    record.set_severity_number(severity(level));
    record.set_severity_text(severity(level).name());
    record.set_target(match target {
        Value::Static(target) => Cow::Borrowed(target),
        target => Cow::Owned(to_text(target).into_owned()),
    });
    if let Some(name) = name {
        record.set_event_name(name);
    }
    if let Some(message) = any_value(message) {
        record.set_body(message);
    }
    for (key, value) in attributes {
        if let Some(value) = any_value(*value) {
            record.add_attribute(key.clone(), value);
        }
    }
    match &span {
        EventSpan::Current => {}
        EventSpan::Of(span) => context::set(&mut record, span),
        // Invalid ids prevent others from being set.
        EventSpan::None => context::set(&mut record, &SpanContext::default()),
    }
    if is_there {
        logger.emit(record);
    } else {
        record.set_observed_timestamp(opentelemetry::time::now());
        processor::process(&mut record, &InstrumentationScope::builder(SCOPE).build());
    }
}

fn severity(level: Level) -> Severity {
    match level {
        Level::Trace => Severity::Trace,
        Level::Debug => Severity::Debug,
        Level::Info => Severity::Info,
        Level::Warn => Severity::Warn,
        Level::Error => Severity::Error,
    }
}

/// Converts a value; `None` leaves it out.
fn any_value(value: Value<'_>) -> Option<AnyValue> {
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
        Value::Absent => return None,
        Value::Bool(value) => value.into(),
        Value::I64(value) => value.into(),
        // OpenTelemetry's integers are signed.
        Value::U64(value) => match i64::try_from(value) {
            Ok(value) => value.into(),
            Err(_) => value.to_string().into(),
        },
        Value::F64(value) => value.into(),
        Value::Static(text) => text.into(),
        Value::Str(_) | Value::Display(_) | Value::Debug(_) => to_text(value).into_owned().into(),
        Value::Bools(values) => list(values, |value| *value),
        Value::F32s(values) => list(values, |value| f64::from(*value)),
        Value::F64s(values) => list(values, |value| *value),
        Value::Strs(values) => list(values, |value| (*value).to_owned()),
        Value::Strings(values) => list(values, String::clone),
        // Lists of integers, which were handled above.
        _ => return None,
    })
}
