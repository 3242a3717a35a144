//! What was checked, as a table.

use crate::{Outcome, table};
use comfy_table::Table;

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
        self.rows.push([what.into(), expected.into(), found.into(), verdict.to_owned()]);
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

/// Whole, or with four digits.
pub(crate) fn number(value: f64) -> String {
    if value.fract() == 0.0 || value.is_nan() { value.to_string() } else { format!("{value:.4}") }
}
