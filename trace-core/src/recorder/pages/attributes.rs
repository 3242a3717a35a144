//! Iterates over the attributes of a span, an event or a link.

use super::items::Items;
use crate::recorder::code::{SiteAttributes, constants, site_attributes};
use crate::recorder::fields::{count_of, first_key_of, is_by_site, length_limit, shortened};
use crate::recorder::record::FIELDS;
use crate::recorder::words::{Chunk, GROUP, RecordedValue, VisitValue, WordReader, cut};
use crate::site::SiteInfo;
use std::fmt;
use std::mem::ManuallyDrop;

/// An iterator over attributes, as keys and recorded values.
#[derive(Clone)]
pub struct Attributes<'a> {
    site: &'static SiteInfo,
    /// The items after the chunk that is being read.
    items: Items<'a>,
    chunk: ChunkReader<'a>,
    /// Whether later values of a key replace earlier ones.
    replaced: bool,
    /// The number of attributes that may still be shown.
    left: u32,
    /// The site's attributes, which follow; `None` on events and links.
    of_site: Option<SiteAttributes>,
}

/// The key of an attribute.
#[derive(Clone, Copy, Debug)]
pub enum Key<'a> {
    /// One of the keys of the span's site, by index.
    OfSite(usize),
    /// Any other key.
    Text(&'a str),
}

/// Code that is inlined for each type of attribute.
pub trait VisitAttribute<'a> {
    /// Processes an attribute.
    fn attribute(&mut self, key: Key<'a>, value: &RecordedValue<'a>);
}

/// Passes on the value of one key.
struct One<'a, 'v, V> {
    visitor: &'v mut V,
    key: Key<'a>,
    limit: usize,
    left: u32,
}

impl<'a, V: VisitAttribute<'a>> VisitValue<'a> for One<'a, '_, V> {
    #[inline(always)]
    fn scalar(&mut self, value: RecordedValue<'a>) {
        // HOT: only lists have anything to drop, which the compiler does not see everywhere.
        let value = ManuallyDrop::new(value);
        let value = match *value {
            RecordedValue::Str(text) => {
                ManuallyDrop::new(RecordedValue::Str(cut(text, self.limit)))
            }
            RecordedValue::Static(text) => {
                ManuallyDrop::new(RecordedValue::Static(cut(text, self.limit)))
            }
            _ => value,
        };
        self.left -= 1;
        self.visitor.attribute(self.key, &value);
    }

    #[inline(always)]
    fn list(&mut self, value: RecordedValue<'a>) {
        self.left -= 1;
        self.visitor.attribute(self.key, &value);
    }
}

impl<'a> Attributes<'a> {
    /// Returns the attributes in the items of a span. `may_repeat`: whether the span has several
    /// chunks, or one whose keys are not the site's.
    #[inline]
    pub(super) fn of_span(
        site: &'static SiteInfo,
        items: Items<'a>,
        may_repeat: bool,
        limit: u32,
    ) -> Self {
        let mut attributes = Self {
            site,
            items,
            chunk: ChunkReader::EMPTY,
            replaced: false,
            left: limit,
            of_site: None,
        };
        attributes.replaced = may_repeat && attributes.clone().repeats();
        attributes
    }

    pub(super) fn of_chunk(site: &'static SiteInfo, chunk: Chunk<'a>, limit: u32) -> Self {
        let mut attributes = Self::of_span(site, Items::default(), false, limit);
        attributes.chunk = ChunkReader::new(chunk);
        attributes.replaced =
            !is_by_site(chunk) && count_of(chunk) > 1 && attributes.clone().repeats();
        attributes
    }

    /// Appends the site's attributes, with or without its location.
    pub(super) fn and_of_site(mut self, with_location: bool) -> Self {
        let all = if with_location { site_attributes } else { constants };
        self.of_site = Some(all(self.site));
        self
    }

    /// Passes all recorded attributes on, without those of the site.
    // HOT: runs for each span, on exporters' threads.
    #[inline]
    pub fn visit(mut self, visitor: &mut impl VisitAttribute<'a>) {
        if self.replaced {
            while let Some((key, value)) = self.next_keyed() {
                visitor.attribute(key, &value);
            }
            return;
        }
        let Self { mut items, mut chunk, left, .. } = self;
        let mut one = One { visitor, key: Key::OfSite(0), limit: length_limit(), left };
        loop {
            chunk.visit(&mut one);
            match items.find(|item| item.kind == FIELDS) {
                Some(fields) => chunk = ChunkReader::new(fields.reader().chunk()),
                None => return,
            }
        }
    }

    /// Returns the next attribute, with its key as it was recorded.
    #[inline]
    fn next_keyed(&mut self) -> Option<(Key<'a>, RecordedValue<'a>)> {
        loop {
            if self.left == 0 {
                return None;
            }
            let (key, value) = self.next_written()?;
            if !self.replaced || !self.is_overwritten(key) {
                self.left -= 1;
                return Some((key, value));
            }
        }
    }

    #[cold]
    fn is_overwritten(&self, key: Key<'a>) -> bool {
        let key = self.text(key);
        let mut rest = self.clone();
        std::iter::from_fn(|| rest.next_written()).any(|(later, _)| self.text(later) == key)
    }

    /// Returns the text of a key.
    #[inline]
    pub fn text(&self, key: Key<'a>) -> &'a str {
        match key {
            Key::OfSite(index) => self.site.keys.get(index).copied().unwrap_or_default(),
            Key::Text(text) => text,
        }
    }

    /// Returns the next value that was written, even if a later one overwrites it.
    #[inline]
    fn next_written(&mut self) -> Option<(Key<'a>, RecordedValue<'a>)> {
        loop {
            match self.chunk.next() {
                Some((key, tag, head)) => {
                    if let Some(value) = self.chunk.reader.tail(tag, head) {
                        return Some((key, shortened(value, length_limit())));
                    }
                }
                None => {
                    let fields = self.items.find(|item| item.kind == FIELDS)?;
                    self.chunk = ChunkReader::new(fields.reader().chunk());
                }
            }
        }
    }

    /// Returns whether a key occurs twice; rarely returns `true` by chance when none does.
    /// Comparing each key with all that follow would take longer than all other work on them.
    fn repeats(mut self) -> bool {
        let mut seen = [0_u64; 16];
        while let Some((key, _)) = self.next_written() {
            let hash = spread(self.text(key));
            let (word, bit) = (hash >> 60, hash >> 54 & 63);
            let word = &mut seen[word as usize];
            if std::mem::replace(word, *word | 1 << bit) & 1 << bit != 0 {
                return true;
            }
        }
        false
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (&'a str, RecordedValue<'a>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        match self.next_keyed() {
            Some((key, value)) => Some((self.text(key), value)),
            None => self.of_site.as_mut()?.next(),
        }
    }
}

impl fmt::Debug for Attributes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.clone()).finish()
    }
}

/// Returns the attributes of a chunk that was recorded at this site.
pub fn attributes_of<'a>(site: &'static SiteInfo, chunk: Chunk<'a>) -> Attributes<'a> {
    Attributes::of_chunk(site, chunk, u32::MAX)
}

/// A reader of the values of a chunk.
#[derive(Clone)]
struct ChunkReader<'a> {
    reader: WordReader<'a>,
    by_site: bool,
    left: u32,
    key: usize,
    /// The remaining values of a group in the order of the site's keys.
    tags: u64,
    heads: &'a [u64],
}

impl<'a> ChunkReader<'a> {
    const EMPTY: Self =
        Self { reader: WordReader::EMPTY, by_site: true, left: 0, key: 0, tags: 0, heads: &[] };

    #[inline]
    fn new(chunk: Chunk<'a>) -> Self {
        Self {
            reader: chunk.reader(),
            by_site: is_by_site(chunk),
            left: count_of(chunk),
            key: first_key_of(chunk),
            tags: 0,
            heads: &[],
        }
    }

    /// Passes the values on, as many as are left to be shown.
    #[inline(always)]
    fn visit<V: VisitAttribute<'a>>(mut self, one: &mut One<'a, '_, V>) {
        if !self.by_site {
            while one.left > 0
                && let Some((key, tag, head)) = self.next()
            {
                one.key = key;
                self.reader.visit(tag, head, one);
            }
            return;
        }
        // HOT: whole groups, with all that is counted in registers.
        let Self { mut reader, mut left, mut key, mut tags, mut heads, .. } = self;
        while left > 0 {
            if heads.is_empty() {
                tags = reader.word();
                heads = reader.take(GROUP.min(left as usize));
            }
            left = left.saturating_sub(heads.len().max(1) as u32);
            for &head in std::mem::take(&mut heads) {
                if one.left == 0 {
                    return;
                }
                one.key = Key::OfSite(key);
                reader.visit(tags as u8, head, one);
                tags >>= 8;
                key += 1;
            }
        }
    }

    /// Returns the next key, with the tag and the head of its value, whose tail the reader reads next.
    #[inline(always)]
    fn next(&mut self) -> Option<(Key<'a>, u8, u64)> {
        if self.left == 0 {
            return None;
        }
        if !self.by_site {
            self.left -= 1;
            return Some((
                Key::Text(self.reader.text()),
                self.reader.word() as u8,
                self.reader.word(),
            ));
        }
        if self.heads.is_empty() {
            self.tags = self.reader.word();
            self.heads = self.reader.take(GROUP.min(self.left as usize));
        }
        self.left -= 1;
        let (&head, rest) = self.heads.split_first()?;
        let tag = self.tags as u8;
        self.heads = rest;
        self.tags >>= 8;
        self.key += 1;
        Some((Key::OfSite(self.key - 1), tag, head))
    }
}

/// Returns a hash of a key; few keys share its first ten bits by chance.
fn spread(key: &str) -> u64 {
    let step = |hash: u64, bytes: &[u8]| {
        let mut word = [0; 8];
        word[..bytes.len()].copy_from_slice(bytes);
        (hash ^ u64::from_le_bytes(word)).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29)
    };
    let hash = key.as_bytes().chunks(8).fold(key.len() as u64, step);
    hash.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::recorder::pages::{FinishedSpans, MadeSpan};
    use crate::site::Site;
    use crate::value::Value;
    use std::collections::HashMap;

    /// Returns the keys of `http::server` spans, of two chunks: enough keys that some might share a
    /// hash.
    fn keys() -> Vec<&'static str> {
        let keys = "http.request.method http.request.method_original http.route url.path url.query \
                    url.scheme server.address server.port client.address network.peer.address \
                    network.peer.port network.protocol.version user_agent.original \
                    http.response.status_code error.type";
        keys.split_whitespace().collect()
    }

    fn made(attributes: impl IntoIterator<Item = (&'static str, i64)>) -> FinishedSpans {
        static SITE: Site = Site::new("x\0m\0f.rs\0\0", 1);
        let mut made = MadeSpan::new(SITE.info());
        let one = |(key, value)| vec![(key, Value::I64(value))];
        made.attributes = attributes.into_iter().map(one).collect();
        let mut spans = FinishedSpans::default();
        spans.add(&made);
        spans
    }

    fn shown(spans: &FinishedSpans) -> Vec<(String, i64)> {
        let number = |value| match value {
            RecordedValue::I64(number) => number,
            other => panic!("{other:?}"),
        };
        let span = spans.get(0).unwrap();
        span.recorded_attributes().map(|(key, value)| (key.to_owned(), number(value))).collect()
    }

    #[test]
    fn the_last_value_of_a_key_counts_in_its_place() {
        let keys = keys();
        for repeated in 0..=keys.len() {
            let written = keys.iter().chain(&keys[..repeated]).copied().zip(0..);
            let mut written: Vec<_> = written.collect();
            let spans = made(written.clone());
            let last: HashMap<_, _> = written.iter().copied().collect();
            written.retain(|(key, number)| last[key] == *number);
            let written: Vec<_> =
                written.into_iter().map(|(key, number)| (key.to_owned(), number)).collect();
            assert_eq!(shown(&spans), written);
        }
    }

    #[test]
    fn keys_that_differ_are_seen_to_differ() {
        let spans = made(keys().into_iter().zip(0..));
        assert!(!spans.get(0).unwrap().recorded_attributes().replaced);
        let spans = made(keys().into_iter().chain(["http.route"]).zip(0..));
        assert!(spans.get(0).unwrap().recorded_attributes().replaced);
    }
}
