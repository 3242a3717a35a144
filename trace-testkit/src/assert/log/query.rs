//! Finds log records and asserts on them.
#![allow(
    clippy::must_use_candidate,
    reason = "assertions; they return the subject for further ones"
)]

use super::condition::{self, LogCondition, LogPlace, place};
use super::draw;
use crate::Recorded;
use crate::assert::count;
use crate::forest::Forest;
use crate::matcher::{Match, contains, ge, le, matches};
use crate::model::{LogData, Severity};
use crate::names;
use crate::render;
use crate::report::{Report, explanations, hold};
use crate::source::Stray;
use std::fmt;
use std::sync::Arc;
use trace_runtime::propagation::TraceId;

/// The note of a report if there are no records at all.
const WAYS: &str = "to a capture, records come by its `logger_provider()`, or by a `LogCollector` \
                    in a pipeline of the process";

/// A query for log records; created by [`Recorded::logs`].
///
/// ```
/// # use std::sync::Arc;
/// # use trace_testkit::source::Snapshot;
/// # use trace_testkit::{model::LogData, Recorded};
/// use trace_testkit::model::Severity::{Info, Warn};
///
/// # let mut log = LogData::new("retry 2 of 3").with_attribute("attempt", 2);
/// # log.severity_number = 13;
/// # let mut snapshot = Snapshot::default();
/// # snapshot.logs.push(log);
/// # let t = Recorded::new(Arc::new(snapshot));
/// t.logs().at(Warn).containing("retry").with("attempt", 2).one();
/// t.logs().at_or_above(Info).matching("retry [0-9] of 3").count(1);
/// t.logs().containing("password").none();
/// ```
#[derive(Clone)]
#[must_use = "a query asserts nothing until a count is expected"]
pub struct LogQuery {
    forest: Arc<Forest>,
    conditions: Vec<LogCondition>,
}

impl Recorded {
    /// Selects log records.
    pub fn logs(&self) -> LogQuery {
        LogQuery { forest: Arc::new(render::forest_of(self.snapshot())), conditions: Vec::new() }
    }
}

/// Selects records.
impl LogQuery {
    /// Selects records of this severity.
    pub fn at(self, severity: Severity) -> Self {
        self.and(condition::at(severity))
    }

    /// Selects records of this severity or higher.
    pub fn at_or_above(self, severity: Severity) -> Self {
        self.and(condition::at_or_above(severity))
    }

    /// Selects records whose body contains `text`.
    pub fn containing(self, text: impl Into<String>) -> Self {
        let text = text.into();
        self.and(condition::body(format!("containing {text:?}"), contains(text)))
    }

    /// Selects records whose entire body matches a regular expression.
    ///
    /// # Panics
    /// If `pattern` is not a regular expression.
    #[track_caller]
    pub fn matching(self, pattern: &str) -> Self {
        self.and(condition::body(format!("matching /{pattern}/"), matches(pattern)))
    }

    /// Selects records whose body is this value or matches.
    pub fn body(self, body: impl Into<Match>) -> Self {
        let body = body.into();
        self.and(condition::body(format!("with body {body}"), body))
    }

    /// Selects records whose attribute `key` matches.
    pub fn with(self, key: impl Into<String>, value: impl Into<Match>) -> Self {
        self.and(condition::with(key.into(), value.into()))
    }

    /// Selects records without the attribute `key`.
    pub fn without(self, key: impl Into<String>) -> Self {
        self.and(condition::without(key.into()))
    }

    /// Selects records that are an event of this name.
    pub fn event(self, name: impl Into<Match>) -> Self {
        self.and(condition::event(name.into()))
    }

    /// Selects records of this instrumentation scope: the library that wrote them, or the target of
    /// `log` and `tracing`.
    pub fn scope(self, name: impl Into<Match>) -> Self {
        self.and(condition::scope(name.into()))
    }

    /// Selects records written directly in a span of this name.
    pub fn in_span(self, name: impl Into<Match>) -> Self {
        self.and(condition::in_span(name.into()))
    }

    /// Selects records written in a span of this name or in a descendant.
    pub fn within(self, name: impl Into<Match>) -> Self {
        self.and(condition::within(name.into()))
    }

    /// Selects records of this trace.
    pub fn in_trace(self, trace_id: TraceId) -> Self {
        self.and(condition::in_trace(trace_id))
    }

    /// Selects records written outside all spans.
    pub fn outside_spans(self) -> Self {
        self.and(condition::outside_spans())
    }

    fn and(mut self, condition: LogCondition) -> Self {
        self.conditions.push(condition);
        self
    }
}

/// Asserts on the selection.
impl LogQuery {
    /// Asserts that exactly one record is selected, and returns it.
    ///
    /// # Panics
    /// If none or several are.
    #[track_caller]
    pub fn one(&self) -> LogData {
        hold(self.try_one())
    }

    /// Like [`one`](Self::one), but returns the report.
    ///
    /// # Errors
    /// If none or several are selected.
    pub fn try_one(&self) -> Result<LogData, Report> {
        match self.found().as_slice() {
            [log] => Ok((*log).clone()),
            found => Err(self.report("one", found.len())),
        }
    }

    /// Asserts the number of selected records: a number, or a matcher such as `gt(1)`.
    ///
    /// # Panics
    /// If the number differs.
    #[track_caller]
    pub fn count(&self, expected: impl Into<Match>) -> Vec<LogData> {
        hold(self.try_count(expected))
    }

    /// Like [`count`](Self::count), but returns the report.
    ///
    /// # Errors
    /// If the number differs.
    pub fn try_count(&self, expected: impl Into<Match>) -> Result<Vec<LogData>, Report> {
        let (found, expected) = (self.found(), expected.into());
        match expected.matches(&found.len().into()) {
            true => Ok(found.into_iter().cloned().collect()),
            false => Err(self.report(&expected.to_string(), found.len())),
        }
    }

    /// Asserts that at least `count` are selected.
    ///
    /// # Panics
    /// If fewer are.
    #[track_caller]
    pub fn at_least(&self, count: usize) -> Vec<LogData> {
        hold(self.try_at_least(count))
    }

    /// Like [`at_least`](Self::at_least), but returns the report.
    ///
    /// # Errors
    /// If fewer are selected.
    pub fn try_at_least(&self, count: usize) -> Result<Vec<LogData>, Report> {
        self.try_count(ge(count))
    }

    /// Asserts that at most `count` are selected.
    ///
    /// # Panics
    /// If more are.
    #[track_caller]
    pub fn at_most(&self, count: usize) -> Vec<LogData> {
        hold(self.try_at_most(count))
    }

    /// Like [`at_most`](Self::at_most), but returns the report.
    ///
    /// # Errors
    /// If more are selected.
    pub fn try_at_most(&self, count: usize) -> Result<Vec<LogData>, Report> {
        self.try_count(le(count))
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
        match self.found().len() {
            0 => Ok(()),
            found => Err(self.report("no", found)),
        }
    }

    /// Returns the first selected record, in order of arrival.
    ///
    /// # Panics
    /// If none is selected.
    #[track_caller]
    pub fn first(&self) -> LogData {
        hold(self.try_first())
    }

    /// Like [`first`](Self::first), but returns the report.
    ///
    /// # Errors
    /// If none is selected.
    pub fn try_first(&self) -> Result<LogData, Report> {
        self.try_at_least(1).map(|mut found| found.swap_remove(0))
    }

    /// Asserts that each record was written in a captured span.
    ///
    /// # Panics
    /// If one was written outside all spans, or in a span that was not captured.
    #[track_caller]
    pub fn all_in_spans(&self) {
        hold(self.try_all_in_spans());
    }

    /// Like [`all_in_spans`](Self::all_in_spans), but returns the report.
    ///
    /// # Errors
    /// If one was written outside all spans, or in a span that was not captured.
    pub fn try_all_in_spans(&self) -> Result<(), Report> {
        let astray = self.found().into_iter().filter_map(|log| match place(&self.forest, log) {
            LogPlace::Span(_) => None,
            place => {
                let body = log.body.as_ref().map(ToString::to_string).unwrap_or_default();
                Some(format!("{body} is {}", place.describe(&self.forest)))
            }
        });
        let astray: Vec<String> = astray.collect();
        match astray.is_empty() {
            true => Ok(()),
            false => {
                let headline = format!("expected all logs{} in spans", self.description());
                Err(self.explained(Report::new(headline).with_mismatches(astray)))
            }
        }
    }

    /// Returns all selected records, in order of arrival.
    pub fn iter(&self) -> impl Iterator<Item = LogData> {
        self.found().into_iter().cloned()
    }

    fn found(&self) -> Vec<&LogData> {
        let fits = |log: &&LogData| {
            self.conditions.iter().all(|asked| asked.mismatch(&self.forest, log).is_none())
        };
        self.forest.snapshot.logs.iter().filter(fits).collect()
    }

    /// ` at WARN containing "retry"`.
    fn description(&self) -> String {
        self.conditions.iter().map(|condition| format!(" {}", condition.description)).collect()
    }

    fn report(&self, expected: &str, found: usize) -> Report {
        let headline = count::headline(expected, "log", &self.description(), found);
        let report = Report::new(headline).with_drawing(draw::logs(&self.forest, &self.conditions));
        let strays = self.forest.snapshot.strays.iter();
        let strays = strays.filter(|stray| matches!(stray, Stray::Log { .. }));
        let strays: Vec<_> = strays.map(ToString::to_string).collect();
        let is_astray = !strays.is_empty();
        let report = strays.into_iter().fold(report, Report::with_note);
        if self.forest.snapshot.logs.is_empty() {
            let report = report.with_note("nothing was logged");
            return if is_astray { report } else { report.with_note(WAYS) };
        }
        let spans: Vec<&Match> = self.conditions.iter().filter_map(|c| c.span.as_ref()).collect();
        let names = self.forest.names();
        let unknown = |span: &&&Match| !names.iter().any(|name| span.matches_text(name));
        let report = match spans.iter().find(unknown) {
            Some(span) => {
                report.with_note(names::hint("spans", span.literal(), names.iter().copied()))
            }
            None => report,
        };
        if spans.is_empty() { report } else { self.explained(report) }
    }

    /// Adds orphans and open spans, which explain why a record is not where it is expected.
    fn explained(&self, report: Report) -> Report {
        explanations(&self.forest.snapshot).into_iter().fold(report, Report::with_note)
    }
}

impl fmt::Debug for LogQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LogQuery(logs{})", self.description())
    }
}
