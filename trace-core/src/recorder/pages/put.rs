//! Encodes the bodies that several kinds of items share.

use super::attributes::Attributes;
use super::items::{self, put_item};
use crate::recorder::fields::{by_key, count_of};
use crate::recorder::record::EVENT;
use crate::recorder::sink::{put_static, put_str, put_value};
use crate::recorder::words::Chunk;
use crate::site::SiteInfo;
use crate::value::Value;

/// Appends attributes as they were recorded.
#[inline]
pub(super) fn put_chunk(words: &mut Vec<u64>, chunk: Chunk<'_>) {
    words.push(chunk.header);
    words.extend_from_slice(chunk.words);
}

/// Returns the number of attributes of a chunk beyond the `shown` ones.
pub(super) fn over(site: &'static SiteInfo, chunk: Chunk<'_>, shown: u32) -> u32 {
    if count_of(chunk) <= shown {
        return 0;
    }
    (Attributes::of_chunk(site, chunk, u32::MAX).count() as u32).saturating_sub(shown)
}

/// Appends an event: its time, the number of attributes that had no room, the number of attributes
/// to show, its name, and a chunk.
pub(super) fn put_event(
    words: &mut Vec<u64>,
    site: &'static SiteInfo,
    (unix_nanos, dropped, shown): (u64, u32, u32),
    name: impl FnOnce(&mut Vec<u64>),
    chunk: impl FnOnce(&mut Vec<u64>),
) {
    put_item(words, EVENT, |words| {
        words.push(unix_nanos);
        let limits_at = words.len();
        words.push(0);
        name(words);
        let chunk_at = words.len();
        chunk(words);
        let put = Chunk { header: words[chunk_at], words: &words[chunk_at + 1..] };
        words[limits_at] = items::limits(dropped + over(site, put, shown), shown);
    });
}

/// Appends attributes that come from no record.
pub(super) fn put_pairs(words: &mut Vec<u64>, pairs: &[(&'static str, Value<'_>)]) {
    put_each(words, pairs, put_static);
}

/// Appends attributes that come from no record, with copies of their keys.
pub(super) fn put_copied_pairs(words: &mut Vec<u64>, pairs: &[(&str, Value<'_>)]) {
    put_each(words, pairs, put_str);
}

fn put_each<'k>(
    words: &mut Vec<u64>,
    pairs: &[(&'k str, Value<'_>)],
    put_key: impl Fn(&mut Vec<u64>, &'k str) -> bool,
) {
    words.push(by_key(pairs.len()));
    for (key, value) in pairs {
        put_key(words, key);
        put_value(words, value);
    }
}
