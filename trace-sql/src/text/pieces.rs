//! Takes statements apart as their database does, down to what is a literal.
//!
//! What a text means may depend on settings of the server, and on its version. Where readings differ, the rest of the
//! statement counts as one literal: it is better to hide too much than to show data.

use crate::database::Dialect;

/// A piece of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A keyword or a name.
    Word,
    /// A name in quotes.
    Quoted,
    /// A name in quotes, or, where SQLite finds no such name, a string.
    QuotedOrString,
    /// A string or a number, or what may contain some.
    Literal,
    Space,
    Comment,
    /// Anything else, one character, or a placeholder.
    Symbol,
}

/// The pieces of a statement, which together are its text.
pub(crate) struct Pieces<'a> {
    rest: &'a str,
    dialect: Dialect,
}

impl<'a> Iterator for Pieces<'a> {
    type Item = (Kind, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let first = self.rest.chars().next()?;
        // What is not certain is hidden.
        let (kind, len) = self.measure(first).unwrap_or((Kind::Literal, self.rest.len()));
        let (piece, rest) = self.rest.split_at(len);
        self.rest = rest;
        Some((kind, piece))
    }
}

impl Pieces<'_> {
    pub(crate) fn of(sql: &str, dialect: Dialect) -> Pieces<'_> {
        Pieces { rest: sql, dialect }
    }

    /// Returns the kind and the length of the piece that begins here; `None` if that is not certain.
    fn measure(&self, first: char) -> Option<(Kind, usize)> {
        use Dialect::{MySql, PostgreSql, Sqlite};
        let rest = self.rest;
        let symbol = Some((Kind::Symbol, first.len_utf8()));
        match (first, self.dialect) {
            // SQLite reads no further.
            ('\0', _) => None,
            _ if is_space(first) => Some((Kind::Space, run(rest, is_space))),
            ('-', _) if self.is_line_comment() => Some((Kind::Comment, self.line())),
            ('#', MySql) => Some((Kind::Comment, self.line())),
            ('/', _) if rest.starts_with("/*") => Some((Kind::Comment, self.comment()?)),
            ('\'', _) => Some((Kind::Literal, self.string(rest)?)),
            ('"', MySql) => Some((Kind::Literal, self.string(rest)?)),
            ('"', Sqlite) => Some((Kind::QuotedOrString, name(rest, '"')?)),
            ('"', PostgreSql) => Some((Kind::Quoted, name(rest, '"')?)),
            ('`', MySql | Sqlite) => Some((Kind::Quoted, name(rest, '`')?)),
            ('[', Sqlite) => Some((Kind::Quoted, rest.find(']')? + 1)),
            ('$', PostgreSql) => match dollar_quoted(rest) {
                Some(end) => Some((Kind::Literal, end?)),
                None => Some((Kind::Symbol, 1 + digits(&rest[1..]))),
            },
            // A name; from version 9 on, MySQL has strings in dollars, too.
            ('$', MySql) => {
                let len = run(rest, is_of_word);
                (!rest[1..len].contains('$')).then_some((Kind::Word, len))
            }
            ('?', Sqlite) => Some((Kind::Symbol, 1 + digits(&rest[1..]))),
            ('$' | '@' | ':' | '#', Sqlite) => Some((Kind::Symbol, variable(rest)?)),
            ('0'..='9', _) => self.number(),
            ('.', _) if digits(&rest[1..]) > 0 => self.number(),
            _ if is_of_word(first) => self.word(first),
            _ => symbol,
        }
    }

    fn is_line_comment(&self) -> bool {
        let Some(after) = self.rest.strip_prefix("--") else { return false };
        // Without a space, MySQL reads two signs.
        let is_comment = |it: char| is_space(it) || it.is_ascii_control();
        self.dialect != Dialect::MySql || after.chars().next().is_none_or(is_comment)
    }

    /// Returns the length of what is left of the line.
    fn line(&self) -> usize {
        let is_postgres = self.dialect == Dialect::PostgreSql;
        run(self.rest, |it| it != '\n' && !(is_postgres && it == '\r'))
    }

    /// Returns the length of a comment. Those of PostgreSQL are nested, and some versions of MySQL execute `/*! … */`.
    fn comment(&self) -> Option<usize> {
        let rest = self.rest;
        let (is_mysql, is_nested) =
            (self.dialect == Dialect::MySql, self.dialect == Dialect::PostgreSql);
        if is_mysql && (rest.starts_with("/*!") || rest.starts_with("/*M!")) {
            return None;
        }
        let (mut at, mut depth) = (2, 1);
        while depth > 0 {
            let rest = &rest[at..];
            let end = rest.find("*/")?;
            match rest[..end].find("/*").filter(|_| is_nested) {
                Some(begin) => (at, depth) = (at + begin + 2, depth + 1),
                None => (at, depth) = (at + end + 2, depth - 1),
            }
        }
        Some(at)
    }

    /// Returns the length of a string. A quote after a backslash ends it or does not, depending on
    /// `standard_conforming_strings` of PostgreSQL, and `NO_BACKSLASH_ESCAPES` of MySQL.
    fn string(&self, text: &str) -> Option<usize> {
        let has_escapes = self.dialect != Dialect::Sqlite;
        quoted(text, |is_escaped| (!has_escapes || !is_escaped).then_some(true))
    }

    /// Returns the length of a word, or of a string with a prefix, such as `X'…'`.
    fn word(&self, first: char) -> Option<(Kind, usize)> {
        let rest = self.rest;
        let is_postgres = self.dialect == Dialect::PostgreSql;
        let len = run(rest, is_of_word);
        let (prefix, text) = match &rest[len..] {
            // `U&'…'`.
            after if is_postgres && after.starts_with("&'") => (len + 1, &after[1..]),
            after => (len, after),
        };
        let prefixes = if prefix > len { "uU" } else { "bBeEnNxX" };
        if len != 1 || !prefixes.contains(first) || !text.starts_with('\'') {
            return Some((Kind::Word, len));
        }
        let string = match first {
            'e' | 'E' if is_postgres => quoted(text, |is_escaped| Some(!is_escaped))?,
            _ => self.string(text)?,
        };
        Some((Kind::Literal, prefix + string))
    }

    /// Returns the length of a number, with the letters that follow.
    fn number(&self) -> Option<(Kind, usize)> {
        let rest = self.rest.as_bytes();
        let mut at = 0;
        while let Some(it) = rest.get(at) {
            let is_sign = matches!(it, b'+' | b'-')
                && matches!(rest[at - 1], b'e' | b'E')
                && rest.get(at + 1).is_some_and(u8::is_ascii_digit);
            if !is_sign && !it.is_ascii_alphanumeric() && !matches!(it, b'.' | b'_') {
                break;
            }
            at += 1;
        }
        // `1$$` may begin a string, and be a name.
        (rest.get(at) != Some(&b'$')).then_some((Kind::Literal, at))
    }
}

/// No database takes other characters for spaces.
fn is_space(it: char) -> bool {
    it.is_ascii_whitespace() || it == '\x0b'
}

fn is_of_word(it: char) -> bool {
    it.is_ascii_alphanumeric() || matches!(it, '_' | '$') || !it.is_ascii()
}

fn run(text: &str, is_in: impl Fn(char) -> bool) -> usize {
    text.find(|it| !is_in(it)).unwrap_or(text.len())
}

fn digits(text: &str) -> usize {
    run(text, |it| it.is_ascii_digit())
}

/// Returns the length of a name in quotes, which are doubled within; `None` if it does not end.
fn name(text: &str, quote: char) -> Option<usize> {
    debug_assert!(text.starts_with(quote));
    quoted(text, |_| Some(true))
}

/// Returns the length of a text in quotes, which are doubled within; `None` if it does not end. `ends` returns whether
/// a quote is one, given that a backslash escapes it, or `None` if that is not certain.
fn quoted(text: &str, ends: impl Fn(bool) -> Option<bool>) -> Option<usize> {
    let (quote, bytes) = (text.as_bytes()[0], text.as_bytes());
    let (mut at, mut is_escaped) = (1, false);
    while let Some(it) = bytes.get(at) {
        at += 1;
        if *it == quote && ends(is_escaped)? {
            if bytes.get(at) != Some(&quote) {
                return Some(at);
            }
            at += 1;
        }
        is_escaped = *it == b'\\' && !is_escaped;
    }
    None
}

/// Returns the length of `$tag$…$tag$`, or `None` in it if that does not end; `None` if this is something else.
fn dollar_quoted(text: &str) -> Option<Option<usize>> {
    let end = 1 + run(&text[1..], |it| is_of_word(it) && it != '$');
    let tag = text.get(..=end).filter(|tag| tag.ends_with('$'))?;
    if tag[1..].starts_with(|it: char| it.is_ascii_digit()) {
        return None;
    }
    Some(text[tag.len()..].find(tag).map(|at| 2 * tag.len() + at))
}

/// Returns the length of a parameter of SQLite: `:name`, `$ns::name(suffix)`.
fn variable(text: &str) -> Option<usize> {
    let mut at = 1;
    let mut is_named = false;
    loop {
        let rest = &text[at..];
        let len = run(rest, is_of_word);
        is_named |= len > 0;
        if len > 0 {
            at += len;
        } else if rest.starts_with("::") {
            at += 2;
        } else if is_named && rest.starts_with('(') {
            let end = rest.find(|it| is_space(it) || matches!(it, ')' | '\0'))?;
            return rest[end..].starts_with(')').then_some(at + end + 1);
        } else {
            return Some(at);
        }
    }
}
