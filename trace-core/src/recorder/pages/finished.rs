//! Keeps finished spans: their heads side by side, and their items behind each other.

use super::attributes::Attributes;
use super::details::{put_event, put_pairs};
use super::items::{self, Items, TRACE_STATE, put_item};
use super::span::FinishedSpan;
use crate::context::{SpanContext, SpanId, TraceFlags, TraceId};
use crate::kind::SpanKind;
use crate::outcome::Outcome;
use crate::recorder::code::CodeAttributes;
use crate::recorder::fields::by_site;
use crate::recorder::ids;
use crate::recorder::record::{FIELDS, LINK, NAME, STATUS};
use crate::recorder::sink::{put_str, put_values};
use crate::site::SiteInfo;
use crate::status::Status;
use crate::value::Value;
use std::fmt;

/// Facts about a span, in [`Head::bits`].
pub(super) mod bits {
    use crate::recorder::record;

    /// The parent is a span of another process.
    pub(in super::super) const REMOTE_PARENT: u16 = 1;
    /// It began alongside its siblings.
    pub(in super::super) const PARALLEL: u16 = 2;
    /// There are attributes.
    pub(in super::super) const HAS_FIELDS: u16 = 4;
    /// A key may occur twice.
    pub(in super::super) const MAY_REPEAT: u16 = 8;
    /// There is a name among the items.
    pub(in super::super) const NAMED: u16 = 16;
    /// There is a `tracestate` among the items.
    pub(in super::super) const TRACE_STATE: u16 = 32;
    /// An event precedes one that was added before it.
    pub(in super::super) const EVENTS_OUT_OF_ORDER: u16 = 64;

    /// Returns the bits that the flags of a start record say.
    #[inline]
    pub(in super::super) fn of_start(flags: u8) -> u16 {
        let remote = if flags & record::REMOTE_PARENT != 0 { REMOTE_PARENT } else { 0 };
        let parallel = if flags & record::PARALLEL != 0 { PARALLEL } else { 0 };
        remote | parallel
    }
}

/// The code of a status, whose description is an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StatusCode {
    Unset,
    Ok,
    Error,
}

/// What every span has, and where its items are.
#[derive(Clone, Debug)]
pub(super) struct Head {
    /// High and low half.
    pub(super) trace_id: [u64; 2],
    pub(super) serial: u64,
    /// The serial of the parent; 0 without one.
    pub(super) parent: u64,
    pub(super) site: &'static SiteInfo,
    pub(super) start_unix_nanos: u64,
    /// 0: it has not ended.
    pub(super) end_unix_nanos: u64,
    pub(super) order: u64,
    pub(super) capture: u32,
    /// The first word of its items.
    pub(super) at: u32,
    /// The number of words.
    pub(super) len: u32,
    pub(super) events: u32,
    pub(super) links: u32,
    pub(super) dropped_attributes: u32,
    pub(super) dropped_events: u32,
    pub(super) dropped_links: u32,
    pub(super) trace_flags: TraceFlags,
    pub(super) kind: SpanKind,
    pub(super) outcome: Outcome,
    pub(super) status: StatusCode,
    pub(super) bits: u16,
}

/// A page is full at this many words (256 KiB), or spans.
const MOST_WORDS: usize = 32 * 1024;
const MOST_SPANS: usize = 2_048;

/// Finished spans, with all data recorded on them, in few and large pieces of memory.
///
/// ```
/// # use trace_runtime::export::FinishedSpans;
/// let spans = FinishedSpans::default();
/// for span in &spans {
///     println!("{} took {} ns", span.name(), span.end_unix_nanos() - span.start_unix_nanos());
/// }
/// ```
#[derive(Clone)]
pub struct FinishedSpans {
    pub(super) heads: Vec<Head>,
    pub(super) words: Vec<u64>,
    /// The number of attributes of each span that are shown.
    attribute_limit: u32,
    code: CodeAttributes,
}

impl Default for FinishedSpans {
    fn default() -> Self {
        Self::new(u32::MAX, CodeAttributes::Always)
    }
}

impl FinishedSpans {
    /// Creates an empty page that shows at most this number of attributes of each span, and the place in
    /// the source of these spans.
    pub const fn new(attribute_limit: u32, code: CodeAttributes) -> Self {
        Self { heads: Vec::new(), words: Vec::new(), attribute_limit, code }
    }

    /// Returns the number of spans.
    pub fn len(&self) -> usize {
        self.heads.len()
    }

    /// Returns whether there are no spans.
    pub fn is_empty(&self) -> bool {
        self.heads.is_empty()
    }

    /// Returns whether it has as many spans, or as much data, as one page should.
    #[inline]
    pub fn is_full(&self) -> bool {
        self.heads.len() >= MOST_SPANS || self.words.len() >= MOST_WORDS
    }

    /// Returns the bytes that the spans take.
    pub fn bytes(&self) -> usize {
        size_of::<Head>() * self.heads.len() + 8 * self.words.len()
    }

    /// Returns the bytes that are allocated.
    pub fn capacity(&self) -> usize {
        size_of::<Head>() * self.heads.capacity() + 8 * self.words.capacity()
    }

    /// Returns a span by its index.
    pub fn get(&self, index: usize) -> Option<FinishedSpan<'_>> {
        Some(FinishedSpan { page: self, head: self.heads.get(index)? })
    }

    /// Iterates over the spans, in the order in which they ended.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = FinishedSpan<'_>> {
        self.heads.iter().map(|head| FinishedSpan { page: self, head })
    }

    /// Creates a page with the same limit, and with as much room as this one has.
    #[must_use]
    pub fn empty_like(&self) -> Self {
        Self {
            heads: Vec::with_capacity(self.heads.capacity()),
            words: Vec::with_capacity(self.words.capacity()),
            attribute_limit: self.attribute_limit,
            code: self.code,
        }
    }

    /// Removes all spans, and keeps the memory.
    pub fn clear(&mut self) {
        self.heads.clear();
        self.words.clear();
    }

    /// Appends a copy of a span.
    pub fn push_copy(&mut self, span: FinishedSpan<'_>) {
        // SAFETY: they are the items of one span.
        unsafe { self.push(span.head, span.items().words(), &[]) };
        if let Some(head) = self.heads.last_mut() {
            // The other page may show fewer, and has counted the others.
            head.dropped_attributes = span.head.dropped_attributes;
        }
    }

    /// Appends a span whose items are in two parts.
    ///
    /// # Safety
    /// The words are whole items of this span.
    #[inline]
    pub(super) unsafe fn push(&mut self, head: &Head, items: &[u64], rest: &[u64]) {
        let at = self.words.len();
        self.words.extend_from_slice(items);
        self.words.extend_from_slice(rest);
        let len = self.words.len() - at;
        self.heads.push(Head { at: at as u32, len: len as u32, ..head.clone() });
        // Each attribute takes at least one word.
        if len > self.attribute_limit as usize || head.bits & bits::EVENTS_OUT_OF_ORDER != 0 {
            self.arrange_last();
        }
    }

    /// Counts the attributes over the limit of the last span, and puts its events in the order of their
    /// times.
    #[cold]
    fn arrange_last(&mut self) {
        let Some(span) = self.heads.last().map(|head| FinishedSpan { page: self, head }) else {
            return;
        };
        let written = Attributes::of_span(span.site(), span.items(), span.may_repeat(), u32::MAX);
        let over = (written.count() as u32).saturating_sub(self.attribute_limit);
        let sorted = span.head.bits & bits::EVENTS_OUT_OF_ORDER != 0;
        let sorted = sorted.then(|| items::with_sorted_events(span.items()));
        let at = span.head.at as usize;
        if let Some(sorted) = sorted {
            self.words.truncate(at);
            self.words.extend_from_slice(&sorted);
        }
        if let Some(head) = self.heads.last_mut() {
            head.dropped_attributes += over;
            head.bits &= !bits::EVENTS_OUT_OF_ORDER;
        }
    }

    pub(super) fn code(&self) -> CodeAttributes {
        self.code
    }

    pub(super) fn attribute_limit(&self) -> u32 {
        self.attribute_limit
    }

    pub(super) fn items(&self, head: &Head) -> Items<'_> {
        let (at, len) = (head.at as usize, head.len as usize);
        // SAFETY: `push` put them there, whole.
        unsafe { Items::new(self.words.get(at..at + len).unwrap_or_default()) }
    }
}

impl fmt::Debug for FinishedSpans {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<'a> IntoIterator for &'a FinishedSpans {
    type Item = FinishedSpan<'a>;
    type IntoIter = Box<dyn Iterator<Item = FinishedSpan<'a>> + 'a>;

    fn into_iter(self) -> Self::IntoIter {
        Box::new(self.iter())
    }
}

/// A span that was not recorded, for tests of exporters.
#[derive(Clone)]
pub struct MadeSpan<'a> {
    pub trace_id: TraceId,
    pub span_id: SpanId,
    pub parent_span_id: SpanId,
    pub parent_is_remote: bool,
    pub trace_flags: TraceFlags,
    pub trace_state: &'a str,
    pub site: &'static SiteInfo,
    /// `None`: that of the site.
    pub name: Option<&'a str>,
    pub kind: SpanKind,
    pub start_unix_nanos: u64,
    pub end_unix_nanos: u64,
    pub status: Status,
    pub outcome: Outcome,
    pub order: u64,
    /// Values for the keys of its site.
    pub values: Vec<Value<'a>>,
    /// Values that come with their keys, in any number of records.
    pub attributes: Vec<Vec<(&'static str, Value<'a>)>>,
    pub events: Vec<MadeEvent<'a>>,
    pub links: Vec<MadeLink<'a>>,
    pub dropped_attributes: u32,
    pub dropped_events: u32,
    pub dropped_links: u32,
}

/// An event of a [`MadeSpan`].
#[derive(Clone)]
pub struct MadeEvent<'a> {
    pub name: &'a str,
    pub unix_nanos: u64,
    pub attributes: Vec<(&'static str, Value<'a>)>,
    /// The number of attributes to show.
    pub limit: u32,
}

/// A link of a [`MadeSpan`].
#[derive(Clone)]
pub struct MadeLink<'a> {
    pub context: SpanContext,
    pub attributes: Vec<(&'static str, Value<'a>)>,
    pub dropped_attributes: u32,
}

impl MadeSpan<'_> {
    /// Creates a root of that site, sampled, without times or anything recorded on it.
    pub fn new(site: &'static SiteInfo) -> Self {
        Self {
            trace_id: TraceId::from_u128(1),
            span_id: SpanId::from_u64(1),
            parent_span_id: SpanId::INVALID,
            parent_is_remote: false,
            trace_flags: TraceFlags::SAMPLED,
            trace_state: "",
            site,
            name: None,
            kind: site.kind,
            start_unix_nanos: 0,
            end_unix_nanos: 0,
            status: Status::Unset,
            outcome: Outcome::Ok,
            order: 0,
            values: Vec::new(),
            attributes: Vec::new(),
            events: Vec::new(),
            links: Vec::new(),
            dropped_attributes: 0,
            dropped_events: 0,
            dropped_links: 0,
        }
    }
}

impl FinishedSpans {
    /// Appends a span that was not recorded.
    pub fn add(&mut self, span: &MadeSpan<'_>) {
        let mut words = Vec::new();
        let mut bits = u16::from(span.parent_is_remote) * bits::REMOTE_PARENT;
        if !span.trace_state.is_empty() {
            bits |= bits::TRACE_STATE;
            put_item(&mut words, TRACE_STATE, |words| {
                put_str(words, span.trace_state);
            });
        }
        if let Some(name) = span.name {
            bits |= bits::NAMED;
            put_item(&mut words, NAME, |words| {
                put_str(words, name);
            });
        }
        if !span.values.is_empty() {
            put_item(&mut words, FIELDS, |words| {
                words.push(by_site(span.values.len(), 0));
                put_values(words, &span.values);
            });
        }
        for attributes in &span.attributes {
            bits |= bits::HAS_FIELDS | bits::MAY_REPEAT;
            put_item(&mut words, FIELDS, |words| put_pairs(words, attributes));
        }
        for MadeEvent { name, unix_nanos, attributes, limit } in &span.events {
            put_event(
                &mut words,
                span.site,
                (*unix_nanos, 0, *limit),
                |words| {
                    put_str(words, name);
                },
                |words| put_pairs(words, attributes),
            );
        }
        for MadeLink { context, attributes, dropped_attributes } in &span.links {
            put_item(&mut words, LINK, |words| {
                let trace_id = context.trace_id().to_u128();
                let flags = u64::from(context.trace_flags().to_u8());
                words.extend([(trace_id >> 64) as u64, trace_id as u64]);
                words.extend([
                    context.span_id().to_u64(),
                    flags | u64::from(context.is_remote()) << 8,
                ]);
                words.push(items::limits(*dropped_attributes, u32::MAX));
                put_str(words, context.trace_state());
                put_pairs(words, attributes);
            });
        }
        let status = match &span.status {
            Status::Unset => StatusCode::Unset,
            Status::Ok => StatusCode::Ok,
            Status::Error { description } => {
                put_item(&mut words, STATUS, |words| {
                    put_str(words, description);
                });
                StatusCode::Error
            }
        };
        let trace_id = span.trace_id.to_u128();
        let head = Head {
            trace_id: [(trace_id >> 64) as u64, trace_id as u64],
            serial: ids::serial_in(span.span_id, 0),
            parent: ids::serial_in(span.parent_span_id, 0),
            site: span.site,
            start_unix_nanos: span.start_unix_nanos,
            end_unix_nanos: span.end_unix_nanos,
            order: span.order,
            capture: 0,
            at: 0,
            len: 0,
            events: span.events.len() as u32,
            links: span.links.len() as u32,
            dropped_attributes: span.dropped_attributes,
            dropped_events: span.dropped_events,
            dropped_links: span.dropped_links,
            trace_flags: span.trace_flags,
            kind: span.kind,
            outcome: span.outcome,
            status,
            bits,
        };
        // SAFETY: the items were put just now.
        unsafe { self.push(&head, &words, &[]) };
    }
}
