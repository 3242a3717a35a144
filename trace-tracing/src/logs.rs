//! Emits events as log records, through the pipeline's logger provider.

use crate::home::HomeSpan;
use crate::runtime::layer::logs::{self, EventRecord, EventSpan};
use std::borrow::Cow;
use trace_runtime::Value;
use tracing_core::{Level, Metadata};

/// Emits an event as a log record.
pub(crate) fn emit<'a>(
    metadata: &'static Metadata<'static>,
    span: HomeSpan,
    target: Value<'a>,
    message: Value<'a>,
    attributes: &'a [(Cow<'static, str>, Value<'a>)],
) {
    logs::emit(EventRecord {
        level: level(*metadata.level()),
        name: given_name(metadata),
        target,
        message,
        attributes,
        span: match span {
            HomeSpan::Current => EventSpan::Current,
            HomeSpan::Of(span) => EventSpan::Of(span),
            HomeSpan::None => EventSpan::None,
        },
    });
}

/// Returns the name, if it was given: `tracing` names all other events after their source location.
fn given_name(metadata: &'static Metadata<'static>) -> Option<&'static str> {
    let name = metadata.name();
    let is_given = !name.starts_with("event ") && !name.starts_with("log ");
    (is_given && metadata.target() != "log").then_some(name)
}

fn level(level: Level) -> logs::Level {
    match level {
        Level::TRACE => logs::Level::Trace,
        Level::DEBUG => logs::Level::Debug,
        Level::INFO => logs::Level::Info,
        Level::WARN => logs::Level::Warn,
        Level::ERROR => logs::Level::Error,
    }
}
