//! Spans by their traces and by their parents.

use crate::e2e::decoded::Span;
use std::collections::HashMap;

pub(super) struct Traces<'a> {
    by_trace: HashMap<&'a str, Trace<'a>>,
}

#[derive(Default)]
pub(super) struct Trace<'a> {
    pub(super) spans: Vec<&'a Span>,
    children: HashMap<&'a str, Vec<&'a Span>>,
}

impl<'a> Traces<'a> {
    pub(super) fn of(spans: &'a [Span]) -> Self {
        let mut by_trace: HashMap<&str, Trace<'_>> = HashMap::new();
        for span in spans {
            let trace = by_trace.entry(&span.trace_id).or_default();
            trace.spans.push(span);
            trace.children.entry(&span.parent_id).or_default().push(span);
        }
        Self { by_trace }
    }

    pub(super) fn get(&self, trace_id: &str) -> Option<&Trace<'a>> {
        self.by_trace.get(trace_id)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (&'a str, &Trace<'a>)> {
        self.by_trace.iter().map(|(id, trace)| (*id, trace))
    }

    /// A span by both of its ids.
    pub(super) fn span(&self, trace_id: &str, span_id: &str) -> Option<&'a Span> {
        let trace = self.by_trace.get(trace_id)?;
        trace.spans.iter().find(|span| span.span_id == span_id).copied()
    }

    /// The span that a span is a child of, if it was received.
    pub(super) fn parent(&self, span: &Span) -> Option<&'a Span> {
        self.span(&span.trace_id, &span.parent_id)
    }

    pub(super) fn children(&self, span: &Span) -> &[&'a Span] {
        self.by_trace.get(span.trace_id.as_str()).map_or(&[], |trace| trace.children(&span.span_id))
    }
}

impl<'a> Trace<'a> {
    /// The spans with that parent, whether it was received or not.
    pub(super) fn children(&self, parent_id: &str) -> &[&'a Span] {
        self.children.get(parent_id).map_or(&[], Vec::as_slice)
    }
}
