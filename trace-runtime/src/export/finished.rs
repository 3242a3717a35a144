//! Defines a finished span in the collector's own representation.
//!
//! Attributes stay in the words that the recording thread wrote, so that an exporter can encode
//! directly from them; [`adapter`](super::adapter) converts it to an OpenTelemetry `SpanData`.

use crate::context::{SpanContext, SpanId, TraceFlags, TraceId, TraceState, in_capture};
use crate::kind::SpanKind;
use crate::outcome::Outcome;
use crate::recorder::code::{CodeAttributes, code_attributes};
use crate::recorder::fields::{Fields, FieldsIter};
use crate::recorder::words::RecordedValue;
use crate::site::SiteInfo;
use crate::status::Status;
use std::borrow::Cow;

/// A span that has ended, with all data recorded on it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FinishedSpan {
    /// The trace that it belongs to.
    pub trace_id: TraceId,
    /// Its own id.
    pub span_id: SpanId,
    /// Its parent's id; invalid for a root.
    pub parent_span_id: SpanId,
    /// Whether the parent is a span of another process.
    pub parent_is_remote: bool,
    /// The W3C flags.
    pub trace_flags: TraceFlags,
    /// The W3C `tracestate`, if any.
    pub trace_state: Option<TraceState>,
    /// Where it was recorded.
    pub site: &'static SiteInfo,
    /// Its name.
    pub name: Cow<'static, str>,
    /// Its kind.
    pub kind: SpanKind,
    /// When it started, in nanoseconds since the Unix epoch.
    pub start_unix_nanos: u64,
    /// When it ended, in nanoseconds since the Unix epoch; never before its start.
    pub end_unix_nanos: u64,
    /// Its status.
    pub status: Status,
    /// How the call ended.
    pub outcome: Outcome,
    /// Its events, in the order of their times.
    pub events: Vec<FinishedEvent>,
    /// Its links.
    pub links: Vec<FinishedLink>,
    /// The number of attributes over the limit.
    pub dropped_attributes: u32,
    /// The number of events over the limit.
    pub dropped_events: u32,
    /// The number of links over the limit.
    pub dropped_links: u32,
    /// The order of the starts in one trace, and in one capture.
    pub order: u64,
    /// Whether it began under a context that had been handed to another task or thread within a capture:
    /// its position among its siblings is then arbitrary.
    pub parallel: bool,
    /// The capture that it belongs to; 0 outside tests.
    pub(crate) capture: u32,
    pub(crate) fields: Fields,
}

impl FinishedSpan {
    /// Returns the attributes: first the recorded ones, in order, then `code.function.name`,
    /// `code.file.path` and `code.line.number` from the site. Keys are unique.
    pub fn attributes(&self) -> Attributes<'_> {
        Attributes { recorded: self.fields.iter(self.site), code: Some(code_attributes(self.site)) }
    }

    /// Returns the attributes without those from the site.
    #[cfg(any(feature = "otlp-http", feature = "otlp-grpc"))]
    pub(crate) fn recorded_attributes(&self) -> FieldsIter<'_> {
        self.fields.iter(self.site)
    }

    /// Returns the value of the attribute `key`.
    pub fn attribute(&self, key: &str) -> Option<RecordedValue<'_>> {
        self.attributes().find_map(|(name, value)| (name == key).then_some(value))
    }

    /// Returns whether the span failed.
    pub fn is_error(&self) -> bool {
        matches!(self.status, Status::Error { .. })
    }

    /// Returns the identity of the span.
    pub fn context(&self) -> SpanContext {
        let context = SpanContext::new(self.trace_id, self.span_id, self.trace_flags);
        let context = match &self.trace_state {
            Some(state) => context.with_trace_state(state.clone()),
            None => context,
        };
        in_capture(context, self.capture)
    }
}

/// Something that happened within a span.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FinishedEvent {
    /// The name of the event.
    pub name: Cow<'static, str>,
    /// When, in nanoseconds since the Unix epoch.
    pub unix_nanos: u64,
    /// The number of attributes over the limit.
    pub dropped_attributes: u32,
    pub(crate) site: &'static SiteInfo,
    pub(crate) fields: Fields,
}

impl FinishedEvent {
    /// Returns its attributes.
    pub fn attributes(&self) -> Attributes<'_> {
        Attributes { recorded: self.fields.iter(self.site), code: None }
    }

    /// Returns the value of the attribute `key`.
    pub fn attribute(&self, key: &str) -> Option<RecordedValue<'_>> {
        self.attributes().find_map(|(name, value)| (name == key).then_some(value))
    }
}

/// A reference to another span.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FinishedLink {
    /// The other span.
    pub context: SpanContext,
    /// The number of attributes over the limit.
    pub dropped_attributes: u32,
    pub(crate) site: &'static SiteInfo,
    pub(crate) fields: Fields,
}

impl FinishedLink {
    /// Returns its attributes.
    pub fn attributes(&self) -> Attributes<'_> {
        Attributes { recorded: self.fields.iter(self.site), code: None }
    }
}

/// Iterates over attributes as keys and recorded values.
#[derive(Clone)]
pub struct Attributes<'a> {
    recorded: FieldsIter<'a>,
    /// The site's code attributes, which follow; `None` on events and links.
    code: Option<CodeAttributes>,
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (&'a str, RecordedValue<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        self.recorded.next().or_else(|| self.code.as_mut()?.next())
    }
}
