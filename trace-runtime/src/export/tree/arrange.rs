//! Arranges spans in any order into a forest in which equal siblings are one node.

use super::details::Details;
use crate::context::SpanId;
use crate::export::FinishedSpan;
use crate::kind::SpanKind;
use std::collections::HashMap;

/// Deeper spans are only counted.
const MAX_DEPTH: usize = 64;

/// One line of the tree: a span, or many equal ones.
pub(super) struct Node<'a> {
    /// In the order of their starts; never empty.
    pub(super) spans: Vec<FinishedSpan<'a>>,
    pub(super) children: Vec<Node<'a>>,
    /// The number of descendants without a line.
    pub(super) hidden: usize,
    pub(super) hidden_failed: usize,
}

pub(super) fn forest<'a>(
    spans: &[FinishedSpan<'a>],
    collapse_from: usize,
    max_children: usize,
) -> Vec<Node<'a>> {
    let mut arranger =
        Arranger { by_parent: HashMap::new(), collapse_from: collapse_from.max(2), max_children };
    let ids: HashMap<SpanId, ()> = spans.iter().map(|span| (span.span_id(), ())).collect();
    let mut roots = Vec::new();
    for &span in spans {
        if span.parent_span_id() != span.span_id() && ids.contains_key(&span.parent_span_id()) {
            arranger.by_parent.entry(span.parent_span_id()).or_default().push(span);
        } else {
            roots.push(span);
        }
    }
    // Roots are never merged: each is a separate story.
    roots.sort_by_key(|span| span.start_unix_nanos());
    let mut nodes: Vec<_> = roots.into_iter().map(|root| arranger.node(vec![root], 0)).collect();
    // Ids that form a cycle have no root; break it anywhere.
    while let Some(&id) = arranger.by_parent.keys().min() {
        let ring = arranger.by_parent.remove(&id).unwrap_or_default();
        nodes.extend(ring.into_iter().map(|span| arranger.node(vec![span], 0)));
    }
    nodes
}

struct Arranger<'a> {
    by_parent: HashMap<SpanId, Vec<FinishedSpan<'a>>>,
    collapse_from: usize,
    max_children: usize,
}

impl<'a> Arranger<'a> {
    /// Takes the children out of the map, so every span has one place and cycles come to an end.
    fn take_children(&mut self, of: &[FinishedSpan<'a>]) -> Vec<FinishedSpan<'a>> {
        let mut children: Vec<_> =
            of.iter().filter_map(|span| self.by_parent.remove(&span.span_id())).flatten().collect();
        children.sort_by_key(|span| (span.start_unix_nanos(), span.span_id()));
        children
    }

    fn node(&mut self, spans: Vec<FinishedSpan<'a>>, depth: usize) -> Node<'a> {
        let children = self.take_children(&spans);
        let mut node = Node { spans, children: Vec::new(), hidden: 0, hidden_failed: 0 };
        if depth >= MAX_DEPTH {
            self.hide(&mut node, children);
            return node;
        }
        for (index, group) in self.group(children).into_iter().enumerate() {
            if index < self.max_children {
                let child = self.node(group, depth + 1);
                node.children.push(child);
            } else {
                self.hide(&mut node, group);
            }
        }
        node
    }

    fn hide(&mut self, node: &mut Node<'a>, mut spans: Vec<FinishedSpan<'a>>) {
        while !spans.is_empty() {
            node.hidden += spans.len();
            node.hidden_failed += spans.iter().filter(|span| span.is_error()).count();
            spans = self.take_children(&spans);
        }
    }

    /// Groups equal siblings, each group at the position of its first span.
    fn group(&self, siblings: Vec<FinishedSpan<'a>>) -> Vec<Vec<FinishedSpan<'a>>> {
        let mut groups: Vec<Vec<FinishedSpan<'a>>> = Vec::new();
        let mut by_likeness: HashMap<Likeness<'a>, usize> = HashMap::new();
        for &span in &siblings {
            match by_likeness.get(&Likeness::of(span)) {
                Some(&group) => groups[group].push(span),
                None => {
                    by_likeness.insert(Likeness::of(span), groups.len());
                    groups.push(vec![span]);
                }
            }
        }
        if groups.iter().all(|group| group.len() < self.collapse_from) {
            return siblings.into_iter().map(|span| vec![span]).collect();
        }
        // Small groups are split again; the order of starts is then that of the first spans.
        let mut all: Vec<Vec<FinishedSpan<'a>>> = Vec::new();
        for group in groups {
            if group.len() < self.collapse_from {
                all.extend(group.into_iter().map(|span| vec![span]));
            } else {
                all.push(group);
            }
        }
        all.sort_by_key(|group| (group[0].start_unix_nanos(), group[0].span_id()));
        all
    }
}

/// The common properties of equal siblings. Spans with events, links or children of different kinds may
/// still be equal: their details are merged or counted.
#[derive(PartialEq, Eq, Hash)]
struct Likeness<'a> {
    name: &'a str,
    kind: SpanKind,
    failed: bool,
    cancelled: bool,
    error: Option<String>,
}

impl<'a> Likeness<'a> {
    fn of(span: FinishedSpan<'a>) -> Self {
        let details = Details::of(span);
        Self {
            name: span.name(),
            kind: span.kind(),
            failed: span.is_error(),
            cancelled: details.is_cancelled,
            error: details.error.map(|error| error.headline()),
        }
    }
}
