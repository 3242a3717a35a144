//! Defines the conditions on log records; each describes how a record differs.

use crate::forest::Forest;
use crate::matcher::{Match, Operand};
use crate::model::{AttributeValue, LogData, Severity};
use crate::names::shown;
use std::sync::Arc;
use trace_runtime::{SpanContext, propagation::TraceId};

/// Describes how a record differs; `None` if it does not.
type Mismatch = dyn Fn(&Forest, &LogData) -> Option<String> + Send + Sync;

/// A condition on a log record.
#[derive(Clone)]
pub(super) struct LogCondition {
    /// Words it, such as `` in span `charge` ``.
    pub(super) description: String,
    /// The span that it names.
    pub(super) span: Option<Match>,
    mismatch: Arc<Mismatch>,
}

impl LogCondition {
    fn new(
        description: String,
        mismatch: impl Fn(&Forest, &LogData) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        Self { description, span: None, mismatch: Arc::new(mismatch) }
    }

    /// Creates a condition whose mismatch is its negation.
    fn plain(
        description: String,
        holds: impl Fn(&Forest, &LogData) -> bool + Send + Sync + 'static,
    ) -> Self {
        let not = format!("not {description}");
        Self::new(description, move |forest, log| (!holds(forest, log)).then(|| not.clone()))
    }

    pub(super) fn mismatch(&self, forest: &Forest, log: &LogData) -> Option<String> {
        (self.mismatch)(forest, log)
    }
}

pub(super) fn at(severity: Severity) -> LogCondition {
    LogCondition::plain(format!("at {severity}"), move |_, log| {
        Severity::of_number(log.severity_number) == Some(severity)
    })
}

pub(super) fn at_or_above(severity: Severity) -> LogCondition {
    LogCondition::plain(format!("at {severity} or above"), move |_, log| {
        Severity::of_number(log.severity_number).is_some_and(|is| is >= severity)
    })
}

/// Checks the body; `phrase` words the condition.
pub(super) fn body(phrase: String, expected: Match) -> LogCondition {
    LogCondition::plain(phrase, move |_, log| {
        log.body.as_ref().is_some_and(|body| expected.matches(&text(body)))
    })
}

/// Bodies that are not strings are matched by their text.
fn text(body: &AttributeValue) -> Operand {
    match body {
        AttributeValue::Other(text) => text.as_str().into(),
        value => value.clone().into(),
    }
}

pub(super) fn with(key: String, value: Match) -> LogCondition {
    LogCondition::new(format!("where {key} is {value}"), move |_, log| match log.attribute(&key) {
        Some(is) => Some(format!("{key}: {}", value.mismatch(&is.clone().into())?)),
        None => Some(format!("{key}: expected {value}, is not set")),
    })
}

pub(super) fn without(key: String) -> LogCondition {
    LogCondition::plain(format!("without {key}"), move |_, log| log.attribute(&key).is_none())
}

pub(super) fn event(name: Match) -> LogCondition {
    LogCondition::plain(format!("of event {}", name.as_name()), move |_, log| {
        !log.event_name.is_empty() && name.matches_text(&log.event_name)
    })
}

pub(super) fn scope(name: Match) -> LogCondition {
    LogCondition::new(format!("by {}", name.as_name()), move |_, log| {
        let is = log.scope.name.as_str();
        (!name.matches_text(is)).then(|| format!("it is by `{}`", shown(is)))
    })
}

pub(super) fn in_span(name: Match) -> LogCondition {
    let span = Some(name.clone());
    let condition = LogCondition::plain(
        format!("in span {}", name.as_name()),
        move |forest, log| match place(forest, log) {
            LogPlace::Span(node) => name.matches_text(forest.seen(node).name()),
            _ => false,
        },
    );
    LogCondition { span, ..condition }
}

pub(super) fn within(name: Match) -> LogCondition {
    let span = Some(name.clone());
    let description = format!("within span {}", name.as_name());
    let condition = LogCondition::plain(description, move |forest, log| {
        let is_named = |node: usize| name.matches_text(forest.seen(node).name());
        match place(forest, log) {
            LogPlace::Span(node) => is_named(node) || forest.ancestors(node).any(is_named),
            _ => false,
        }
    });
    LogCondition { span, ..condition }
}

pub(super) fn in_trace(trace_id: TraceId) -> LogCondition {
    LogCondition::new(format!("in trace {trace_id}"), move |_, log| {
        (log.trace_id != trace_id).then(|| match log.trace_id {
            TraceId::INVALID => "it is in no trace".to_owned(),
            other => format!("it is in trace {other}"),
        })
    })
}

pub(super) fn outside_spans() -> LogCondition {
    LogCondition::plain("outside of any span".to_owned(), |forest, log| {
        matches!(place(forest, log), LogPlace::Nowhere)
    })
}

/// The place where a record was written.
pub(super) enum LogPlace {
    /// In this span.
    Span(usize),
    /// In a span that was not captured.
    Unknown(SpanContext),
    /// Outside all spans.
    Nowhere,
}

impl LogPlace {
    pub(super) fn describe(&self, forest: &Forest) -> String {
        match self {
            Self::Span(node) => {
                let open = if forest.seen(*node).ended().is_none() { ", still open" } else { "" };
                format!("in span `{}`{open}", shown(forest.seen(*node).name()))
            }
            Self::Unknown(context) => {
                format!("in span {}, which was not captured", context.span_id())
            }
            Self::Nowhere => "outside of any span".to_owned(),
        }
    }
}

pub(super) fn place(forest: &Forest, log: &LogData) -> LogPlace {
    let context = SpanContext::new(log.trace_id, log.span_id, log.flags);
    match forest.find(&context) {
        _ if !context.is_valid() => LogPlace::Nowhere,
        Some(node) => LogPlace::Span(node),
        None => LogPlace::Unknown(context),
    }
}
