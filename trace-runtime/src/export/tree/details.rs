//! The details of a span beyond its name: attributes for people, and the error.

use super::format;
use crate::export::{FinishedEvent, FinishedSpan};
use crate::outcome::Outcome;
use crate::recorder::RecordedValue;

/// The number of lines of a stack trace that is not a chain of causes.
const MAX_TRACE_LINES: usize = 5;

/// The maximum number of causes of an error that are shown.
const MAX_CAUSES: usize = 32;

pub(super) struct Details<'a> {
    pub(super) is_cancelled: bool,
    pub(super) error: Option<ErrorDetails>,
    /// Events other than the exception in `error`.
    pub(super) events: Vec<FinishedEvent<'a>>,
}

/// An error and its causes.
pub(super) struct ErrorDetails {
    kind: String,
    message: String,
    pub(super) causes: Vec<String>,
}

impl ErrorDetails {
    /// Returns type and message, as far as they are known and differ.
    pub(super) fn headline(&self) -> String {
        match (self.kind.as_str(), self.message.as_str()) {
            ("", "") => "failed".to_owned(),
            ("", message) => message.to_owned(),
            ("panic", "") | ("panic", "panicked") => "panicked".to_owned(),
            ("panic", message) => format!("panicked: {message}"),
            (kind, "") => kind.to_owned(),
            (kind, message) if kind == message => kind.to_owned(),
            (kind, message) => format!("{kind}: {message}"),
        }
    }

    /// Returns whether `other` is this error on its way up: the same message, or one of the causes.
    pub(super) fn came_from(&self, other: &Self) -> bool {
        self.message == other.message && self.kind == other.kind && self.causes == other.causes
    }
}

impl<'a> Details<'a> {
    pub(super) fn of(span: FinishedSpan<'a>) -> Self {
        let is_cancelled = span.outcome() == Outcome::Cancelled;
        let mut events: Vec<_> = span.events().collect();
        if !span.is_error() {
            return Self { is_cancelled, error: None, events };
        }
        let kind = span.attribute("error.type").map(|kind| plain(&kind)).unwrap_or_default();
        let mut error =
            ErrorDetails { kind, message: one_line(span.status_description()), causes: Vec::new() };
        // The last exception is the one that ended the span.
        let last = events.iter().rposition(|event| event.name() == "exception");
        if let Some(event) = last.map(|index| events.remove(index)) {
            let text = |key| event.attribute(key).map(|value| plain(&value));
            if let Some(kind) = text("exception.type").filter(|_| error.kind.is_empty()) {
                error.kind = kind;
            }
            if let Some(message) = text("exception.message") {
                error.message = one_line(&message);
            }
            error.causes = causes(&text("exception.stacktrace").unwrap_or_default());
        }
        Self { is_cancelled, error: Some(error), events }
    }
}

/// Returns whether an attribute is shown in another way, or too much for a tree.
pub(super) fn is_told_elsewhere(key: &str, span_failed: bool) -> bool {
    matches!(key, "code.function.name" | "code.file.path" | "code.line.number" | "cancelled")
        || (key == "error.type" && span_failed)
}

/// Returns the sources under an error, as `Caused by:` lists them; of any other trace the first lines.
fn causes(trace: &str) -> Vec<String> {
    let Some((_, list)) = trace.split_once("Caused by:") else {
        let lines = trace.lines().map(str::trim_end).filter(|line| !line.is_empty());
        return lines.take(MAX_TRACE_LINES).map(one_line).collect();
    };
    let lines = list.lines().map(str::trim).filter(|line| !line.is_empty());
    lines
        .take(MAX_CAUSES)
        .map(|line| {
            let cause = match line.split_once(": ") {
                Some((index, cause)) if index.bytes().all(|byte| byte.is_ascii_digit()) => cause,
                _ => line,
            };
            format!("caused by: {}", one_line(cause))
        })
        .collect()
}

fn plain(value: &RecordedValue<'_>) -> String {
    match value {
        RecordedValue::Static(text) => (*text).to_owned(),
        RecordedValue::Str(text) => (*text).to_owned(),
        other => format::value(other),
    }
}

/// Escapes line breaks and control characters.
fn one_line(text: &str) -> String {
    format::one_line(&text.split(['\n', '\r']).map(str::trim).collect::<Vec<_>>().join(" "))
}
