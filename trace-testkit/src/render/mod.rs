//! Renders what was recorded as canonical text.

mod drawn;
mod line;
mod options;

pub(crate) use drawn::{Drawn, Mark};
pub use options::Render;

use crate::forest::Forest;
use crate::recorded::Recorded;
use crate::source::Snapshot;

/// Puts the spans of a snapshot into trees, in canonical order.
pub(crate) fn forest_of(snapshot: Snapshot) -> Forest {
    Forest::new(snapshot, line::content)
}

impl Recorded {
    /// Renders the spans as trees of text, one line each: the same on every machine and in every run.
    ///
    /// Attributes are sorted by key. Links name the span that they lead to. Ids, source locations and
    /// times are left out; durations are shown where the test steps the clock. Spans with more than
    /// 255 ancestors are counted on a line such as `… 744 deeper`.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use trace_testkit::model::SpanData;
    /// use trace_testkit::source::Snapshot;
    /// use trace_testkit::Recorded;
    ///
    /// let span = SpanData::new("charge").with_attribute("amount", 7);
    /// let recorded = Recorded::new(Arc::new(Snapshot::of_spans([span])));
    /// assert_eq!(recorded.render(), "charge [amount=7]\n");
    /// ```
    #[must_use]
    pub fn render(&self) -> String {
        self.render_with(Render::new())
    }

    /// Renders the spans with more or less detail than [`render`](Self::render).
    #[must_use]
    pub fn render_with(&self, options: Render) -> String {
        let forest = forest_of(self.snapshot());
        let mut text = String::new();
        let mut traces = Vec::new();
        for &root in forest.roots() {
            let trace = forest.seen(root).trace_id();
            if options.ids && !traces.contains(&trace) {
                traces.push(trace);
                text.push_str(&format!("t{}\n", traces.len()));
            }
            let draw = &mut |node| Drawn::alone(&forest, node, &options);
            text.push_str(&Drawn::plain(&Drawn::walk(&forest, &[root], draw)));
        }
        text
    }
}
