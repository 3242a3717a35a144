//! The wire format of values: 64-bit words, written by the recording thread, read by the collector.
//!
//! A value has a tag, a head (the number itself, or a length) and, unless it is a number, a tail of
//! words. Values in the order of a site's keys come in groups of up to [`GROUP`]: one word of tags,
//! the first in the lowest byte, then all heads, then all tails, so that numbers have fixed places.
//! Any other value stands alone: its tag in the low byte of a word, its head in the next, its tail.
//!
//! Words never leave the process, so `&'static str` travels by address.

/// Values in a group.
pub(crate) const GROUP: usize = 8;

/// In a tag: the value has a tail.
pub(crate) const TAIL: u8 = 0x80;
/// In a tag: the fast path does not take the value.
pub(crate) const LONG: u8 = 0x40;

pub(crate) const ABSENT: u8 = 0;
pub(crate) const BOOL: u8 = 1;
pub(crate) const I64: u8 = 2;
pub(crate) const U64: u8 = 3;
pub(crate) const F64: u8 = 4;
/// There was a value, but no room for it.
pub(crate) const DROPPED: u8 = 5;
pub(crate) const STR: u8 = TAIL;
pub(crate) const STATIC: u8 = TAIL | 1;
pub(crate) const BOOLS: u8 = TAIL | LONG;
pub(crate) const I64S: u8 = TAIL | LONG | 1;
pub(crate) const F64S: u8 = TAIL | LONG | 2;
pub(crate) const STRS: u8 = TAIL | LONG | 3;

/// Returns a word with `byte` for each of `count` tags.
pub(crate) const fn each_tag(byte: u8, count: usize) -> u64 {
    let bytes = 0x0101_0101_0101_0101 * byte as u64;
    if count < GROUP { bytes & ((1 << (8 * count)) - 1) } else { bytes }
}

use crate::site::Site;
use crate::value::{ToValue, Value};

/// Returns the number of words that `bytes` bytes take.
#[inline(always)]
pub(crate) const fn words_for(bytes: usize) -> usize {
    bytes.div_ceil(8)
}

/// An attribute value as it was recorded.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum RecordedValue<'a> {
    /// A boolean.
    Bool(bool),
    /// A signed integer.
    I64(i64),
    /// An unsigned integer.
    U64(u64),
    /// A float.
    F64(f64),
    /// A string literal of the program.
    Static(&'static str),
    /// Any other string.
    Str(&'a str),
    /// A list of booleans.
    Bools(Vec<bool>),
    /// A list of signed integers.
    I64s(Vec<i64>),
    /// A list of floats.
    F64s(Vec<f64>),
    /// A list of strings.
    Strs(Vec<&'a str>),
}

impl ToValue for RecordedValue<'_> {
    fn to_value(&self) -> Value<'_> {
        match self {
            Self::Bool(value) => Value::Bool(*value),
            Self::I64(value) => Value::I64(*value),
            Self::U64(value) => Value::U64(*value),
            Self::F64(value) => Value::F64(*value),
            Self::Static(text) => Value::Static(text),
            Self::Str(text) => Value::Str(text),
            Self::Bools(list) => Value::Bools(list),
            Self::I64s(list) => Value::I64s(list),
            Self::F64s(list) => Value::F64s(list),
            Self::Strs(list) => Value::Strs(list),
        }
    }
}

/// Code that is inlined for each type of value.
pub(super) trait VisitValue<'a> {
    /// Processes a value that is not a list.
    fn scalar(&mut self, value: RecordedValue<'a>);

    /// Processes a list.
    fn list(&mut self, value: RecordedValue<'a>);
}

impl<'a, F: FnMut(RecordedValue<'a>)> VisitValue<'a> for F {
    #[inline(always)]
    fn scalar(&mut self, value: RecordedValue<'a>) {
        self(value);
    }

    #[inline(always)]
    fn list(&mut self, value: RecordedValue<'a>) {
        self(value);
    }
}

/// The attributes of a record, as written.
#[derive(Clone, Copy)]
pub struct Chunk<'a> {
    pub(super) header: u64,
    pub(super) words: &'a [u64],
}

impl<'a> Chunk<'a> {
    /// Returns a reader of the values.
    #[inline]
    pub(super) fn reader(self) -> WordReader<'a> {
        // SAFETY: a chunk is what follows its header in a record or an item, whole, as a word sink
        // wrote it; only readers of those make chunks.
        unsafe { WordReader::new(self.words) }
    }
}

/// A reader of values from words that a `WordSink` wrote.
#[derive(Clone)]
pub struct WordReader<'a> {
    words: &'a [u64],
}

impl<'a> WordReader<'a> {
    /// A reader that has nothing to read.
    pub(super) const EMPTY: Self = Self { words: &[] };

    /// # Safety
    /// `words` must be what a `WordSink` wrote, whole, in this process.
    pub(crate) unsafe fn new(words: &'a [u64]) -> Self {
        Self { words }
    }

    #[inline]
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Returns the words that are left.
    #[inline]
    pub(super) fn rest(&self) -> &'a [u64] {
        self.words
    }

    #[inline]
    pub fn word(&mut self) -> u64 {
        match self.words.split_first() {
            Some((&word, rest)) => {
                self.words = rest;
                word
            }
            None => 0,
        }
    }

    /// Returns the rest, as values in the order of the site's keys.
    #[inline]
    pub fn site_chunk(&mut self, count: u16) -> Chunk<'a> {
        Chunk { header: super::fields::by_site(count.into(), 0), words: self.take(usize::MAX) }
    }

    /// Returns the rest, as a chunk behind its header.
    #[inline]
    pub fn chunk(&mut self) -> Chunk<'a> {
        Chunk { header: self.word(), words: self.take(usize::MAX) }
    }

    /// Reads the site that a start names.
    #[inline]
    pub fn site(&mut self) -> &'static Site {
        // SAFETY: `write_span` put the address of a `&'static Site`, provenance exposed.
        unsafe { &*std::ptr::with_exposed_provenance(self.word() as usize) }
    }

    /// Reads the next `count` words.
    #[inline]
    pub(crate) fn take(&mut self, count: usize) -> &'a [u64] {
        let (taken, rest) = self.words.split_at(count.min(self.words.len()));
        self.words = rest;
        taken
    }

    /// Reads a string of `len` bytes that was copied into the words.
    #[inline]
    pub(crate) fn str(&mut self, len: usize) -> &'a str {
        let words = self.take(words_for(len));
        let len = len.min(words.len() * 8);
        // SAFETY: `words` covers `len` bytes, and by the contract of `new` a `WordSink` copied them
        // from a `str`, cut at a character boundary.
        unsafe {
            std::str::from_utf8_unchecked(std::slice::from_raw_parts(words.as_ptr().cast(), len))
        }
    }

    /// Reads a string recorded by address.
    #[inline]
    pub(crate) fn static_str(&mut self, len: usize) -> &'static str {
        let address = self.word() as usize;
        // SAFETY: by the contract of `new`, address and length are those of a `&'static str`.
        unsafe {
            std::str::from_utf8_unchecked(std::slice::from_raw_parts(
                std::ptr::with_exposed_provenance(address),
                len,
            ))
        }
    }

    /// Reads the next value that stands alone; `None` if it was recorded as absent.
    pub fn value(&mut self) -> Option<RecordedValue<'a>> {
        let tag = self.word() as u8;
        let head = self.word();
        self.tail(tag, head)
    }

    /// Reads the value with this tag and head, whose tail is next.
    pub(crate) fn tail(&mut self, tag: u8, head: u64) -> Option<RecordedValue<'a>> {
        let mut read = None;
        self.visit(tag, head, &mut |value| read = Some(value));
        read
    }

    /// Passes on the value with this tag and head, whose tail is next, unless it was recorded as absent.
    // HOT: `visitor` is inlined for each type of value, so no value is moved through memory.
    #[inline(always)]
    pub(super) fn visit(&mut self, tag: u8, head: u64, visitor: &mut impl VisitValue<'a>) {
        let len = head as usize;
        match tag {
            BOOL => visitor.scalar(RecordedValue::Bool(head != 0)),
            I64 => visitor.scalar(RecordedValue::I64(head as i64)),
            U64 => visitor.scalar(RecordedValue::U64(head)),
            F64 => visitor.scalar(RecordedValue::F64(f64::from_bits(head))),
            STATIC => visitor.scalar(RecordedValue::Static(self.static_str(len))),
            STR => visitor.scalar(RecordedValue::Str(self.str(len))),
            _ => {
                if let Some(list) = self.list(tag, len) {
                    visitor.list(list);
                }
            }
        }
    }

    /// Reads the list with this tag and length.
    #[inline(never)]
    fn list(&mut self, tag: u8, len: usize) -> Option<RecordedValue<'a>> {
        Some(match tag {
            BOOLS => RecordedValue::Bools(self.take(len).iter().map(|&word| word != 0).collect()),
            I64S => RecordedValue::I64s(self.take(len).iter().map(|&word| word as i64).collect()),
            F64S => RecordedValue::F64s(
                self.take(len).iter().map(|&word| f64::from_bits(word)).collect(),
            ),
            STRS => RecordedValue::Strs(
                (0..len)
                    .map(|_| {
                        let len = self.word() as usize;
                        self.str(len)
                    })
                    .collect(),
            ),
            _ => return None,
        })
    }

    /// Reads a string that may be static (the encoding of names and keys).
    #[inline]
    pub fn text(&mut self) -> &'a str {
        match self.value() {
            Some(RecordedValue::Static(text)) => text,
            Some(RecordedValue::Str(text)) => text,
            _ => "",
        }
    }
}

/// Returns the first `limit` characters of `text`.
#[inline]
pub(crate) fn cut(text: &str, limit: usize) -> &str {
    // No text has more characters than bytes.
    if text.len() <= limit { text } else { cut_characters(text, limit) }
}

#[cold]
fn cut_characters(text: &str, limit: usize) -> &str {
    text.char_indices().nth(limit).map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn characters_are_counted_and_kept_whole() {
        for (text, limit, kept) in [
            ("", 0, ""),
            ("a", 0, ""),
            ("abc", 2, "ab"),
            ("éééééééé", 8, "éééééééé"),
            ("ééééééééé", 8, "éééééééé"),
            ("🦀🦀🦀", 2, "🦀🦀"),
            ("🦀🦀🦀", usize::MAX, "🦀🦀🦀"),
        ] {
            assert_eq!(cut(text, limit), kept);
        }
    }
}
