//! Asserts on one span.
#![allow(
    clippy::must_use_candidate,
    reason = "assertions; they return the subject for further ones"
)]

use crate::condition::{self, Condition, EventPattern, LinkPattern, Subject, for_each_condition};
use crate::forest::Forest;
use crate::matcher::Match;
use crate::model::SpanData;
use crate::names::{self, shown};
use crate::render::{Drawn, Render};
use crate::report::{Report, hold};
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use trace_runtime::{
    SpanKind, Status,
    propagation::{SpanId, ToContext, TraceId},
    span::Outcome,
};

/// A span to assert on.
///
/// Each assertion fails the test at its line, with the span's tree, or returns the span for further
/// assertions. It dereferences to [`SpanData`], for your own assertions: methods without a `try_` twin
/// assert nothing, and the compiler warns if their result is not used.
///
/// ```
/// # use std::sync::Arc;
/// # use trace_testkit::source::Snapshot;
/// # use trace_testkit::{model::SpanData, Recorded};
/// use trace_testkit::matcher::gt;
///
/// # let span = SpanData::new("charge").with_attribute("user.id", 7).with_attribute("amount", 12);
/// # let t = Recorded::new(Arc::new(Snapshot::of_spans([span])));
/// let charge = t.span("charge").one();
/// charge.has("user.id", 7).has("amount", gt(0)).not_failed();
/// ```
#[derive(Clone)]
pub struct SpanAssert {
    forest: Arc<Forest>,
    node: usize,
    /// The mismatches, while they are collected.
    gathered: Option<Vec<String>>,
}

impl SpanAssert {
    pub(super) fn new(forest: Arc<Forest>, node: usize) -> Self {
        Self { forest, node, gathered: None }
    }

    /// Makes several assertions, and fails at this line with all that do not hold.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use trace_testkit::source::Snapshot;
    /// # use trace_testkit::{model::SpanData, Recorded};
    /// # let span = SpanData::new("charge").with_attribute("user.id", 7);
    /// # let t = Recorded::new(Arc::new(Snapshot::of_spans([span])));
    /// let charge = t.span("charge").one();
    /// let report = charge.try_all(|charge| charge.has("user.id", 8).failed()).unwrap_err();
    /// assert_eq!(report.mismatches().len(), 2);
    /// ```
    ///
    /// # Panics
    /// If one of them does not hold.
    #[track_caller]
    pub fn all(self, assertions: impl FnOnce(Self) -> Self) -> Self {
        hold(self.try_all(assertions))
    }

    /// Like [`all`](Self::all), but returns the report.
    ///
    /// # Errors
    /// If one of them does not hold.
    pub fn try_all(mut self, assertions: impl FnOnce(Self) -> Self) -> Result<Self, Report> {
        if self.gathered.is_some() {
            return Ok(assertions(self));
        }
        self.gathered = Some(Vec::new());
        let mut checked = assertions(self);
        match checked.gathered.take().unwrap_or_default() {
            mismatches if mismatches.is_empty() => Ok(checked),
            mismatches => Err(checked.report(mismatches)),
        }
    }

    /// Returns its parent.
    ///
    /// # Panics
    /// If the parent was not recorded, or has not ended.
    #[track_caller]
    pub fn parent(&self) -> Self {
        hold(self.try_parent())
    }

    /// Like [`parent`](Self::parent), but returns the report.
    ///
    /// # Errors
    /// If the parent was not recorded, or has not ended.
    pub fn try_parent(&self) -> Result<Self, Report> {
        let parent = self.forest.parent(self.node);
        match parent.filter(|&parent| self.forest.seen(parent).ended().is_some()) {
            Some(parent) => Ok(Self::new(self.forest.clone(), parent)),
            None => Err(self.report(vec![match parent {
                Some(parent) => {
                    format!("parent: `{}` has not ended", shown(self.forest.seen(parent).name()))
                }
                None => "parent: it was not recorded".to_owned(),
            }])),
        }
    }

    /// Returns the child of this name; the first, if there are several.
    ///
    /// # Panics
    /// If there is none.
    #[track_caller]
    pub fn child(&self, name: impl Into<Match>) -> Self {
        hold(self.try_child(name))
    }

    /// Like [`child`](Self::child), but returns the report.
    ///
    /// # Errors
    /// If there is none.
    pub fn try_child(&self, name: impl Into<Match>) -> Result<Self, Report> {
        let name = name.into();
        let found =
            self.children().find(|child| name.matches_text(&child.name)).ok_or_else(|| {
                let names: Vec<_> = self.children().map(|child| child.name.clone()).collect();
                let names = names.iter().map(String::as_str);
                let hint = names::hint("children", name.literal(), names);
                self.report(vec![format!("child {}: is missing; {hint}", name.as_name())])
            })?;
        Ok(found)
    }

    /// Returns its children that have ended, in canonical order.
    pub fn children(&self) -> impl Iterator<Item = SpanAssert> {
        let children = self.forest.children(self.node).iter();
        let ended = children.filter(|&&child| self.forest.seen(child).ended().is_some());
        ended.map(|&child| Self::new(self.forest.clone(), child))
    }

    pub(in crate::assert) fn forest(&self) -> &Forest {
        &self.forest
    }

    pub(in crate::assert) fn node(&self) -> usize {
        self.node
    }

    fn expect(mut self, condition: &Condition) -> Result<Self, Report> {
        let mismatches = match self.forest.seen(self.node).ended() {
            Some(span) => {
                let subject = Subject { forest: &self.forest, node: self.node, span };
                condition.mismatches(subject)
            }
            None => vec!["it has not ended".to_owned()],
        };
        match &mut self.gathered {
            Some(gathered) => gathered.extend(mismatches),
            None if mismatches.is_empty() => {}
            None => return Err(self.report(mismatches)),
        }
        Ok(self)
    }

    fn report(&self, mismatches: Vec<String>) -> Report {
        let root = self.forest.root_of(self.node);
        // This span in full and marked, all others by name.
        let trees = Drawn::walk(&self.forest, &[root], &mut |node| match node == self.node {
            true => Drawn::at_fault(&self.forest, node, &mismatches),
            false => Drawn::alone(&self.forest, node, &Render::names_only()),
        });
        Report::new(format!("span `{}` is not as expected", shown(&self.name)))
            .with_mismatches(mismatches)
            .with_drawing(Drawn::marked(&trees).text)
            .with_explanations(&self.forest.snapshot)
    }
}

macro_rules! assertions {
    ($(
        $(#[$doc:meta])*
        $name:ident, $try_name:ident($($arg:ident: $ty:ty),* $(,)?) = $condition:path;
    )*) => {
        /// What is asserted.
        impl SpanAssert {$(
            $(#[$doc])*
            ///
            /// # Panics
            /// If the condition does not hold.
            #[track_caller]
            pub fn $name(self, $($arg: $ty),*) -> Self {
                hold(self.$try_name($($arg),*))
            }

            #[doc = concat!("As [`", stringify!($name), "`](Self::", stringify!($name), "), but returns the report.")]
            ///
            /// # Errors
            /// If the condition does not hold.
            pub fn $try_name(self, $($arg: $ty),*) -> Result<Self, Report> {
                self.expect(&$condition($($arg),*))
            }
        )*}
    };
}
for_each_condition!(assertions);
// Names that the data has as well, where they assert nothing.
assertions! {
    /// Like [`failed`](Self::failed).
    is_error, try_is_error() = condition::failed;
    /// Requires `parent` as its parent; [`child_of`](Self::child_of) compares names.
    is_child_of, try_is_child_of(parent: &SpanData) = condition::child_of_span;
}

impl Deref for SpanAssert {
    type Target = SpanData;

    fn deref(&self) -> &SpanData {
        match self.forest.seen(self.node).ended() {
            Some(span) => span,
            None => unreachable!("queries, parents and children find spans that have ended"),
        }
    }
}

impl fmt::Debug for SpanAssert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SpanAssert").field(&**self).finish()
    }
}
