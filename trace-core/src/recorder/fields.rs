//! Attributes as chunks of words.
//!
//! A chunk opens with a header word: its kind in the low byte, the number of attributes in the next
//! three, and for values in the order of a site's keys the index of the first key in the high half.

use super::sink::LENGTH_LIMIT;
use super::words::{Chunk, DROPPED, GROUP, RecordedValue, cut};
use std::sync::atomic::Ordering;

const BY_SITE: u8 = 1;
const BY_KEY: u8 = 2;

/// Returns the header of a chunk whose keys are those of the site from `first_key` on.
pub(crate) const fn by_site(count: usize, first_key: usize) -> u64 {
    BY_SITE as u64 | (count as u64) << 8 | (first_key as u64) << 32
}

/// Returns the header of a chunk in which each value follows its key.
pub(crate) const fn by_key(count: usize) -> u64 {
    BY_KEY as u64 | (count as u64) << 8
}

/// Returns whether the keys are those of the site.
#[inline]
pub(super) fn is_by_site(chunk: Chunk<'_>) -> bool {
    chunk.header as u8 == BY_SITE
}

/// Returns the number of attributes of a chunk.
#[inline]
pub(super) fn count_of(chunk: Chunk<'_>) -> u32 {
    (chunk.header >> 8 & 0xff_ffff) as u32
}

/// Returns the index of the first key.
#[inline]
pub(super) fn first_key_of(chunk: Chunk<'_>) -> usize {
    (chunk.header >> 32) as usize
}

/// Returns the number of values of a chunk for which there was no room.
pub(super) fn dropped_values(chunk: Chunk<'_>) -> u32 {
    let mut reader = chunk.reader();
    let mut dropped = 0;
    let mut left = count_of(chunk) as usize;
    while left > 0 {
        let (tags, heads) = if is_by_site(chunk) {
            (reader.word(), reader.take(GROUP.min(left)))
        } else {
            reader.text();
            (reader.word(), reader.take(1))
        };
        for (index, &head) in heads.iter().enumerate() {
            let tag = (tags >> (8 * index)) as u8;
            dropped += u32::from(tag == DROPPED);
            reader.tail(tag, head);
        }
        left -= heads.len().max(1);
    }
    dropped
}

/// Returns the number of characters to which strings are cut.
#[inline]
pub(crate) fn length_limit() -> usize {
    LENGTH_LIMIT.load(Ordering::Relaxed)
}

/// Cuts strings to the limit; the recorder leaves this to the collector where it is cheaper there.
#[inline(always)]
pub(crate) fn shortened(value: RecordedValue<'_>, limit: usize) -> RecordedValue<'_> {
    match value {
        RecordedValue::Str(text) => RecordedValue::Str(cut(text, limit)),
        RecordedValue::Static(text) => RecordedValue::Static(cut(text, limit)),
        other => other,
    }
}
