//! Asserts that no telemetry is missing.

use crate::Recorded;
use crate::condition::dropped;
use crate::forest::Forest;
use crate::names::shown;
use crate::render::{self, Drawn, Mark, Render};
use crate::report::{Report, explanations, hold};
use crate::source::{Home, Snapshot};

impl Recorded {
    /// Asserts that the telemetry is complete: no orphan of this test, no open span, no loss, no
    /// attribute, event or link dropped by a limit, and no missing parent.
    ///
    /// An orphan is known to belong to this test if it began on a thread of the runtime that
    /// `#[trace_testkit::test]` starts. An orphan of another thread, such as of a shared pool, may
    /// belong to another test: it does not fail this assertion, but failing assertions list it.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use trace_testkit::{model::SpanData, source::Snapshot, Recorded};
    /// # let t = Recorded::new(Arc::new(Snapshot::of_spans([SpanData::new("charge")])));
    /// t.strict();
    /// ```
    ///
    /// # Panics
    /// If something is missing.
    #[track_caller]
    pub fn strict(&self) {
        hold(self.try_strict());
    }

    /// Like [`strict`](Self::strict), but returns the report.
    ///
    /// # Errors
    /// If something is missing.
    pub fn try_strict(&self) -> Result<(), Report> {
        let forest = render::forest_of(self.snapshot());
        let mut faulty = own(&forest.snapshot);
        let draw = &mut |node| draw_alone(&forest, node, &mut faulty);
        let trees = Drawn::walk(&forest, forest.roots(), draw);
        if faulty.is_empty() {
            return Ok(());
        }
        Err(Report::new("the telemetry is not complete")
            .with_mismatches(faulty)
            .with_drawing(Drawn::marked(&trees).text))
    }
}

/// Returns what is missing from the whole.
fn own(snapshot: &Snapshot) -> Vec<String> {
    let mut own = snapshot.clone();
    own.orphans.retain(|orphan| orphan.home == Home::Here);
    let mut faulty = explanations(&own);
    for log in snapshot.logs.iter().filter(|log| log.dropped_attributes > 0) {
        let body = log.body.as_ref().map(ToString::to_string).unwrap_or_default();
        faulty.push(format!(
            "log {body}: dropped attributes: {}, over the limit",
            log.dropped_attributes
        ));
    }
    faulty
}

/// Draws a span, marked if something is missing from it, and lists what is missing.
fn draw_alone(forest: &Forest, node: usize, faulty: &mut Vec<String>) -> Drawn {
    let mut drawn = Drawn::alone(forest, node, &Render::names_only());
    if let Some(span) = forest.seen(node).ended() {
        let mut missing = dropped(span);
        let apart = forest.parent(node).is_none() && !span.is_root() && !span.parent_is_remote;
        missing.extend(apart.then(|| "parent: it was not recorded".to_owned()));
        faulty.extend(
            missing.iter().map(|missing| format!("span `{}`: {missing}", shown(&span.name))),
        );
        if !missing.is_empty() {
            drawn.mark = Mark::Different;
        }
    } else {
        drawn.mark = Mark::Different;
    }
    drawn
}
