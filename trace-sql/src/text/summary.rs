//! Summarizes statements: their operations, and what these work on.

use super::is;
use super::pieces::{Kind, Pieces};
use crate::database::Dialect;

/// The greatest length of a summary, in bytes, as the conventions set it.
const MOST_SUMMARY: usize = 255;
/// Words that begin an operation wherever they are.
const OPERATIONS: [&str; 5] = ["select", "insert", "update", "delete", "merge"];
/// Words before those, in which they are part of a clause: `ON CONFLICT DO UPDATE`, `FOR UPDATE`, `ON DELETE CASCADE`.
const CLAUSES: [&str; 4] = ["do", "for", "on", "key"];
/// Words between a keyword and the name that it announces.
const FILLERS: [&str; 17] = [
    "if",
    "not",
    "exists",
    "only",
    "lateral",
    "or",
    "replace",
    "temp",
    "temporary",
    "unique",
    "concurrently",
    "recursive",
    "materialized",
    "ignore",
    "global",
    "local",
    "unlogged",
];
/// Kinds of objects that are created, changed or dropped.
const OBJECTS: [&str; 8] =
    ["table", "index", "view", "trigger", "schema", "database", "function", "sequence"];
/// Functions with `FROM` among their arguments.
const WITH_FROM: [&str; 5] = ["extract", "trim", "substring", "overlay", "position"];

/// Returns the operations and the names of what they work on, in order, such as `SELECT orders customers`.
pub(crate) fn summary(sql: &str, dialect: Dialect) -> String {
    let mut summary = Summary::default();
    let pieces = Pieces::of(sql, dialect);
    for (kind, piece) in pieces.filter(|(kind, _)| !matches!(kind, Kind::Space | Kind::Comment)) {
        summary.read(kind, piece);
    }
    summary.text
}

#[derive(Default)]
struct Summary<'a> {
    text: String,
    /// The first word of the statement was read.
    has_begun: bool,
    before: &'a str,
    /// The next name is one that the operation works on.
    is_announced: bool,
    /// Names follow after commas.
    is_list: bool,
    /// The last name has an alias, or a clause follows it.
    is_aliased: bool,
    /// A name goes on after a dot.
    is_open: bool,
    /// The statement creates, changes or drops an object, whose kind comes next.
    is_definition: bool,
    /// For each open parenthesis, whether it is that of a function with `FROM`.
    parentheses: Vec<bool>,
}

impl<'a> Summary<'a> {
    fn read(&mut self, kind: Kind, piece: &'a str) {
        match (kind, piece) {
            (Kind::Symbol, ".") if self.is_open => self.text.push('.'),
            (Kind::Word | Kind::Quoted | Kind::QuotedOrString, _)
                if self.is_open && self.before == "." =>
            {
                self.text.push_str(piece);
            }
            (Kind::Symbol, _) => {
                self.symbol(piece);
                self.is_open = false;
            }
            (Kind::Word, _) => {
                self.is_open = false;
                self.word(piece);
            }
            // Where a name is announced, SQLite takes no string.
            (Kind::Quoted | Kind::QuotedOrString, _) => {
                self.is_open = false;
                self.name(piece);
            }
            _ => {
                self.is_open = false;
                self.end_names();
            }
        }
        self.before = piece;
    }

    fn symbol(&mut self, symbol: &str) {
        match symbol {
            "(" => {
                self.parentheses.push(is(self.before, &WITH_FROM));
                self.end_names();
            }
            ")" => {
                self.parentheses.pop();
                self.end_names();
            }
            "," => self.is_announced = self.is_list,
            ";" => {
                (self.has_begun, self.is_definition) = (false, false);
                self.end_names();
            }
            _ => self.end_names(),
        }
    }

    fn end_names(&mut self) {
        (self.is_announced, self.is_list) = (false, false);
    }

    fn word(&mut self, word: &'a str) {
        let is_first = !std::mem::replace(&mut self.has_begun, true);
        let is_clause = is(self.before, &CLAUSES);
        if self.is_announced && is(word, &FILLERS) {
            return;
        }
        if self.is_definition && is(word, &OBJECTS) {
            self.add(word);
            (self.is_definition, self.is_announced) = (false, true);
        } else if is(word, &["from", "join", "into", "using"]) {
            // `EXTRACT(year FROM made)`, `IS DISTINCT FROM 'a'`, `VACUUM INTO 'file'`.
            let is_value =
                is(self.before, &["distinct", "vacuum"]) || self.parentheses.last() == Some(&true);
            self.is_announced = !is_value && !is(word, &["using"]);
            self.is_list = self.is_announced && is(word, &["from"]);
        } else if is(word, &OPERATIONS) && !is_clause {
            self.add(word);
            (self.is_announced, self.is_list) = (is(word, &["update"]), false);
        } else if self.is_announced {
            self.name(word);
        } else if is_first && !is(word, &["with", "explain"]) {
            self.add(word);
            self.is_definition = is(word, &["create", "alter", "drop", "truncate"]);
        } else if !is(word, &["as"]) {
            self.follow();
        }
    }

    fn name(&mut self, name: &str) {
        if std::mem::take(&mut self.is_announced) {
            self.is_open = self.add(name);
            self.is_aliased = false;
        } else {
            self.follow();
        }
    }

    /// Reads a word after a name: if it is more than an alias, a clause has begun.
    fn follow(&mut self) {
        self.is_list &= !std::mem::replace(&mut self.is_aliased, true);
    }

    /// Adds a word, if there is room for all of it.
    fn add(&mut self, word: &str) -> bool {
        let has_room = self.text.len() + 1 + word.len() <= MOST_SUMMARY;
        if has_room {
            if !self.text.is_empty() {
                self.text.push(' ');
            }
            self.text.push_str(word);
        }
        has_room
    }
}
