//! Asserts on spans that have not ended.
#![allow(
    clippy::must_use_candidate,
    reason = "assertions; they return the subject for further ones"
)]

use super::count::headline;
use crate::Recorded;
use crate::forest::Forest;
use crate::matcher::Match;
use crate::names;
use crate::render::{self, Drawn, Mark, Render};
use crate::report::{Report, hold};
use crate::source::OpenSpan;

/// A query for spans that have not ended; created by [`Recorded::open`].
///
/// ```
/// let t = trace_testkit::capture();
/// let upload = trace_runtime::Span::builder("upload").start();
/// t.open("upload").one();
/// drop(upload);
/// t.open("upload").none();
/// t.span("upload").one();
/// ```
#[must_use = "a query asserts nothing until a count is expected"]
pub struct OpenQuery {
    forest: Forest,
    name: Match,
}

impl Recorded {
    /// Selects the spans of this name that have begun and not ended.
    pub fn open(&self, name: impl Into<Match>) -> OpenQuery {
        OpenQuery { forest: render::forest_of(self.snapshot()), name: name.into() }
    }
}

impl OpenQuery {
    /// Asserts that exactly one is open, and returns it.
    ///
    /// # Panics
    /// If none or several are.
    #[track_caller]
    pub fn one(&self) -> OpenSpan {
        hold(self.try_one())
    }

    /// Like [`one`](Self::one), but returns the report.
    ///
    /// # Errors
    /// If none or several are open.
    pub fn try_one(&self) -> Result<OpenSpan, Report> {
        match self.found().as_slice() {
            [one] => Ok((*one).clone()),
            found => Err(self.report("one", found.len())),
        }
    }

    /// Asserts the number of open spans: a number, or a matcher.
    ///
    /// # Panics
    /// If the number differs.
    #[track_caller]
    pub fn count(&self, expected: impl Into<Match>) {
        hold(self.try_count(expected));
    }

    /// Like [`count`](Self::count), but returns the report.
    ///
    /// # Errors
    /// If the number differs.
    pub fn try_count(&self, expected: impl Into<Match>) -> Result<(), Report> {
        let (expected, found) = (expected.into(), self.found().len());
        match expected.matches(&found.into()) {
            true => Ok(()),
            false => Err(self.report(&expected.to_string(), found)),
        }
    }

    /// Asserts that all have ended.
    ///
    /// # Panics
    /// If one is open.
    #[track_caller]
    pub fn none(&self) {
        hold(self.try_none());
    }

    /// Like [`none`](Self::none), but returns the report.
    ///
    /// # Errors
    /// If one is open.
    pub fn try_none(&self) -> Result<(), Report> {
        match self.found().len() {
            0 => Ok(()),
            found => Err(self.report("no", found)),
        }
    }

    fn found(&self) -> Vec<&OpenSpan> {
        let open = self.forest.snapshot.open.iter();
        open.filter(|span| self.name.matches_text(&span.name)).collect()
    }

    fn report(&self, expected: &str, found: usize) -> Report {
        let which = format!(" {}", self.name.as_name());
        let trees =
            Drawn::walk(&self.forest, self.forest.roots(), &mut |node| self.draw_alone(node));
        let report = Report::new(headline(expected, "open span", &which, found))
            .with_drawing(Drawn::marked(&trees).text);
        if found > 0 {
            return report;
        }
        let open = self.forest.snapshot.open.iter().map(|span| span.name.as_str());
        report.with_note(names::hint("open spans", self.name.literal(), open))
    }

    /// Draws a span, marked if its name matches.
    fn draw_alone(&self, node: usize) -> Drawn {
        let drawn = Drawn::alone(&self.forest, node, &Render::names_only());
        match self.name.matches_text(self.forest.seen(node).name()) {
            true => Drawn { mark: Mark::Selected, ..drawn },
            false => drawn,
        }
    }
}
