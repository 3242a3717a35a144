//! Defines what is expected of a tree.

use crate::condition::{self, Condition, EventPattern, LinkPattern, for_each_condition};
use crate::matcher::Match;
use crate::model::SpanData;
use std::fmt;
use std::ops::{Bound, RangeBounds};
use trace_runtime::{
    SpanKind, Status,
    propagation::{SpanId, ToContext, TraceId},
    span::Outcome,
};

/// A pattern for trees of spans; [`tree!`](crate::tree) creates one.
///
/// ```
/// use trace_testkit::Tree;
/// use trace_testkit::matcher::gt;
///
/// let expected = Tree::from(
///     Tree::span("POST /checkout")
///         .child(Tree::span("charge").has("amount", gt(0)))
///         .unordered([Tree::span("email"), Tree::span("audit")])
///         .child(Tree::span("ship").times(2)),
/// );
/// # let _ = expected;
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Tree {
    pub(super) roots: Children,
}

/// A pattern for a span with all of its children, unless [`further`](Self::further) ones are allowed.
#[derive(Clone)]
#[must_use]
pub struct SpanPattern {
    pub(super) name: Match,
    pub(super) conditions: Vec<Condition>,
    /// Whether other attributes are not allowed.
    pub(super) closed: bool,
    pub(super) times: Times,
    pub(super) children: Children,
}

/// Patterns for siblings.
#[derive(Clone, Debug, Default)]
pub(super) struct Children {
    pub(super) groups: Vec<Group>,
    /// Whether others are allowed too.
    pub(super) open: bool,
}

#[derive(Clone, Debug)]
pub(super) enum Group {
    One(SpanPattern),
    Unordered(Vec<SpanPattern>),
}

/// How often a span is expected: `2`, `1..=3`, `1..`, `..`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    pub(super) least: usize,
    pub(super) most: usize,
}

impl From<usize> for Times {
    fn from(count: usize) -> Self {
        Self { least: count, most: count }
    }
}

macro_rules! from_ranges {
    ($($range:ty),*) => {$(
        impl From<$range> for Times {
            fn from(range: $range) -> Self {
                Self::of(&range)
            }
        }
    )*};
}

from_ranges!(
    std::ops::Range<usize>,
    std::ops::RangeFrom<usize>,
    std::ops::RangeFull,
    std::ops::RangeInclusive<usize>,
    std::ops::RangeTo<usize>,
    std::ops::RangeToInclusive<usize>
);

impl Times {
    fn of(range: &impl RangeBounds<usize>) -> Self {
        let least = match range.start_bound() {
            Bound::Included(&start) => start,
            Bound::Excluded(&start) => start + 1,
            Bound::Unbounded => 0,
        };
        let most = match range.end_bound() {
            Bound::Included(&end) => end,
            Bound::Excluded(&end) => end.saturating_sub(1),
            Bound::Unbounded => usize::MAX,
        };
        Self { least, most }
    }
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.least, self.most) {
            (1, 1) => Ok(()),
            (0, 1) => f.write_str(" (optional)"),
            (0, usize::MAX) => f.write_str(" × any number"),
            (least, usize::MAX) => write!(f, " × {least} or more"),
            (least, most) if least == most => write!(f, " × {least}"),
            (least, most) => write!(f, " × {least} to {most}"),
        }
    }
}

impl Children {
    fn push(&mut self, child: SpanPattern) {
        self.groups.push(Group::One(child));
    }

    fn push_unordered(&mut self, children: impl IntoIterator<Item = SpanPattern>) {
        self.groups.push(Group::Unordered(children.into_iter().collect()));
    }

    pub(super) fn patterns(&self) -> impl Iterator<Item = &SpanPattern> {
        self.groups.iter().flat_map(|group| match group {
            Group::One(pattern) => std::slice::from_ref(pattern),
            Group::Unordered(patterns) => patterns,
        })
    }
}

/// Patterns may be nested deeply, so they are not dropped by recursion.
impl Drop for Children {
    fn drop(&mut self) {
        let mut groups = std::mem::take(&mut self.groups);
        while let Some(group) = groups.pop() {
            let patterns = match group {
                Group::One(pattern) => vec![pattern],
                Group::Unordered(patterns) => patterns,
            };
            for mut pattern in patterns {
                groups.append(&mut pattern.children.groups);
            }
        }
    }
}

impl Tree {
    /// Creates a pattern without spans.
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates a pattern for one span of this name, without children.
    pub fn span(name: impl Into<Match>) -> SpanPattern {
        SpanPattern {
            name: name.into(),
            conditions: Vec::new(),
            closed: false,
            times: Times::from(1),
            children: Children::default(),
        }
    }

    /// Appends a root.
    pub fn child(mut self, root: SpanPattern) -> Self {
        self.roots.push(root);
        self
    }

    /// Appends roots, in any order.
    pub fn unordered(mut self, roots: impl IntoIterator<Item = SpanPattern>) -> Self {
        self.roots.push_unordered(roots);
        self
    }

    /// Allows other roots.
    pub fn further(mut self) -> Self {
        self.roots.open = true;
        self
    }
}

impl From<SpanPattern> for Tree {
    fn from(root: SpanPattern) -> Self {
        Self::new().child(root)
    }
}

impl SpanPattern {
    /// Expects no attributes except those named, `code.*` and `error.type`.
    pub fn only(mut self) -> Self {
        self.closed = true;
        self
    }

    /// Expects it repeatedly, in a row: a number, or a range.
    pub fn times(mut self, times: impl Into<Times>) -> Self {
        self.times = times.into();
        self
    }

    /// Expects it once or not at all.
    pub fn optional(self) -> Self {
        self.times(0..=1)
    }

    /// Appends a child.
    pub fn child(mut self, child: SpanPattern) -> Self {
        self.children.push(child);
        self
    }

    /// Appends children, in any order.
    pub fn unordered(mut self, children: impl IntoIterator<Item = SpanPattern>) -> Self {
        self.children.push_unordered(children);
        self
    }

    /// Allows other children.
    pub fn further(mut self) -> Self {
        self.children.open = true;
        self
    }

    /// Returns the keys of the attributes that it names.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.conditions.iter().filter_map(|condition| condition.key.as_deref())
    }

    /// `email [to = "x", status Ok]`.
    pub(super) fn label(&self) -> String {
        let name = self.name.literal().map_or_else(|| self.name.to_string(), str::to_owned);
        let conditions: Vec<_> =
            self.conditions.iter().map(|condition| condition.description.as_str()).collect();
        if conditions.is_empty() { name } else { format!("{name} [{}]", conditions.join(", ")) }
    }
}

macro_rules! expectations {
    ($(
        $(#[$doc:meta])*
        $name:ident, $try_name:ident($($arg:ident: $ty:ty),* $(,)?) = $condition:path;
    )*) => {
        /// Adds the conditions of [`SpanAssert`](crate::assert::SpanAssert).
        impl SpanPattern {$(
            $(#[$doc])*
            pub fn $name(mut self, $($arg: $ty),*) -> Self {
                self.conditions.push($condition($($arg),*));
                self
            }
        )*}
    };
}
for_each_condition!(expectations);

impl fmt::Debug for SpanPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpanPattern")
            .field("expected", &format_args!("{}{}", self.label(), self.times))
            .field("children", &self.children)
            .finish()
    }
}
