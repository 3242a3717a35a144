//! Finding spans.
#![allow(clippy::must_use_candidate, reason = "assertions; what they return is for further ones")]

use super::SpanAssert;
use crate::Recorded;
use crate::assert::count;
use crate::condition::{self, Condition, EventPattern, LinkPattern, Subject, for_each_condition};
use crate::forest::Forest;
use crate::matcher::{Match, ge, le};
use crate::model::SpanData;
use crate::names;
use crate::render::{Drawn, Mark, Render};
use crate::report::{Report, hold};
use std::collections::HashSet;
use std::sync::Arc;
use trace_runtime::{Outcome, SpanId, SpanKind, Status, TraceId, propagation::ToContext};

/// A selection of spans: by name, and by every condition that a [`SpanAssert`] can be held to.
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
#[must_use = "a query asserts nothing until it is said how many spans are expected"]
pub struct SpanQuery {
    forest: Arc<Forest>,
    name: Match,
    conditions: Vec<Condition>,
}

impl Recorded {
    /// Selects the spans of this name that have ended.
    pub fn span(&self, name: impl Into<Match>) -> SpanQuery {
        let forest = Arc::new(Forest::new(self.snapshot()));
        SpanQuery { forest, name: name.into(), conditions: Vec::new() }
    }
}

impl SpanQuery {
    /// Selects those whose attribute `key` matches; the same as [`has`](Self::has).
    pub fn with(self, key: impl Into<String>, value: impl Into<Match>) -> Self {
        self.has(key, value)
    }

    /// The only span that is selected.
    ///
    /// # Panics
    /// When none is, or several are.
    #[track_caller]
    pub fn one(&self) -> SpanAssert {
        hold(self.try_one())
    }

    /// As [`one`](Self::one), but returns the report.
    ///
    /// # Errors
    /// When none is selected, or several are.
    pub fn try_one(&self) -> Result<SpanAssert, Report> {
        match self.found().as_slice() {
            [node] => Ok(SpanAssert::new(self.forest.clone(), *node)),
            found => Err(self.report("one", found)),
        }
    }

    /// The first span that is selected, in canonical order.
    ///
    /// # Panics
    /// When none is.
    #[track_caller]
    pub fn first(&self) -> SpanAssert {
        hold(self.try_first())
    }

    /// As [`first`](Self::first), but returns the report.
    ///
    /// # Errors
    /// When none is selected.
    pub fn try_first(&self) -> Result<SpanAssert, Report> {
        self.try_nth(0)
    }

    /// The span at this place of those selected, counted from 0, in canonical order.
    ///
    /// # Panics
    /// When fewer are.
    #[track_caller]
    pub fn nth(&self, place: usize) -> SpanAssert {
        hold(self.try_nth(place))
    }

    /// As [`nth`](Self::nth), but returns the report.
    ///
    /// # Errors
    /// When fewer are selected.
    pub fn try_nth(&self, place: usize) -> Result<SpanAssert, Report> {
        let found = self.found();
        match found.get(place) {
            Some(&node) => Ok(SpanAssert::new(self.forest.clone(), node)),
            None => Err(self.report(&format!("≥ {}", place + 1), &found)),
        }
    }

    /// Holds that so many are selected: a number, or a condition such as `gt(1)`.
    ///
    /// # Panics
    /// When it is another number.
    #[track_caller]
    pub fn count(&self, expected: impl Into<Match>) -> Vec<SpanAssert> {
        hold(self.try_count(expected))
    }

    /// As [`count`](Self::count), but returns the report.
    ///
    /// # Errors
    /// When another number is selected.
    pub fn try_count(&self, expected: impl Into<Match>) -> Result<Vec<SpanAssert>, Report> {
        let (found, expected) = (self.found(), expected.into());
        if !expected.matches(&found.len().into()) {
            return Err(self.report(&expected.to_string(), &found));
        }
        Ok(found.into_iter().map(|node| SpanAssert::new(self.forest.clone(), node)).collect())
    }

    /// Holds that none is selected.
    ///
    /// # Panics
    /// When one is.
    #[track_caller]
    pub fn none(&self) {
        hold(self.try_none());
    }

    /// As [`none`](Self::none), but returns the report.
    ///
    /// # Errors
    /// When one is selected.
    pub fn try_none(&self) -> Result<(), Report> {
        match self.found().as_slice() {
            [] => Ok(()),
            found => Err(self.report("no", found)),
        }
    }

    /// Holds that so many or more are selected.
    ///
    /// # Panics
    /// When fewer are.
    #[track_caller]
    pub fn at_least(&self, count: usize) -> Vec<SpanAssert> {
        hold(self.try_count(ge(count)))
    }

    /// As [`at_least`](Self::at_least), but returns the report.
    ///
    /// # Errors
    /// When fewer are selected.
    pub fn try_at_least(&self, count: usize) -> Result<Vec<SpanAssert>, Report> {
        self.try_count(ge(count))
    }

    /// Holds that so many or fewer are selected.
    ///
    /// # Panics
    /// When more are.
    #[track_caller]
    pub fn at_most(&self, count: usize) -> Vec<SpanAssert> {
        hold(self.try_count(le(count)))
    }

    /// As [`at_most`](Self::at_most), but returns the report.
    ///
    /// # Errors
    /// When more are selected.
    pub fn try_at_most(&self, count: usize) -> Result<Vec<SpanAssert>, Report> {
        self.try_count(le(count))
    }

    /// All that are selected, however many, in canonical order.
    pub fn iter(&self) -> impl Iterator<Item = SpanAssert> {
        self.found().into_iter().map(|node| SpanAssert::new(self.forest.clone(), node))
    }

    fn found(&self) -> Vec<usize> {
        let named = self.candidates();
        named.into_iter().filter(|&node| self.differs(node).is_empty()).collect()
    }

    /// The spans of that name, whatever the conditions.
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
            .drawing(Drawn::marked(&trees).text);
        let open = |written| self.forest.snapshot.open.iter().any(|open| open.name == written);
        let report = match named.is_empty() && !self.name.literal().is_some_and(open) {
            true => report.note(names::hint("spans", self.name.literal(), self.forest.names())),
            false => report,
        };
        report.explained_by(&self.forest.snapshot)
    }

    /// Marked, if it was selected; with the reasons, if it is what the conditions rule out.
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
        /// What is selected: spans of which this holds.
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
