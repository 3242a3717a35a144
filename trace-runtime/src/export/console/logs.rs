//! Prints logs for people: one line each, on stderr.

use super::output::{Colors, Output};
use super::style::write_line;
use crate::escape;
use crate::export::tree::{Line, Role, float, name, text};
use crate::export::{EmittedLog, ExportError, Exporter, time};
use opentelemetry::logs::{AnyValue, Severity};
use std::borrow::Cow;
use std::time::Duration;

/// The length at which messages are cut, in characters.
const MAX_MESSAGE: usize = 8_192;

/// Writes records as lines for people.
pub(crate) struct ConsoleLogs {
    output: Output,
    colors: Colors,
}

impl ConsoleLogs {
    pub(crate) fn stderr() -> Self {
        Self { output: Output::Stderr, colors: Colors::Auto }
    }
}

impl Exporter<EmittedLog> for ConsoleLogs {
    fn name(&self) -> Cow<'static, str> {
        "console logs".into()
    }

    fn destination(&self) -> String {
        "console".to_owned()
    }

    /// People may be reading along.
    fn max_delay(&self) -> Option<Duration> {
        Some(Duration::ZERO)
    }

    fn export(&mut self, batch: &[&EmittedLog]) -> Result<(), ExportError> {
        let mut text = String::new();
        for log in batch {
            write_line(&mut text, &line(log));
        }
        self.output
            .write(&text, self.colors)
            .map_err(|error| ExportError::new(format!("cannot print: {error}")))
    }
}

/// Lays out the time of day, severity, source, message, attributes and ids.
fn line(log: &EmittedLog) -> Line {
    let mut line = Line::default();
    let mut when = String::new();
    time::write_time_of_day(&mut when, log.time(), 3);
    line.push(Role::Quiet, when);
    line.push(role(log), format!(" {:>5} ", name(log.severity())));
    line.push(Role::Quiet, name(log.source()));
    let event = log.record.event_name().map(Cow::Borrowed);
    let body = log.body().map(|body| Cow::Owned(message(body)));
    for said in event.into_iter().chain(body).filter(|said| !said.is_empty()) {
        line.push(Role::Value, format!("  {}", escape::line(said).cut(MAX_MESSAGE)));
    }
    for (key, found) in log.record.attributes_iter() {
        line.push(Role::Key, format!("  {}=", name(key.as_str())));
        line.push(Role::Value, value(found));
    }
    if let Some(context) = log.trace_context() {
        let ids = format!("  trace {} span {}", context.trace_id, context.span_id);
        line.push(Role::Quiet, ids);
    }
    line
}

fn role(log: &EmittedLog) -> Role {
    match log.record.severity_number() {
        Some(severity) if severity >= Severity::Error => Role::FailedName,
        Some(severity) if severity >= Severity::Warn => Role::CancelledName,
        Some(severity) if severity >= Severity::Info => Role::Name,
        _ => Role::Quiet,
    }
}

/// Formats a message, which is not a value, so it has no quotes.
fn message(body: &AnyValue) -> String {
    match body {
        AnyValue::String(text) => text.as_str().to_owned(),
        body => value(body),
    }
}

fn value(any: &AnyValue) -> String {
    match any {
        AnyValue::Int(number) => number.to_string(),
        AnyValue::Double(number) => float(*number),
        AnyValue::String(value) => text(value.as_str()),
        AnyValue::Boolean(value) => value.to_string(),
        AnyValue::Bytes(bytes) => format!("{} bytes", bytes.len()),
        AnyValue::ListAny(list) => {
            format!("[{}]", list.iter().map(value).collect::<Vec<_>>().join(", "))
        }
        AnyValue::Map(map) => {
            let pair = |(key, element): (&opentelemetry::Key, &AnyValue)| {
                format!("{}: {}", text(key.as_str()), value(element))
            };
            let mut pairs: Vec<_> = map.iter().map(pair).collect();
            pairs.sort_unstable();
            format!("{{{}}}", pairs.join(", "))
        }
        // No other kind exists yet.
        _ => String::new(),
    }
}

#[cfg(test)]
#[path = "logs_tests.rs"]
mod tests;
