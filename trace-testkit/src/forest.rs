//! Arranges spans into trees, in canonical order.
//!
//! Siblings that ran in sequence come first, by start time; those that ran in parallel follow, by
//! content. So the order is the same in every run.

use crate::model::SpanData;
use crate::source::{OpenSpan, Snapshot};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::OnceLock;
use trace_runtime::{
    SpanContext,
    propagation::{SpanId, TraceId},
};

/// Returns the text that siblings are ordered by: the content of a span, whatever its place.
type SortKey = fn(&Forest, usize) -> String;

pub(crate) struct Forest {
    pub(crate) snapshot: Snapshot,
    nodes: Vec<Node>,
    roots: Vec<usize>,
    /// Of several with the same ids, the first.
    by_id: HashMap<(TraceId, SpanId), usize>,
    sort_key: SortKey,
    logical: OnceLock<Logical>,
}

/// The data behind logical names.
struct Logical {
    /// The place of each node in canonical order.
    places: Vec<usize>,
    /// Whether a link leads to each node.
    linked: Vec<bool>,
    /// How many ended spans have each name.
    names: HashMap<String, usize>,
}

struct Node {
    span: SpanIndex,
    parent: Option<usize>,
    children: Vec<usize>,
}

/// How many levels below siblings are compared in full; deeper ones are compared by a digest.
const CONTENT_LEVELS: usize = 64;

/// A digest of each node and its descendants; empty where no tree is deep enough to need them.
struct Digests(Vec<u64>);

impl Digests {
    fn of(forest: &Forest) -> Self {
        let mut depths = vec![1_usize; forest.nodes.len()];
        for node in forest.top_down() {
            depths[node] += forest.parent(node).map_or(0, |parent| depths[parent]);
        }
        match depths.into_iter().max() {
            Some(depth) if depth > CONTENT_LEVELS => Self(vec![0; forest.nodes.len()]),
            _ => Self(Vec::new()),
        }
    }

    /// Adds a node whose children were added, in canonical order.
    fn add(&mut self, forest: &Forest, node: usize) {
        if self.0.is_empty() {
            return;
        }
        let mut hasher = DefaultHasher::new();
        (forest.sort_key)(forest, node).hash(&mut hasher);
        for &child in forest.children(node) {
            self.0[child].hash(&mut hasher);
        }
        self.0[node] = hasher.finish();
    }
}

#[derive(Clone, Copy)]
enum SpanIndex {
    Ended(usize),
    Open(usize),
}

/// A span in its tree, ended or open.
#[derive(Clone, Copy)]
pub(crate) enum Seen<'a> {
    Ended(&'a SpanData),
    Open(&'a OpenSpan),
}

impl<'a> Seen<'a> {
    pub(crate) fn name(self) -> &'a str {
        match self {
            Self::Ended(span) => &span.name,
            Self::Open(span) => &span.name,
        }
    }

    pub(crate) fn ended(self) -> Option<&'a SpanData> {
        match self {
            Self::Ended(span) => Some(span),
            Self::Open(_) => None,
        }
    }

    pub(crate) fn trace_id(self) -> TraceId {
        match self {
            Self::Ended(span) => span.trace_id,
            Self::Open(span) => span.trace_id,
        }
    }

    pub(crate) fn span_id(self) -> SpanId {
        match self {
            Self::Ended(span) => span.span_id,
            Self::Open(span) => span.span_id,
        }
    }

    fn id(self) -> (TraceId, SpanId) {
        (self.trace_id(), self.span_id())
    }

    fn parent_span_id(self) -> SpanId {
        match self {
            Self::Ended(span) => span.parent_span_id,
            Self::Open(span) => span.parent_span_id,
        }
    }

    pub(crate) fn is_parallel(self) -> bool {
        self.ended().is_some_and(|span| span.parallel)
    }
}

impl Forest {
    pub(crate) fn new(snapshot: Snapshot, sort_key: SortKey) -> Self {
        let ended = (0..snapshot.spans.len()).map(SpanIndex::Ended);
        let open = (0..snapshot.open.len()).map(SpanIndex::Open);
        let node = |span| Node { span, parent: None, children: Vec::new() };
        let nodes = ended.chain(open).map(node).collect();
        let mut forest = Self {
            snapshot,
            nodes,
            roots: Vec::new(),
            by_id: HashMap::new(),
            sort_key,
            logical: OnceLock::new(),
        };
        forest.connect();
        forest.sort();
        forest
    }

    fn connect(&mut self) {
        let all = 0..self.nodes.len();
        for node in all.clone() {
            let id = self.seen(node).id();
            self.by_id.entry(id).or_insert(node);
        }
        for node in all.clone() {
            let seen = self.seen(node);
            let parent = (self.by_id)
                .get(&(seen.trace_id(), seen.parent_span_id()))
                .copied()
                .filter(|_| seen.parent_span_id() != SpanId::INVALID);
            self.nodes[node].parent = parent;
        }
        self.break_rings();
        for node in all {
            match self.nodes[node].parent {
                Some(parent) => self.nodes[parent].children.push(node),
                None => self.roots.push(node),
            }
        }
    }

    /// Makes the last of spans that are each other's ancestors a root.
    fn break_rings(&mut self) {
        const UNSEEN: usize = usize::MAX;
        // From which node each was reached first, going upwards.
        let mut reached = vec![UNSEEN; self.nodes.len()];
        for from in 0..self.nodes.len() {
            let mut node = from;
            while reached[node] == UNSEEN {
                reached[node] = from;
                match self.nodes[node].parent {
                    Some(parent) => node = parent,
                    None => break,
                }
            }
            if self.nodes[node].parent.is_some() && reached[node] == from {
                let ring = self.ancestors(node).take_while(|&up| up != node);
                let last = ring.chain([node]).max().unwrap_or(node);
                self.nodes[last].parent = None;
            }
        }
    }

    fn sort(&mut self) {
        let mut digests = Digests::of(self);
        for node in self.bottom_up() {
            let mut children = std::mem::take(&mut self.nodes[node].children);
            self.sort_siblings(&mut children, &digests);
            self.nodes[node].children = children;
            digests.add(self, node);
        }
        let mut roots = std::mem::take(&mut self.roots);
        self.sort_siblings(&mut roots, &digests);
        self.roots = roots;
    }

    fn sort_siblings(&self, siblings: &mut [usize], digests: &Digests) {
        siblings.sort_by_key(|&node| {
            let order = self.seen(node).ended().map_or(u64::MAX, |span| span.order);
            (self.seen(node).is_parallel(), order)
        });
        let beside = siblings.partition_point(|&node| !self.seen(node).is_parallel());
        siblings[beside..].sort_by_cached_key(|&node| self.content(node, 0, digests));
    }

    /// Returns the content of a span and its descendants; of deep ones, a digest.
    fn content(&self, node: usize, depth: usize, digests: &Digests) -> String {
        let mut text = (self.sort_key)(self, node);
        for &child in self.children(node) {
            text.push_str("\n(");
            match digests.0.get(child) {
                Some(digest) if depth + 1 >= CONTENT_LEVELS => {
                    text.push_str(&format!("{digest:016x}"));
                }
                _ => text.push_str(&self.content(child, depth + 1, digests)),
            }
            text.push(')');
        }
        text
    }

    fn logical(&self) -> &Logical {
        self.logical.get_or_init(|| {
            let mut logical = Logical {
                places: vec![0; self.nodes.len()],
                linked: vec![false; self.nodes.len()],
                names: HashMap::new(),
            };
            for (place, node) in self.top_down().into_iter().enumerate() {
                logical.places[node] = place;
            }
            for span in &self.snapshot.spans {
                *logical.names.entry(span.name.clone()).or_default() += 1;
                for link in &span.links {
                    if let Some(target) = self.find(&link.context) {
                        logical.linked[target] = true;
                    }
                }
            }
            logical
        })
    }

    /// Returns the place of a node in canonical order.
    pub(crate) fn place_of(&self, node: usize) -> usize {
        self.logical().places[node]
    }

    /// Whether a link leads to a node that shares its name with others.
    pub(crate) fn is_ambiguous_target(&self, node: usize) -> bool {
        let logical = self.logical();
        logical.linked[node]
            && logical.names.get(self.seen(node).name()).is_some_and(|&count| count > 1)
    }

    fn bottom_up(&self) -> Vec<usize> {
        let mut order = self.top_down();
        order.reverse();
        order
    }

    /// Returns all nodes, each before its children, in canonical order.
    pub(crate) fn top_down(&self) -> Vec<usize> {
        let mut order = Vec::with_capacity(self.nodes.len());
        let mut next: Vec<usize> = self.roots.iter().rev().copied().collect();
        while let Some(node) = next.pop() {
            order.push(node);
            next.extend(self.nodes[node].children.iter().rev());
        }
        order
    }

    /// Returns the number of spans.
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(crate) fn roots(&self) -> &[usize] {
        &self.roots
    }

    pub(crate) fn children(&self, node: usize) -> &[usize] {
        &self.nodes[node].children
    }

    pub(crate) fn parent(&self, node: usize) -> Option<usize> {
        self.nodes[node].parent
    }

    /// Iterates over the ancestors, from the parent upwards.
    pub(crate) fn ancestors(&self, node: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(self.nodes[node].parent, |&up| self.nodes[up].parent)
    }

    /// Returns the root of the tree that contains `node`.
    pub(crate) fn root_of(&self, node: usize) -> usize {
        self.ancestors(node).last().unwrap_or(node)
    }

    pub(crate) fn seen(&self, node: usize) -> Seen<'_> {
        match self.nodes[node].span {
            SpanIndex::Ended(index) => Seen::Ended(&self.snapshot.spans[index]),
            SpanIndex::Open(index) => Seen::Open(&self.snapshot.open[index]),
        }
    }

    /// Returns the span that `context` names, if it was recorded.
    pub(crate) fn find(&self, context: &SpanContext) -> Option<usize> {
        self.by_id.get(&(context.trace_id(), context.span_id())).copied()
    }

    /// Returns the names of all ended spans, in canonical order.
    pub(crate) fn names(&self) -> Vec<&str> {
        let ended = self.top_down().into_iter().filter_map(|node| self.seen(node).ended());
        ended.map(|span| span.name.as_str()).collect()
    }
}
