//! Defines spans, events and links.

use super::shared::{Attribute, ResourceData, ScopeData};
use std::sync::Arc;
use std::time::Duration;
use trace_runtime::{
    SpanContext, SpanKind, Status,
    propagation::{SpanId, TraceFlags, TraceId},
    span::Outcome,
};

/// A span that has ended, with everything recorded on it.
///
/// ```
/// use trace_runtime::{SpanKind, propagation::{SpanId, TraceId}};
/// use trace_testkit::model::SpanData;
///
/// let mut span = SpanData::new("charge").with_attribute("amount", 7);
/// span.trace_id = TraceId::from_u128(1);
/// span.span_id = SpanId::from_u64(1);
/// span.kind = SpanKind::Client;
/// assert_eq!(span.attribute("amount"), Some(&7.into()));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct SpanData {
    /// The trace that it belongs to.
    pub trace_id: TraceId,
    /// Its own id.
    pub span_id: SpanId,
    /// Its parent's id; invalid for a root.
    pub parent_span_id: SpanId,
    /// Whether the parent is a span of another process.
    pub parent_is_remote: bool,
    /// The W3C flags.
    pub flags: TraceFlags,
    /// The W3C `tracestate`; empty when there is none.
    pub trace_state: String,
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: SpanKind,
    /// When it started, in nanoseconds since the Unix epoch.
    pub start_unix_nanos: u64,
    /// When it ended, in nanoseconds since the Unix epoch.
    pub end_unix_nanos: u64,
    /// Its status.
    pub status: Status,
    /// How the call ended; `None` for spans received over OTLP, which does not carry it.
    pub outcome: Option<Outcome>,
    /// Its attributes, in the order in which they were recorded.
    pub attributes: Vec<Attribute>,
    /// Its events, in the order of their times.
    pub events: Vec<EventData>,
    /// Its links.
    pub links: Vec<LinkData>,
    /// The library that recorded it.
    pub scope: ScopeData,
    /// The program that recorded it.
    pub resource: Arc<ResourceData>,
    /// The number of attributes dropped by a limit.
    pub dropped_attributes: u32,
    /// The number of events dropped by a limit.
    pub dropped_events: u32,
    /// The number of links dropped by a limit.
    pub dropped_links: u32,
    /// The position of its start among all starts of the capture.
    pub order: u64,
    /// Whether it ran in parallel to its siblings: its context was handed to another task or thread.
    pub parallel: bool,
}

impl SpanData {
    /// Creates a span of this name; everything else is empty.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// Returns the first event of this name.
    #[must_use]
    pub fn event(&self, name: &str) -> Option<&EventData> {
        self.events.iter().find(|event| event.name == name)
    }

    /// Returns its duration; zero if it ended before it started.
    #[must_use]
    pub fn duration(&self) -> Duration {
        Duration::from_nanos(self.end_unix_nanos.saturating_sub(self.start_unix_nanos))
    }

    /// Whether its status is `Error`.
    #[must_use]
    pub fn is_error(&self) -> bool {
        matches!(self.status, Status::Error { .. })
    }

    /// Whether it has no parent.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.parent_span_id == SpanId::INVALID
    }

    /// Whether `parent` is its parent.
    #[must_use]
    pub fn is_child_of(&self, parent: &SpanData) -> bool {
        !self.is_root() && self.trace_id == parent.trace_id && self.parent_span_id == parent.span_id
    }

    /// Returns its context: ids, flags and `tracestate`.
    #[must_use]
    pub fn context(&self) -> SpanContext {
        SpanContext::new(self.trace_id, self.span_id, self.flags)
            .with_trace_state(self.trace_state.as_str())
    }
}

/// An event on a span.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct EventData {
    /// Its name.
    pub name: String,
    /// When it happened, in nanoseconds since the Unix epoch.
    pub unix_nanos: u64,
    /// Its attributes.
    pub attributes: Vec<Attribute>,
    /// The number of attributes dropped by a limit.
    pub dropped_attributes: u32,
}

impl EventData {
    /// Creates an event of this name; everything else is empty.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }
}

/// A link to another span.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct LinkData {
    /// The linked span.
    pub context: SpanContext,
    /// Its attributes.
    pub attributes: Vec<Attribute>,
    /// The number of attributes dropped by a limit.
    pub dropped_attributes: u32,
}

impl LinkData {
    /// Creates a link to the span of this context.
    #[must_use]
    pub fn new(context: SpanContext) -> Self {
        Self { context, ..Self::default() }
    }

    /// Whether it leads to `span`.
    #[must_use]
    pub fn leads_to(&self, span: &SpanData) -> bool {
        self.context.trace_id() == span.trace_id && self.context.span_id() == span.span_id
    }
}
