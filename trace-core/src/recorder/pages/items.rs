//! Defines the items of a span: a header in the format of records, and a body.
//!
//! | kind | words after the header |
//! |---|---|
//! | `FIELDS` | chunk header, chunk |
//! | `EVENT` | nanoseconds since the epoch, limits, name, chunk header, chunk |
//! | `LINK` | linked trace id (high, low), linked span id, flags and remote, limits, state text, chunk header, chunk |
//! | `NAME` | text |
//! | `STATUS` | description |
//! | `TRACE_STATE` | text |
//!
//! The word of limits holds the number of attributes that were dropped, and above it the number of
//! attributes that are shown.

use super::super::record::{EVENT, FIELDS, LINK, NAME, STATUS};
use super::super::ring::{header, header_len};
use super::super::words::WordReader;

/// The kind of an item that is not a record; other items have the kinds of their records.
pub(super) const TRACE_STATE: u8 = 0x40;

/// Appends an item.
#[inline]
pub(super) fn put_item(words: &mut Vec<u64>, kind: u8, body: impl FnOnce(&mut Vec<u64>)) {
    debug_assert!(matches!(kind, FIELDS | EVENT | LINK | NAME | STATUS | TRACE_STATE));
    let at = words.len();
    words.push(0);
    body(words);
    words[at] = header(kind, 0, 0, (words.len() - at) as u64);
}

/// Returns the word of limits.
pub(super) fn limits(dropped: u32, shown: u32) -> u64 {
    u64::from(dropped) | u64::from(shown) << 32
}

/// Returns the words of these items, with the events last and sorted by time.
pub(super) fn with_sorted_events(items: Items<'_>) -> Vec<u64> {
    let is_event = |item: &Item<'_>| item.kind == EVENT;
    let mut events: Vec<_> = items.filter(is_event).collect();
    events.sort_by_key(|event| event.body.first().copied());
    let mut words = Vec::with_capacity(items.words.len());
    for item in items.filter(|item| !is_event(item)).chain(events) {
        item.put(&mut words);
    }
    words
}

/// The items of one span, in the order in which they were added.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Items<'a> {
    words: &'a [u64],
}

/// One item.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item<'a> {
    pub(super) kind: u8,
    body: &'a [u64],
}

impl<'a> Items<'a> {
    /// # Safety
    /// `words` are whole items, written in this process by `put_item` from the bodies that this module
    /// describes.
    #[inline]
    pub(super) unsafe fn new(words: &'a [u64]) -> Self {
        Self { words }
    }

    /// Returns the words of all items.
    pub(super) fn words(self) -> &'a [u64] {
        self.words
    }

    /// Returns the items of one kind.
    pub(super) fn of_kind(self, kind: u8) -> impl Iterator<Item = Item<'a>> + Clone {
        self.filter(move |item| item.kind == kind)
    }
}

impl<'a> Iterator for Items<'a> {
    type Item = Item<'a>;

    #[inline]
    fn next(&mut self) -> Option<Item<'a>> {
        let &header = self.words.first()?;
        let (item, rest) = self.words.split_at_checked(header_len(header) as usize)?;
        self.words = rest;
        Some(Item { kind: header as u8, body: item.get(1..)? })
    }
}

impl<'a> Item<'a> {
    /// Appends a copy of the item.
    pub(super) fn put(self, words: &mut Vec<u64>) {
        put_item(words, self.kind, |words| words.extend_from_slice(self.body));
    }

    #[inline]
    pub(super) fn reader(self) -> WordReader<'a> {
        // SAFETY: by the contract of `Items::new`, the body is whole, and written by word sinks.
        unsafe { WordReader::new(self.body) }
    }
}
