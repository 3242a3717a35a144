//! Keeps open spans, each with its head and items. Nested calls share one stack.

use super::details::{Clock, Details};
use super::finished::FinishedSpans;
use super::head::{Head, StatusCode, bits, exported_flags, trace_id};
use super::items::{TRACE_STATE, put_item};
use crate::captures;
use crate::clock::Timebase;
use crate::context::{TraceFlags, TraceId, TraceState};
use crate::outcome::Outcome;
use crate::recorder::fields::dropped_values;
use crate::recorder::foreign;
use crate::recorder::ids;
use crate::recorder::record;
use crate::recorder::sink::put_str;
use crate::recorder::words::{Chunk, WordReader};
use crate::site::SiteInfo;

/// The contents of the last context record of a ring.
#[derive(Debug, Default)]
pub struct TraceContext {
    /// The high and the low half.
    trace_id: [u64; 2],
    flags: TraceFlags,
    route: u8,
    version: u8,
    capture: u32,
    trace_state: Option<TraceState>,
}

impl TraceContext {
    /// Returns the trace.
    #[inline]
    pub fn trace_id(&self) -> TraceId {
        trace_id(self.trace_id)
    }

    /// Returns the W3C `tracestate`; empty without one.
    #[inline]
    pub fn trace_state(&self) -> &str {
        self.trace_state.as_deref().unwrap_or_default()
    }

    /// Returns whether the trace is sampled.
    #[inline]
    pub fn is_sampled(&self) -> bool {
        self.flags.contains(TraceFlags::SAMPLED)
    }

    /// Returns the version of the configuration under which it began in this process; 0 where that is unknown.
    #[inline]
    pub fn version(&self) -> u8 {
        self.version
    }

    /// Returns its capture's number and flags; 0 outside tests.
    #[inline]
    pub fn capture(&self) -> u32 {
        self.capture
    }

    /// Reads the rest of a `CONTEXT` record, after its place.
    pub fn read(reader: &mut WordReader<'_>) -> Self {
        let trace_id = [reader.word(), reader.word()];
        let traits = reader.word();
        Self {
            trace_id,
            flags: exported_flags(traits),
            route: record::route_of_trace(traits),
            version: record::version_of_trace(traits),
            capture: record::capture_of_trace(traits),
            trace_state: (!reader.is_empty()).then(|| reader.text().into()),
        }
    }
}

/// The contents of a record that starts a span.
#[derive(Clone, Copy, Debug)]
pub struct SpanStart {
    pub site: &'static SiteInfo,
    pub serial: u64,
    pub parent: u64,
    /// The flags of its record. A span entered as a call has only its kind.
    pub flags: u8,
    pub tick: u64,
}

/// A span that is not closed yet.
#[derive(Debug)]
pub struct OpenSpan {
    pub(super) head: Head,
    clock: Clock,
    /// The time of the last event.
    last_event: u64,
    /// Its items, except for those on a stack, which precede them.
    own: Vec<u64>,
    /// Where on the stack its items begin.
    at: usize,
    is_shared: bool,
    has_ended: bool,
}

impl OpenSpan {
    /// Creates a span that has just started; appends its items to `items`.
    #[inline]
    fn new(
        start: &SpanStart,
        context: &TraceContext,
        times: &Timebase,
        values: Chunk<'_>,
        items: &mut Vec<u64>,
    ) -> Self {
        let SpanStart { site, serial, parent, flags, tick } = *start;
        let (mono, start_unix_nanos) = match captures::virtual_nanos(tick) {
            Some(nanos) => (0, nanos),
            None => {
                let mono = times.mono(tick);
                (mono, times.wall(mono))
            }
        };
        let mut head = Head {
            trace_id: context.trace_id,
            serial,
            parent,
            site,
            start_unix_nanos,
            end_unix_nanos: 0,
            order: ids::count_of(serial).unwrap_or(tick),
            capture: context.capture,
            at: 0,
            len: 0,
            events: 0,
            links: 0,
            dropped_attributes: 0,
            dropped_events: 0,
            dropped_links: 0,
            trace_flags: context.flags,
            route: context.route,
            kind: record::span_kind(flags),
            outcome: Outcome::Ok,
            status: StatusCode::Unset,
            bits: bits::of_start(flags),
        };
        if let Some(state) = &context.trace_state {
            head.bits |= bits::TRACE_STATE;
            put_item(items, TRACE_STATE, |words| {
                put_str(words, state);
            });
        }
        if flags & record::DROPPED_VALUES != 0 {
            head.dropped_attributes = dropped_values(values);
        }
        head.push_chunk(items, values);
        let clock = Clock { tick, mono };
        let (is_shared, has_ended) = (false, false);
        Self { head, clock, last_event: 0, own: Vec::new(), at: 0, is_shared, has_ended }
    }

    /// Creates a span that has just started, with its own buffer of items.
    pub fn alone(
        start: &SpanStart,
        context: &TraceContext,
        times: &Timebase,
        values: Chunk<'_>,
    ) -> Self {
        let mut own = Vec::new();
        let span = Self::new(start, context, times, values, &mut own);
        Self { own, ..span }
    }

    /// Returns its serial.
    pub fn serial(&self) -> u64 {
        self.head.serial
    }

    /// Returns the serial of its parent.
    pub fn parent(&self) -> u64 {
        self.head.parent
    }

    /// Returns the tick of its start.
    pub fn start_tick(&self) -> u64 {
        self.clock.tick
    }

    /// Returns its capture's number and flags; 0 outside tests.
    pub fn capture(&self) -> u32 {
        self.head.capture
    }

    /// Returns its site.
    pub fn site(&self) -> &'static SiteInfo {
        self.head.site
    }

    /// Returns the trace that it belongs to.
    pub fn trace_id(&self) -> TraceId {
        self.head.trace_id()
    }

    /// Returns whether it has no parent in this process.
    pub fn is_local_root(&self) -> bool {
        self.head.is_local_root()
    }

    /// Returns whether its end was recorded.
    pub fn has_ended(&self) -> bool {
        self.has_ended
    }

    /// Notes that other threads know it: they may add details, which may be read after its end.
    pub fn share(&mut self) {
        self.is_shared = true;
    }

    /// Returns the bytes that it takes, without those on a stack.
    pub fn bytes(&self) -> usize {
        size_of::<Self>() + 8 * self.own.len()
    }

    /// Returns the span for additions. It either has its own buffer of items, or is not the
    /// innermost span of a stack.
    pub fn details(&mut self) -> Details<'_> {
        let Self { head, clock, last_event, own, .. } = self;
        Details { head, clock: *clock, last_event, words: own }
    }

    /// Records the end, with the status and the attributes that its outcome implies.
    pub fn end(&mut self, times: &Timebase, tick: u64, outcome: Outcome) {
        self.has_ended = true;
        self.details().end(times, tick, outcome);
    }
}

/// The spans that are current in a ring, each nested in the one before. Their items are contiguous,
/// in the same order.
#[derive(Debug, Default)]
pub struct OpenStack {
    spans: Vec<OpenSpan>,
    words: Vec<u64>,
    /// Whether some span's serial is not above that of the span before.
    is_unordered: bool,
}

/// A span that left its stack.
#[derive(Clone, Copy, Debug)]
pub struct ClosedSpan {
    /// The bytes that it took.
    pub bytes: usize,
    /// Whether other threads may know it.
    pub is_shared: bool,
}

/// The position of a span on a stack.
#[derive(Clone, Copy, Debug)]
pub struct StackIndex(usize);

impl OpenStack {
    /// Returns the serial of the innermost span.
    #[inline]
    pub fn top(&self) -> Option<u64> {
        self.spans.last().map(OpenSpan::serial)
    }

    /// Pushes a span that has just started; returns the bytes that it takes.
    // HOT: runs for each nested call, like `close_top`, on the collector's thread.
    #[inline]
    pub fn push(
        &mut self,
        start: &SpanStart,
        context: &TraceContext,
        times: &Timebase,
        values: Chunk<'_>,
    ) -> usize {
        let at = self.words.len();
        self.is_unordered = self.top().is_some_and(|top| self.is_unordered || top >= start.serial);
        let mut span = OpenSpan::new(start, context, times, values, &mut self.words);
        span.at = at;
        self.spans.push(span);
        size_of::<OpenSpan>() + 8 * (self.words.len() - at)
    }

    /// Ends the innermost span and appends it to the page. Returns `None`, and does nothing, if other
    /// threads may have added details that have not been read yet.
    #[inline]
    pub fn close_top(
        &mut self,
        times: &Timebase,
        tick: u64,
        outcome: Outcome,
        page: &mut FinishedSpans,
    ) -> Option<ClosedSpan> {
        let span = self.spans.pop_if(|span| !span.is_shared || foreign::are_read())?;
        let is_shared = span.is_shared;
        let bytes = span.bytes() + 8 * (self.words.len() - span.at);
        let OpenSpan { mut head, clock, mut last_event, mut own, at, .. } = span;
        let words = if own.is_empty() { &mut self.words } else { &mut own };
        let last_event = &mut last_event;
        Details { head: &mut head, clock, last_event, words }.end(times, tick, outcome);
        // SAFETY: the items of the innermost span are the last on the stack; its own follow them.
        unsafe { page.push(&head, &self.words[at..], &own) };
        self.words.truncate(at);
        if at == 0 {
            self.trim();
        }
        Some(ClosedSpan { bytes, is_shared })
    }

    /// Removes the innermost span from the stack, with its items.
    pub fn pop(&mut self) -> Option<OpenSpan> {
        let mut span = self.spans.pop()?;
        let mut own = self.words.split_off(span.at);
        own.append(&mut span.own);
        Some(OpenSpan { own, ..span })
    }

    /// Finds a span.
    #[inline]
    pub fn find(&self, serial: u64) -> Option<StackIndex> {
        // Serials count up within a thread, and the spans of a stack belong to one thread.
        let is_within =
            |first: &OpenSpan, last: &OpenSpan| (first.serial()..=last.serial()).contains(&serial);
        match &self.spans[..] {
            [] => None,
            spans if self.is_unordered => {
                spans.iter().rposition(|span| span.serial() == serial).map(StackIndex)
            }
            [.., top] if top.serial() == serial => Some(StackIndex(self.spans.len() - 1)),
            [first, .., last] if is_within(first, last) => {
                let found = self.spans.binary_search_by_key(&serial, OpenSpan::serial);
                found.ok().map(StackIndex)
            }
            _ => None,
        }
    }

    /// Returns a span.
    pub fn get(&self, StackIndex(index): StackIndex) -> Option<&OpenSpan> {
        self.spans.get(index)
    }

    /// Returns a span.
    pub fn get_mut(&mut self, StackIndex(index): StackIndex) -> Option<&mut OpenSpan> {
        self.spans.get_mut(index)
    }

    /// Returns a span for additions.
    pub fn details(&mut self, StackIndex(index): StackIndex) -> Option<Details<'_>> {
        let is_top = index + 1 == self.spans.len();
        let OpenSpan { head, clock, last_event, own, .. } = self.spans.get_mut(index)?;
        let words = if is_top && own.is_empty() { &mut self.words } else { own };
        Some(Details { head, clock: *clock, last_event, words })
    }

    /// Copies the open spans for which `wanted` returns `true` to a page, as they are.
    pub fn copy_to(&self, page: &mut FinishedSpans, wanted: impl Fn(&OpenSpan) -> bool) {
        let ends = self.spans.iter().skip(1).map(|next| next.at);
        let ends = ends.chain([self.words.len()]);
        for (span, end) in self.spans.iter().zip(ends).filter(|(span, _)| wanted(span)) {
            // SAFETY: the items of a span reach to those of the next; its own follow them.
            unsafe { page.push(&span.head, &self.words[span.at..end], &span.own) };
        }
    }

    /// Iterates over the spans, outermost first.
    pub fn iter(&self) -> impl Iterator<Item = &OpenSpan> {
        self.spans.iter()
    }

    /// Releases memory that only a burst, or a span of unusual size, needed.
    #[inline]
    pub fn trim(&mut self) {
        /// The number of words that are kept; a sixteenth as many spans are kept.
        const KEPT: usize = 4_096;
        let is_large = self.words.capacity() > 4 * KEPT || self.spans.capacity() > KEPT / 4;
        if is_large && self.spans.is_empty() {
            self.spans.shrink_to(KEPT / 16);
            self.words.shrink_to(KEPT);
        }
    }
}

impl FinishedSpans {
    /// Appends a span that has its own buffer of items.
    pub fn push_open(&mut self, span: &OpenSpan) {
        // SAFETY: they are all its items.
        unsafe { self.push(&span.head, &[], &span.own) };
    }
}
