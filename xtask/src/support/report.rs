//! Prints what was checked, as a table.

use crate::{Outcome, table};
use comfy_table::Table;

/// Of a list of what is wrong.
const SHOWN: usize = 4;
/// Of a cell, in characters, unless one word is longer.
const WIDTH: usize = 72;

#[derive(Default)]
pub(crate) struct Report {
    rows: Vec<[String; 4]>,
    wrong: usize,
}

impl Report {
    pub(crate) fn row(
        &mut self,
        what: impl Into<String>,
        expected: impl Into<String>,
        found: impl Into<String>,
        is_right: bool,
    ) {
        self.wrong += usize::from(!is_right);
        let verdict = if is_right { "ok" } else { "WRONG" };
        let cells = [what.into(), expected.into(), found.into(), verdict.to_owned()];
        self.rows.push(cells.map(|cell| wrapped(&cell)));
    }

    /// A number that must be just this.
    pub(crate) fn equal(&mut self, what: impl Into<String>, expected: f64, found: f64) {
        self.row(what, number(expected), number(found), expected == found);
    }

    /// A number that must lie between two, themselves included.
    pub(crate) fn between(&mut self, what: impl Into<String>, least: f64, most: f64, found: f64) {
        let expected = format!("{} … {}", number(least), number(most));
        self.row(what, expected, number(found), (least..=most).contains(&found));
    }

    /// A list of what is wrong, of which there must be nothing; the first few are shown.
    pub(crate) fn none(&mut self, what: impl Into<String>, wrong: &[String]) {
        let found = match wrong {
            [] => "none".to_owned(),
            [..] if wrong.len() <= SHOWN => wrong.join("\n"),
            [..] => format!("{}\n… {} in all", wrong[..SHOWN].join("\n"), wrong.len()),
        };
        self.row(what, "none", found, wrong.is_empty());
    }

    /// Prints it under a header; an error when anything is wrong.
    pub(crate) fn finish(self, header: [&str; 4]) -> Outcome {
        let mut table: Table = table(&header);
        table.add_rows(self.rows);
        println!("{table}");
        match self.wrong {
            0 => Ok(()),
            wrong => Err(format!("{wrong} of these are wrong").into()),
        }
    }
}

/// In lines that a terminal has room for.
fn wrapped(text: &str) -> String {
    let mut lines = Vec::new();
    for line in text.lines() {
        let mut row = String::new();
        for word in line.split_inclusive(' ') {
            if row.chars().count() + word.chars().count() > WIDTH && !row.is_empty() {
                lines.push(std::mem::take(&mut row));
            }
            row += word;
        }
        lines.push(row);
    }
    lines.join("\n")
}

/// Whole, or with four digits.
pub(crate) fn number(value: f64) -> String {
    if value.fract() == 0.0 || value.is_nan() { value.to_string() } else { format!("{value:.4}") }
}
