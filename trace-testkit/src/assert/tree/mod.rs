//! Assertions on whole trees of spans.
//!
//! [`pattern`] is what is expected, [`align`] finds what fits it best, [`compare`] weighs one span
//! and draws the difference.

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
    /// Holds that these are the spans and that this is how they stand.
    ///
    /// What is expected is written with [`tree!`](crate::tree), or built with [`Tree`]. The
    /// report draws what was recorded, with `-` before what is missing, `+` before what was not
    /// expected, and `~` before what differs.
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
    /// When they are others, or stand otherwise.
    #[track_caller]
    pub fn assert_tree(&self, expected: impl Into<Tree>) {
        hold(self.try_assert_tree(expected));
    }

    /// As [`assert_tree`](Self::assert_tree), but returns the report.
    ///
    /// # Errors
    /// How the spans differ from the tree.
    pub fn try_assert_tree(&self, expected: impl Into<Tree>) -> Result<(), Report> {
        let forest = render::forest_of(self.snapshot());
        compare::compare(&forest, forest.roots(), &expected.into())
    }
}

impl SpanAssert {
    /// Holds that this span and all below it are as in this tree.
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
    /// When they differ.
    #[track_caller]
    pub fn assert_tree(self, expected: impl Into<Tree>) -> Self {
        hold(self.try_assert_tree(expected))
    }

    /// As [`assert_tree`](Self::assert_tree), but returns the report.
    ///
    /// # Errors
    /// How the spans differ from the tree.
    pub fn try_assert_tree(self, expected: impl Into<Tree>) -> Result<Self, Report> {
        compare::compare(self.forest(), &[self.node()], &expected.into())?;
        Ok(self)
    }
}
