//! Draws trees, with marks where they differ from what was expected.

use super::{Render, line};
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

/// A tree of lines.
#[derive(Clone, Debug, Default)]
pub(crate) struct Drawn {
    pub(crate) mark: Mark,
    pub(crate) line: String,
    /// What belongs to the line and is shown below it: events.
    pub(crate) details: Vec<String>,
    /// How it differs.
    pub(crate) notes: Vec<String>,
    pub(crate) children: Vec<Drawn>,
}

/// Unmarked siblings in a row, from which on they are counted instead of shown.
const RUN: usize = 8;
/// How many of them are shown at each end.
const ENDS: usize = 2;
/// Lines of a drawing in a report.
const LINES: usize = 120;

impl Drawn {
    /// A span without what is below it.
    pub(crate) fn alone(forest: &Forest, node: usize, options: &Render) -> Self {
        let events = forest.seen(node).ended().filter(|_| !options.no_events);
        let events = events.into_iter().flat_map(|span| &span.events);
        Self {
            line: line(forest, node, options),
            details: events.map(|event| super::line::event(event, options)).collect(),
            ..Self::default()
        }
    }

    /// Spans and all below them, each as `draw` draws it alone, parents first.
    pub(crate) fn walk(
        forest: &Forest,
        nodes: &[usize],
        draw: &mut impl FnMut(usize) -> Self,
    ) -> Vec<Self> {
        let mut drawn = Vec::with_capacity(nodes.len());
        for &node in nodes {
            let alone = draw(node);
            let children = Self::walk(forest, forest.children(node), draw);
            drawn.push(Self { children, ..alone });
        }
        drawn
    }

    /// A span and all below it, all alike.
    pub(crate) fn of(forest: &Forest, node: usize, options: &Render) -> Self {
        let draw = &mut |node| Self::alone(forest, node, options);
        Self { children: Self::walk(forest, forest.children(node), draw), ..draw(node) }
    }

    /// A span that differs, in full; with its events if they are what differs.
    pub(crate) fn at_fault(forest: &Forest, node: usize, mismatches: &[String]) -> Self {
        let events = mismatches.iter().any(|mismatch| mismatch.starts_with("event"));
        let options = if events { Render::new() } else { Render::new().without_events() };
        Self { mark: Mark::Different, ..Self::alone(forest, node, &options) }
    }

    /// As text, without room for marks.
    pub(crate) fn plain(&self) -> String {
        let mut lines = Vec::new();
        self.draw(&mut lines, "", "", false);
        lines.into_iter().map(|(_, line)| line + "\n").collect()
    }

    /// Several trees as text, with marks, cut where it is long and as expected.
    pub(crate) fn marked(trees: &[Drawn]) -> String {
        let mut lines = Vec::new();
        for piece in shortened(trees) {
            match piece {
                Piece::Tree(tree) => tree.draw(&mut lines, "", "", true),
                Piece::Left(count) => lines.push((Mark::None, left_out(count))),
            }
        }
        let over = lines.len().saturating_sub(LINES);
        let shown = lines.into_iter().take(LINES);
        let mut text: String =
            shown.map(|(mark, line)| format!("{} {line}\n", mark.sign())).collect();
        if over > 0 {
            text.push_str(&format!("  … {over} more lines\n"));
        }
        text
    }

    /// How many lines are marked.
    pub(crate) fn marks(&self) -> usize {
        usize::from(self.mark != Mark::None) + self.children.iter().map(Self::marks).sum::<usize>()
    }

    fn draw(&self, lines: &mut Vec<(Mark, String)>, branch: &str, below: &str, shorten: bool) {
        lines.push((self.mark, format!("{branch}{}", self.line)));
        let bar = if self.children.is_empty() { "   " } else { "│  " };
        for detail in &self.details {
            lines.push((Mark::None, format!("{below}{bar}{detail}")));
        }
        for note in self.notes.iter().flat_map(|note| note.lines()) {
            lines.push((Mark::None, format!("{below}{bar}    {note}")));
        }
        let pieces = match shorten {
            true => shortened(&self.children),
            false => self.children.iter().map(Piece::Tree).collect(),
        };
        let last = pieces.len().saturating_sub(1);
        for (index, piece) in pieces.into_iter().enumerate() {
            let (branch, bar) =
                if index == last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            match piece {
                Piece::Tree(tree) => {
                    tree.draw(
                        lines,
                        &format!("{below}{branch}"),
                        &format!("{below}{bar}"),
                        shorten,
                    );
                }
                Piece::Left(count) => {
                    lines.push((Mark::None, format!("{below}{branch}{}", left_out(count))));
                }
            }
        }
    }
}

enum Piece<'a> {
    Tree(&'a Drawn),
    /// So many siblings that are left out.
    Left(usize),
}

fn left_out(count: usize) -> String {
    format!("… {count} more")
}

/// Counts the middle of long runs of unmarked trees instead of showing them.
fn shortened(trees: &[Drawn]) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    for run in trees.chunk_by(|left, right| left.marks() == 0 && right.marks() == 0) {
        if run.len() < RUN {
            pieces.extend(run.iter().map(Piece::Tree));
        } else {
            pieces.extend(run[..ENDS].iter().map(Piece::Tree));
            pieces.push(Piece::Left(run.len() - 2 * ENDS));
            pieces.extend(run[run.len() - ENDS..].iter().map(Piece::Tree));
        }
    }
    pieces
}
