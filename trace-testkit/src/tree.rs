//! Draws a captured trace, the same every time.

use std::fmt::Write as _;
use trace_runtime::export::FinishedSpan;
use trace_runtime::{Outcome, RecordedValue, SpanId, Status};

pub(crate) fn render(spans: &[FinishedSpan]) -> String {
    let is_top =
        |span: &&FinishedSpan| !spans.iter().any(|other| other.span_id == span.parent_span_id);
    let mut text = String::new();
    for top in spans.iter().filter(is_top) {
        let _ = writeln!(text, "{}", line(top));
        children(&mut text, spans, top.span_id, "");
    }
    text
}

fn children(text: &mut String, spans: &[FinishedSpan], parent: SpanId, indent: &str) {
    let mut children: Vec<_> = spans.iter().filter(|span| span.parent_span_id == parent).collect();
    canonical(&mut children);
    for (index, child) in children.iter().enumerate() {
        let last = index + 1 == children.len();
        let _ = writeln!(text, "{indent}{} {}", if last { "└" } else { "├" }, line(child));
        // The error itself is on the span's line.
        let told = matches!(child.status, Status::Error { .. });
        for event in child.events.iter().filter(|event| !told || event.name != "exception") {
            let bar = if last { " " } else { "│" };
            let attributes = attributes(event.attributes());
            let _ = writeln!(text, "{indent}{bar} • {}{attributes}", event.name);
        }
        let deeper = format!("{indent}{} ", if last { " " } else { "│" });
        self::children(text, spans, child.span_id, &deeper);
    }
}

/// By start; those that ran at the same time by what they say.
fn canonical(spans: &mut [&FinishedSpan]) {
    spans.sort_by_key(|span| span.start_unix_nanos);
    let mut from = 0;
    while from < spans.len() {
        let mut until = from + 1;
        let mut end = spans[from].end_unix_nanos;
        while until < spans.len() && spans[until].start_unix_nanos < end {
            end = end.max(spans[until].end_unix_nanos);
            until += 1;
        }
        spans[from..until].sort_by_key(|span| line(span));
        from = until;
    }
}

fn line(span: &FinishedSpan) -> String {
    let code = |key: &str| key.starts_with("code.");
    let mut line = format!(
        "{}{}",
        span.name,
        attributes(span.attributes().filter(|(key, _)| !code(key) && *key != "error.type"))
    );
    match (&span.status, span.outcome) {
        (_, Outcome::Panic) => line.push_str(" panicked"),
        (Status::Error { description }, _) => {
            let _ = write!(line, " error={description:?}");
        }
        (Status::Ok, _) => line.push_str(" ok"),
        _ => {}
    }
    for link in &span.links {
        let _ = write!(line, " link={}", if link.context.is_remote() { "remote" } else { "local" });
    }
    line
}

fn attributes<'a>(pairs: impl Iterator<Item = (&'a str, RecordedValue<'a>)>) -> String {
    let pairs: Vec<_> = pairs.map(|(key, value)| format!("{key}={}", text(&value))).collect();
    if pairs.is_empty() { String::new() } else { format!(" [{}]", pairs.join(", ")) }
}

pub(crate) fn text(value: &RecordedValue<'_>) -> String {
    match value {
        RecordedValue::Bool(value) => value.to_string(),
        RecordedValue::I64(value) => value.to_string(),
        RecordedValue::U64(value) => value.to_string(),
        RecordedValue::F64(value) => value.to_string(),
        RecordedValue::Static(value) => (*value).to_owned(),
        RecordedValue::Str(value) => (*value).to_owned(),
        RecordedValue::Bools(values) => format!("{values:?}"),
        RecordedValue::I64s(values) => format!("{values:?}"),
        RecordedValue::F64s(values) => format!("{values:?}"),
        RecordedValue::Strs(values) => format!("{values:?}"),
        _ => "?".to_owned(),
    }
}
