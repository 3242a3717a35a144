//! Builds nodes within bounds, and substitutes variables in them.

use crate::node::{Data, Entry, Node, Place};
use crate::problem::{Found, ProblemKind};
use crate::scalar;
use crate::substitute::{Lookup, substitute};

/// The maximum size of a file, in bytes.
pub(crate) const INPUT: usize = 1 << 20;
/// The maximum depth of nested values.
pub(crate) const DEPTH: usize = 64;
/// The maximum number of values, with the copies that aliases make.
pub(crate) const NODES: usize = 100_000;
/// The maximum size of all text after substitution, with the copies that aliases make.
pub(crate) const TEXT: usize = 8 << 20;

/// The maximum number of problems that are collected.
pub(crate) const PROBLEMS: usize = 1_000;

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// Its text decides what it is.
    Plain,
    /// A string.
    Quoted,
    /// A string, in a format whose strings are all quoted. After substitution it may stand for what is
    /// expected in its place.
    Loose,
}

/// Numbers the nodes of a file, and collects what is wrong with them.
pub(super) struct Builder<'a> {
    lookup: &'a Lookup<'a>,
    nodes: usize,
    text: usize,
    pub(super) found: Vec<Found>,
}

/// A bound was exceeded, and was reported.
#[derive(Debug)]
pub(super) struct Exceeded;

impl<'a> Builder<'a> {
    pub(super) fn new(lookup: &'a Lookup<'a>) -> Self {
        Self { lookup, nodes: 0, text: 0, found: Vec::new() }
    }

    /// Numbers a place.
    pub(super) fn place(
        &mut self,
        line: usize,
        column: usize,
        width: usize,
    ) -> Result<Place, Exceeded> {
        let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
        let id = number(self.nodes + 1);
        let place = Place::new(id, number(line), number(column), number(width));
        self.count(1, 0, place)?;
        Ok(place)
    }

    /// Counts values and their text.
    pub(super) fn count(&mut self, nodes: usize, text: usize, at: Place) -> Result<(), Exceeded> {
        self.nodes += nodes;
        self.text += text;
        let (what, limit) = match (self.nodes > NODES, self.text > TEXT) {
            (true, _) => ("values", NODES),
            (false, true) => ("bytes of text", TEXT),
            (false, false) => return Ok(()),
        };
        self.report(at, ProblemKind::TooMuch { what, limit });
        Err(Exceeded)
    }

    /// Checks how deep a value is nested.
    pub(super) fn check_depth(&mut self, depth: usize, at: Place) -> Result<(), Exceeded> {
        if depth > DEPTH {
            self.report(at, ProblemKind::TooMuch { what: "nested values", limit: DEPTH });
            return Err(Exceeded);
        }
        Ok(())
    }

    /// Returns a scalar, after substitution.
    pub(super) fn scalar(
        &mut self,
        text: &str,
        style: Style,
        place: Place,
    ) -> Result<Node, Exceeded> {
        let substituted = match substitute(text, self.lookup) {
            Ok(substituted) => substituted,
            Err(bad) => {
                // Where escapes or line breaks precede the reference, the offset is not its column.
                let at = place.within(bad.offset, bad.width, style != Style::Plain);
                self.report(at, ProblemKind::Reference(bad.problem));
                return Ok(Node::at(Data::Null, place).unreadable());
            }
        };
        self.count(0, substituted.text.len(), place)?;
        let data = match style {
            Style::Plain => scalar::resolve(&substituted.text),
            Style::Quoted | Style::Loose => Data::String(substituted.text),
        };
        let is_loose = style == Style::Loose && substituted.has_reference;
        Ok(Node::at(data, place)
            .with_variables(substituted.variables)
            .whole(substituted.is_whole)
            .loose(is_loose))
    }

    /// Adds an entry to a mapping, unless the key is there.
    pub(super) fn insert(&mut self, entries: &mut Entries, key: (String, Place), value: Node) {
        let (key, at) = key;
        if let Some(first) = entries.first_place(&key) {
            let kind = ProblemKind::DuplicateKey { key, first_line: first.line() };
            return self.report(at, kind);
        }
        entries.push(Entry::at(key, at, value));
    }

    /// Substitutes variables in the strings of a tree that was read without it.
    #[cfg(feature = "serde")]
    pub(super) fn substituted(&mut self, node: &Node) -> Result<Node, Exceeded> {
        let place = self.place(0, 0, 0)?;
        let data = match node.data() {
            Data::String(text) => return self.scalar(text, Style::Loose, place),
            Data::List(items) => Data::List(
                items.iter().map(|item| self.substituted(item)).collect::<Result<_, _>>()?,
            ),
            Data::Mapping(entries) => {
                let entry = |entry: &Entry| {
                    Ok(Entry::at(entry.key().to_owned(), place, self.substituted(entry.value())?))
                };
                Data::Mapping(entries.iter().map(entry).collect::<Result<_, _>>()?)
            }
            other => other.clone(),
        };
        Ok(Node::at(data, place))
    }

    pub(super) fn report(&mut self, at: Place, kind: ProblemKind) {
        if self.found.len() >= PROBLEMS {
            return;
        }
        self.found.push(Found { at, kind, variables: Vec::new(), path: String::new() });
    }
}

/// The entries of a mapping in the order of the file, with an index of their keys.
#[derive(Default)]
pub(super) struct Entries {
    entries: Vec<Entry>,
    index: std::collections::HashMap<String, usize>,
}

impl Entries {
    fn first_place(&self, key: &str) -> Option<Place> {
        self.index.get(key).map(|at| self.entries[*at].key_place())
    }

    fn push(&mut self, entry: Entry) {
        self.index.insert(entry.key().to_owned(), self.entries.len());
        self.entries.push(entry);
    }

    pub(super) fn into_entries(self) -> Vec<Entry> {
        self.entries
    }
}

/// Counts columns in characters, without going through a line again for each place in it.
pub(super) struct Columns<'a> {
    text: &'a str,
    line_start: usize,
    at: usize,
    column: usize,
}

impl<'a> Columns<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, line_start: 0, at: 0, column: 1 }
    }

    /// Returns the column of a byte, from 1.
    pub(super) fn column(&mut self, line_start: usize, at: usize) -> usize {
        if line_start != self.line_start || at < self.at {
            (self.line_start, self.at, self.column) = (line_start, line_start, 1);
        }
        self.column += self.text.get(self.at..at).map_or(0, |text| text.chars().count());
        self.at = at;
        self.column
    }
}
