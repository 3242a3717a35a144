//! Attributes as chunks of words: a span's attributes, kept as the recorder wrote them.
//!
//! A chunk opens with a header word: its kind in the low byte, the number of attributes in the next
//! three, and for values in the order of a site's keys the index of the first key in the high half.

use super::sink::{LENGTH_LIMIT, put_static, put_value};
use super::words::{Chunk, DROPPED, GROUP, RecordedValue, WordReader, cut};
use crate::site::SiteInfo;
use crate::value::Value;
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

/// Returns the number of values of a chunk for which there was no room.
#[inline]
pub fn dropped_values(chunk: Chunk<'_>) -> u32 {
    // SAFETY: a chunk is written by a word sink and is complete.
    let mut reader = unsafe { WordReader::new(chunk.words) };
    let mut dropped = 0;
    let mut left = (chunk.header >> 8 & 0xff_ffff) as usize;
    while left > 0 {
        let (tags, heads) = match chunk.header as u8 {
            BY_SITE => (reader.word(), reader.take(GROUP.min(left))),
            _ => {
                reader.text();
                (reader.word(), reader.take(1))
            }
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

/// Recorded attributes.
#[derive(Clone, Debug)]
pub struct Fields {
    words: Words,
    /// The maximum number of attributes to show.
    limit: u32,
    /// Whether later writes to a key may replace earlier ones.
    replaced: bool,
}

/// The number of words stored inline: three attributes, one of them an identifier as text.
const FEW: usize = 10;

/// Stored inline while they are few: an allocation that another thread frees costs more than
/// everything else done for a span off the caller's path.
#[derive(Clone, Debug)]
enum Words {
    Few(u8, [u64; FEW]),
    Many(Vec<u64>),
}

impl Words {
    #[inline]
    fn as_slice(&self) -> &[u64] {
        match self {
            Self::Few(len, words) => &words[..usize::from(*len).min(FEW)],
            Self::Many(words) => words,
        }
    }

    #[inline]
    fn extend(&mut self, header: u64, values: &[u64]) {
        match self {
            Self::Few(len, words) if usize::from(*len) + 1 + values.len() <= FEW => {
                let free = &mut words[usize::from(*len)..];
                free[0] = header;
                free[1..=values.len()].copy_from_slice(values);
                *len += 1 + values.len() as u8;
            }
            Self::Few(..) => {
                // With some spare room: spans with many attributes tend to get more.
                let few = self.as_slice();
                let mut words = Vec::with_capacity(few.len() + 1 + values.len() + FEW);
                words.extend_from_slice(few);
                words.push(header);
                words.extend_from_slice(values);
                *self = Self::Many(words);
            }
            Self::Many(words) => {
                words.push(header);
                words.extend_from_slice(values);
            }
        }
    }
}

impl Default for Fields {
    fn default() -> Self {
        Self { words: Words::Few(0, [0; FEW]), limit: u32::MAX, replaced: false }
    }
}

impl Fields {
    /// Returns the bytes that `words` words take in addition to the attributes themselves.
    #[inline]
    pub fn bytes_beyond(words: usize) -> usize {
        if words < FEW { 0 } else { 8 * (1 + words + FEW) }
    }

    /// Adds a chunk as the recorder wrote it.
    #[inline]
    pub fn push(&mut self, chunk: Chunk<'_>) {
        let Chunk { header, words: values } = chunk;
        if header >> 8 & 0xff_ffff == 0 {
            return;
        }
        // A second chunk may repeat a key.
        self.replaced |= !self.words.as_slice().is_empty() || header as u8 == BY_KEY;
        self.words.extend(header, values);
    }

    /// Adds attributes that the collector sets.
    pub fn add(&mut self, pairs: &[(&'static str, Value<'_>)]) {
        let mut words = Vec::new();
        for (key, value) in pairs {
            put_static(&mut words, key);
            put_value(&mut words, value);
        }
        self.push(Chunk { header: by_key(pairs.len()), words: &words });
    }

    /// Adds values in the order of the site's keys, as the recorder would; for tests of exporters.
    pub fn add_by_site(&mut self, values: &[Value<'_>]) {
        let mut words = Vec::new();
        super::sink::put_values(&mut words, values);
        self.push(Chunk { header: by_site(values.len(), 0), words: &words });
    }

    /// Limits the attributes shown to `limit` and returns the number left out.
    #[inline]
    pub fn set_limit(&mut self, limit: u32, site: &'static SiteInfo) -> u32 {
        if self.words.as_slice().len() <= limit as usize {
            return 0; // Each attribute takes at least one word.
        }
        let over = (self.iter(site).count() as u32).saturating_sub(limit);
        if over > 0 {
            self.limit = limit;
        }
        over
    }

    #[inline]
    pub fn iter(&self, site: &'static SiteInfo) -> FieldsIter<'_> {
        let written = self.iter_written(site);
        FieldsIter { replaced: self.replaced && written.clone().may_repeat(), ..written }
    }

    /// Iterates over all written values, including several for one key.
    fn iter_written(&self, site: &'static SiteInfo) -> FieldsIter<'_> {
        FieldsIter {
            site,
            // SAFETY: `words` holds whole chunks, which only word sinks write.
            reader: unsafe { WordReader::new(self.words.as_slice()) },
            replaced: false,
            left: self.limit,
            kind: 0,
            in_chunk: 0,
            key: 0,
            tags: 0,
            heads: &[],
        }
    }
}

/// Iterates over keys and values; if a key has several values, the last one wins.
#[derive(Clone)]
pub struct FieldsIter<'a> {
    site: &'static SiteInfo,
    reader: WordReader<'a>,
    replaced: bool,
    left: u32,
    kind: u8,
    in_chunk: u32,
    key: usize,
    /// The remaining values of a group in the order of the site's keys.
    tags: u64,
    heads: &'a [u64],
}

impl<'a> FieldsIter<'a> {
    /// Returns `false` if no key occurs twice. Comparing each key with all that follow would take
    /// longer than everything else that is done with them.
    fn may_repeat(mut self) -> bool {
        let mut seen = [0_u64; 16];
        std::iter::from_fn(|| self.next_written()).any(|(key, _)| {
            let hash = spread(key);
            let (word, bit) = (hash >> 60, hash >> 54 & 63);
            let word = &mut seen[word as usize];
            std::mem::replace(word, *word | 1 << bit) & 1 << bit != 0
        })
    }

    fn next_written(&mut self) -> Option<(&'a str, RecordedValue<'a>)> {
        loop {
            if self.in_chunk == 0 {
                if self.reader.is_empty() {
                    return None;
                }
                let header = self.reader.word();
                self.kind = header as u8;
                self.in_chunk = (header >> 8 & 0xff_ffff) as u32;
                self.key = (header >> 32) as usize;
                continue;
            }
            let (key, value) =
                if self.kind == BY_SITE { self.next_by_site() } else { self.next_by_key() };
            self.in_chunk -= 1;
            if let Some(value) = value {
                return Some((key, shortened(value)));
            }
        }
    }

    fn next_by_key(&mut self) -> (&'a str, Option<RecordedValue<'a>>) {
        (self.reader.text(), self.reader.value())
    }

    fn next_by_site(&mut self) -> (&'a str, Option<RecordedValue<'a>>) {
        if self.heads.is_empty() {
            self.tags = self.reader.word();
            self.heads = self.reader.take(GROUP.min(self.in_chunk as usize));
        }
        let Some((&head, rest)) = self.heads.split_first() else { return ("", None) };
        let tag = self.tags as u8;
        self.heads = rest;
        self.tags >>= 8;
        self.key += 1;
        let key = self.site.keys.get(self.key - 1).copied().unwrap_or_default();
        (key, self.reader.tail(tag, head))
    }
}

/// Spreads keys so that few share their first ten bits by chance.
fn spread(key: &str) -> u64 {
    let step = |hash: u64, bytes: &[u8]| {
        let mut word = [0; 8];
        word[..bytes.len()].copy_from_slice(bytes);
        (hash ^ u64::from_le_bytes(word)).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29)
    };
    let hash = key.as_bytes().chunks(8).fold(key.len() as u64, step);
    hash.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// Cuts strings to the limit; the recorder leaves this to the collector where it is cheaper there.
pub(crate) fn shortened(value: RecordedValue<'_>) -> RecordedValue<'_> {
    let limit = LENGTH_LIMIT.load(Ordering::Relaxed);
    match value {
        RecordedValue::Str(text) => RecordedValue::Str(cut(text, limit)),
        RecordedValue::Static(text) => RecordedValue::Static(cut(text, limit)),
        other => other,
    }
}

impl<'a> Iterator for FieldsIter<'a> {
    type Item = (&'a str, RecordedValue<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.left == 0 {
            return None;
        }
        loop {
            let (key, value) = self.next_written()?;
            let overwritten = self.replaced && {
                let mut rest = self.clone();
                std::iter::from_fn(|| rest.next_written()).any(|(later, _)| later == key)
            };
            if !overwritten {
                self.left -= 1;
                return Some((key, value));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::{Site, SiteInfo};
    use std::collections::HashMap;

    /// Returns the keys of `http::server` spans, in two chunks, and more keys than differ by
    /// chance.
    fn keys() -> Vec<&'static str> {
        let keys = "http.request.method http.request.method_original http.route url.path url.query \
                    url.scheme server.address server.port client.address network.peer.address \
                    network.peer.port network.protocol.version user_agent.original \
                    http.response.status_code error.type";
        keys.split_whitespace().collect()
    }

    fn site() -> &'static SiteInfo {
        static SITE: Site = Site::new("x\0m\0f.rs\0\0", 1);
        SITE.info()
    }

    fn shown(fields: &Fields) -> Vec<(String, i64)> {
        let number = |value| match value {
            RecordedValue::I64(number) => number,
            other => panic!("{other:?}"),
        };
        fields.iter(site()).map(|(key, value)| (key.to_owned(), number(value))).collect()
    }

    #[test]
    fn the_last_value_of_a_key_counts_in_its_place() {
        let keys = keys();
        for repeated in 0..=keys.len() {
            let mut fields = Fields::default();
            let mut written = Vec::new();
            for (number, key) in keys.iter().chain(&keys[..repeated]).enumerate() {
                fields.add(&[(key, Value::I64(number as i64))]);
                written.push(((*key).to_owned(), number as i64));
            }
            let last: HashMap<_, _> = written.iter().cloned().collect();
            written.retain(|(key, number)| last[key] == *number);
            assert_eq!(shown(&fields), written);
        }
    }

    #[test]
    fn keys_that_differ_are_seen_to_differ() {
        let mut fields = Fields::default();
        keys().iter().for_each(|key| fields.add(&[(key, Value::I64(1))]));
        let site = site();
        assert!(!fields.iter(site).replaced);
        fields.add(&[("http.route", Value::I64(2))]);
        assert!(fields.iter(site).replaced);
    }
}
