//! Parses TOML, with places.

use super::build::{Builder, Columns, Entries, Exceeded, PROBLEMS, Style};
use crate::node::{Data, Node, Place};
use crate::problem::{Found, ProblemKind};
use crate::scalar;
use crate::substitute::Lookup;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Parses a text.
pub(super) fn parse(text: &str, lookup: &Lookup<'_>) -> (Option<Node>, Vec<Found>) {
    let lines = Lines::new(text);
    let mut toml = Toml { lines, builder: Builder::new(lookup) };
    let (root, errors) = DeTable::parse_recoverable(text);
    let is_read = errors.is_empty();
    let mut found_all = true;
    for error in errors.into_iter().take(PROBLEMS) {
        let span = error.span().unwrap_or(0..0);
        found_all &= toml
            .place(span)
            .map(|at| {
                let message = error.message().to_owned();
                toml.builder.report(at, ProblemKind::Syntax { message });
            })
            .is_ok();
    }
    let root = match is_read && found_all {
        true => toml.table(root.get_ref(), root.span(), 1).ok(),
        false => None,
    };
    (root, toml.builder.found)
}

struct Toml<'a> {
    lines: Lines<'a>,
    builder: Builder<'a>,
}

impl Toml<'_> {
    fn table(
        &mut self,
        table: &DeTable<'_>,
        span: Range<usize>,
        depth: usize,
    ) -> Result<Node, Exceeded> {
        let place = self.place(span)?;
        self.builder.check_depth(depth, place)?;
        if table.is_empty() {
            return Ok(Node::at(Data::EmptyTable, place));
        }
        // The parser sorts keys; a file has an order.
        let mut sorted: Vec<_> = table.iter().collect();
        sorted.sort_by_key(|(key, _)| key.span().start);
        let mut entries = Entries::default();
        for (key, value) in sorted {
            let at = self.place(key.span())?;
            self.builder.count(0, key.get_ref().len(), at)?;
            let value = self.value(value, depth)?;
            self.builder.insert(&mut entries, (key.get_ref().to_string(), at), value);
        }
        Ok(Node::at(Data::Mapping(entries.into_entries()), place))
    }

    fn value(&mut self, value: &Spanned<DeValue<'_>>, depth: usize) -> Result<Node, Exceeded> {
        let span = value.span();
        let data = match value.get_ref() {
            DeValue::Table(table) => return self.table(table, span, depth + 1),
            DeValue::Array(items) => {
                let place = self.place(span)?;
                self.builder.check_depth(depth + 1, place)?;
                let mut list = Vec::with_capacity(items.len());
                for item in items.iter() {
                    list.push(self.value(item, depth + 1)?);
                }
                return Ok(Node::at(Data::List(list), place));
            }
            DeValue::String(text) => {
                let place = self.place(span)?;
                return self.builder.scalar(text, Style::Loose, place);
            }
            DeValue::Boolean(value) => Data::Bool(*value),
            DeValue::Integer(value) => i128::from_str_radix(value.as_str(), value.radix())
                .map_or_else(|_| scalar::resolve(value.as_str()), Data::Integer),
            DeValue::Float(value) => {
                value.as_str().parse().map_or_else(|_| Data::Null, Data::Float)
            }
            DeValue::Datetime(value) => Data::String(value.to_string()),
        };
        Ok(Node::at(data, self.place(span)?))
    }

    fn place(&mut self, span: Range<usize>) -> Result<Place, Exceeded> {
        let (line, column, width) = self.lines.locate(span);
        self.builder.place(line, column, width)
    }
}

/// The maximum number of characters that are marked.
const WIDTH: usize = 200;

/// The lines of a text.
struct Lines<'a> {
    text: &'a str,
    /// In bytes.
    starts: Vec<usize>,
    columns: Columns<'a>,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1));
        Self { text, starts: starts.collect(), columns: Columns::new(text) }
    }

    /// Returns the line, the column and the width of a span in bytes.
    fn locate(&mut self, span: Range<usize>) -> (usize, usize, usize) {
        let line = self.starts.partition_point(|start| *start <= span.start).max(1);
        let column = self.columns.column(self.starts[line - 1], span.start);
        let marked = self.text.get(span).unwrap_or_default().chars().take(WIDTH);
        let width = marked.take_while(|c| !matches!(c, '\r' | '\n')).count();
        (line, column, width.max(1))
    }
}
