//! Writes JSON lines for log pipelines: one flat object per record
//! ([trace context in other log formats](https://opentelemetry.io/docs/specs/otel/compatibility/logging_trace_context/)).

use crate::export::standard::Standard;
use crate::export::{EmittedLog, ExportError, Exporter, time};
use crate::json::{array, double, text};
use opentelemetry::Key;
use opentelemetry::logs::AnyValue;
use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::Write;
use std::time::Duration;

/// The members of every line; attributes of these names get a prefix, until the
/// name is unique: `message` becomes `attributes.message`, or `attributes.attributes.message` if there is
/// an attribute `attributes.message`.
const OWN: [&str; 8] = [
    "timestamp",
    "severity",
    "target",
    "message",
    "event_name",
    "trace_id",
    "span_id",
    "trace_flags",
];
const PREFIX: &str = "attributes.";

/// Writes records as JSON lines.
pub(crate) struct JsonLogs {
    output: Box<dyn Write + Send>,
    lines: String,
}

impl JsonLogs {
    pub(crate) fn stdout() -> Self {
        Self { output: Box::new(Standard::Out), lines: String::new() }
    }

    pub(crate) fn stderr() -> Self {
        Self { output: Box::new(Standard::Err), lines: String::new() }
    }
}

impl Exporter<EmittedLog> for JsonLogs {
    fn name(&self) -> Cow<'static, str> {
        "json logs".into()
    }

    fn destination(&self) -> String {
        "json".to_owned()
    }

    /// People may be reading along.
    fn max_delay(&self) -> Option<Duration> {
        Some(Duration::ZERO)
    }

    fn export(&mut self, batch: &[&EmittedLog]) -> Result<(), ExportError> {
        self.lines.clear();
        for log in batch {
            write_line(&mut self.lines, log);
        }
        // All at once, so that lines do not mix with the program's own output.
        let written = self.output.write_all(self.lines.as_bytes());
        written
            .and_then(|()| self.output.flush())
            .map_err(|error| ExportError::new(format!("cannot write: {error}")))
    }
}

/// Appends a record and a line break.
fn write_line(out: &mut String, log: &EmittedLog) {
    out.push_str("{\"timestamp\":\"");
    time::write(out, log.time(), 9);
    out.push('"');
    member(out, "severity", log.severity());
    member(out, "target", log.source());
    if let Some(name) = log.record.event_name() {
        member(out, "event_name", name);
    }
    if let Some(body) = log.body() {
        out.push_str(",\"message\":");
        value(out, body);
    }
    if let Some(context) = log.trace_context() {
        let flags = context.trace_flags.unwrap_or_default();
        let _ = write!(
            out,
            ",\"trace_id\":\"{}\",\"span_id\":\"{}\",\"trace_flags\":\"{:02x}\"",
            context.trace_id,
            context.span_id,
            flags.to_u8()
        );
    }
    attributes(out, log);
    out.push_str("}\n");
}

/// Appends the attributes with unique names. If several share one, the last is written, in the place of the
/// first; an attribute with the name of one of the line's members gets the prefix as many times as it
/// takes to be unique.
fn attributes(out: &mut String, log: &EmittedLog) {
    let all: Vec<&(Key, AnyValue)> = log.record.attributes_iter().collect();
    let is_free =
        |name: &str| !OWN.contains(&name) && !all.iter().any(|(other, _)| other.as_str() == name);
    for (index, (key, _)) in all.iter().enumerate() {
        if all[..index].iter().any(|(before, _)| before == key) {
            continue;
        }
        let Some((_, last)) = all.iter().rfind(|(other, _)| other == key) else { continue };
        let mut name = Cow::Borrowed(key.as_str());
        if OWN.contains(&key.as_str()) {
            while !is_free(&name) {
                name = format!("{PREFIX}{name}").into();
            }
        }
        out.push(',');
        text(out, &name);
        out.push(':');
        value(out, last);
    }
}

fn member(out: &mut String, name: &str, value: &str) {
    if !value.is_empty() {
        let _ = write!(out, ",\"{name}\":");
        text(out, value);
    }
}

/// Appends a value. Values that JSON cannot express follow protobuf's JSON: `NaN` and infinities as text,
/// bytes in base 64.
fn value(out: &mut String, value: &AnyValue) {
    match value {
        AnyValue::Int(number) => {
            let _ = write!(out, "{number}");
        }
        AnyValue::Double(number) => double(out, *number),
        AnyValue::String(value) => text(out, value.as_str()),
        AnyValue::Boolean(value) => out.push_str(if *value { "true" } else { "false" }),
        AnyValue::Bytes(bytes) => base64(out, bytes),
        AnyValue::ListAny(list) => array(out, list.iter(), self::value),
        AnyValue::Map(map) => object(out, map),
        // No other kind exists yet.
        _ => out.push_str("null"),
    }
}

/// Appends an object in the order of the names: a map has no order.
fn object(out: &mut String, map: &HashMap<Key, AnyValue>) {
    let mut pairs: Vec<_> = map.iter().collect();
    pairs.sort_unstable_by_key(|(key, _)| key.as_str());
    out.push('{');
    for (index, (key, element)) in pairs.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        text(out, key.as_str());
        out.push(':');
        value(out, element);
    }
    out.push('}');
}

/// Appends bytes as text with its quotes.
pub(super) fn base64(out: &mut String, bytes: &[u8]) {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    out.push('"');
    for group in bytes.chunks(3) {
        let word = group.iter().fold(0_u32, |word, byte| word << 8 | u32::from(*byte));
        let word = word << (8 * (3 - group.len()));
        for place in 0..4 {
            let digit = DIGITS[(word >> (18 - 6 * place)) as usize & 63];
            out.push(if place <= group.len() { digit.into() } else { '=' });
        }
    }
    out.push('"');
}

#[cfg(test)]
#[path = "logs_tests.rs"]
mod tests;
