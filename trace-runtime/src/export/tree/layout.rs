//! Lays out a forest as lines: gutters, aligned durations, bars, attributes, and details beneath.

use super::arrange::{Node, forest};
use super::details::{Details, is_told_elsewhere};
use super::format;
use super::line::{Line, Role};
use super::options::TreeOptions;
use crate::context::{SpanId, TraceId};
use crate::export::{Attributes, FinishedSpan};
use crate::kind::SpanKind;
use crate::recorder::RecordedValue;
use std::collections::HashMap;

/// Cells of the bar that shows when a span ran.
const BAR: usize = 20;
/// Names beyond this width shift only their own line.
const MAX_NAME_COLUMN: usize = 48;
/// The number of events and links of one span that are shown.
const MAX_DETAILS: usize = 12;

/// Lays out the spans of one trace (or of a part of it), in any order, as lines of text.
pub fn layout(spans: &[FinishedSpan<'_>], options: &TreeOptions) -> Vec<Line> {
    let start = spans.iter().map(|span| span.start_unix_nanos()).min().unwrap_or_default();
    let end = spans.iter().map(|span| span.end_unix_nanos()).max().unwrap_or_default();
    let names = spans.iter().map(|span| ((span.trace_id(), span.span_id()), span.name())).collect();
    let mut writer =
        TreeWriter { options, names, start, end: end.max(start + 1), rows: Vec::new() };
    for root in forest(spans, options.collapse_from, options.max_children) {
        writer.node(&root, "", "", "");
    }
    writer.into_lines()
}

struct TreeWriter<'o> {
    options: &'o TreeOptions,
    names: HashMap<(TraceId, SpanId), &'o str>,
    start: u64,
    end: u64,
    rows: Vec<Row>,
}

enum Row {
    Span {
        left: Line,
        duration: String,
        bar: Line,
        right: Vec<Line>,
        /// The gutter of lines that continue this one.
        gutter: String,
    },
    Detail(Line),
}

impl TreeWriter<'_> {
    /// Writes one node: `first` opens its line, `gutter` the lines beneath it.
    fn node(&mut self, node: &Node<'_>, above: &str, first: &str, rest: &str) {
        let span = node.spans[0];
        let gutter = format!("{above}{rest}");
        let details = Details::of(span);
        let failed = span.is_error();
        let beneath = if node.children.is_empty() && node.hidden == 0 { "   " } else { "│  " };

        let mut left = Line::default();
        left.push(Role::Quiet, format!("{above}{first}"));
        let (role, mark) = match (failed, details.is_cancelled) {
            (true, _) => (Role::FailedName, "✗ "),
            (_, true) => (Role::CancelledName, "⊘ "),
            _ => (Role::Name, ""),
        };
        left.push(role, format!("{mark}{}", format::name(span.name())));
        if node.spans.len() > 1 {
            left.push(Role::Kind, format!(" ×{}", node.spans.len()));
        }
        if let Some(kind) = kind(span.kind()) {
            left.push(Role::Kind, format!(" ({kind})"));
        }

        self.rows.push(Row::Span {
            left,
            duration: format::duration(node.spans.iter().map(|&span| nanos(span)).sum()),
            bar: self.bar(node, failed),
            right: self.right(node, &details),
            gutter: format!("{gutter}{beneath}"),
        });
        self.details(node, &details, &format!("{gutter}{beneath}"));

        let last = node.children.len() + usize::from(node.hidden > 0);
        for (index, child) in node.children.iter().enumerate() {
            let (first, rest) =
                if index + 1 == last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            self.node(child, &gutter, first, rest);
        }
        if node.hidden > 0 {
            let mut line = Line::default();
            line.push(Role::Quiet, format!("{gutter}└─ … {}", more(node.hidden, "span")));
            if node.hidden_failed > 0 {
                line.push(Role::Error, format!(", {} failed", node.hidden_failed));
            }
            self.rows.push(Row::Detail(line));
        }
    }

    /// Draws when the spans of a node ran, within the whole.
    fn bar(&self, node: &Node<'_>, failed: bool) -> Line {
        let whole = (self.end - self.start) as f64;
        let cell = |nanos: u64| (nanos - self.start) as f64 / whole * BAR as f64;
        let mut cells = [' '; BAR];
        for span in &node.spans {
            let (from, to) = (cell(span.start_unix_nanos()), cell(span.end_unix_nanos()));
            let first = (from as usize).min(BAR - 1);
            let last = (to.ceil() as usize).clamp(first + 1, BAR);
            // A span much shorter than a cell is half a cell, on its own side.
            let short = to - from < 0.5;
            let mark = match (short, from.fract() < 0.5) {
                (false, _) => '━',
                (true, true) => '╸',
                (true, false) => '╺',
            };
            for cell in &mut cells[first..last] {
                *cell = match (*cell, mark) {
                    (' ', mark) => mark,
                    (same, mark) if same == mark => mark,
                    _ => '━',
                };
                if short {
                    break;
                }
            }
        }
        let mut line = Line::default();
        let role = if failed { Role::FailedBar } else { Role::Bar };
        line.push(role, cells.iter().collect::<String>());
        line
    }

    /// Returns the pieces on the right of a span, which may flow onto the next line.
    fn right(&self, node: &Node<'_>, details: &Details<'_>) -> Vec<Line> {
        let span = node.spans[0];
        let mut pieces = Vec::new();
        let quiet = |text: String| {
            let mut line = Line::default();
            line.push(Role::Quiet, text);
            line
        };
        if node.spans.len() > 1 && self.options.times {
            let all = node.spans.iter().map(|&span| nanos(span));
            let mean = all.clone().sum::<u64>() / node.spans.len() as u64;
            let max = all.max().unwrap_or_default();
            pieces.push(quiet(format!(
                "each {}, at most {}",
                format::duration(mean),
                format::duration(max)
            )));
        }
        if details.is_cancelled {
            let mut line = Line::default();
            line.push(Role::CancelledName, "cancelled");
            pieces.push(line);
        }
        let hidden = |key: &str| is_told_elsewhere(key, span.is_error());
        if node.spans.len() == 1 {
            pieces.extend(attributes(span.attributes(), hidden));
        } else {
            pieces.extend(common_attributes(&node.spans, hidden));
        }
        let dropped = [
            (span.dropped_attributes(), "attribute"),
            (span.dropped_events(), "event"),
            (span.dropped_links(), "link"),
        ];
        for (count, what) in dropped.into_iter().filter(|(count, _)| *count > 0) {
            pieces.push(quiet(format!("({} dropped)", plural(count as usize, what))));
        }
        pieces
    }

    /// Writes errors, events and links, each on a separate line.
    fn details(&mut self, node: &Node<'_>, details: &Details<'_>, gutter: &str) {
        let span = node.spans[0];
        if let Some(error) = &details.error {
            // An error that a child already shows is not repeated.
            let told = node.children.iter().any(|child| {
                Details::of(child.spans[0]).error.is_some_and(|inner| error.came_from(&inner))
            });
            if !told {
                let mut line = detail(gutter);
                line.push(Role::Error, error.headline());
                // A span that a library starts for others has no source location.
                if !span.site().file.is_empty() {
                    line.push(Role::Quiet, format!("  {}:{}", span.site().file, span.site().line));
                }
                self.rows.push(Row::Detail(line));
                for cause in &error.causes {
                    let mut line = detail(gutter);
                    line.push(Role::Error, format!("  {cause}"));
                    self.rows.push(Row::Detail(line));
                }
            }
        }
        if node.spans.len() > 1 {
            let count = |of: fn(FinishedSpan<'_>) -> usize| -> usize {
                node.spans.iter().map(|&span| of(span)).sum()
            };
            let events = count(|span| Details::of(span).events.len());
            let links = count(|span| span.links().count());
            for (count, what) in [(events, "event"), (links, "link")] {
                if count > 0 {
                    let mut line = detail(gutter);
                    line.push(Role::Quiet, plural(count, what));
                    self.rows.push(Row::Detail(line));
                }
            }
            return;
        }
        for event in details.events.iter().take(MAX_DETAILS) {
            let mut line = detail(gutter);
            line.push(Role::Quiet, "• ");
            if self.options.times {
                let after = event.unix_nanos().saturating_sub(span.start_unix_nanos());
                line.push(Role::Duration, format!("+{} ", format::duration(after)));
            }
            line.push(Role::Event, format::name(event.name()));
            self.push_flowing(line, attributes(event.attributes(), |_| false), gutter);
        }
        for link in span.links().take(MAX_DETAILS) {
            let mut line = detail(gutter);
            line.push(Role::Quiet, "→ ");
            line.push(Role::Event, "link ");
            let context = &link.context();
            // A span of this tree is named, any other is shown by its ids.
            let id = (context.trace_id(), context.span_id());
            line.push(
                Role::Value,
                match self.names.get(&id) {
                    Some(name) => format::name(name),
                    None => format!("{}/{}", id.0, id.1),
                },
            );
            self.push_flowing(line, attributes(link.attributes(), |_| false), gutter);
        }
        for (all, what) in [(details.events.len(), "event"), (span.links().count(), "link")] {
            if all > MAX_DETAILS {
                let mut line = detail(gutter);
                line.push(Role::Quiet, format!("… {}", more(all - MAX_DETAILS, what)));
                self.rows.push(Row::Detail(line));
            }
        }
    }

    fn push_flowing(&mut self, line: Line, pieces: Vec<Line>, gutter: &str) {
        let lines = flow(line, pieces, self.options.width, || {
            let mut line = detail(gutter);
            line.push(Role::Quiet, "    ");
            line
        });
        self.rows.extend(lines.into_iter().map(Row::Detail));
    }

    fn into_lines(self) -> Vec<Line> {
        let names = self.rows.iter().filter_map(|row| match row {
            Row::Span { left, .. } => Some(left.width()),
            Row::Detail(_) => None,
        });
        let column = names.filter(|width| *width <= MAX_NAME_COLUMN).max().unwrap_or_default();
        let durations = self.rows.iter().filter_map(|row| match row {
            Row::Span { duration, .. } => Some(duration.chars().count()),
            Row::Detail(_) => None,
        });
        let duration_width = durations.max().unwrap_or_default();
        let mut lines = Vec::new();
        for row in self.rows {
            match row {
                Row::Detail(line) => lines.push(line),
                Row::Span { mut left, duration, bar, right, gutter } => {
                    left.pad_to(column);
                    if self.options.times {
                        let width = duration.chars().count();
                        let padding = duration_width - width + 2;
                        left.push(Role::Quiet, " ".repeat(padding));
                        left.push(Role::Duration, duration);
                        left.push(Role::Quiet, "  ");
                        left.extend(bar);
                    }
                    lines.extend(flow(left, right, self.options.width, || {
                        let mut line = Line::default();
                        line.push(Role::Quiet, format!("{gutter}  "));
                        line
                    }));
                }
            }
        }
        lines.iter_mut().for_each(Line::trim_end);
        lines
    }
}

/// Puts pieces one after another, and onto a new line where they would exceed `width`.
fn flow(first: Line, pieces: Vec<Line>, width: usize, next: impl Fn() -> Line) -> Vec<Line> {
    let mut lines = vec![first];
    let mut is_fresh = false;
    for piece in pieces {
        let current = lines.last().map(Line::width).unwrap_or_default();
        if !is_fresh && current + 2 + piece.width() > width {
            lines.push(next());
            is_fresh = true;
        }
        if let Some(line) = lines.last_mut() {
            if !is_fresh {
                line.push(Role::Quiet, "  ");
            }
            line.extend(piece);
        }
        is_fresh = false;
    }
    lines
}

/// Begins a line beneath a span.
fn detail(gutter: &str) -> Line {
    let mut line = Line::default();
    line.push(Role::Quiet, gutter);
    line
}

fn attribute(key: &str, value: String) -> Line {
    let mut line = Line::default();
    line.push(Role::Key, format!("{}=", format::name(key)));
    line.push(Role::Value, value);
    line
}

fn attributes(all: Attributes<'_>, hidden: impl Fn(&str) -> bool) -> Vec<Line> {
    all.filter(|(key, _)| !hidden(key))
        .map(|(key, value)| attribute(key, format::value(&value)))
        .collect()
}

/// Returns, for many spans, the attributes that all share, and the ranges of numbers that differ.
fn common_attributes(spans: &[FinishedSpan<'_>], hidden: impl Fn(&str) -> bool) -> Vec<Line> {
    let mut lines = Vec::new();
    for (key, value) in spans[0].attributes().filter(|(key, _)| !hidden(key)) {
        let (mut is_same, mut range) = (true, number(&value).map(|n| (n, n)));
        for span in &spans[1..] {
            let Some(other) = span.attribute(key) else {
                (is_same, range) = (false, None);
                break;
            };
            is_same &= other == value;
            range = range.zip(number(&other)).map(|((min, max), n)| (min.min(n), max.max(n)));
            if !is_same && range.is_none() {
                break;
            }
        }
        if is_same {
            lines.push(attribute(key, format::value(&value)));
        } else if let Some((min, max)) = range {
            let [min, max] = [min, max].map(|end| format::value(&RecordedValue::F64(end)));
            lines.push(attribute(key, format!("{min}…{max}")));
        }
    }
    lines
}

fn number(value: &RecordedValue<'_>) -> Option<f64> {
    match *value {
        RecordedValue::I64(value) => Some(value as f64),
        RecordedValue::U64(value) => Some(value as f64),
        RecordedValue::F64(value) => Some(value),
        _ => None,
    }
}

fn nanos(span: FinishedSpan<'_>) -> u64 {
    span.end_unix_nanos().saturating_sub(span.start_unix_nanos())
}

fn kind(kind: SpanKind) -> Option<&'static str> {
    match kind {
        SpanKind::Server => Some("server"),
        SpanKind::Client => Some("client"),
        SpanKind::Producer => Some("producer"),
        SpanKind::Consumer => Some("consumer"),
        _ => None,
    }
}

fn more(count: usize, what: &str) -> String {
    format!("{count} more {what}{}", if count == 1 { "" } else { "s" })
}

fn plural(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
