//! Parses JSON (RFC 8259), with places. Repeated keys are errors.

use super::build::{Builder, Columns, Entries, Exceeded, Style};
use crate::node::{Data, Node, Place};
use crate::problem::{Found, ProblemKind};
use crate::scalar;
use crate::substitute::Lookup;

/// Parses a text with one value.
pub(super) fn parse(text: &str, lookup: &Lookup<'_>) -> (Option<Node>, Vec<Found>) {
    let mut json = Json {
        text,
        at: 0,
        line: 1,
        line_start: 0,
        columns: Columns::new(text),
        builder: Builder::new(lookup),
    };
    let root = json.document();
    (root.ok(), json.builder.found)
}

struct Json<'a> {
    text: &'a str,
    /// In bytes.
    at: usize,
    line: usize,
    /// In bytes.
    line_start: usize,
    columns: Columns<'a>,
    builder: Builder<'a>,
}

/// The text is not JSON, or beyond a bound, which was reported.
struct Stop;

impl From<Exceeded> for Stop {
    fn from(_: Exceeded) -> Self {
        Self
    }
}

impl<'a> Json<'a> {
    fn document(&mut self) -> Result<Node, Stop> {
        let root = self.value(0)?;
        match self.peek() {
            None => Ok(root),
            Some(_) => self.fail("nothing may follow the value"),
        }
    }

    fn value(&mut self, depth: usize) -> Result<Node, Stop> {
        match self.peek() {
            Some(b'{') => self.object(depth + 1),
            Some(b'[') => self.array(depth + 1),
            Some(b'"') => {
                let (text, place) = self.string()?;
                Ok(self.builder.scalar(&text, Style::Loose, place)?)
            }
            Some(_) => self.word(),
            None => self.fail("a value is missing"),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Node, Stop> {
        let place = self.place(1)?;
        self.builder.check_depth(depth, place)?;
        self.at += 1;
        let mut entries = Entries::default();
        if !self.take(b'}') {
            loop {
                if self.peek() != Some(b'"') {
                    return self.fail("a key in quotes is missing");
                }
                let key = self.string()?;
                self.builder.count(0, key.0.len(), key.1)?;
                if !self.take(b':') {
                    return self.fail("`:` is missing behind the key");
                }
                let value = self.value(depth)?;
                self.builder.insert(&mut entries, key, value);
                if self.take(b'}') {
                    break;
                }
                if !self.take(b',') {
                    return self.fail("`,` or `}` is missing");
                }
            }
        }
        Ok(Node::at(Data::Mapping(entries.into_entries()), place))
    }

    fn array(&mut self, depth: usize) -> Result<Node, Stop> {
        let place = self.place(1)?;
        self.builder.check_depth(depth, place)?;
        self.at += 1;
        let mut items = Vec::new();
        if !self.take(b']') {
            loop {
                items.push(self.value(depth)?);
                if self.take(b']') {
                    break;
                }
                if !self.take(b',') {
                    return self.fail("`,` or `]` is missing");
                }
            }
        }
        Ok(Node::at(Data::List(items), place))
    }

    /// Reads a number, a boolean or null.
    fn word(&mut self) -> Result<Node, Stop> {
        let rest = &self.text[self.at..];
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '+' | '-');
        let word = &rest[..rest.find(|c| !is_part(c)).unwrap_or(rest.len())];
        let data = match word {
            "null" => Data::Null,
            "true" => Data::Bool(true),
            "false" => Data::Bool(false),
            _ if is_number(word) => scalar::resolve(word),
            _ => return self.fail("this is no value: text stands in quotes"),
        };
        let place = self.place(word.len())?;
        self.at += word.len();
        Ok(Node::at(data, place))
    }

    fn string(&mut self) -> Result<(String, Place), Stop> {
        let start = self.at;
        let column = self.columns.column(self.line_start, start);
        self.at += 1;
        let mut text = String::new();
        loop {
            let rest = &self.text[self.at..];
            let Some(c) = rest.chars().next() else {
                self.at = start;
                return self.fail("the string does not end");
            };
            match c {
                '"' => break,
                '\\' => text.push(self.escape()?),
                c if u32::from(c) < 0x20 => {
                    return self.fail("a control character in a string must be escaped");
                }
                c => {
                    text.push(c);
                    self.at += c.len_utf8();
                }
            }
        }
        self.at += 1;
        let width = self.text[start..self.at].chars().count();
        Ok((text, self.builder.place(self.line, column, width)?))
    }

    /// Reads an escape sequence, from its backslash.
    fn escape(&mut self) -> Result<char, Stop> {
        let c = match self.text.as_bytes().get(self.at + 1) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            _ => return self.fail("this is no escape sequence"),
        };
        self.at += 2;
        Ok(c)
    }

    /// Reads `\uXXXX`, or two of them that are surrogates.
    fn unicode(&mut self) -> Result<char, Stop> {
        let unit = |at: usize| {
            let digits = self.text.get(at..at + 6)?.strip_prefix("\\u")?;
            let is_hexadecimal = digits.bytes().all(|b| b.is_ascii_hexdigit());
            is_hexadecimal.then(|| u16::from_str_radix(digits, 16).ok()).flatten()
        };
        let first = unit(self.at);
        let second = unit(self.at + 6);
        let units = match (first, second) {
            (Some(first @ 0xd800..=0xdbff), Some(second)) => vec![first, second],
            (Some(first), _) => vec![first],
            (None, _) => vec![],
        };
        match char::decode_utf16(units.iter().copied()).next() {
            Some(Ok(c)) => {
                self.at += 6 * c.len_utf16();
                Ok(c)
            }
            _ => self.fail("this is no escape sequence"),
        }
    }

    /// Skips white space, and returns the next byte.
    fn peek(&mut self) -> Option<u8> {
        loop {
            let next = *self.text.as_bytes().get(self.at)?;
            if !matches!(next, b' ' | b'\t' | b'\r' | b'\n') {
                return Some(next);
            }
            self.at += 1;
            if next == b'\n' {
                self.line += 1;
                self.line_start = self.at;
            }
        }
    }

    /// Skips white space and this byte, if it is next.
    fn take(&mut self, expected: u8) -> bool {
        let is_next = self.peek() == Some(expected);
        self.at += usize::from(is_next);
        is_next
    }

    fn place(&mut self, width: usize) -> Result<Place, Exceeded> {
        let column = self.columns.column(self.line_start, self.at);
        self.builder.place(self.line, column, width)
    }

    fn fail<T>(&mut self, message: &str) -> Result<T, Stop> {
        let at = self.place(1)?;
        self.builder.report(at, ProblemKind::Syntax { message: message.to_owned() });
        Err(Stop)
    }
}

/// Returns whether a text is a number by JSON's grammar.
fn is_number(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|text| digits(text.strip_prefix(['+', '-']).unwrap_or(text)))
}
