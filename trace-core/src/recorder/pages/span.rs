//! Reads a finished span.

use super::attributes::Attributes;
use super::event::FinishedEvent;
use super::head::{Head, Shown, StatusCode, bits};
use super::items::{Items, TRACE_STATE};
use super::link::FinishedLink;
use crate::context::{SpanContext, SpanId, TraceFlags, TraceId, in_capture};
use crate::kind::SpanKind;
use crate::outcome::Outcome;
use crate::recorder::ids;
use crate::recorder::record::{EVENT, LINK, NAME, STATUS};
use crate::recorder::words::RecordedValue;
use crate::site::SiteInfo;
use crate::status::Status;
use std::borrow::Cow;
use std::fmt;

/// A span that has ended, with all data recorded on it.
///
/// It is a view of what was recorded, as cheap to copy as a reference; copy it into
/// [`FinishedSpans`](super::FinishedSpans) to keep it.
#[derive(Clone, Copy)]
pub struct FinishedSpan<'a> {
    pub(super) head: &'a Head,
    pub(super) items: Items<'a>,
    pub(super) shown: &'a Shown,
}

impl<'a> FinishedSpan<'a> {
    /// Returns the trace that it belongs to.
    #[inline]
    pub fn trace_id(self) -> TraceId {
        self.head.trace_id()
    }

    /// Returns its own id.
    #[inline]
    pub fn span_id(self) -> SpanId {
        ids::span_id_in(self.head.serial, self.head.capture)
    }

    /// Returns its parent's id; invalid for a root.
    #[inline]
    pub fn parent_span_id(self) -> SpanId {
        let capture = if self.parent_is_remote() { 0 } else { self.head.capture };
        ids::span_id_in(self.head.parent, capture)
    }

    /// Returns whether it has a parent.
    #[inline]
    pub fn has_parent(self) -> bool {
        self.head.parent != 0
    }

    /// Returns whether the parent is a span of another process.
    #[inline]
    pub fn parent_is_remote(self) -> bool {
        self.head.bits & bits::REMOTE_PARENT != 0
    }

    /// Returns whether it has no parent in this process.
    #[inline]
    pub fn is_local_root(self) -> bool {
        self.head.is_local_root()
    }

    /// Returns the W3C flags.
    #[inline]
    pub fn trace_flags(self) -> TraceFlags {
        self.head.trace_flags
    }

    /// Returns the W3C `tracestate`; empty without one.
    #[inline]
    pub fn trace_state(self) -> &'a str {
        if self.head.bits & bits::TRACE_STATE == 0 { "" } else { self.text_of(TRACE_STATE) }
    }

    /// Returns the site at which it was recorded.
    #[inline]
    pub fn site(self) -> &'static SiteInfo {
        self.head.site
    }

    /// Returns its name.
    #[inline]
    pub fn name(self) -> &'a str {
        if self.has_own_name() { self.text_of(NAME) } else { self.site().name }
    }

    /// Returns whether its name is not that of its site.
    #[inline]
    pub fn has_own_name(self) -> bool {
        self.head.bits & bits::NAMED != 0
    }

    /// Returns its kind.
    #[inline]
    pub fn kind(self) -> SpanKind {
        self.head.kind
    }

    /// Returns when it started, in nanoseconds since the Unix epoch.
    #[inline]
    pub fn start_unix_nanos(self) -> u64 {
        self.head.start_unix_nanos
    }

    /// Returns when it ended, in nanoseconds since the Unix epoch; never before its start.
    #[inline]
    pub fn end_unix_nanos(self) -> u64 {
        self.head.end_unix_nanos
    }

    /// Returns its status.
    pub fn status(self) -> Status {
        match self.head.status {
            StatusCode::Unset => Status::Unset,
            StatusCode::Ok => Status::Ok,
            StatusCode::Error => {
                Status::Error { description: Cow::Owned(self.status_description().to_owned()) }
            }
        }
    }

    /// Returns whether an explicit success was reported.
    #[inline]
    pub fn is_ok(self) -> bool {
        self.head.status == StatusCode::Ok
    }

    /// Returns whether the span failed.
    #[inline]
    pub fn is_error(self) -> bool {
        self.head.status == StatusCode::Error
    }

    /// Returns the description of its failure; may be empty.
    pub fn status_description(self) -> &'a str {
        if self.is_error() { self.text_of(STATUS) } else { "" }
    }

    /// Returns how the call ended.
    #[inline]
    pub fn outcome(self) -> Outcome {
        self.head.outcome
    }

    /// Returns the attributes: first the recorded ones, in order, then `code.function.name`,
    /// `code.file.path` and `code.line.number` from the site, if
    /// [`CodeAttributes`](crate::recorder::code::CodeAttributes) asks for them. Keys are unique.
    pub fn attributes(self) -> Attributes<'a> {
        self.recorded_attributes().and_of_site(self.shows_code())
    }

    /// Returns whether its attributes contain its place in the source.
    #[inline]
    pub fn shows_code(self) -> bool {
        self.shown.code.are_shown(self.is_error())
    }

    /// Returns the attributes without those from the site.
    #[inline]
    pub fn recorded_attributes(self) -> Attributes<'a> {
        let limit = self.shown.attribute_limit;
        Attributes::of_span(self.site(), self.items, self.may_repeat(), limit)
    }

    /// Returns the value of the attribute `key`.
    pub fn attribute(self, key: &str) -> Option<RecordedValue<'a>> {
        self.attributes().find_map(|(name, value)| (name == key).then_some(value))
    }

    /// Returns its events, in the order of their times.
    #[inline]
    pub fn events(self) -> impl Iterator<Item = FinishedEvent<'a>> + Clone {
        let (site, items) = (self.site(), self.items_if(self.head.events > 0));
        items.of_kind(EVENT).map(move |item| FinishedEvent { item, site })
    }

    /// Returns its links.
    #[inline]
    pub fn links(self) -> impl Iterator<Item = FinishedLink<'a>> + Clone {
        let (site, items) = (self.site(), self.items_if(self.head.links > 0));
        items.of_kind(LINK).map(move |item| FinishedLink { item, site })
    }

    /// Returns the number of attributes over the limit.
    #[inline]
    pub fn dropped_attributes(self) -> u32 {
        self.head.dropped_attributes
    }

    /// Returns the number of events over the limit.
    #[inline]
    pub fn dropped_events(self) -> u32 {
        self.head.dropped_events
    }

    /// Returns the number of links over the limit.
    #[inline]
    pub fn dropped_links(self) -> u32 {
        self.head.dropped_links
    }

    /// Returns a number that orders the spans of a trace, or of a capture, by their starts.
    pub fn order(self) -> u64 {
        self.head.order
    }

    /// Returns whether it began under a context that had been handed to another task or thread
    /// within a capture. Its position among its siblings is then arbitrary.
    pub fn is_parallel(self) -> bool {
        self.head.bits & bits::PARALLEL != 0
    }

    /// Returns the identity of the span.
    pub fn context(self) -> SpanContext {
        let context = SpanContext::new(self.trace_id(), self.span_id(), self.trace_flags());
        let context = match self.trace_state() {
            "" => context,
            state => context.with_trace_state(state),
        };
        in_capture(context, self.head.capture)
    }

    fn items_if(self, wanted: bool) -> Items<'a> {
        if wanted { self.items } else { Items::default() }
    }

    pub(super) fn may_repeat(self) -> bool {
        self.head.bits & bits::MAY_REPEAT != 0
    }

    /// Returns the text of the last item of a kind.
    fn text_of(self, kind: u8) -> &'a str {
        self.items.of_kind(kind).last().map_or("", |item| item.reader().text())
    }
}

/// Returns the number and flags of a span's capture; 0 outside tests.
pub fn capture_of(span: FinishedSpan<'_>) -> u32 {
    span.head.capture
}

/// Returns the number of a span's route to exporters; 0: that of all others.
#[inline]
pub fn route_of(span: FinishedSpan<'_>) -> u8 {
    span.head.route
}

impl fmt::Debug for FinishedSpan<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FinishedSpan")
            .field("trace_id", &self.trace_id())
            .field("span_id", &self.span_id())
            .field("parent_span_id", &self.parent_span_id())
            .field("name", &self.name())
            .field("kind", &self.kind())
            .field("start_unix_nanos", &self.start_unix_nanos())
            .field("end_unix_nanos", &self.end_unix_nanos())
            .field("status", &self.status())
            .field("attributes", &self.attributes())
            .field("events", &self.events().collect::<Vec<_>>())
            .field("links", &self.links().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}
