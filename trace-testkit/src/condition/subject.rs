//! Defines conditions, and the span that they are checked on.

use crate::forest::Forest;
use crate::model::SpanData;
use std::sync::Arc;

/// A span and its place in the forest.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) forest: &'a Forest,
    pub(crate) node: usize,
    pub(crate) span: &'a SpanData,
}

type Check = dyn Fn(Subject<'_>) -> Vec<String> + Send + Sync;

/// A condition on a span.
#[derive(Clone)]
pub(crate) struct Condition {
    /// As a query words it: `with user.id 7`.
    pub(crate) description: String,
    /// The attribute that it concerns.
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

    /// Creates a condition with at most one mismatch.
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

    /// Returns how the span differs; empty if it does not.
    pub(crate) fn mismatches(&self, subject: Subject<'_>) -> Vec<String> {
        (self.check)(subject)
    }
}
