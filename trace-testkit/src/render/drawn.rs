//! Draws trees, with marks where they differ from what was expected.
//!
//! A drawing is a list of spans, each before what is below it, with its depth: whatever the depth,
//! nothing here recurses.

use super::line;
use super::options::Render;
use crate::forest::Forest;

/// How a line compares with what was expected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mark {
    /// As expected, or nothing was expected.
    #[default]
    None,
    /// Expected, and not there.
    Missing,
    /// There, and not expected.
    Unexpected,
    /// There, and different.
    Different,
    /// What was asked for.
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
    /// What belongs to the line and is shown below it: events.
    pub(crate) details: Vec<String>,
    /// How it differs.
    pub(crate) notes: Vec<String>,
    /// How many spans it is within.
    pub(crate) depth: usize,
}

/// Unmarked siblings in a row, from which on they are counted instead of shown.
const RUN: usize = 8;
/// How many of them are shown at each end.
const ENDS: usize = 2;
/// Lines of a drawing in a report.
const LINES: usize = 120;
/// Levels of a drawing in a report; what lies deeper is counted.
const LEVELS: usize = 64;
/// Levels of the canonical text; what lies deeper is counted.
const CANONICAL_LEVELS: usize = 256;

/// The trees of a report as text.
pub(crate) struct Drawing {
    pub(crate) text: String,
    /// Whether all that is marked is in the text.
    pub(crate) is_complete: bool,
}

impl Drawn {
    /// A span without what is below it.
    pub(crate) fn alone(forest: &Forest, node: usize, options: &Render) -> Self {
        let events = forest.seen(node).ended().filter(|_| !options.no_events);
        let events = events.into_iter().flat_map(|span| &span.events);
        Self {
            line: line::line(forest, node, options),
            details: events.map(|event| line::event(event, options)).collect(),
            ..Self::default()
        }
    }

    /// Spans and all below them, each as `draw` draws it alone, parents first.
    pub(crate) fn walk(
        forest: &Forest,
        nodes: &[usize],
        draw: &mut impl FnMut(usize) -> Self,
    ) -> Vec<Self> {
        Self::walk_within(0, forest, nodes, draw)
    }

    /// The same, where the spans are within so many others.
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

    /// A span that differs, in full; with its events if they are what differs.
    pub(crate) fn at_fault(forest: &Forest, node: usize, mismatches: &[String]) -> Self {
        let events = mismatches.iter().any(|mismatch| mismatch.starts_with("event"));
        let options = if events { Render::new() } else { Render::new().without_events() };
        Self { mark: Mark::Different, ..Self::alone(forest, node, &options) }
    }

    /// Trees as text, without room for marks.
    pub(crate) fn plain(drawn: &[Self]) -> String {
        let lines = Lines::of(drawn, false, CANONICAL_LEVELS).lines;
        lines.into_iter().map(|(_, line)| line + "\n").collect()
    }

    /// Trees as text, with marks, cut where they are long and as expected, and where they are deep.
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

/// What is below each span of a drawing.
struct Below {
    children: Vec<Vec<usize>>,
    /// How many spans there are, itself included.
    spans: Vec<usize>,
    /// How many of them are marked.
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
    /// So many siblings that are left out.
    Left(usize),
    /// So many spans that lie too deep, and how many of them are marked.
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
        // What is to be drawn, what stands before it, and before what is below it.
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

    /// Counts the middle of long runs of unmarked trees instead of showing them, where that is wanted.
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
