//! Defines what a condition is, and what it is checked on.

use crate::forest::Forest;
use crate::model::SpanData;
use std::sync::Arc;

/// A span where it stands.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) forest: &'a Forest,
    pub(crate) node: usize,
    pub(crate) span: &'a SpanData,
}

type Check = dyn Fn(Subject<'_>) -> Vec<String> + Send + Sync;

/// Something to be said of a span.
#[derive(Clone)]
pub(crate) struct Condition {
    /// In the words of a query: `with user.id 7`.
    pub(crate) description: String,
    /// The attribute that it is about.
    pub(crate) key: Option<String>,
    check: Arc<Check>,
}

impl Condition {
    pub(super) fn new(
        description: impl Into<String>,
        check: impl Fn(Subject<'_>) -> Vec<String> + Send + Sync + 'static,
    ) -> Self {
        Self { description: description.into(), key: None, check: Arc::new(check) }
    }

    /// Of which there is at most one thing to say.
    pub(super) fn one(
        description: impl Into<String>,
        check: impl Fn(Subject<'_>) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        Self::new(description, move |subject| check(subject).into_iter().collect())
    }

    /// Names the attribute that the condition concerns.
    pub(super) fn on_attribute(mut self, key: String) -> Self {
        self.key = Some(key);
        self
    }

    /// How the span differs; nothing when it does not.
    pub(crate) fn mismatches(&self, subject: Subject<'_>) -> Vec<String> {
        (self.check)(subject)
    }
}
