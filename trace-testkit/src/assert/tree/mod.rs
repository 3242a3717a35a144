//! Asserts on whole trees of spans.
//!
//! [`pattern`] defines what is expected, [`align`] finds the best fit, [`compare`] compares spans and
//! draws the difference.

mod align;
mod compare;
mod matching;
mod pattern;

pub use pattern::{SpanPattern, Times, Tree};

use crate::Recorded;
use crate::assert::SpanAssert;
use crate::render;
use crate::report::{Report, hold};

impl Recorded {
    /// Asserts that the spans form exactly this tree.
    ///
    /// Write the tree with [`tree!`](crate::tree), or build it with [`Tree`]. The report draws what was
    /// recorded, with `-` before missing spans, `+` before unexpected ones, and `~` before those that
    /// differ.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use trace_testkit::source::Snapshot;
    /// # use trace_testkit::{model::SpanData, Recorded};
    /// # let span = SpanData::new("charge").with_attribute("user.id", 7);
    /// # let t = Recorded::new(Arc::new(Snapshot::of_spans([span])));
    /// use trace_testkit::tree;
    ///
    /// t.assert_tree(tree! { "charge" ["user.id" = 7] });
    /// ```
    ///
    /// # Panics
    /// If the spans or their places differ.
    #[track_caller]
    pub fn assert_tree(&self, expected: impl Into<Tree>) {
        hold(self.try_assert_tree(expected));
    }

    /// Like [`assert_tree`](Self::assert_tree), but returns the report.
    ///
    /// # Errors
    /// If the spans differ from the tree.
    pub fn try_assert_tree(&self, expected: impl Into<Tree>) -> Result<(), Report> {
        let forest = render::forest_of(self.snapshot());
        compare::compare(&forest, forest.roots(), &expected.into())
    }
}

impl SpanAssert {
    /// Asserts that this span and its descendants form exactly this tree.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use trace_testkit::source::Snapshot;
    /// # use trace_testkit::{model::SpanData, Recorded};
    /// # let t = Recorded::new(Arc::new(Snapshot::of_spans([SpanData::new("charge")])));
    /// use trace_testkit::tree;
    ///
    /// t.span("charge").one().assert_tree(tree! { "charge" => { .. } });
    /// ```
    ///
    /// # Panics
    /// If they differ.
    #[track_caller]
    pub fn assert_tree(self, expected: impl Into<Tree>) -> Self {
        hold(self.try_assert_tree(expected))
    }

    /// Like [`assert_tree`](Self::assert_tree), but returns the report.
    ///
    /// # Errors
    /// If the spans differ from the tree.
    pub fn try_assert_tree(self, expected: impl Into<Tree>) -> Result<Self, Report> {
        compare::compare(self.forest(), &[self.node()], &expected.into())?;
        Ok(self)
    }
}
