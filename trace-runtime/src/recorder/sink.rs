//! Values as words: where they go, and how each kind is put there.

use super::quiet::Busy;
use super::words::{self, cut, words_for};
use crate::caught::caught;
use crate::value::Value;
use std::fmt::{self, Write as _};
use std::sync::atomic::AtomicUsize;

/// The longest string that is recorded, in bytes; longer ones are cut.
pub(crate) static LENGTH_LIMIT: AtomicUsize = AtomicUsize::new(usize::MAX);
/// No list takes more than this many elements of a ring.
const MOST_ELEMENTS: usize = 1024;

/// Where words go: a ring's unfinished record, or a vector.
pub(crate) trait WordSink {
    /// Makes sure that `count` words can be put.
    fn reserve(&mut self, count: usize) -> bool;
    /// Puts a word that was reserved.
    fn put(&mut self, word: u64);
    /// Where the next word goes, counted from the start of the record.
    fn offset(&self) -> u64;
    /// Puts a word where one was put before.
    fn patch(&mut self, offset: u64, word: u64);
    /// The longest string that may be put.
    fn length_limit(&self) -> usize {
        usize::MAX
    }
    /// Where nothing may be recorded until the record is whole: what sees to it.
    fn busy(&self) -> Option<Busy> {
        None
    }
}

/// Runs code of users in the middle of a record; `None`: it panicked. What it panicked with is theirs
/// too, and is dropped before the record goes on.
pub(super) fn user_code<R>(busy: Option<Busy>, run: impl FnOnce() -> R) -> Option<R> {
    let result = caught(run).ok();
    drop(busy);
    result
}

impl WordSink for Vec<u64> {
    fn reserve(&mut self, count: usize) -> bool {
        Vec::reserve(self, count);
        true
    }

    fn put(&mut self, word: u64) {
        self.push(word);
    }

    fn offset(&self) -> u64 {
        self.len() as u64
    }

    fn patch(&mut self, offset: u64, word: u64) {
        self[offset as usize] = word;
    }
}

/// Puts the bytes of `text`, padded to whole words.
#[inline(always)]
fn put_bytes(text: &str, mut put: impl FnMut(u64)) {
    let bytes = text.as_bytes();
    let word =
        |at: usize| bytes[at..].first_chunk::<8>().map_or(0, |word| u64::from_le_bytes(*word));
    match bytes.len() {
        0 => {}
        // HOT: most strings are short, and a call to `memcpy` costs more than they do.
        len @ 1..8 => put(partial_word(bytes, len)),
        8 => put(word(0)),
        // The last word overlaps the one before, so that one load gets it.
        len @ 9..=16 => {
            put(word(0));
            put(word(len - 8) >> (8 * (16 - len)));
        }
        len => {
            let (whole, rest) = bytes.as_chunks::<8>();
            whole.iter().for_each(|word| put(u64::from_le_bytes(*word)));
            if !rest.is_empty() {
                put(word(len - 8) >> (8 * (8 - rest.len())));
            }
        }
    }
}

/// Up to seven bytes as a word.
#[inline(always)]
fn partial_word(bytes: &[u8], len: usize) -> u64 {
    let half = |at: usize| {
        bytes[at..].first_chunk::<4>().map_or(0, |half| u64::from(u32::from_le_bytes(*half)))
    };
    match len {
        4.. => half(0) | half(len - 4) << (8 * (len - 4)),
        _ => bytes.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte)),
    }
}

/// Puts a value that stands alone; `false` when there was no room.
pub(crate) fn put_value(sink: &mut impl WordSink, value: &Value<'_>) -> bool {
    put_alone(sink, tag_of(value), |sink| put_tail(sink, value))
}

/// Puts values in the order of a site's keys.
pub(crate) fn put_values(sink: &mut impl WordSink, values: &[Value<'_>]) -> bool {
    values.chunks(words::GROUP).all(|group| {
        if !sink.reserve(1 + group.len()) {
            return false;
        }
        sink.put(group.iter().rev().fold(0, |tags, value| tags << 8 | u64::from(tag_of(value))));
        let heads = sink.offset();
        group.iter().for_each(|_| sink.put(0));
        (heads..).zip(group).all(|(at, value)| {
            let head = put_tail(sink, value);
            head.inspect(|&head| sink.patch(at, head)).is_some()
        })
    })
}

fn tag_of(value: &Value<'_>) -> u8 {
    match value {
        Value::Absent => words::ABSENT,
        Value::Bool(_) => words::BOOL,
        Value::I64(_) => words::I64,
        Value::U64(_) => words::U64,
        Value::F64(_) => words::F64,
        Value::Static(_) => words::STATIC,
        Value::Str(_) | Value::Display(_) | Value::Debug(_) => words::STR,
        Value::Bools(_) => words::BOOLS,
        Value::I64s(_) => words::I64S,
        Value::F64s(_) => words::F64S,
        Value::Strs(_) | Value::Strings(_) => words::STRS,
    }
}

/// Puts the tail of a value and says its head; `None` when there was no room.
fn put_tail(sink: &mut impl WordSink, value: &Value<'_>) -> Option<u64> {
    match *value {
        Value::Absent => Some(0),
        Value::Bool(value) => Some(value.into()),
        Value::I64(value) => Some(value as u64),
        Value::U64(value) => Some(value),
        Value::F64(value) => Some(value.to_bits()),
        Value::Static(text) => put_address(sink, text),
        Value::Str(text) => put_text(sink, text),
        Value::Display(value) => put_formatted_text(sink, format_args!("{value}")),
        Value::Debug(value) => put_formatted_text(sink, format_args!("{value:?}")),
        Value::Bools(list) => put_list(sink, list, |&value| value.into()),
        Value::I64s(list) => put_list(sink, list, |&value| value as u64),
        Value::F64s(list) => put_list(sink, list, |&value| value.to_bits()),
        Value::Strs(list) => put_strs(sink, list.len(), list.iter().copied()),
        Value::Strings(list) => put_strs(sink, list.len(), list.iter().map(String::as_str)),
    }
}

/// Puts a value that stands alone: its tag, its head, which `tail` says, and its tail.
fn put_alone<S: WordSink>(sink: &mut S, tag: u8, tail: impl FnOnce(&mut S) -> Option<u64>) -> bool {
    if !sink.reserve(2) {
        return false;
    }
    sink.put(tag.into());
    let head_at = sink.offset();
    sink.put(0);
    tail(sink).inspect(|&head| sink.patch(head_at, head)).is_some()
}

pub(crate) fn put_str(sink: &mut impl WordSink, text: &str) -> bool {
    put_alone(sink, words::STR, |sink| put_text(sink, text))
}

pub(crate) fn put_static(sink: &mut impl WordSink, text: &'static str) -> bool {
    put_alone(sink, words::STATIC, |sink| put_address(sink, text))
}

pub(crate) fn put_formatted(sink: &mut impl WordSink, text: fmt::Arguments<'_>) -> bool {
    put_alone(sink, words::STR, |sink| put_formatted_text(sink, text))
}

fn put_address(sink: &mut impl WordSink, text: &'static str) -> Option<u64> {
    let text = cut(text, sink.length_limit());
    sink.reserve(1).then(|| {
        sink.put(text.as_ptr().expose_provenance() as u64);
        text.len() as u64
    })
}

fn put_text(sink: &mut impl WordSink, text: &str) -> Option<u64> {
    let text = cut(text, sink.length_limit());
    sink.reserve(words_for(text.len())).then(|| {
        put_bytes(text, |word| sink.put(word));
        text.len() as u64
    })
}

#[cold]
fn put_list<T>(sink: &mut impl WordSink, list: &[T], word: impl Fn(&T) -> u64) -> Option<u64> {
    let list = &list[..list.len().min(MOST_ELEMENTS)];
    sink.reserve(list.len()).then(|| {
        list.iter().for_each(|value| sink.put(word(value)));
        list.len() as u64
    })
}

#[cold]
fn put_strs<'a>(
    sink: &mut impl WordSink,
    len: usize,
    list: impl Iterator<Item = &'a str>,
) -> Option<u64> {
    let len = len.min(MOST_ELEMENTS);
    let mut list = list.take(len);
    let all = list.all(|text| {
        let text = cut(text, sink.length_limit());
        let room = sink.reserve(1 + words_for(text.len()));
        if room {
            sink.put(text.len() as u64);
            put_bytes(text, |word| sink.put(word));
        }
        room
    });
    all.then_some(len as u64)
}

/// Formats straight into the sink. User code runs here: it may panic, and it may call annotated
/// functions, which are not recorded while it runs.
#[cold]
#[inline(never)]
fn put_formatted_text(sink: &mut impl WordSink, text: fmt::Arguments<'_>) -> Option<u64> {
    if let Some(text) = text.as_str() {
        return put_text(sink, text);
    }
    let limit = sink.length_limit();
    let mut formatter = Formatter { sink, word: 0, len: 0, limit, full: false, cut: false };
    let busy = formatter.sink.busy();
    match user_code(busy, || formatter.write_fmt(text)) {
        Some(Ok(())) => {}
        // The limit was reached, or the ring is full.
        Some(Err(_)) if formatter.cut || formatter.full => {}
        Some(Err(_)) => drop(formatter.write_str("<formatting failed>")),
        None => drop(formatter.write_str("<formatting panicked>")),
    }
    formatter.finish()
}

/// Collects bytes into words.
struct Formatter<'a, S> {
    sink: &'a mut S,
    word: u64,
    len: usize,
    limit: usize,
    full: bool,
    cut: bool,
}

impl<S: WordSink> Formatter<'_, S> {
    fn finish(mut self) -> Option<u64> {
        if !self.len.is_multiple_of(8) && !self.full {
            self.put_word();
        }
        (!self.full).then_some(self.len as u64)
    }

    fn put_word(&mut self) {
        self.full = !self.sink.reserve(1);
        if !self.full {
            self.sink.put(self.word);
            self.word = 0;
        }
    }
}

impl<S: WordSink> fmt::Write for Formatter<'_, S> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.full || self.cut {
            return Err(fmt::Error);
        }
        let fitting = cut(text, self.limit - self.len);
        self.cut = fitting.len() < text.len();
        for &byte in fitting.as_bytes() {
            self.word |= u64::from(byte) << (8 * (self.len % 8));
            self.len += 1;
            if self.len.is_multiple_of(8) {
                self.put_word();
                if self.full {
                    return Err(fmt::Error);
                }
            }
        }
        if self.cut { Err(fmt::Error) } else { Ok(()) }
    }
}
