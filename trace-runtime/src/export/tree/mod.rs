//! A trace as a tree for people: arranged, then laid out as lines of labelled text.
//!
//! Nothing here knows colours or terminals: each piece of text says what it is (its [`Role`]), and
//! whoever prints it decides how that looks.

mod arrange;
mod details;
mod format;
mod layout;

pub use layout::layout;

#[cfg(all(feature = "console", feature = "logs"))]
pub(crate) use format::{float, name, text};

use crate::escape;
use std::fmt;

/// How a tree is laid out.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TreeOptions {
    /// Columns; attributes that go beyond flow onto lines of their own.
    pub width: usize,
    /// From so many equal siblings on, one line stands for all of them.
    pub collapse_from: usize,
    /// Lines for the children of one span at most; the others are counted.
    pub max_children: usize,
    /// Whether durations and the bars that show when each span ran are printed.
    pub times: bool,
}

impl TreeOptions {
    /// Sets the number of columns.
    #[must_use]
    pub fn with_width(mut self, columns: usize) -> Self {
        self.width = columns;
        self
    }

    /// Sets from how many equal siblings on one line stands for all of them.
    #[must_use]
    pub fn with_collapse_from(mut self, siblings: usize) -> Self {
        self.collapse_from = siblings;
        self
    }

    /// Sets the number of lines for the children of one span.
    #[must_use]
    pub fn with_max_children(mut self, lines: usize) -> Self {
        self.max_children = lines;
        self
    }

    /// Prints durations and bars, or not.
    #[must_use]
    pub fn with_times(mut self, times: bool) -> Self {
        self.times = times;
        self
    }
}

impl Default for TreeOptions {
    fn default() -> Self {
        Self { width: 120, collapse_from: 4, max_children: 60, times: true }
    }
}

/// What a piece of text is.
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
    /// The kind of a span, or how many spans a line stands for.
    Kind,
    /// A duration.
    Duration,
    /// A bar that shows when a span ran.
    Bar,
    /// The same for a span that failed.
    FailedBar,
    /// The key of an attribute.
    Key,
    /// The value of an attribute.
    Value,
    /// What went wrong.
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
    /// The pieces of text, from left to right.
    pub fn pieces(&self) -> impl Iterator<Item = (Role, &str)> {
        self.pieces.iter().map(|(role, text)| (*role, text.as_str()))
    }

    /// Appends a piece. Whatever it quotes, it moves no cursor.
    pub(crate) fn push(&mut self, role: Role, text: impl Into<String>) {
        let mut text = text.into();
        if text.contains(escape::is_unsafe) {
            text = escape::line(text).cut(usize::MAX).to_string();
        }
        if !text.is_empty() {
            self.pieces.push((role, text));
        }
    }

    fn extend(&mut self, other: Line) {
        self.pieces.extend(other.pieces);
    }

    /// Columns, taking each character as one.
    fn width(&self) -> usize {
        self.pieces.iter().map(|(_, text)| text.chars().count()).sum()
    }

    fn pad_to(&mut self, width: usize) {
        let missing = width.saturating_sub(self.width());
        self.push(Role::Quiet, " ".repeat(missing));
    }

    fn trim_end(&mut self) {
        while let Some((_, text)) = self.pieces.last_mut() {
            text.truncate(text.trim_end().len());
            if !text.is_empty() {
                break;
            }
            self.pieces.pop();
        }
    }
}

/// The plain text, without a line break.
impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pieces().try_for_each(|(_, text)| f.write_str(text))
    }
}

#[cfg(test)]
mod tests;
