//! Aligns expected siblings with recorded ones.
//!
//! Siblings that ran in sequence are aligned in order, with the fewest and smallest differences, so
//! that one missing span does not shift all later ones. Siblings that ran in parallel fit anywhere.

use super::matching::{Cost, Place, pair};
use super::pattern::{Children, Group, SpanPattern};
use std::collections::{HashMap, HashSet};

/// Pairs expected siblings with recorded ones, in the order in which they are drawn.
#[derive(Debug, Default)]
pub(super) struct Alignment<'a> {
    pub(super) entries: Vec<Entry<'a>>,
    pub(super) cost: Cost,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Entry<'a> {
    Pair(&'a SpanPattern, usize),
    Missing(&'a SpanPattern),
    Unexpected(usize),
    /// Neither expected nor forbidden.
    Further(usize),
}

/// The costs that an alignment minimizes.
pub(super) trait Weigh<'a> {
    /// Returns the cost of pairing this span with this pattern.
    fn pair(&self, pattern: &'a SpanPattern, node: usize) -> Cost;
    /// Returns the cost of a pattern without a span.
    fn missing(&self, pattern: &SpanPattern) -> Cost;
    /// Returns the cost of a span without a pattern.
    fn unexpected(&self, node: usize) -> Cost;
    /// Whether the span ran in parallel to its siblings.
    fn is_parallel(&self, node: usize) -> bool;
}

/// How many spans that belong to no place may lie within an unordered group.
const STRAY: usize = 8;

pub(super) fn align<'a>(
    children: &'a Children,
    nodes: &[usize],
    weigh: &dyn Weigh<'a>,
) -> Alignment<'a> {
    let aligner = Aligner::new(children, nodes, weigh);
    let (beside, sequence): (Vec<usize>, Vec<usize>) =
        nodes.iter().partition(|&&node| weigh.is_parallel(node));
    let all: Vec<usize> = (0..aligner.places.len()).collect();
    let found = if beside.is_empty() {
        aligner.in_order(&all, &sequence)
    } else if sequence.is_empty() {
        aligner.in_any_order(&all, &beside)
    } else {
        aligner.mixed(&all, &sequence, &beside)
    };
    aligner.finish(&all, found, nodes)
}

struct Aligner<'a, 'w> {
    patterns: Vec<&'a SpanPattern>,
    places: Vec<Place>,
    /// To which group each place belongs; places of an unordered group share one.
    groups: Vec<usize>,
    open: bool,
    weigh: &'w dyn Weigh<'a>,
}

/// Pairs of places and nodes.
type Pairs = Vec<(usize, usize)>;

impl<'a, 'w> Aligner<'a, 'w> {
    fn new(children: &'a Children, nodes: &[usize], weigh: &'w dyn Weigh<'a>) -> Self {
        let (mut places, mut groups) = (Vec::new(), Vec::new());
        let patterns: Vec<_> = children.patterns().collect();
        let (mut pattern, mut group) = (0, 0);
        for written in &children.groups {
            let (count, shared) = match written {
                Group::One(_) => (1, false),
                Group::Unordered(patterns) => (patterns.len(), true),
            };
            for _ in 0..count {
                let times = patterns[pattern].times;
                for place in 0..times.most.min(times.least.max(nodes.len())) {
                    let required = place < times.least;
                    let missing = if required { weigh.missing(patterns[pattern]) } else { 0 };
                    places.push(Place { pattern, missing });
                    groups.push(group);
                    group += usize::from(!shared);
                }
                pattern += 1;
            }
            group += usize::from(shared);
        }
        Self { patterns, places, groups, open: children.open, weigh }
    }

    fn pair(&self, place: usize, node: usize) -> Cost {
        self.weigh.pair(self.patterns[self.places[place].pattern], node)
    }

    fn unexpected(&self, node: usize) -> Cost {
        if self.open { 0 } else { self.weigh.unexpected(node) }
    }

    /// Returns the cost of filling these places with these spans in that way.
    fn cost(&self, places: &[usize], pairs: &Pairs, nodes: &[usize]) -> Cost {
        let placed: HashSet<usize> = pairs.iter().map(|&(_, node)| node).collect();
        let paired: Cost = pairs.iter().map(|&(place, node)| self.pair(place, node)).sum();
        let empty = without(places, pairs).into_iter();
        let missing: Cost = empty.map(|place| self.places[place].missing).sum();
        let stray = nodes.iter().filter(|&node| !placed.contains(node));
        let unexpected: Cost = stray.map(|&node| self.unexpected(node)).sum();
        paired + missing + unexpected
    }

    fn in_any_order(&self, places: &[usize], nodes: &[usize]) -> Pairs {
        let chosen: Vec<Place> = places.iter().map(|&place| self.places[place]).collect();
        let pairs = pair(
            &chosen,
            nodes.len(),
            &|place, node| self.pair(places[place], nodes[node]),
            &|node| self.unexpected(nodes[node]),
        );
        pairs.into_iter().map(|(place, node)| (places[place], nodes[node])).collect()
    }

    /// Finds the cheapest alignment that keeps the order, by dynamic programming: a group is a single
    /// place, or an unordered set of places that takes a run of spans.
    fn in_order(&self, places: &[usize], nodes: &[usize]) -> Pairs {
        let runs: Vec<&[usize]> =
            places.chunk_by(|&left, &right| self.groups[left] == self.groups[right]).collect();
        // A single unordered group takes all spans, if that costs nothing: no run can be better.
        if runs.len() == 1 && places.len() > 1 {
            let pairs = self.in_any_order(places, nodes);
            if self.cost(places, &pairs, nodes) == 0 {
                return pairs;
            }
        }
        let columns = nodes.len() + 1;
        let mut best: Vec<Option<(Cost, AlignStep)>> = vec![None; (runs.len() + 1) * columns];
        best[0] = Some((0, AlignStep::Start));
        // Of two equal alignments the later is taken, which leaves the last spans unpaired.
        let improve = |best: &mut Vec<Option<(Cost, AlignStep)>>, at: usize, cost, step| {
            if best[at].is_none_or(|(known, _)| cost <= known) {
                best[at] = Some((cost, step));
            }
        };
        for row in 0..=runs.len() {
            for column in 0..columns {
                let Some((cost, _)) = best[row * columns + column] else { continue };
                if let Some(&node) = nodes.get(column) {
                    let at = row * columns + column + 1;
                    improve(&mut best, at, cost + self.unexpected(node), AlignStep::Skip);
                }
                let Some(&run) = runs.get(row) else { continue };
                let longest = match run.len() {
                    1 => 1,
                    count => count + if self.open { nodes.len() } else { STRAY },
                };
                for length in (0..=longest.min(nodes.len() - column)).rev() {
                    let at = (row + 1) * columns + column + length;
                    let taken = self.run_cost(run, &nodes[column..column + length]);
                    improve(&mut best, at, cost + taken, AlignStep::Take(length));
                }
            }
        }
        self.walk_back(&runs, nodes, &best)
    }

    fn run_cost(&self, run: &[usize], nodes: &[usize]) -> Cost {
        match (run, nodes) {
            ([place], []) => self.places[*place].missing,
            ([place], [node]) => self.pair(*place, *node),
            _ => self.cost(run, &self.in_any_order(run, nodes), nodes),
        }
    }

    fn walk_back(
        &self,
        runs: &[&[usize]],
        nodes: &[usize],
        best: &[Option<(Cost, AlignStep)>],
    ) -> Pairs {
        let columns = nodes.len() + 1;
        let (mut row, mut column) = (runs.len(), nodes.len());
        let mut pairs = Vec::new();
        while let Some((_, step)) = best[row * columns + column] {
            match step {
                AlignStep::Start => break,
                AlignStep::Skip => column -= 1,
                AlignStep::Take(length) => {
                    (row, column) = (row - 1, column - length);
                    match (runs[row], length) {
                        ([_], 0) => {}
                        ([place], _) => pairs.push((*place, nodes[column])),
                        (run, _) => {
                            pairs.extend(self.in_any_order(run, &nodes[column..column + length]));
                        }
                    }
                }
            }
        }
        pairs.sort_unstable();
        pairs
    }

    /// Aligns siblings of which some ran in sequence, some in parallel. If everything can fit, it does.
    /// Otherwise either kind is tried first, and the cheaper result is taken.
    fn mixed(&self, all: &[usize], sequence: &[usize], beside: &[usize]) -> Pairs {
        let is_taken = vec![false; self.places.len()];
        let mut search =
            Search { aligner: self, all, sequence, beside, patience: PATIENCE, is_taken };
        if let Some(pairs) = search.run() {
            return pairs;
        }
        let nodes = [sequence, beside].concat();
        // A span that only resembles a pattern may hide the one that fits.
        let mut first = self.in_order(all, sequence);
        first.retain(|&(place, node)| self.pair(place, node) == 0);
        let then = self.in_any_order(&without(all, &first), beside);
        let sequence_first = self.completed(then, all, sequence, beside);

        let mut first = self.in_any_order(all, beside);
        first.retain(|&(place, node)| self.pair(place, node) == 0);
        let beside_first = self.completed(first, all, sequence, beside);

        match self.cost(all, &beside_first, &nodes) < self.cost(all, &sequence_first, &nodes) {
            true => beside_first,
            false => sequence_first,
        }
    }

    /// Gives the places that `pairs` leaves to spans that ran in sequence, then to all others.
    fn completed(
        &self,
        mut pairs: Pairs,
        all: &[usize],
        sequence: &[usize],
        beside: &[usize],
    ) -> Pairs {
        let ordered = self.in_order(&without(all, &pairs), sequence);
        pairs.extend(ordered);
        let placed: HashSet<usize> = pairs.iter().map(|&(_, node)| node).collect();
        let left: Vec<usize> =
            beside.iter().filter(|&node| !placed.contains(node)).copied().collect();
        let late = self.in_any_order(&without(all, &pairs), &left);
        pairs.extend(late);
        pairs
    }

    /// Orders entries like the recorded spans; missing ones stand where they are expected.
    fn finish(&self, all: &[usize], mut pairs: Pairs, nodes: &[usize]) -> Alignment<'a> {
        let cost = self.cost(all, &pairs, nodes);
        pairs.sort_unstable();
        let filled: HashSet<usize> = pairs.iter().map(|&(place, _)| place).collect();
        let place_of: HashMap<usize, usize> =
            pairs.iter().map(|&(place, node)| (node, place)).collect();
        let mut entries = Vec::new();
        let mut next = 0;
        let missing_until = |next: &mut usize, end: usize, entries: &mut Vec<Entry<'a>>| {
            for place in *next..end.max(*next) {
                if !filled.contains(&place) && self.places[place].missing > 0 {
                    entries.push(Entry::Missing(self.patterns[self.places[place].pattern]));
                }
            }
            *next = end.max(*next);
        };
        for &node in nodes {
            match place_of.get(&node) {
                Some(&place) => {
                    missing_until(&mut next, place, &mut entries);
                    entries.push(Entry::Pair(self.patterns[self.places[place].pattern], node));
                }
                None if self.open => entries.push(Entry::Further(node)),
                None => entries.push(Entry::Unexpected(node)),
            }
        }
        missing_until(&mut next, self.places.len(), &mut entries);
        Alignment { entries, cost }
    }
}

/// Searches for an alignment in which everything fits, by trying the places of the spans that ran in
/// sequence.
struct Search<'s, 'a, 'w> {
    aligner: &'s Aligner<'a, 'w>,
    all: &'s [usize],
    sequence: &'s [usize],
    beside: &'s [usize],
    patience: usize,
    /// Whether each place is taken.
    is_taken: Vec<bool>,
}

/// The number of pairs to try before giving up.
const PATIENCE: usize = 1_000_000;

/// A span of those that ran in sequence, and which of its places were tried.
#[derive(Default)]
struct Tries {
    /// The next of all places to look at.
    next: usize,
    /// The patterns of those that fit.
    tried: Vec<usize>,
    /// Whether one is taken.
    seated: bool,
    /// Whether it was left without a place.
    left: bool,
}

impl Search<'_, '_, '_> {
    /// Tries the places of each span in turn, and goes back to the span before where none is left.
    fn run(&mut self) -> Option<Pairs> {
        let mut taken = Pairs::new();
        let mut tries: Vec<Tries> = Vec::new();
        loop {
            // Every span so far is settled.
            self.patience = self.patience.checked_sub(self.all.len())?;
            match self.sequence.get(tries.len()) {
                Some(_) => tries.push(Tries::default()),
                None => {
                    if let Some(pairs) = self.others(&taken) {
                        return Some(pairs);
                    }
                }
            }
            loop {
                let index = tries.len().checked_sub(1)?;
                let last = &mut tries[index];
                if std::mem::take(&mut last.seated)
                    && let Some((place, _)) = taken.pop()
                {
                    self.is_taken[place] = false;
                }
                if self.settle(self.sequence[index], last, &mut taken) {
                    break;
                }
                tries.pop();
            }
        }
    }

    /// Finds the next place for a span, or else none, if that is allowed; once each.
    fn settle(&mut self, node: usize, tries: &mut Tries, taken: &mut Pairs) -> bool {
        let aligner = self.aligner;
        let reached = taken.last().map_or(0, |&(place, _)| aligner.groups[place]);
        while let Some(&place) = self.all.get(tries.next) {
            tries.next += 1;
            let pattern = aligner.places[place].pattern;
            let free = aligner.groups[place] >= reached
                && !self.is_taken[place]
                && !tries.tried.contains(&pattern);
            if free && aligner.pair(place, node) == 0 {
                tries.tried.push(pattern);
                tries.seated = true;
                self.is_taken[place] = true;
                taken.push((place, node));
                return true;
            }
        }
        aligner.open && !std::mem::replace(&mut tries.left, true)
    }

    /// Gives the remaining places to spans that ran in parallel.
    fn others(&mut self, taken: &Pairs) -> Option<Pairs> {
        // The first alignment is tried whatever its size.
        self.patience = self.patience.saturating_sub(self.all.len() * self.beside.len());
        let mut pairs = taken.clone();
        pairs.extend(self.aligner.in_any_order(&without(self.all, taken), self.beside));
        let nodes = [self.sequence, self.beside].concat();
        (self.aligner.cost(self.all, &pairs, &nodes) == 0).then_some(pairs)
    }
}

/// The places that are not taken.
fn without(places: &[usize], taken: &Pairs) -> Vec<usize> {
    let taken: HashSet<usize> = taken.iter().map(|&(place, _)| place).collect();
    places.iter().filter(|&place| !taken.contains(place)).copied().collect()
}

#[derive(Clone, Copy, Debug)]
enum AlignStep {
    Start,
    /// The span has no pattern.
    Skip,
    /// The group takes this number of spans.
    Take(usize),
}
