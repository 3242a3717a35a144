//! Defines lines of labelled text.

use crate::escape;
use std::fmt;

/// The role of a piece of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Role {
    /// The lines of the tree, padding and other quiet parts.
    Quiet,
    /// The name of a span.
    Name,
    /// The name of a span that failed, and its mark.
    FailedName,
    /// The name of a span that was cancelled, and its mark.
    CancelledName,
    /// The kind of a span, or the number of spans that a line represents.
    Kind,
    /// A duration.
    Duration,
    /// A bar that shows when a span ran.
    Bar,
    /// A bar that shows when a failed span ran.
    FailedBar,
    /// The key of an attribute.
    Key,
    /// The value of an attribute.
    Value,
    /// An error.
    Error,
    /// The name of an event or a link.
    Event,
}

/// One line of a tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    pieces: Vec<(Role, String)>,
}

impl Line {
    /// Returns the pieces of text, from left to right.
    pub fn pieces(&self) -> impl Iterator<Item = (Role, &str)> {
        self.pieces.iter().map(|(role, text)| (*role, text.as_str()))
    }

    /// Appends a piece, escaped so that it moves no cursor.
    pub(crate) fn push(&mut self, role: Role, text: impl Into<String>) {
        let mut text = text.into();
        if text.contains(escape::is_unsafe) {
            text = escape::line(text).cut(usize::MAX).to_string();
        }
        if !text.is_empty() {
            self.pieces.push((role, text));
        }
    }

    pub(super) fn extend(&mut self, other: Line) {
        self.pieces.extend(other.pieces);
    }

    /// Returns the number of columns, one per character.
    pub(super) fn width(&self) -> usize {
        self.pieces.iter().map(|(_, text)| text.chars().count()).sum()
    }

    pub(super) fn pad_to(&mut self, width: usize) {
        let missing = width.saturating_sub(self.width());
        self.push(Role::Quiet, " ".repeat(missing));
    }

    pub(super) fn trim_end(&mut self) {
        while let Some((_, text)) = self.pieces.last_mut() {
            text.truncate(text.trim_end().len());
            if !text.is_empty() {
                break;
            }
            self.pieces.pop();
        }
    }
}

/// Writes the plain text, without a line break.
impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pieces().try_for_each(|(_, text)| f.write_str(text))
    }
}
