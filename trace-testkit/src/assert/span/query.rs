//! Finds spans and asserts on them.
#![allow(
    clippy::must_use_candidate,
    reason = "assertions; they return the subject for further ones"
)]

use super::SpanAssert;
use crate::Recorded;
use crate::assert::count;
use crate::condition::{self, Condition, EventPattern, LinkPattern, Subject, for_each_condition};
use crate::forest::Forest;
use crate::matcher::{Match, ge, le};
use crate::model::SpanData;
use crate::names;
use crate::render::{self, Drawn, Mark, Render};
use crate::report::{Report, hold};
use std::collections::HashSet;
use std::sync::Arc;
use trace_runtime::{
    SpanKind, Status,
    propagation::{SpanId, ToContext, TraceId},
    span::Outcome,
};

/// A query for spans, by name and by every condition of [`SpanAssert`]; created by
/// [`Recorded::span`].
///
/// ```
/// # use std::sync::Arc;
/// # use trace_testkit::source::Snapshot;
/// # use trace_testkit::{model::SpanData, Recorded};
/// use trace_testkit::matcher::{gt, matches};
///
/// # let spans = [7, 8].map(|id| SpanData::new("job-1").with_attribute("user.id", id));
/// # let t = Recorded::new(Arc::new(Snapshot::of_spans(spans)));
/// t.span("job-1").with("user.id", 7).one();
/// t.span(matches("job-[0-9]+")).count(gt(1));
/// t.span("job-1").failed().none();
/// ```
#[derive(Clone)]
#[must_use = "a query asserts nothing until a count is expected"]
pub struct SpanQuery {
    forest: Arc<Forest>,
    name: Match,
    conditions: Vec<Condition>,
}

impl Recorded {
    /// Selects the ended spans of this name.
    pub fn span(&self, name: impl Into<Match>) -> SpanQuery {
        let forest = Arc::new(render::forest_of(self.snapshot()));
        SpanQuery { forest, name: name.into(), conditions: Vec::new() }
    }
}

impl SpanQuery {
    /// Selects spans whose attribute `key` matches, like [`has`](Self::has).
    pub fn with(self, key: impl Into<String>, value: impl Into<Match>) -> Self {
        self.has(key, value)
    }

    /// Asserts that exactly one span is selected, and returns it.
    ///
    /// # Panics
    /// If none or several are.
    #[track_caller]
    pub fn one(&self) -> SpanAssert {
        hold(self.try_one())
    }

    /// Like [`one`](Self::one), but returns the report.
    ///
    /// # Errors
    /// If none or several are selected.
    pub fn try_one(&self) -> Result<SpanAssert, Report> {
        match self.found().as_slice() {
            [node] => Ok(SpanAssert::new(self.forest.clone(), *node)),
            found => Err(self.report("one", found)),
        }
    }

    /// Returns the first selected span, in canonical order.
    ///
    /// # Panics
    /// If none is selected.
    #[track_caller]
    pub fn first(&self) -> SpanAssert {
        hold(self.try_first())
    }

    /// Like [`first`](Self::first), but returns the report.
    ///
    /// # Errors
    /// If none is selected.
    pub fn try_first(&self) -> Result<SpanAssert, Report> {
        self.try_nth(0)
    }

    /// Returns the selected span at this index, from 0, in canonical order.
    ///
    /// # Panics
    /// If fewer are.
    #[track_caller]
    pub fn nth(&self, place: usize) -> SpanAssert {
        hold(self.try_nth(place))
    }

    /// Like [`nth`](Self::nth), but returns the report.
    ///
    /// # Errors
    /// If fewer are selected.
    pub fn try_nth(&self, place: usize) -> Result<SpanAssert, Report> {
        let found = self.found();
        match found.get(place) {
            Some(&node) => Ok(SpanAssert::new(self.forest.clone(), node)),
            None => Err(self.report(&format!("≥ {}", place + 1), &found)),
        }
    }

    /// Asserts the number of selected spans: a number, or a matcher such as `gt(1)`.
    ///
    /// # Panics
    /// If the number differs.
    #[track_caller]
    pub fn count(&self, expected: impl Into<Match>) -> Vec<SpanAssert> {
        hold(self.try_count(expected))
    }

    /// Like [`count`](Self::count), but returns the report.
    ///
    /// # Errors
    /// If the number differs.
    pub fn try_count(&self, expected: impl Into<Match>) -> Result<Vec<SpanAssert>, Report> {
        let (found, expected) = (self.found(), expected.into());
        if !expected.matches(&found.len().into()) {
            return Err(self.report(&expected.to_string(), &found));
        }
        Ok(found.into_iter().map(|node| SpanAssert::new(self.forest.clone(), node)).collect())
    }

    /// Asserts that none is selected.
    ///
    /// # Panics
    /// If one is.
    #[track_caller]
    pub fn none(&self) {
        hold(self.try_none());
    }

    /// Like [`none`](Self::none), but returns the report.
    ///
    /// # Errors
    /// If one is selected.
    pub fn try_none(&self) -> Result<(), Report> {
        match self.found().as_slice() {
            [] => Ok(()),
            found => Err(self.report("no", found)),
        }
    }

    /// Asserts that at least `count` are selected.
    ///
    /// # Panics
    /// If fewer are.
    #[track_caller]
    pub fn at_least(&self, count: usize) -> Vec<SpanAssert> {
        hold(self.try_count(ge(count)))
    }

    /// Like [`at_least`](Self::at_least), but returns the report.
    ///
    /// # Errors
    /// If fewer are selected.
    pub fn try_at_least(&self, count: usize) -> Result<Vec<SpanAssert>, Report> {
        self.try_count(ge(count))
    }

    /// Asserts that at most `count` are selected.
    ///
    /// # Panics
    /// If more are.
    #[track_caller]
    pub fn at_most(&self, count: usize) -> Vec<SpanAssert> {
        hold(self.try_count(le(count)))
    }

    /// Like [`at_most`](Self::at_most), but returns the report.
    ///
    /// # Errors
    /// If more are selected.
    pub fn try_at_most(&self, count: usize) -> Result<Vec<SpanAssert>, Report> {
        self.try_count(le(count))
    }

    /// Returns all selected spans, in canonical order.
    pub fn iter(&self) -> impl Iterator<Item = SpanAssert> {
        self.found().into_iter().map(|node| SpanAssert::new(self.forest.clone(), node))
    }

    fn found(&self) -> Vec<usize> {
        let named = self.candidates();
        named.into_iter().filter(|&node| self.differs(node).is_empty()).collect()
    }

    /// Returns the spans of that name, whatever the other conditions.
    fn candidates(&self) -> Vec<usize> {
        let ended = |node: &usize| self.forest.seen(*node).ended().is_some();
        let named = |node: &usize| self.name.matches_text(self.forest.seen(*node).name());
        self.forest.top_down().into_iter().filter(ended).filter(named).collect()
    }

    fn differs(&self, node: usize) -> Vec<String> {
        let Some(span) = self.forest.seen(node).ended() else { return Vec::new() };
        let subject = Subject { forest: &self.forest, node, span };
        self.conditions.iter().flat_map(|condition| condition.mismatches(subject)).collect()
    }

    /// `` span `charge` (with user.id = 7) ``.
    fn description(&self) -> String {
        let with: Vec<_> =
            self.conditions.iter().map(|condition| condition.description.as_str()).collect();
        let with = match with.is_empty() {
            true => String::new(),
            false => format!(" ({})", with.join(", ")),
        };
        format!("{}{with}", self.name.as_name())
    }

    fn report(&self, expected: &str, found: &[usize]) -> Report {
        let which = format!(" {}", self.description());
        let named = self.candidates();
        let [named_set, found_set] = [&*named, found].map(|all| all.iter().copied().collect());
        let draw = &mut |node| self.draw_alone(node, &named_set, &found_set);
        let trees = Drawn::walk(&self.forest, self.forest.roots(), draw);
        let report = Report::new(count::headline(expected, "span", &which, found.len()))
            .with_drawing(Drawn::marked(&trees).text);
        let open = |written| self.forest.snapshot.open.iter().any(|open| open.name == written);
        let report = match named.is_empty() && !self.name.literal().is_some_and(open) {
            true => {
                report.with_note(names::hint("spans", self.name.literal(), self.forest.names()))
            }
            false => report,
        };
        report.with_explanations(&self.forest.snapshot)
    }

    /// Draws a span, marked if it is selected; with the reasons, if the conditions exclude it.
    fn draw_alone(&self, node: usize, named: &HashSet<usize>, found: &HashSet<usize>) -> Drawn {
        let alone = |options| Drawn::alone(&self.forest, node, &options);
        if found.contains(&node) {
            return Drawn { mark: Mark::Selected, ..alone(Render::new().without_events()) };
        }
        if named.contains(&node) {
            let notes = self.differs(node);
            return Drawn { notes: notes.clone(), ..Drawn::at_fault(&self.forest, node, &notes) };
        }
        let drawn = alone(Render::names_only());
        let seen = self.forest.seen(node);
        match seen.ended().is_none() && self.name.matches_text(seen.name()) {
            true => {
                let notes = vec!["it has not ended".to_owned()];
                Drawn { mark: Mark::Different, notes, ..drawn }
            }
            false => drawn,
        }
    }
}

macro_rules! selections {
    ($(
        $(#[$doc:meta])*
        $name:ident, $try_name:ident($($arg:ident: $ty:ty),* $(,)?) = $condition:path;
    )*) => {
        /// Selects spans by the conditions of [`SpanAssert`].
        impl SpanQuery {$(
            $(#[$doc])*
            pub fn $name(mut self, $($arg: $ty),*) -> Self {
                self.conditions.push($condition($($arg),*));
                self
            }
        )*}
    };
}
for_each_condition!(selections);
