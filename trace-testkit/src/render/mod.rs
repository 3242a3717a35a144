//! The canonical text of what was recorded.

mod drawn;
mod line;

pub(crate) use drawn::{Drawn, Mark};
pub(crate) use line::line;

use crate::Recorded;
use crate::forest::Forest;
use crate::matcher::Match;

/// Attributes that differ from machine to machine or from one edit to the next.
const UNSTABLE: [&str; 3] = ["exception.stacktrace", "thread.id", "thread.name"];

/// What [`Recorded::render_with`] shows.
///
/// ```
/// use trace_testkit::matcher::starts_with;
/// use trace_testkit::Render;
///
/// let render = Render::new().ids().redact("request.id").hide(starts_with("net."));
/// # let _ = render;
/// ```
#[derive(Clone, Debug, Default)]
pub struct Render {
    ids: bool,
    durations: bool,
    scopes: bool,
    unstable: bool,
    no_attributes: bool,
    no_events: bool,
    names_only: bool,
    content: bool,
    /// The only attributes to show.
    only: Option<Vec<String>>,
    hidden: Vec<Match>,
    redacted: Vec<Match>,
}

impl Render {
    /// What [`Recorded::render`] shows.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives every trace and span its logical name: `t1`, `s1`, `s2`, in the order of the text.
    #[must_use]
    pub fn ids(mut self) -> Self {
        self.ids = true;
        self
    }

    /// Shows durations, even those of the machine's clock.
    #[must_use]
    pub fn durations(mut self) -> Self {
        self.durations = true;
        self
    }

    /// Shows the scope of each span: the library that recorded it.
    #[must_use]
    pub fn scopes(mut self) -> Self {
        self.scopes = true;
        self
    }

    /// Shows attributes that differ between machines or edits too: `code.*`, `thread.id`,
    /// `thread.name` and stack traces.
    #[must_use]
    pub fn unstable_attributes(mut self) -> Self {
        self.unstable = true;
        self
    }

    /// Leaves out the attributes of spans, events and links.
    #[must_use]
    pub fn without_attributes(mut self) -> Self {
        self.no_attributes = true;
        self
    }

    /// Leaves out events.
    #[must_use]
    pub fn without_events(mut self) -> Self {
        self.no_events = true;
        self
    }

    /// Leaves out attributes with this key.
    #[must_use]
    pub fn hide(mut self, key: impl Into<Match>) -> Self {
        self.hidden.push(key.into());
        self
    }

    /// Shows `…` for the value of attributes with this key.
    #[must_use]
    pub fn redact(mut self, key: impl Into<Match>) -> Self {
        self.redacted.push(key.into());
        self
    }

    /// What siblings are ordered by: all that does not depend on their order.
    pub(crate) fn content() -> Self {
        Self { content: true, ..Self::default() }
    }

    /// Where spans stand, and whether they failed.
    pub(crate) fn names_only() -> Self {
        Self { names_only: true, no_attributes: true, no_events: true, ..Self::default() }
    }

    /// Where spans stand, with these attributes alone.
    pub(crate) fn named(keys: impl Iterator<Item = impl Into<String>>) -> Self {
        let only = Some(keys.map(Into::into).collect());
        Self { names_only: true, no_events: true, only, ..Self::default() }
    }

    fn shows(&self, key: &str) -> bool {
        if let Some(only) = &self.only {
            return only.iter().any(|shown| shown == key);
        }
        (self.unstable || !(key.starts_with("code.") || UNSTABLE.contains(&key)))
            && !self.hidden.iter().any(|hidden| hidden.matches_text(key))
    }

    fn redacts(&self, key: &str) -> bool {
        self.redacted.iter().any(|redacted| redacted.matches_text(key))
    }
}

impl Recorded {
    /// The spans as text: one line each, as trees, the same on every machine and in every run.
    ///
    /// Attributes are sorted by their keys. Links name the span that they lead to. Ids, places in
    /// the source and times are left out; durations are shown where the test steps the clock.
    /// Spans within more than 255 others are counted on a line such as `… 744 deeper`.
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

    /// The same, with more or less detail.
    #[must_use]
    pub fn render_with(&self, options: Render) -> String {
        let forest = Forest::new(self.snapshot());
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
