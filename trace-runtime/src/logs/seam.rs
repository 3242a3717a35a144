//! The API for the layer for `tracing` and the testkit. Hidden, and its name contains the version, so that
//! no other code depends on it.
#![allow(missing_docs)]

pub use super::event::{Attributes, EventRecord, EventSite, EventSpan, Level, Source};
use super::event::{EventContents, any_value};
use super::{context, depth, processor};
use crate::context::SpanContext;
use crate::interop::is_there;
use crate::value::Value;
use opentelemetry::logs::{LogRecord as _, Logger as _, LoggerProvider as _};
use opentelemetry::{Context, InstrumentationScope};
use opentelemetry_sdk::logs::{SdkLogRecord, SdkLogger};
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

/// Returns whether anything takes records of this level and target, as far as the target is known.
pub fn is_wanted(level: Level, target: Option<&str>) -> bool {
    processor::is_wanted(level, target)
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

/// Emits it to the running pipeline, or through the logger provider of the process.
pub fn emit<'a>(mut event: EventRecord<'a, impl Attributes<'a>>) {
    // The SDK may report through `tracing`.
    let is_there = is_there();
    if is_there && Context::is_current_telemetry_suppressed() {
        return;
    }
    if !processor::take_event(&mut event) {
        emit_whole(event, is_there);
    }
}

/// Emits it as a record of the SDK, which processors and tests may change.
fn emit_whole<'a>(event: EventRecord<'a, impl Attributes<'a>>, is_there: bool) {
    static LOGGERS: [OnceLock<SdkLogger>; Source::ALL.len()] =
        [const { OnceLock::new() }; Source::ALL.len()];
    thread_local! {
        static IS_MAKING: Cell<bool> = const { Cell::new(false) };
    }
    // The SDK may report while the logger is created.
    if IS_MAKING.get() {
        return;
    }
    let EventRecord { site, target, message, attributes, span } = event;
    let scope = site.source.scope();
    let logger = LOGGERS[site.source as usize].get_or_init(|| {
        IS_MAKING.set(true);
        let logger = super::logger_provider().logger(scope);
        IS_MAKING.set(false);
        logger
    });
    let mut record = logger.create_log_record();
    record.set_timestamp(opentelemetry::time::now());
    let target = match target {
        Value::Static(target) => Some(target.into()),
        Value::Str(target) => Some(target.to_owned().into()),
        _ => None,
    };
    let attributes = attributes.map(|(key, value)| (key, any_value(value)));
    site.put(&mut record, EventContents { target, body: any_value(message), attributes });
    let mut _attached = None;
    match &span {
        EventSpan::Current => {}
        EventSpan::Of(span) => {
            context::set(&mut record, span);
            // It goes where the span goes.
            _attached = Some(span.attach());
        }
        // Invalid ids prevent others from being set.
        EventSpan::None => context::set(&mut record, &SpanContext::default()),
    }
    if is_there {
        logger.emit(record);
    } else {
        record.set_observed_timestamp(opentelemetry::time::now());
        processor::process(&mut record, &InstrumentationScope::builder(scope).build());
    }
}
