//! Checks the place of a span among the others.

use super::subject::{Condition, Subject};
use crate::matcher::Match;
use crate::model::SpanData;
use crate::names::{self, shown};
use crate::report::explanations;
use trace_runtime::{SpanContext, propagation::ToContext};

/// `` `b`, within `a` ``, from the parent upwards; or that there is none.
fn ancestry(subject: Subject<'_>) -> String {
    let name = |node| format!("`{}`", shown(subject.forest.seen(node).name()));
    let names: Vec<_> = subject.forest.ancestors(subject.node).map(name).collect();
    match names.as_slice() {
        [] => origin(subject),
        names => names.join(" within "),
    }
}

fn origin(subject: Subject<'_>) -> String {
    if subject.span.is_root() {
        "is a root".to_owned()
    } else if subject.span.parent_is_remote {
        "has a remote parent".to_owned()
    } else {
        "has a parent that was not recorded".to_owned()
    }
}

/// Returns a hint if no span has this name.
fn unknown(subject: Subject<'_>, name: &Match) -> String {
    let Some(written) = name.literal() else { return String::new() };
    let names = subject.forest.names();
    let is_open = subject.forest.snapshot.open.iter().any(|open| open.name == written);
    if is_open || names.contains(&written) {
        return String::new();
    }
    format!(
        "\nno span {} was recorded; {}",
        name.as_name(),
        names::hint("spans", Some(written), names)
    )
}

pub(crate) fn within(name: impl Into<Match>) -> Condition {
    let name = name.into();
    Condition::one(format!("within {}", name.as_name()), move |subject| {
        let forest = subject.forest;
        let mut names = forest.ancestors(subject.node).map(|node| forest.seen(node).name());
        if names.any(|ancestor| name.matches_text(ancestor)) {
            return None;
        }
        let place = match forest.parent(subject.node) {
            Some(_) => format!("is within {}", ancestry(subject)),
            None => origin(subject),
        };
        Some(format!(
            "place: expected within {}, {place}{}",
            name.as_name(),
            unknown(subject, &name)
        ))
    })
}

pub(crate) fn not_within(name: impl Into<Match>) -> Condition {
    let name = name.into();
    Condition::one(format!("not within {}", name.as_name()), move |subject| {
        let forest = subject.forest;
        let mut names = forest.ancestors(subject.node).map(|node| forest.seen(node).name());
        let found = names.find(|ancestor| name.matches_text(ancestor))?;
        Some(format!("place: expected not within {}, is within `{}`", name.as_name(), shown(found)))
    })
}

pub(crate) fn child_of(name: impl Into<Match>) -> Condition {
    let name = name.into();
    Condition::one(format!("child of {}", name.as_name()), move |subject| {
        let parent = subject.forest.parent(subject.node).map(|node| subject.forest.seen(node));
        if parent.is_some_and(|parent| name.matches_text(parent.name())) {
            return None;
        }
        let place = match parent {
            Some(parent) => format!("is `{}`", shown(parent.name())),
            None => format!("the span {}", origin(subject)),
        };
        Some(format!("parent: expected {}, {place}{}", name.as_name(), unknown(subject, &name)))
    })
}

pub(crate) fn child_of_span(expected: &SpanData) -> Condition {
    let (trace_id, span_id) = (expected.trace_id, expected.span_id);
    let name = expected.name.clone();
    Condition::one(format!("child of that `{name}`"), move |subject| {
        let span = subject.span;
        if span.trace_id == trace_id && span.parent_span_id == span_id && !span.is_root() {
            return None;
        }
        let parent = subject.forest.parent(subject.node).map(|node| subject.forest.seen(node));
        let place = match parent {
            Some(parent) if parent.name() == name => format!("is another `{name}`"),
            Some(parent) => format!("is `{}`", parent.name()),
            None => format!("the span {}", origin(subject)),
        };
        Some(format!("parent: expected that `{name}`, {place}"))
    })
}

pub(crate) fn is_root() -> Condition {
    Condition::one("a root", |subject| {
        if subject.span.is_root() {
            return None;
        }
        let parent = match subject.forest.parent(subject.node) {
            Some(parent) => {
                format!("is a child of `{}`", shown(subject.forest.seen(parent).name()))
            }
            None => origin(subject),
        };
        Some(format!("parent: expected none, {parent}"))
    })
}

pub(crate) fn has_child(name: impl Into<Match>) -> Condition {
    let name = name.into();
    Condition::one(format!("child {}", name.as_name()), move |subject| {
        let children = subject.forest.children(subject.node).iter();
        let names: Vec<_> = children.map(|&child| subject.forest.seen(child).name()).collect();
        if names.iter().any(|child| name.matches_text(child)) {
            return None;
        }
        let hint = names::hint("children", name.literal(), names);
        Some(format!("child {}: is missing; {hint}", name.as_name()))
    })
}

pub(crate) fn has_no_children() -> Condition {
    Condition::one("no children", |subject| {
        let children = subject.forest.children(subject.node).iter();
        let names: Vec<_> = children.map(|&child| subject.forest.seen(child).name()).collect();
        let available = names::available("children", names.iter().copied());
        (!names.is_empty()).then(|| format!("children: expected none; {available}"))
    })
}

pub(crate) fn remote_parent() -> Condition {
    Condition::one("a remote parent", |subject| {
        (!subject.span.parent_is_remote)
            .then(|| format!("remote parent: expected one, {}", local(subject)))
    })
}

pub(crate) fn child_of_remote(expected: impl ToContext) -> Condition {
    let expected = expected.to_context().unwrap_or_default();
    Condition::one("that remote parent", move |subject| {
        let is_parent = subject.span.parent_is_remote
            && subject.span.trace_id == expected.trace_id()
            && subject.span.parent_span_id == expected.span_id();
        (!is_parent).then(|| strayed(subject, &expected))
    })
}

fn local(subject: Subject<'_>) -> String {
    match subject.forest.parent(subject.node) {
        Some(_) => format!("the parent is {}", ancestry(subject)),
        None => format!("the span {}", origin(subject)),
    }
}

fn strayed(subject: Subject<'_>, expected: &SpanContext) -> String {
    let expected_parent = expected.span_id();
    if !subject.span.parent_is_remote {
        return format!(
            "remote parent: expected span {expected_parent}, {}: was the context extracted?",
            local(subject)
        );
    }
    if subject.span.trace_id != expected.trace_id() {
        let (expected, actual) = (expected.trace_id(), subject.span.trace_id);
        return format!("remote parent: expected one of trace {expected}, the trace is {actual}");
    }
    let actual = subject.span.parent_span_id;
    format!("remote parent: expected span {expected_parent}, is span {actual}")
}

pub(crate) fn same_trace_as(name: impl Into<Match>) -> Condition {
    let name = name.into();
    Condition::one(format!("in the trace of {}", name.as_name()), move |subject| {
        let mut named =
            subject.forest.snapshot.spans.iter().filter(|span| name.matches_text(&span.name));
        if named.clone().any(|span| span.trace_id == subject.span.trace_id) {
            return None;
        }
        let why = match named.next() {
            Some(_) => "is in another: was its context lost?".to_owned(),
            None => format!("there is none{}", unknown(subject, &name)),
        };
        let hints = explanations(&subject.forest.snapshot).len();
        let more = if hints > 0 { " See the notes below." } else { "" };
        Some(format!("trace: expected that of {}, {why}{more}", name.as_name()))
    })
}
