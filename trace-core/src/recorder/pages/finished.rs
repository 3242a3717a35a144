//! Keeps finished spans: their heads in one list, and their items in another.

use super::attributes::Attributes;
use super::head::{Head, Shown, bits};
use super::items::{self, Items, TRACE_STATE, put_item};
use super::put::put_pairs;
use super::span::FinishedSpan;
use crate::recorder::code::CodeAttributes;
use crate::recorder::record::FIELDS;
use crate::recorder::sink::put_str;
use crate::value::Value;
use std::fmt;

/// The number of words at which a page is full (256 KiB).
const MOST_WORDS: usize = 32 * 1024;
/// The number of spans at which a page is full.
const MOST_SPANS: usize = 2_048;
/// A page with room for more words than this (1 MiB) held a span of unusual size; its memory is not
/// kept.
const MOST_ROOM: usize = 4 * MOST_WORDS;

/// Finished spans, with all data recorded on them, in a few large allocations.
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
    shown: Shown,
}

/// The changes of a span that is copied.
#[derive(Clone, Copy, Default)]
pub struct Changes<'a> {
    /// Additional attributes.
    pub attributes: &'a [(&'static str, Value<'a>)],
    /// Another `tracestate`; empty for none.
    pub trace_state: Option<&'a str>,
    /// Another end.
    pub end_unix_nanos: Option<u64>,
}

impl Default for FinishedSpans {
    fn default() -> Self {
        Self::new(u32::MAX, CodeAttributes::Always)
    }
}

impl FinishedSpans {
    /// Creates an empty page. It shows at most `attribute_limit` attributes of each span; `code`
    /// selects the spans that show their place in the source.
    pub const fn new(attribute_limit: u32, code: CodeAttributes) -> Self {
        let shown = Shown { attribute_limit, code };
        Self { heads: Vec::new(), words: Vec::new(), shown }
    }

    /// Returns the number of spans.
    pub fn len(&self) -> usize {
        self.heads.len()
    }

    /// Returns whether there are no spans.
    pub fn is_empty(&self) -> bool {
        self.heads.is_empty()
    }

    /// Returns whether it has as many spans, or as much data, as one page should hold.
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
        self.heads.get(index).map(|head| self.view(head))
    }

    /// Returns the span that was appended last.
    #[inline]
    pub fn last(&self) -> Option<FinishedSpan<'_>> {
        self.heads.last().map(|head| self.view(head))
    }

    /// Removes the span that was appended last.
    #[inline]
    pub fn pop(&mut self) {
        if let Some(head) = self.heads.pop() {
            self.words.truncate(head.at as usize);
        }
    }

    /// Returns the bytes that the span takes that was appended last.
    #[inline]
    pub fn bytes_of_last(&self) -> usize {
        self.heads.last().map_or(0, |head| size_of::<Head>() + 8 * head.len as usize)
    }

    /// Iterates over the spans, in the order in which they ended.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = FinishedSpan<'_>> {
        self.heads.iter().map(|head| self.view(head))
    }

    /// Creates an empty page with the limits of this one, and with as much memory.
    #[must_use]
    pub fn empty_like(&self) -> Self {
        let words = if self.is_oversized() { MOST_WORDS } else { self.words.capacity() };
        Self {
            heads: Vec::with_capacity(self.heads.capacity()),
            words: Vec::with_capacity(words),
            shown: self.shown,
        }
    }

    /// Releases the memory that the spans do not take.
    pub fn shrink(&mut self) {
        self.heads.shrink_to_fit();
        self.words.shrink_to_fit();
    }

    /// Removes all spans, and keeps the memory, unless that is more than pages usually need.
    pub fn clear(&mut self) {
        self.heads.clear();
        self.words.clear();
        if self.is_oversized() {
            self.words.shrink_to(MOST_WORDS);
        }
    }

    fn is_oversized(&self) -> bool {
        self.words.capacity() > MOST_ROOM
    }

    /// Appends a copy of a span. The first one brings the limits of its page along.
    pub fn push_copy(&mut self, span: FinishedSpan<'_>) {
        if self.is_empty() {
            self.shown = *span.shown;
        }
        // SAFETY: they are the items of one span.
        unsafe { self.push(span.head, span.items.words(), &[]) };
        if let Some(head) = self.heads.last_mut() {
            // Its page has counted the attributes that it does not show already.
            let over = head.dropped_attributes - span.head.dropped_attributes;
            let written = over.saturating_add(self.shown.attribute_limit);
            let counted = written.saturating_sub(span.shown.attribute_limit);
            head.dropped_attributes -= over.min(counted);
        }
    }

    /// Appends a copy of a span with these changes.
    pub fn push_changed(&mut self, span: FinishedSpan<'_>, changes: &Changes<'_>) {
        let Changes { attributes, trace_state, end_unix_nanos } = *changes;
        let mut head = span.head.clone();
        head.end_unix_nanos = end_unix_nanos.unwrap_or(head.end_unix_nanos);
        if attributes.is_empty() && trace_state.is_none() {
            return self.push_copy(FinishedSpan { head: &head, ..span });
        }
        let mut words = Vec::with_capacity(span.items.words().len() + 16);
        if let Some(state) = trace_state.filter(|state| !state.is_empty()) {
            put_item(&mut words, TRACE_STATE, |words| {
                put_str(words, state);
            });
        }
        if let Some(state) = trace_state {
            let others = span.items.filter(|item| item.kind != TRACE_STATE);
            others.for_each(|item| item.put(&mut words));
            head.bits &= !bits::TRACE_STATE;
            head.bits |= if state.is_empty() { 0 } else { bits::TRACE_STATE };
        } else {
            words.extend_from_slice(span.items.words());
        }
        if !attributes.is_empty() {
            head.bits |= bits::HAS_FIELDS | bits::MAY_REPEAT;
            put_item(&mut words, FIELDS, |words| put_pairs(words, attributes));
        }
        // SAFETY: all words are whole items.
        let items = unsafe { Items::new(&words) };
        self.push_copy(FinishedSpan { head: &head, items, shown: span.shown });
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
        // A page holds less than 32 GiB, unless limits allow a span that alone exceeds that.
        let place = u32::try_from(at).and_then(|at| Ok((at, u32::try_from(len)?)));
        let (at, len_of_items) = place.unwrap_or_default();
        self.heads.push(Head { at, len: len_of_items, ..head.clone() });
        // Each attribute takes at least one word.
        if len > self.shown.attribute_limit as usize || head.bits & bits::EVENTS_OUT_OF_ORDER != 0 {
            self.arrange_last();
        }
    }

    /// Counts the last span's attributes over the limit, and sorts its events by time.
    #[cold]
    fn arrange_last(&mut self) {
        let Some(span) = self.heads.last().map(|head| self.view(head)) else {
            return;
        };
        let written = Attributes::of_span(span.site(), span.items, span.may_repeat(), u32::MAX);
        let over = (written.count() as u32).saturating_sub(self.shown.attribute_limit);
        let sorted = span.head.bits & bits::EVENTS_OUT_OF_ORDER != 0;
        let sorted = sorted.then(|| items::with_sorted_events(span.items));
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

    #[inline]
    fn view<'a>(&'a self, head: &'a Head) -> FinishedSpan<'a> {
        FinishedSpan { head, items: self.items(head), shown: &self.shown }
    }

    #[inline]
    fn items(&self, head: &Head) -> Items<'_> {
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
