//! Holds what a rendering shows and leaves out.

use crate::matcher::Match;

/// Attributes that differ from machine to machine or from one edit to the next.
const UNSTABLE: [&str; 3] = ["exception.stacktrace", "thread.id", "thread.name"];

/// Options of [`Recorded::render_with`](crate::Recorded::render_with).
///
/// ```
/// use trace_testkit::matcher::starts_with;
/// use trace_testkit::Render;
///
/// let render = Render::new().with_ids().redact("request.id").hide(starts_with("net."));
/// # let _ = render;
/// ```
#[derive(Clone, Debug, Default)]
pub struct Render {
    pub(super) ids: bool,
    pub(super) durations: bool,
    pub(super) scopes: bool,
    unstable: bool,
    pub(super) no_attributes: bool,
    pub(super) no_events: bool,
    pub(super) names_only: bool,
    pub(super) content: bool,
    /// The only attributes to show.
    only: Option<Vec<String>>,
    hidden: Vec<Match>,
    redacted: Vec<Match>,
}

impl Render {
    /// Creates the options of [`Recorded::render`](crate::Recorded::render).
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Shows the logical name of every trace and span: `t1`, `s1`, `s2`, in the order of the text.
    #[must_use]
    pub fn with_ids(mut self) -> Self {
        self.ids = true;
        self
    }

    /// Shows durations, even those of the machine's clock.
    #[must_use]
    pub fn with_durations(mut self) -> Self {
        self.durations = true;
        self
    }

    /// Shows the instrumentation scope of each span: the library that recorded it.
    #[must_use]
    pub fn with_scopes(mut self) -> Self {
        self.scopes = true;
        self
    }

    /// Also shows attributes that differ between machines or edits: `code.*`, `thread.id`,
    /// `thread.name` and stack traces.
    #[must_use]
    pub fn with_unstable_attributes(mut self) -> Self {
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

    /// Shows what siblings are ordered by: everything that does not depend on their order.
    pub(super) fn content() -> Self {
        Self { content: true, ..Self::default() }
    }

    /// Shows the names of spans, and whether they failed.
    pub(crate) fn names_only() -> Self {
        Self { names_only: true, no_attributes: true, no_events: true, ..Self::default() }
    }

    /// Shows the names of spans, with these attributes alone.
    pub(crate) fn named(keys: impl Iterator<Item = impl Into<String>>) -> Self {
        let only = Some(keys.map(Into::into).collect());
        Self { names_only: true, no_events: true, only, ..Self::default() }
    }

    pub(super) fn shows(&self, key: &str) -> bool {
        if let Some(only) = &self.only {
            return only.iter().any(|shown| shown == key);
        }
        (self.unstable || !(key.starts_with("code.") || UNSTABLE.contains(&key)))
            && !self.hidden.iter().any(|hidden| hidden.matches_text(key))
    }

    pub(super) fn redacts(&self, key: &str) -> bool {
        self.redacted.iter().any(|redacted| redacted.matches_text(key))
    }
}
