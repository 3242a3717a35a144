//! Draws trees, with marks where they differ from what was expected.
//!
//! A drawing is a list of spans with their depths, parents first, so that nothing here recurses.

use super::line;
use super::options::Render;
use crate::forest::Forest;

/// How a line compares with what was expected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mark {
    /// As expected, or nothing was expected.
    #[default]
    None,
    /// Expected but missing.
    Missing,
    /// Present but not expected.
    Unexpected,
    /// Present but different.
    Different,
    /// Selected by the query.
    Selected,
}

impl Mark {
    fn sign(self) -> char {
        match self {
            Self::None => ' ',
            Self::Missing => '-',
            Self::Unexpected => '+',
            Self::Different => '~',
            Self::Selected => '>',
        }
    }
}

/// A span of a drawing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Drawn {
    pub(crate) mark: Mark,
    pub(crate) line: String,
    /// Events, shown below the line.
    pub(crate) details: Vec<String>,
    /// The mismatches.
    pub(crate) notes: Vec<String>,
    /// How many ancestors it has.
    pub(crate) depth: usize,
}

/// The length of a run of unmarked siblings from which on its middle is counted instead of shown.
const RUN: usize = 8;
/// How many siblings of such a run are shown at each end.
const ENDS: usize = 2;
/// The most lines of a drawing in a report.
const LINES: usize = 120;
/// The most levels of a drawing in a report; deeper spans are counted.
const LEVELS: usize = 64;
/// The most levels of the canonical text; deeper spans are counted.
const CANONICAL_LEVELS: usize = 256;

/// The trees of a report, as text.
pub(crate) struct Drawing {
    pub(crate) text: String,
    /// Whether the text contains everything that is marked.
    pub(crate) is_complete: bool,
}

impl Drawn {
    /// Draws a span without its descendants.
    pub(crate) fn alone(forest: &Forest, node: usize, options: &Render) -> Self {
        let events = forest.seen(node).ended().filter(|_| !options.no_events);
        let events = events.into_iter().flat_map(|span| &span.events);
        Self {
            line: line::line(forest, node, options),
            details: events.map(|event| line::event(event, options)).collect(),
            ..Self::default()
        }
    }

    /// Draws spans and their descendants by `draw`, parents first.
    pub(crate) fn walk(
        forest: &Forest,
        nodes: &[usize],
        draw: &mut impl FnMut(usize) -> Self,
    ) -> Vec<Self> {
        Self::walk_within(0, forest, nodes, draw)
    }

    /// Like [`walk`](Self::walk), below `depth` ancestors.
    pub(crate) fn walk_within(
        depth: usize,
        forest: &Forest,
        nodes: &[usize],
        draw: &mut impl FnMut(usize) -> Self,
    ) -> Vec<Self> {
        let mut drawn = Vec::new();
        let mut next: Vec<_> = nodes.iter().rev().map(|&node| (node, depth)).collect();
        while let Some((node, depth)) = next.pop() {
            drawn.push(Self { depth, ..draw(node) });
            next.extend(forest.children(node).iter().rev().map(|&child| (child, depth + 1)));
        }
        drawn
    }

    /// Draws a span that differs in full, with its events if they are what differs.
    pub(crate) fn at_fault(forest: &Forest, node: usize, mismatches: &[String]) -> Self {
        let events = mismatches.iter().any(|mismatch| mismatch.starts_with("event"));
        let options = if events { Render::new() } else { Render::new().without_events() };
        Self { mark: Mark::Different, ..Self::alone(forest, node, &options) }
    }

    /// Formats trees without a column for marks.
    pub(crate) fn plain(drawn: &[Self]) -> String {
        let lines = Lines::of(drawn, false, CANONICAL_LEVELS).lines;
        lines.into_iter().map(|(_, line)| line + "\n").collect()
    }

    /// Formats trees with marks, shortened where they are long and as expected, or deep.
    pub(crate) fn marked(drawn: &[Self]) -> Drawing {
        let Lines { lines, is_complete, .. } = Lines::of(drawn, true, LEVELS);
        let (shown, rest) = lines.split_at(lines.len().min(LINES));
        let mut text: String =
            shown.iter().map(|(mark, line)| format!("{} {line}\n", mark.sign())).collect();
        if !rest.is_empty() {
            text.push_str(&format!("  … {} more lines\n", rest.len()));
        }
        let is_complete = is_complete && rest.iter().all(|(mark, _)| *mark == Mark::None);
        Drawing { text, is_complete }
    }
}

/// The descendants of each span of a drawing.
struct Below {
    children: Vec<Vec<usize>>,
    /// The number of descendants, itself included.
    spans: Vec<usize>,
    /// How many of those are marked.
    marks: Vec<usize>,
    roots: Vec<usize>,
}

impl Below {
    fn of(drawn: &[Drawn]) -> Self {
        let mut below = Self {
            children: vec![Vec::new(); drawn.len()],
            spans: vec![1; drawn.len()],
            marks: drawn.iter().map(|it| usize::from(it.mark != Mark::None)).collect(),
            roots: Vec::new(),
        };
        let mut parents = Vec::with_capacity(drawn.len());
        let mut within: Vec<usize> = Vec::new();
        for (index, it) in drawn.iter().enumerate() {
            within.truncate(it.depth);
            let parent = within.last().copied();
            match parent {
                Some(parent) => below.children[parent].push(index),
                None => below.roots.push(index),
            }
            parents.push(parent);
            within.push(index);
        }
        for (index, parent) in parents.into_iter().enumerate().rev() {
            if let Some(parent) = parent {
                below.spans[parent] += below.spans[index];
                below.marks[parent] += below.marks[index];
            }
        }
        below
    }
}

enum Piece {
    Tree(usize),
    /// Siblings that are left out, and their number.
    Left(usize),
    /// Spans that lie too deep: their number, and how many of them are marked.
    Deeper(usize, usize),
}

/// The lines of a drawing.
struct Lines<'d> {
    drawn: &'d [Drawn],
    below: Below,
    shorten: bool,
    levels: usize,
    lines: Vec<(Mark, String)>,
    is_complete: bool,
}

impl<'d> Lines<'d> {
    fn of(drawn: &'d [Drawn], shorten: bool, levels: usize) -> Self {
        let below = Below::of(drawn);
        let mut it = Self { drawn, below, shorten, levels, lines: Vec::new(), is_complete: true };
        let roots = it.shortened(&it.below.roots).into_iter().rev();
        // What to draw, its prefix, and the prefix of its descendants.
        let mut next: Vec<_> = roots.map(|root| (root, String::new(), String::new())).collect();
        while let Some((piece, branch, below)) = next.pop() {
            let Piece::Tree(index) = piece else {
                it.count(&piece, &branch);
                continue;
            };
            it.span(index, &branch, &below);
            let pieces = it.pieces(index);
            for (place, piece) in pieces.into_iter().rev().enumerate() {
                let (branch, bar) =
                    if place == 0 { ("└─ ", "   ") } else { ("├─ ", "│  ") };
                next.push((piece, format!("{below}{branch}"), format!("{below}{bar}")));
            }
        }
        it
    }

    fn span(&mut self, index: usize, branch: &str, below: &str) {
        let drawn = &self.drawn[index];
        self.lines.push((drawn.mark, format!("{branch}{}", drawn.line)));
        let bar = if self.below.children[index].is_empty() { "   " } else { "│  " };
        for detail in &drawn.details {
            self.lines.push((Mark::None, format!("{below}{bar}{detail}")));
        }
        for note in drawn.notes.iter().flat_map(|note| note.lines()) {
            self.lines.push((Mark::None, format!("{below}{bar}    {note}")));
        }
    }

    fn count(&mut self, piece: &Piece, branch: &str) {
        let text = match *piece {
            Piece::Tree(_) => return,
            Piece::Left(count) => format!("… {count} more"),
            Piece::Deeper(count, 0) => format!("… {count} deeper"),
            Piece::Deeper(count, marked) => {
                self.is_complete = false;
                format!("… {count} deeper, {marked} of them marked")
            }
        };
        self.lines.push((Mark::None, format!("{branch}{text}")));
    }

    fn pieces(&self, index: usize) -> Vec<Piece> {
        let children = &self.below.children[index];
        if self.drawn[index].depth + 1 >= self.levels && !children.is_empty() {
            let of = |counts: &[usize]| children.iter().map(|&child| counts[child]).sum();
            return vec![Piece::Deeper(of(&self.below.spans), of(&self.below.marks))];
        }
        self.shortened(children)
    }

    /// Counts the middle of long runs of unmarked trees instead of showing it, if drawings are
    /// shortened.
    fn shortened(&self, trees: &[usize]) -> Vec<Piece> {
        if !self.shorten {
            return trees.iter().copied().map(Piece::Tree).collect();
        }
        let mut pieces = Vec::new();
        let is_plain = |tree: usize| self.below.marks[tree] == 0;
        for run in trees.chunk_by(|&left, &right| is_plain(left) && is_plain(right)) {
            if run.len() < RUN {
                pieces.extend(run.iter().copied().map(Piece::Tree));
            } else {
                pieces.extend(run[..ENDS].iter().copied().map(Piece::Tree));
                pieces.push(Piece::Left(run.len() - 2 * ENDS));
                pieces.extend(run[run.len() - ENDS..].iter().copied().map(Piece::Tree));
            }
        }
        pieces
    }
}
