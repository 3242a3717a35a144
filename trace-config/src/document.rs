//! A file that was parsed: shows lines of it, and finds places in it.

use crate::node::{Data, Node, Place};
use crate::parse::Format;
use crate::problem::{Excerpt, Found, Problem, is_printable};
use crate::secrets::{is_secret_key, without_credentials};
use std::fmt;

/// The maximum number of characters of a line that are shown.
const WIDTH: usize = 120;

/// The maximum size of a line that is shown of a file that could not be parsed, in bytes.
const UNPARSED: usize = 1_000;

/// A file that was parsed.
#[derive(Clone)]
pub(crate) struct Document {
    pub(crate) name: String,
    /// Empty for a value that came from elsewhere.
    pub(crate) lines: Vec<String>,
    pub(crate) root: Option<Node>,
    hidden: Vec<Hidden>,
}

/// A part of a file that is not shown.
#[derive(Clone, Copy, Debug)]
struct Hidden {
    line: u32,
    column: u32,
    /// The last line of a value of several lines.
    last: u32,
}

impl Document {
    pub(crate) fn new(name: &str, text: &str, format: Format, root: Option<Node>) -> Self {
        let lines = match format {
            // A carriage return alone ends a line, too.
            Format::Yaml => text.replace("\r\n", "\n").replace('\r', "\n"),
            _ => text.to_owned(),
        };
        let lines: Vec<String> = lines.lines().map(str::to_owned).collect();
        let mut document = Self { name: name.to_owned(), lines, root: None, hidden: Vec::new() };
        if let Some(root) = &root {
            document.hide(root, false, false, u32::MAX);
        }
        document.hidden.sort_by_key(|hidden| (hidden.line, hidden.column));
        document.root = root;
        document
    }

    /// Notes the places of secrets: values of keys that look like those of secrets, and of headers.
    fn hide(&mut self, node: &Node, is_secret: bool, is_headers: bool, next_line: u32) {
        match node.data() {
            Data::Mapping(entries) => {
                let name = node.get("name").and_then(Node::as_str);
                let is_named = is_headers || name.is_some_and(is_secret_key);
                for (number, entry) in entries.iter().enumerate() {
                    let next =
                        entries.get(number + 1).map_or(next_line, |next| next.key_place().line());
                    let key = entry.key();
                    let is_secret = is_secret
                        || is_named && key != "name"
                        || key == "headers_list"
                        || is_secret_key(key);
                    self.hide(entry.value(), is_secret, key == "headers", next);
                }
            }
            Data::List(items) => {
                for (number, item) in items.iter().enumerate() {
                    let next = items.get(number + 1).map_or(next_line, |next| next.place().line());
                    self.hide(item, is_secret, is_headers, next);
                }
            }
            Data::Null | Data::EmptyTable => {}
            Data::String(text) if without_credentials(text) != *text => {
                self.hide_scalar(node, next_line)
            }
            _ if is_secret => self.hide_scalar(node, next_line),
            _ => {}
        }
    }

    fn hide_scalar(&mut self, node: &Node, next_line: u32) {
        let place = node.place();
        let last = next_line.saturating_sub(1).max(place.line());
        self.hidden.push(Hidden { line: place.line(), column: place.column(), last });
    }

    /// Returns a problem with the line in which it is.
    pub(crate) fn problem(&self, found: Found) -> Problem {
        let excerpt = self.excerpt(found.at);
        Problem { file: self.name.clone(), found, excerpt }
    }

    fn excerpt(&self, at: Place) -> Option<Excerpt> {
        let number = usize::try_from(at.line()).ok()?.checked_sub(1)?;
        let line = self.lines.get(number)?;
        // Without a tree, secrets are only recognized in lines that people wrote.
        if self.root.is_none() && line.len() > UNPARSED {
            return None;
        }
        let (start, width) = (at.column().saturating_sub(1) as usize, at.width() as usize);
        // What is marked is in view, and a long line is cut before it and behind it.
        let first = start.saturating_sub(WIDTH / 2);
        let (from, to) = (byte_of(line, first), byte_of(line, first + WIDTH));
        let view = &line[from..to];
        let end = self.hidden_from(at.line(), &line[..to]).map(|end| end.saturating_sub(first));
        let end = end.filter(|end| *end < view.chars().count());
        let printable = |c| if is_printable(c) { c } else { ' ' };
        let mut shown: String =
            view.chars().take(end.unwrap_or(usize::MAX)).map(printable).collect();
        if end.is_some() {
            shown.push_str("***");
        }
        let indent = (start - first).min(shown.chars().count());
        let width = width.min(shown.chars().count().saturating_sub(indent)).max(1);
        Some(Excerpt { line: shown, indent, width })
    }

    /// Returns the number of characters of a line that are shown.
    fn hidden_from(&self, number: u32, line: &str) -> Option<usize> {
        if self.root.is_none() {
            return hidden_in_text(line);
        }
        let hides = |hidden: &&Hidden| (hidden.line..=hidden.last).contains(&number);
        let hidden = self.hidden.iter().find(hides)?;
        match hidden.line == number {
            true => Some(hidden.column.saturating_sub(1) as usize),
            // A further line of a value that began above.
            false => Some(0),
        }
    }

    /// Returns the place of the value at a place, or of a key in it, and the keys that lead to it.
    pub(crate) fn locate(&self, at: Place, key: Option<&str>) -> (Place, String) {
        let mut path = String::new();
        let node = self.root.as_ref().and_then(|root| find(root, at, &mut path));
        let entries = node.map(Node::entries).unwrap_or_default();
        match key.and_then(|key| entries.iter().find(|entry| entry.key() == key)) {
            Some(entry) => {
                step(&mut path, entry.key());
                (entry.key_place(), path)
            }
            None => (at, path),
        }
    }
}

impl fmt::Debug for Document {
    /// Shows no text: some may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Returns the value at a place, and adds the keys that lead to it to a path.
fn find<'a>(node: &'a Node, at: Place, path: &mut String) -> Option<&'a Node> {
    if node.place().id() == at.id() {
        return Some(node);
    }
    let length = path.len();
    for (number, item) in node.items().unwrap_or_default().iter().enumerate() {
        path.push_str(&format!("[{number}]"));
        if let Some(found) = find(item, at, path) {
            return Some(found);
        }
        path.truncate(length);
    }
    for entry in node.entries() {
        step(path, entry.key());
        // The place of a plug-in is that of its name.
        if entry.key_place().id() == at.id() {
            return Some(entry.value());
        }
        if let Some(found) = find(entry.value(), at, path) {
            return Some(found);
        }
        path.truncate(length);
    }
    None
}

fn step(path: &mut String, key: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(key);
}

/// Returns where a character begins, or the end of the text.
fn byte_of(text: &str, character: usize) -> usize {
    match text.is_ascii() {
        // Long lines are those of programs, and need no decoding.
        true => character.min(text.len()),
        false => text.char_indices().nth(character).map_or(text.len(), |(at, _)| at),
    }
}

/// Returns where in a line of a file that is not parsed a secret may begin: behind a key that looks like
/// that of one, or behind `value`.
fn hidden_in_text(line: &str) -> Option<usize> {
    let mut start = 0;
    for (at, c) in line.char_indices() {
        match c {
            ':' | '=' => {
                let key = line[start..at].trim_matches(|c: char| !c.is_alphanumeric());
                let is_value = matches!(key, "value" | "headers_list") || key.is_empty();
                if is_value || is_secret_key(key) {
                    return Some(line[..=at].chars().count() + 1);
                }
            }
            ',' | '{' => start = at + 1,
            _ => {}
        }
    }
    None
}
