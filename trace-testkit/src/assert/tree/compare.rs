//! Weighs recorded spans against expected ones, and draws the difference.

use super::align::{Alignment, Entry, Weigh, align};
use super::matching::Cost;
use super::pattern::{SpanPattern, Tree};
use crate::condition::{Subject, further};
use crate::forest::Forest;
use crate::names::{self, shown};
use crate::render::{Drawn, Mark, Render};
use crate::report::Report;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// A span that is missing, or not expected.
const SPAN: Cost = 1_000;
/// Something of a span that differs: less than a span, however much it is.
const DETAIL: Cost = 100;
const DETAILS: Cost = 600;
/// Another name that is spelled alike: little more than a span, so that children decide.
const MISSPELLED: Cost = 1_200;
/// Another name: more than a missing span and one that is not expected.
const ANOTHER_NAME: Cost = 2_200;

/// How the spans at `nodes` and all below differ from the tree.
pub(super) fn compare(forest: &Forest, nodes: &[usize], expected: &Tree) -> Result<(), Report> {
    let comparer = Comparer { forest, known: RefCell::default() };
    let alignment = align(&expected.roots, nodes, &comparer);
    if alignment.cost == 0 {
        return Ok(());
    }
    let mut told = Told::default();
    let drawn = comparer.drawn(&alignment, &mut told);
    let places = match told.mismatches.len() {
        1 => "one place".to_owned(),
        count => format!("{count} places"),
    };
    let headline = format!(
        "the spans differ from the expected tree in {places} \
         (- missing, + not expected, ~ different)"
    );
    Err(Report::new(headline)
        .with_mismatches(told.mismatches)
        .telling_drawing(Drawn::marked(&drawn))
        .explained_by(&forest.snapshot))
}

/// What was found while drawing.
#[derive(Default)]
struct Told {
    mismatches: Vec<String>,
    /// The spans above.
    path: Vec<usize>,
}

impl Told {
    fn add(&mut self, forest: &Forest, what: &str) {
        let names: Vec<_> = self
            .path
            .iter()
            .map(|&node| format!("`{}`", shown(forest.seen(node).name())))
            .collect();
        let place = names.join(" > ");
        let at = if place.is_empty() { "at the top".to_owned() } else { format!("in {place}") };
        self.mismatches.push(format!("{at}: {what}"));
    }
}

struct Comparer<'a> {
    forest: &'a Forest,
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
        let required = pattern.children.patterns().filter(|child| child.times.least > 0);
        let below = required.map(|child| self.missing(child).saturating_mul(count(child)));
        below.fold(SPAN, Cost::saturating_add)
    }

    fn unexpected(&self, node: usize) -> Cost {
        let children = self.forest.children(node).iter();
        SPAN + children.map(|&child| self.unexpected(child)).sum::<Cost>()
    }

    fn is_parallel(&self, node: usize) -> bool {
        self.forest.seen(node).is_parallel()
    }
}

fn count(pattern: &SpanPattern) -> Cost {
    Cost::try_from(pattern.times.least).unwrap_or(Cost::MAX)
}

impl<'a> Comparer<'a> {
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

    fn drawn(&self, alignment: &Alignment<'a>, told: &mut Told) -> Vec<Drawn> {
        let mut drawn = Vec::new();
        let stray: Vec<usize> = (alignment.entries.iter())
            .filter_map(|entry| match entry {
                Entry::Unexpected(node) => Some(*node),
                _ => None,
            })
            .collect();
        let mut entries = alignment.entries.iter().peekable();
        while let Some(entry) = entries.next() {
            drawn.push(match *entry {
                Entry::Pair(pattern, node) => self.draw_pair(pattern, node, told),
                Entry::Further(node) => Drawn::of(self.forest, node, &Render::names_only()),
                Entry::Unexpected(node) => {
                    let name = self.forest.seen(node).name();
                    told.add(self.forest, &format!("`{}` is not expected", shown(name)));
                    let options = Render::new().without_events();
                    let draw = &mut |node| Drawn {
                        mark: Mark::Unexpected,
                        ..Drawn::alone(self.forest, node, &options)
                    };
                    drawn.extend(Drawn::walk(self.forest, &[node], draw));
                    continue;
                }
                Entry::Missing(pattern) => {
                    let mut times = 1;
                    let same = |next: &&Entry<'a>| {
                        matches!(next, Entry::Missing(other) if std::ptr::eq(*other, pattern))
                    };
                    while entries.next_if(same).is_some() {
                        times += 1;
                    }
                    let at = told.path.last().copied();
                    let missing = Drawn {
                        notes: self.whereabouts(pattern, at, &stray).into_iter().collect(),
                        ..draw_missing(pattern, times)
                    };
                    told.add(self.forest, &format!("`{}` is missing", missing.line));
                    missing
                }
            });
        }
        drawn
    }

    fn draw_pair(&self, pattern: &'a SpanPattern, node: usize, told: &mut Told) -> Drawn {
        let comparison = self.compared(pattern, node);
        let mut drawn = if comparison.mismatches.is_empty() {
            Drawn::alone(self.forest, node, &Render::named(pattern.keys()))
        } else {
            let mut drawn = Drawn::at_fault(self.forest, node, &comparison.mismatches);
            drawn.notes = comparison.mismatches.clone();
            drawn
        };
        told.path.push(node);
        for mismatch in &comparison.mismatches {
            told.add(self.forest, mismatch);
        }
        drawn.children = self.drawn(&comparison.children, told);
        told.path.pop();
        drawn
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

/// What is expected and not there, with all that was expected below it.
fn draw_missing(pattern: &SpanPattern, times: usize) -> Drawn {
    let times = if times == 1 { String::new() } else { format!(" × {times}") };
    let below = pattern.children.patterns().filter(|child| child.times.least > 0);
    Drawn {
        mark: Mark::Missing,
        line: format!("{}{times}", pattern.label()),
        children: below.map(|child| draw_missing(child, child.times.least)).collect(),
        ..Drawn::default()
    }
}
