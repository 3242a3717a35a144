//! Formats a span as one line.

use super::options::Render;
use crate::forest::{Forest, Seen};
use crate::model::{Attribute, EventData, LinkData, SpanData};
use crate::runtime::escape;
use std::fmt::Write as _;
use trace_runtime::{SpanKind, Status, span::Outcome};

/// `charge (client) [amount=7] error: "declined" link: audit`.
pub(super) fn line(forest: &Forest, node: usize, options: &Render) -> String {
    let mut line = String::new();
    if let Some(name) = logical_name(forest, node, options) {
        let _ = write!(line, "{name} ");
    }
    let seen = forest.seen(node);
    line.push_str(&on_one_line(seen.name()));
    match seen {
        Seen::Open(span) => {
            line.push_str(kind(span.kind));
            line.push_str(" (open)");
        }
        Seen::Ended(span) => {
            line.push_str(kind(span.kind));
            line.push_str(&attributes(&span.attributes, options));
            ending(&mut line, span);
            if !options.names_only {
                origin(&mut line, forest, node, span);
                links(&mut line, forest, span, options);
                details(&mut line, forest, span, options);
            }
        }
    }
    line
}

/// Returns what siblings are ordered by: the line, as far as it does not depend on their order.
pub(super) fn content(forest: &Forest, node: usize) -> String {
    line(forest, node, &Render::content())
}

/// `• retry [attempt=2]`.
pub(super) fn event(event: &EventData, options: &Render) -> String {
    format!("• {}{}", on_one_line(&event.name), attributes(&event.attributes, options))
}

/// ` [amount=7, plan="pro"]`, or nothing.
pub(crate) fn attributes(attributes: &[Attribute], options: &Render) -> String {
    if options.no_attributes {
        return String::new();
    }
    let mut shown: Vec<_> = attributes.iter().filter(|(key, _)| options.shows(key)).collect();
    shown.sort_by(|(left, _), (right, _)| left.cmp(right));
    let shown: Vec<_> = shown
        .into_iter()
        .map(|(key, value)| match options.redacts(key) {
            true => format!("{}=…", on_one_line(key)),
            false => format!("{}={}", on_one_line(key), on_one_line(&value.to_string())),
        })
        .collect();
    if shown.is_empty() { String::new() } else { format!(" [{}]", shown.join(", ")) }
}

fn kind(kind: SpanKind) -> &'static str {
    match kind {
        SpanKind::Server => " (server)",
        SpanKind::Client => " (client)",
        SpanKind::Producer => " (producer)",
        SpanKind::Consumer => " (consumer)",
        _ => "",
    }
}

/// Adds how the span ended, unless it simply returned.
fn ending(line: &mut String, span: &SpanData) {
    let word = match (&span.status, span.outcome) {
        (_, Some(Outcome::Panic)) => " panicked",
        (_, Some(Outcome::Cancelled)) => " cancelled",
        (Status::Error { .. }, _) => " error",
        (Status::Ok, Some(Outcome::Error)) => " ok, though it returned an error",
        (Status::Ok, _) => " ok",
        (_, Some(Outcome::Error)) => " returned an error",
        _ => "",
    };
    line.push_str(word);
    match &span.status {
        Status::Error { description } if !description.is_empty() => {
            let _ = write!(line, ": {}", escape::quoted(description));
        }
        _ => {}
    }
}

/// Adds where a span comes from whose parent was not recorded.
fn origin(line: &mut String, forest: &Forest, node: usize, span: &SpanData) {
    if forest.parent(node).is_some() || span.is_root() {
        return;
    }
    line.push_str(match span.parent_is_remote {
        true => " (remote parent)",
        false => " (parent not recorded)",
    });
}

fn links(line: &mut String, forest: &Forest, span: &SpanData, options: &Render) {
    let targets: Vec<_> = span.links.iter().map(|link| target(forest, link, options)).collect();
    match targets.as_slice() {
        [] => {}
        [one] => {
            let _ = write!(line, " link: {one}");
        }
        _ => {
            let _ = write!(line, " links: {}", targets.join(", "));
        }
    }
}

fn target(forest: &Forest, link: &LinkData, options: &Render) -> String {
    let name = match forest.find(&link.context) {
        Some(target) => {
            let name = on_one_line(forest.seen(target).name());
            match logical_name(forest, target, options) {
                Some(logical) => format!("{logical} {name}"),
                None => name,
            }
        }
        None if link.context.is_remote() => "(remote)".to_owned(),
        None => "(not recorded)".to_owned(),
    };
    format!("{name}{}", attributes(&link.attributes, options))
}

fn details(line: &mut String, forest: &Forest, span: &SpanData, options: &Render) {
    if options.scopes && !span.scope.name.is_empty() {
        let _ = write!(line, " scope: {}", on_one_line(&span.scope.name));
    }
    // With a clock that is never stepped all durations are zero.
    let stepped = forest.snapshot.virtual_clock && !span.duration().is_zero();
    if !options.content && (options.durations || stepped) {
        let _ = write!(line, " {:?}", span.duration());
    }
}

/// Returns the span's logical name: shown on request, and where a link leads to one of several spans
/// of a name.
fn logical_name(forest: &Forest, node: usize, options: &Render) -> Option<String> {
    let hidden = options.content || options.names_only;
    let shown = !hidden && (options.ids || forest.is_ambiguous_target(node));
    shown.then(|| format!("s{}", forest.place_of(node) + 1))
}

/// Escapes text without shortening it, because it is compared: it stays on its line and moves no
/// cursor.
fn on_one_line(text: &str) -> String {
    escape::line(text).cut(usize::MAX).to_string()
}
