//! Compares recorded spans with expected ones, and draws the difference.

use super::align::{Alignment, Entry, Weigh, align};
use super::matching::Cost;
use super::pattern::{Children, SpanPattern, Tree};
use crate::condition::{Subject, further};
use crate::forest::Forest;
use crate::names::{self, shown};
use crate::render::{Drawn, Mark, Render};
use crate::report::Report;
use std::cell::RefCell;
use std::collections::HashMap;
use std::iter::Peekable;
use std::rc::Rc;
use std::vec::IntoIter;

/// The cost of a span that is missing or not expected.
const SPAN: Cost = 1_000;
/// The cost of differences within a span: less than a span, however many there are.
const DETAIL: Cost = 100;
const DETAILS: Cost = 600;
/// The cost of a name that is spelled similarly: little more than a span, so that children decide.
const MISSPELLED: Cost = 1_200;
/// The cost of another name: more than a missing span and one that is not expected.
const ANOTHER_NAME: Cost = 2_200;

/// The number of levels compared by recursion.
const DEEP: usize = 32;
/// The number of names shown at each end of a path.
const PATH_ENDS: usize = 8;

/// Compares the spans at `nodes` and their descendants with the tree.
pub(super) fn compare(forest: &Forest, nodes: &[usize], expected: &Tree) -> Result<(), Report> {
    let comparer = Comparer::new(forest, &expected.roots);
    comparer.compare_deep(&expected.roots, nodes);
    let alignment = align(&expected.roots, nodes, &comparer);
    if alignment.cost == 0 {
        return Ok(());
    }
    let mut findings = Findings::default();
    let drawn = comparer.drawn(&alignment, &mut findings);
    let places = match findings.mismatches.len() {
        1 => "one place".to_owned(),
        count => format!("{count} places"),
    };
    let headline = format!(
        "the spans differ from the expected tree in {places} \
         (- missing, + not expected, ~ different)"
    );
    let drawing = Drawn::marked(&drawn);
    Err(Report::new(headline)
        .with_mismatches(findings.mismatches)
        .with_complete_drawing(drawing.text, drawing.is_complete)
        .with_explanations(&forest.snapshot))
}

/// The mismatches found while drawing.
#[derive(Default)]
struct Findings {
    mismatches: Vec<String>,
    /// The spans above.
    path: Vec<usize>,
}

impl Findings {
    fn add(&mut self, forest: &Forest, what: &str) {
        let name = |node: &usize| format!("`{}`", shown(forest.seen(*node).name()));
        let names: Vec<_> = match self.path.len().checked_sub(2 * PATH_ENDS) {
            None | Some(0) => self.path.iter().map(name).collect(),
            Some(more) => {
                let (first, rest) = self.path.split_at(PATH_ENDS);
                let last = rest[more..].iter().map(name);
                first.iter().map(name).chain([format!("… {more} more …")]).chain(last).collect()
            }
        };
        let place = names.join(" > ");
        let at = if place.is_empty() { "at the top".to_owned() } else { format!("in {place}") };
        self.mismatches.push(format!("{at}: {what}"));
    }
}

struct Comparer<'a> {
    forest: &'a Forest,
    /// The cost of leaving each node and its descendants without a pattern.
    unexpected: Vec<Cost>,
    /// The cost of leaving each pattern without a span.
    missing: HashMap<*const SpanPattern, Cost>,
    known: RefCell<HashMap<(*const SpanPattern, usize), Rc<Comparison<'a>>>>,
}

/// A pattern and a span.
struct Comparison<'a> {
    /// How the span itself differs.
    mismatches: Vec<String>,
    children: Alignment<'a>,
    cost: Cost,
}

impl<'a> Weigh<'a> for Comparer<'a> {
    fn pair(&self, pattern: &'a SpanPattern, node: usize) -> Cost {
        self.compared(pattern, node).cost
    }

    fn missing(&self, pattern: &SpanPattern) -> Cost {
        self.missing.get(&std::ptr::from_ref(pattern)).copied().unwrap_or(SPAN)
    }

    fn unexpected(&self, node: usize) -> Cost {
        self.unexpected[node]
    }

    fn is_parallel(&self, node: usize) -> bool {
        self.forest.seen(node).is_parallel()
    }
}

fn count(pattern: &SpanPattern) -> Cost {
    Cost::try_from(pattern.times.least).unwrap_or(Cost::MAX)
}

impl<'a> Comparer<'a> {
    fn new(forest: &'a Forest, expected: &'a Children) -> Self {
        let mut unexpected = vec![SPAN; forest.len()];
        for node in forest.top_down().into_iter().rev() {
            if let Some(parent) = forest.parent(node) {
                unexpected[parent] += unexpected[node];
            }
        }
        let mut patterns: Vec<&SpanPattern> = expected.patterns().collect();
        let mut next = 0;
        while let Some(&pattern) = patterns.get(next) {
            next += 1;
            patterns.extend(pattern.children.patterns());
        }
        let mut missing: HashMap<*const SpanPattern, Cost> = HashMap::new();
        for pattern in patterns.into_iter().rev() {
            let of = |child: &SpanPattern| missing.get(&std::ptr::from_ref(child)).copied();
            let below = required(pattern)
                .map(|child| of(child).unwrap_or(SPAN).saturating_mul(count(child)));
            let cost = below.fold(SPAN, Cost::saturating_add);
            missing.insert(std::ptr::from_ref(pattern), cost);
        }
        Self { forest, unexpected, missing, known: RefCell::default() }
    }

    /// Compares deep spans before those above them, so that no comparison recurses through more than a
    /// few levels.
    fn compare_deep(&self, expected: &'a Children, nodes: &[usize]) {
        let mut levels = vec![vec![(expected, nodes)]];
        while let Some(last) = levels.last()
            && !last.is_empty()
        {
            let mut below = Vec::new();
            for (pattern, node) in last.iter().flat_map(|&(patterns, nodes)| pairs(patterns, nodes))
            {
                let (patterns, nodes) = (&pattern.children, self.forest.children(node));
                if !patterns.groups.is_empty() && !nodes.is_empty() {
                    below.push((patterns, nodes));
                }
            }
            levels.push(below);
        }
        for level in levels.iter().skip(DEEP).step_by(DEEP).rev() {
            for (pattern, node) in
                level.iter().flat_map(|&(patterns, nodes)| pairs(patterns, nodes))
            {
                self.compared(pattern, node);
            }
        }
    }

    fn compared(&self, pattern: &'a SpanPattern, node: usize) -> Rc<Comparison<'a>> {
        let key = (std::ptr::from_ref(pattern), node);
        if let Some(known) = self.known.borrow().get(&key) {
            return known.clone();
        }
        let comparison = Rc::new(self.comparison(pattern, node));
        self.known.borrow_mut().insert(key, comparison.clone());
        comparison
    }

    fn comparison(&self, pattern: &'a SpanPattern, node: usize) -> Comparison<'a> {
        let mut mismatches = self.mismatches(pattern, node);
        let details = (mismatches.len() as Cost * DETAIL).min(DETAILS);
        let name = self.forest.seen(node).name();
        let naming = match pattern.name.mismatch(&name.into()) {
            None => 0,
            Some(mismatch) => {
                mismatches.insert(0, format!("name: {mismatch}"));
                let alike =
                    pattern.name.literal().and_then(|written| names::nearest(written, [name]));
                if alike.is_some() { MISSPELLED } else { ANOTHER_NAME }
            }
        };
        let children = align(&pattern.children, self.forest.children(node), self);
        let cost = details + naming + children.cost;
        Comparison { mismatches, children, cost }
    }

    fn mismatches(&self, pattern: &SpanPattern, node: usize) -> Vec<String> {
        let Some(span) = self.forest.seen(node).ended() else {
            return vec!["it has not ended".to_owned()];
        };
        let subject = Subject { forest: self.forest, node, span };
        let conditions = pattern.conditions.iter();
        let mut found: Vec<String> =
            conditions.flat_map(|condition| condition.mismatches(subject)).collect();
        if pattern.closed {
            let is_expected = |key: &str| pattern.keys().any(|named| named == key);
            found.extend(further(&span.attributes, is_expected));
        }
        found
    }

    /// Draws the alignment, parents first.
    fn drawn(&self, alignment: &Alignment<'a>, findings: &mut Findings) -> Vec<Drawn> {
        let mut drawn = Vec::new();
        let mut open = vec![Level::of(alignment)];
        while let Some(level) = open.last_mut() {
            let Some(entry) = level.entries.next() else {
                open.pop();
                findings.path.pop();
                continue;
            };
            let depth = findings.path.len();
            match entry {
                Entry::Pair(pattern, node) => {
                    let comparison = self.compared(pattern, node);
                    drawn.push(Drawn { depth, ..self.draw_pair(pattern, node, &comparison) });
                    findings.path.push(node);
                    for mismatch in &comparison.mismatches {
                        findings.add(self.forest, mismatch);
                    }
                    open.push(Level::of(&comparison.children));
                }
                Entry::Further(node) => {
                    let draw = &mut |node| Drawn::alone(self.forest, node, &Render::names_only());
                    drawn.extend(Drawn::walk_within(depth, self.forest, &[node], draw));
                }
                Entry::Unexpected(node) => {
                    let name = self.forest.seen(node).name();
                    findings.add(self.forest, &format!("`{}` is not expected", shown(name)));
                    let options = Render::new().without_events();
                    let draw = &mut |node| Drawn {
                        mark: Mark::Unexpected,
                        ..Drawn::alone(self.forest, node, &options)
                    };
                    drawn.extend(Drawn::walk_within(depth, self.forest, &[node], draw));
                }
                Entry::Missing(pattern) => {
                    let times = 1 + level.take_same(pattern);
                    let at = findings.path.last().copied();
                    let whereabouts = self.whereabouts(pattern, at, &level.stray);
                    let first = drawn.len();
                    draw_missing(&mut drawn, depth, pattern, times);
                    let missing = &mut drawn[first];
                    missing.notes.extend(whereabouts);
                    findings.add(self.forest, &format!("`{}` is missing", missing.line));
                }
            }
        }
        drawn
    }

    fn draw_pair(&self, pattern: &SpanPattern, node: usize, comparison: &Comparison<'_>) -> Drawn {
        if comparison.mismatches.is_empty() {
            return Drawn::alone(self.forest, node, &Render::named(pattern.keys()));
        }
        let notes = comparison.mismatches.clone();
        Drawn { notes, ..Drawn::at_fault(self.forest, node, &comparison.mismatches) }
    }

    /// Where a span of that name is instead of in its place below `at`, or one that is spelled
    /// alike.
    fn whereabouts(
        &self,
        pattern: &SpanPattern,
        at: Option<usize>,
        stray: &[usize],
    ) -> Option<String> {
        let written = pattern.name.literal()?;
        let named = |node: &usize| self.forest.seen(*node).name() == written;
        let mut places: Vec<_> = self.forest.top_down().into_iter().filter(named).collect();
        if places.is_empty() {
            let name = names::nearest(written, self.forest.names())?;
            return Some(format!("did you mean `{}`?", shown(name)));
        }
        if stray.iter().any(|node| places.contains(node)) {
            return Some("there is one at another place in the order".to_owned());
        }
        places.retain(|&node| self.forest.parent(node) != at);
        Some(match self.forest.parent(*places.first()?) {
            Some(parent) => format!("there is one in `{}`", shown(self.forest.seen(parent).name())),
            None => "there is one at the top".to_owned(),
        })
    }
}

/// Each pattern with each span.
fn pairs<'a, 'n>(
    patterns: &'a Children,
    nodes: &'n [usize],
) -> impl Iterator<Item = (&'a SpanPattern, usize)> + use<'a, 'n> {
    patterns.patterns().flat_map(move |pattern| nodes.iter().map(move |&node| (pattern, node)))
}

/// Siblings that are being drawn.
struct Level<'a> {
    entries: Peekable<IntoIter<Entry<'a>>>,
    /// Those that are not expected.
    stray: Vec<usize>,
}

impl<'a> Level<'a> {
    fn of(alignment: &Alignment<'a>) -> Self {
        let stray = alignment.entries.iter().filter_map(|entry| match entry {
            Entry::Unexpected(node) => Some(*node),
            _ => None,
        });
        let stray = stray.collect();
        Self { entries: alignment.entries.clone().into_iter().peekable(), stray }
    }

    /// Takes the entries that miss the same pattern, and returns their number.
    fn take_same(&mut self, pattern: &SpanPattern) -> usize {
        let same = |next: &Entry<'a>| matches!(next, Entry::Missing(other) if std::ptr::eq(*other, pattern));
        std::iter::from_fn(|| self.entries.next_if(same)).count()
    }
}

/// Draws a missing span, with its expected descendants.
fn draw_missing(drawn: &mut Vec<Drawn>, depth: usize, pattern: &SpanPattern, times: usize) {
    let mut next = vec![(pattern, times, depth)];
    while let Some((pattern, times, depth)) = next.pop() {
        let count = if times == 1 { String::new() } else { format!(" × {times}") };
        let line = format!("{}{count}", pattern.label());
        drawn.push(Drawn { mark: Mark::Missing, line, depth, ..Drawn::default() });
        let below: Vec<_> = required(pattern).map(|it| (it, it.times.least, depth + 1)).collect();
        next.extend(below.into_iter().rev());
    }
}

/// Returns the children that are required.
fn required(pattern: &SpanPattern) -> impl Iterator<Item = &SpanPattern> {
    pattern.children.patterns().filter(|child| child.times.least > 0)
}
