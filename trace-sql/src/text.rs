//! Reads the text of statements: what they do, and what of them may be shown.

use crate::database::Dialect;

/// The greatest length of a summary, in bytes, as the conventions set it.
const MOST_SUMMARY: usize = 255;

/// A piece of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A keyword or a name.
    Word,
    /// A name in quotes.
    Quoted,
    /// A string or a number.
    Literal,
    Space,
    Comment,
    /// Anything else, one character, or a placeholder.
    Symbol,
}

/// The pieces of a statement, which together are its text.
struct Pieces<'a> {
    rest: &'a str,
    dialect: Dialect,
}

impl<'a> Iterator for Pieces<'a> {
    type Item = (Kind, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let first = self.rest.chars().next()?;
        let (kind, len) = self.measure(first);
        let (piece, rest) = self.rest.split_at(len);
        self.rest = rest;
        Some((kind, piece))
    }
}

impl Pieces<'_> {
    fn of(sql: &str, dialect: Dialect) -> Pieces<'_> {
        Pieces { rest: sql, dialect }
    }

    /// Returns the kind and the length of the piece that begins here.
    fn measure(&self, first: char) -> (Kind, usize) {
        let rest = self.rest;
        let is_mysql = self.dialect == Dialect::MySql;
        match first {
            it if it.is_whitespace() => (Kind::Space, run(rest, char::is_whitespace)),
            '-' if rest.starts_with("--") => (Kind::Comment, run(rest, |it| it != '\n')),
            '#' if is_mysql => (Kind::Comment, run(rest, |it| it != '\n')),
            '/' if rest.starts_with("/*") => (Kind::Comment, comment(rest)),
            '\'' => (Kind::Literal, quoted(rest, '\'', is_mysql)),
            '"' if is_mysql => (Kind::Literal, quoted(rest, '"', true)),
            '"' | '`' => (Kind::Quoted, quoted(rest, first, false)),
            '[' if rest[1..].starts_with(char::is_alphabetic) => {
                (Kind::Quoted, rest.find(']').map_or(rest.len(), |end| end + 1))
            }
            '$' => match dollar_quoted(rest) {
                Some(len) => (Kind::Literal, len),
                None => (Kind::Symbol, 1 + run(&rest[1..], |it| it.is_ascii_digit())),
            },
            '?' => (Kind::Symbol, 1 + run(&rest[1..], |it| it.is_ascii_digit())),
            '0'..='9' => (Kind::Literal, number(rest)),
            '.' if rest[1..].starts_with(|it: char| it.is_ascii_digit()) => {
                (Kind::Literal, number(rest))
            }
            it if is_of_word(it) => {
                let len = run(rest, is_of_word);
                // Such as `E'…'` and `X'…'`.
                let is_prefix = len == 1 && rest[1..].starts_with('\'');
                match is_prefix && "bBeEnNxX".contains(it) {
                    true => {
                        let escapes = is_mysql || matches!(it, 'e' | 'E');
                        (Kind::Literal, 1 + quoted(&rest[1..], '\'', escapes))
                    }
                    false => (Kind::Word, len),
                }
            }
            it => (Kind::Symbol, it.len_utf8()),
        }
    }
}

fn is_of_word(it: char) -> bool {
    it.is_alphanumeric() || it == '_' || it == '$'
}

fn run(text: &str, is_in: impl Fn(char) -> bool) -> usize {
    text.find(|it| !is_in(it)).unwrap_or(text.len())
}

fn number(text: &str) -> usize {
    let mut before = ' ';
    let is_in = |it: char, before: char| {
        it.is_ascii_alphanumeric()
            || matches!(it, '.' | '_')
            || matches!(it, '+' | '-') && matches!(before, 'e' | 'E')
    };
    for (at, it) in text.char_indices() {
        if !is_in(it, before) {
            return at;
        }
        before = it;
    }
    text.len()
}

/// Returns the length of a text in quotes, which are doubled within, or escaped; of all that is left if it does
/// not end.
fn quoted(text: &str, quote: char, escapes: bool) -> usize {
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((at, it)) = characters.next() {
        if escapes && it == '\\' {
            characters.next();
        } else if it == quote && characters.next_if(|(_, next)| *next == quote).is_none() {
            return at + 1;
        }
    }
    text.len()
}

/// Returns the length of a comment; comments of PostgreSQL are nested.
fn comment(text: &str) -> usize {
    let (mut at, mut depth) = (2, 1);
    while depth > 0 {
        let rest = &text[at..];
        let ends = rest.find("*/");
        match (rest.find("/*"), ends) {
            (Some(begin), Some(end)) if begin < end => (at, depth) = (at + begin + 2, depth + 1),
            (_, Some(end)) => (at, depth) = (at + end + 2, depth - 1),
            (_, None) => return text.len(),
        }
    }
    at
}

/// Returns the length of `$tag$…$tag$`; `None` if this is something else.
fn dollar_quoted(text: &str) -> Option<usize> {
    let end = 1 + run(&text[1..], |it| it.is_alphanumeric() || it == '_');
    let tag = text.get(..=end).filter(|tag| tag.ends_with('$'))?;
    if tag[1..].starts_with(|it: char| it.is_ascii_digit()) {
        return None;
    }
    let rest = &text[tag.len()..];
    Some(rest.find(tag).map_or(text.len(), |at| 2 * tag.len() + at))
}

/// Returns the text with `?` for each literal, and without comments.
pub(crate) fn sanitized(sql: &str, dialect: Dialect) -> String {
    let mut shown = String::with_capacity(sql.len());
    for (kind, piece) in Pieces::of(sql, dialect) {
        let is_boolean = || is(piece, &["true", "false"]);
        match kind {
            Kind::Literal => shown.push('?'),
            Kind::Word if is_boolean() => shown.push('?'),
            Kind::Comment => {}
            Kind::Space if shown.ends_with(char::is_whitespace) => {}
            _ => shown.push_str(piece),
        }
    }
    shown.truncate(shown.trim_end().len());
    shown
}

fn is(word: &str, any: &[&str]) -> bool {
    any.iter().any(|it| word.eq_ignore_ascii_case(it))
}

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
            (Kind::Word | Kind::Quoted, _) if self.is_open && self.before == "." => {
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
            (Kind::Quoted, _) => {
                self.is_open = false;
                self.name(piece);
            }
            _ => (self.is_open, self.is_announced) = (false, false),
        }
        self.before = piece;
    }

    fn symbol(&mut self, symbol: &str) {
        match symbol {
            "(" => {
                self.parentheses.push(is(self.before, &WITH_FROM));
                (self.is_announced, self.is_list) = (false, false);
            }
            ")" => _ = self.parentheses.pop(),
            "," => self.is_announced = self.is_list,
            ";" => (self.has_begun, self.is_definition) = (false, false),
            _ => self.is_announced = false,
        }
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
            let is_argument = self.parentheses.last() == Some(&true);
            self.is_announced = !is_argument && !is(word, &["using"]);
            self.is_list = is(word, &["from"]);
        } else if is(word, &OPERATIONS) && !is_clause {
            self.add(word);
            (self.is_announced, self.is_list) = (is(word, &["update"]), false);
        } else if self.is_announced {
            self.name(word);
        } else if is_first && !is(word, &["with", "explain"]) {
            self.add(word);
            self.is_definition = is(word, &["create", "alter", "drop", "truncate"]);
        } else if is(word, &["where", "set", "values", "on", "group", "order", "limit", "having"]) {
            self.is_list = false;
        }
    }

    fn name(&mut self, name: &str) {
        if std::mem::take(&mut self.is_announced) {
            self.is_open = self.add(name);
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_summarized_by_operations_and_names() {
        for (sql, expected) in [
            ("SELECT id FROM changes WHERE id = ?", "SELECT changes"),
            ("select * from orders o, customers as c where o.id = 1", "select orders customers"),
            ("SELECT 1", "SELECT"),
            ("", ""),
            ("-- FROM nowhere\nSELECT a FROM b /* FROM c */ JOIN d ON b.x = d.x", "SELECT b d"),
            ("insert into changes(id) VALUES (?), ('from secrets')", "insert changes"),
            ("INSERT OR REPLACE INTO kv VALUES (1)", "INSERT kv"),
            ("INSERT INTO a SELECT x FROM b", "INSERT a SELECT b"),
            ("INSERT INTO a VALUES (1) ON CONFLICT (id) DO UPDATE SET n = 2", "INSERT a"),
            ("UPDATE \"changes\" SET id = ?", "UPDATE \"changes\""),
            ("DELETE FROM public.changes;", "DELETE public.changes"),
            ("SELECT * FROM a WHERE id IN (SELECT id FROM s.\"b c\")", "SELECT a SELECT s.\"b c\""),
            ("WITH x AS (SELECT 1 FROM y) SELECT * FROM x", "SELECT y SELECT x"),
            ("SELECT EXTRACT(year FROM made) FROM orders FOR UPDATE", "SELECT orders"),
            ("CREATE TABLE IF NOT EXISTS numbers (n INTEGER)", "CREATE TABLE numbers"),
            ("CREATE UNIQUE INDEX by_name ON people (name)", "CREATE INDEX by_name"),
            ("DROP TABLE a", "DROP TABLE a"),
            ("PRAGMA journal_mode", "PRAGMA"),
            ("BEGIN; DELETE FROM a; COMMIT", "BEGIN DELETE a COMMIT"),
            ("(SELECT a FROM b) UNION (SELECT c FROM d)", "SELECT b SELECT d"),
        ] {
            assert_eq!(summary(sql, Dialect::Other), expected, "{sql}");
        }
        let long = format!("SELECT * FROM {}", "x".repeat(300));
        assert_eq!(summary(&long, Dialect::Other), "SELECT");
    }

    #[test]
    fn no_literal_is_shown() {
        for (sql, expected) in [
            (
                "SELECT a1 FROM b WHERE c = 'it''s' AND d = 1.5e-3",
                "SELECT a1 FROM b WHERE c = ? AND d = ?",
            ),
            ("SELECT $1, ?2, :name, @p", "SELECT $1, ?2, :name, @p"),
            ("SELECT $$a'b$$, $q$ $$ $q$, E'a\\'b', X'ff', TRUE", "SELECT ?, ?, ?, ?, ?"),
            ("SELECT 1 -- 42\n, /* a /* b */ 'c' */ 2", "SELECT ? , ?"),
            ("SELECT 'open", "SELECT ?"),
            ("SELECT \"quoted 1\", [a 1], 0xFF, .5", "SELECT \"quoted 1\", [a 1], ?, ?"),
            ("SELECT n-1, n -1, 'é', é2", "SELECT n-?, n -?, ?, é2"),
        ] {
            assert_eq!(sanitized(sql, Dialect::Other), expected, "{sql}");
        }
        let sql = "SELECT `a`, \"b\", 'c\\'d' # 5";
        assert_eq!(sanitized(sql, Dialect::MySql), "SELECT `a`, ?, ?");
    }

    #[test]
    fn any_text_is_read() {
        for sql in ["'", "\"", "$", "$a", "$a$", "/*", "/*/", "[", "E'", "?", ".", "é'", "[é", "--"]
        {
            for dialect in [Dialect::MySql, Dialect::Other] {
                let pieces: String = Pieces::of(sql, dialect).map(|(_, piece)| piece).collect();
                assert_eq!(pieces, sql);
                let _ = (summary(sql, dialect), sanitized(sql, dialect));
            }
        }
    }
}
