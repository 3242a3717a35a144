//! Puts values as words: the sinks they go to, and the encoding of each kind.

use super::quiet::Busy;
use super::words::{self, cut, words_for};
use crate::caught::caught;
use crate::value::Value;
use std::fmt::{self, Write as _};
use std::sync::atomic::AtomicUsize;

/// The maximum number of characters of a string value, and of each string of a list.
pub static LENGTH_LIMIT: AtomicUsize = AtomicUsize::new(usize::MAX);
/// A value of more than this many words for which there is no room is left out on its own; if fewer
/// words are missing, the whole record is left out.
const LARGE: usize = 64;

/// The head of a value; the error: there was no room for its tail, which has at least that many
/// words.
type Head = Result<u64, usize>;

/// A destination of words: a ring's unfinished record, or a vector.
pub(crate) trait WordSink {
    /// Ensures that `count` words can be put.
    fn reserve(&mut self, count: usize) -> bool;
    /// Puts a word that was reserved.
    fn put(&mut self, word: u64);
    /// Returns the offset of the next word from the start of the record.
    fn offset(&self) -> u64;
    /// Overwrites a word that was put before.
    fn patch(&mut self, offset: u64, word: u64);
    /// Discards the words from there on.
    fn rewind(&mut self, offset: u64);
    /// Notes that a value was left out.
    fn drop_value(&mut self);
    /// Returns the maximum number of characters of a string value.
    fn length_limit(&self) -> usize {
        usize::MAX
    }
    /// Returns a guard for sinks in whose thread nothing may be recorded until the record is
    /// complete.
    fn busy(&self) -> Option<Busy> {
        None
    }
}

/// Runs user code in the middle of a record; `None`: it panicked. The panic's payload is also user
/// code, and is dropped before the record continues.
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

    fn rewind(&mut self, offset: u64) {
        self.truncate(offset as usize);
    }

    fn drop_value(&mut self) {}
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

/// Returns up to seven bytes as a word.
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

/// Puts the value of an attribute, which stands alone; `false` if there was no room.
pub(crate) fn put_value(sink: &mut impl WordSink, value: &Value<'_>) -> bool {
    let limit = sink.length_limit();
    put_droppable(sink, tag_of(value), |sink| put_tail(sink, value, limit))
}

/// Puts a key, a name or a description, to which no limit applies.
pub(crate) fn put_plain(sink: &mut impl WordSink, value: &Value<'_>) -> bool {
    put_alone(sink, tag_of(value), |sink| put_tail(sink, value, usize::MAX))
}

/// Puts attribute values in the order of a site's keys.
pub(crate) fn put_values(sink: &mut impl WordSink, values: &[Value<'_>]) -> bool {
    let limit = sink.length_limit();
    values.chunks(words::GROUP).all(|group| {
        if limit == usize::MAX && put_simple(sink, group) {
            return true;
        }
        if !sink.reserve(1 + group.len()) {
            return false;
        }
        let mut tags =
            group.iter().rev().fold(0, |tags, value| tags << 8 | u64::from(tag_of(value)));
        sink.put(tags);
        let heads = sink.offset();
        group.iter().for_each(|_| sink.put(0));
        group.iter().enumerate().all(|(index, value)| {
            let tail = sink.offset();
            match put_tail(sink, value, limit) {
                Ok(head) => sink.patch(heads + index as u64, head),
                Err(words) if words > LARGE => {
                    sink.rewind(tail);
                    let place = 8 * index;
                    tags = tags & !(0xff << place) | u64::from(words::DROPPED) << place;
                    sink.patch(heads - 1, tags);
                    sink.drop_value();
                }
                Err(_) => return false,
            }
            true
        })
    })
}

/// Puts a group of numbers and texts; `false`: nothing was put, because it has other values or
/// there is no room for all of them at once.
// HOT: room is requested once, and nothing is patched.
fn put_simple(sink: &mut impl WordSink, group: &[Value<'_>]) -> bool {
    let (mut tags, mut words) = (0, 1 + group.len());
    for (index, value) in group.iter().enumerate() {
        let (tag, tail) = match value {
            Value::Absent => continue,
            Value::Bool(_) => (words::BOOL, 0),
            Value::I64(_) => (words::I64, 0),
            Value::U64(_) => (words::U64, 0),
            Value::F64(_) => (words::F64, 0),
            Value::Static(_) => (words::STATIC, 1),
            Value::Str(text) => (words::STR, words_for(text.len())),
            _ => return false,
        };
        tags |= u64::from(tag) << (8 * index);
        words += tail;
    }
    if !sink.reserve(words) {
        return false;
    }
    sink.put(tags);
    for value in group {
        sink.put(match *value {
            Value::Bool(value) => value.into(),
            Value::I64(value) => value as u64,
            Value::U64(value) => value,
            Value::F64(value) => value.to_bits(),
            Value::Static(text) | Value::Str(text) => text.len() as u64,
            _ => 0,
        });
    }
    for value in group {
        match *value {
            Value::Static(text) => sink.put(text.as_ptr().expose_provenance() as u64),
            Value::Str(text) => put_bytes(text, |word| sink.put(word)),
            _ => {}
        }
    }
    true
}

fn tag_of(value: &Value<'_>) -> u8 {
    /// Returns the tag: integers if all are in range, otherwise texts.
    fn of_wide<T: Copy + TryInto<i64>>(list: &[T]) -> u8 {
        if all_fit(list) { words::I64S } else { words::STRS }
    }
    match value {
        Value::Absent => words::ABSENT,
        Value::Bool(_) => words::BOOL,
        Value::I64(_) => words::I64,
        Value::U64(_) => words::U64,
        Value::F64(_) => words::F64,
        Value::Static(_) => words::STATIC,
        Value::Str(_) | Value::Display(_) | Value::Debug(_) => words::STR,
        Value::Bools(_) => words::BOOLS,
        Value::I8s(_)
        | Value::I16s(_)
        | Value::I32s(_)
        | Value::I64s(_)
        | Value::Isizes(_)
        | Value::U8s(_)
        | Value::U16s(_)
        | Value::U32s(_) => words::I64S,
        Value::I128s(list) => of_wide(list),
        Value::U64s(list) => of_wide(list),
        Value::U128s(list) => of_wide(list),
        Value::Usizes(list) => of_wide(list),
        Value::F32s(_) | Value::F64s(_) => words::F64S,
        Value::Strs(_) | Value::Strings(_) => words::STRS,
    }
}

/// Puts the tail of a value and returns its head. String values are cut to `limit` characters.
fn put_tail(sink: &mut impl WordSink, value: &Value<'_>, limit: usize) -> Head {
    match *value {
        Value::Absent => Ok(0),
        Value::Bool(value) => Ok(value.into()),
        Value::I64(value) => Ok(value as u64),
        Value::U64(value) => Ok(value),
        Value::F64(value) => Ok(value.to_bits()),
        Value::Static(text) => put_address(sink, cut(text, limit)),
        Value::Str(text) => put_text(sink, cut(text, limit)),
        Value::Display(value) => put_formatted_text(sink, format_args!("{value}"), limit),
        Value::Debug(value) => put_formatted_text(sink, format_args!("{value:?}"), limit),
        Value::Bools(list) => put_list(sink, list, |&value| value.into()),
        Value::I8s(list) => put_list(sink, list, |&value| i64::from(value) as u64),
        Value::I16s(list) => put_list(sink, list, |&value| i64::from(value) as u64),
        Value::I32s(list) => put_list(sink, list, |&value| i64::from(value) as u64),
        Value::I64s(list) => put_list(sink, list, |&value| value as u64),
        Value::I128s(list) => put_wide(sink, list, |&value| value as u64),
        Value::Isizes(list) => put_list(sink, list, |&value| value as i64 as u64),
        Value::U8s(list) => put_list(sink, list, |&value| value.into()),
        Value::U16s(list) => put_list(sink, list, |&value| value.into()),
        Value::U32s(list) => put_list(sink, list, |&value| value.into()),
        Value::U64s(list) => put_wide(sink, list, |&value| value),
        Value::U128s(list) => put_wide(sink, list, |&value| value as u64),
        Value::Usizes(list) => put_wide(sink, list, |&value| value as u64),
        Value::F32s(list) => put_list(sink, list, |&value| f64::from(value).to_bits()),
        Value::F64s(list) => put_list(sink, list, |&value| value.to_bits()),
        Value::Strs(list) => put_strs(sink, list, limit),
        Value::Strings(list) => put_strs(sink, list, limit),
    }
}

/// Puts a value that stands alone: its tag, its head as returned by `tail`, and its tail.
fn put_alone<S: WordSink>(sink: &mut S, tag: u8, tail: impl FnOnce(&mut S) -> Head) -> bool {
    if !sink.reserve(2) {
        return false;
    }
    sink.put(tag.into());
    let head_at = sink.offset();
    sink.put(0);
    tail(sink).inspect(|&head| sink.patch(head_at, head)).is_ok()
}

/// Puts a value that stands alone, or leaves it out if it is large and there is no room for it.
fn put_droppable<S: WordSink>(sink: &mut S, tag: u8, tail: impl FnOnce(&mut S) -> Head) -> bool {
    if !sink.reserve(2) {
        return false;
    }
    let tag_at = sink.offset();
    sink.put(tag.into());
    sink.put(0);
    match tail(sink) {
        Ok(head) => sink.patch(tag_at + 1, head),
        Err(words) if words > LARGE => {
            sink.rewind(tag_at + 2);
            sink.patch(tag_at, words::DROPPED.into());
            sink.drop_value();
        }
        Err(_) => return false,
    }
    true
}

pub(crate) fn put_str(sink: &mut impl WordSink, text: &str) -> bool {
    put_alone(sink, words::STR, |sink| put_text(sink, text))
}

pub(crate) fn put_static(sink: &mut impl WordSink, text: &'static str) -> bool {
    put_alone(sink, words::STATIC, |sink| put_address(sink, text))
}

/// Puts a formatted name.
pub(crate) fn put_formatted(sink: &mut impl WordSink, text: fmt::Arguments<'_>) -> bool {
    put_alone(sink, words::STR, |sink| put_formatted_text(sink, text, usize::MAX))
}

/// Puts the message of an error, or leaves it out if it is too long.
pub(crate) fn put_message(sink: &mut impl WordSink, text: fmt::Arguments<'_>) -> bool {
    put_droppable(sink, words::STR, |sink| put_formatted_text(sink, text, usize::MAX))
}

/// Reserves `words` words of a tail.
fn room(sink: &mut impl WordSink, words: usize) -> Result<(), usize> {
    if sink.reserve(words) { Ok(()) } else { Err(words) }
}

fn put_address(sink: &mut impl WordSink, text: &'static str) -> Head {
    room(sink, 1)?;
    sink.put(text.as_ptr().expose_provenance() as u64);
    Ok(text.len() as u64)
}

fn put_text(sink: &mut impl WordSink, text: &str) -> Head {
    room(sink, words_for(text.len()))?;
    put_bytes(text, |word| sink.put(word));
    Ok(text.len() as u64)
}

#[cold]
fn put_list<T>(sink: &mut impl WordSink, list: &[T], word: impl Fn(&T) -> u64) -> Head {
    room(sink, list.len())?;
    list.iter().for_each(|value| sink.put(word(value)));
    Ok(list.len() as u64)
}

fn all_fit<T: Copy + TryInto<i64>>(list: &[T]) -> bool {
    list.iter().all(|&number| number.try_into().is_ok())
}

/// Puts numbers that may be out of the range of OpenTelemetry's integers; if one is, all of them
/// become text.
#[cold]
fn put_wide<T: Copy + TryInto<i64> + fmt::Display>(
    sink: &mut impl WordSink,
    list: &[T],
    word: impl Fn(&T) -> u64,
) -> Head {
    if all_fit(list) {
        return put_list(sink, list, word);
    }
    let texts: Vec<String> = list.iter().map(T::to_string).collect();
    put_strs(sink, &texts, usize::MAX)
}

#[cold]
fn put_strs(sink: &mut impl WordSink, list: &[impl AsRef<str>], limit: usize) -> Head {
    let mut put = 0;
    for text in list {
        let text = cut(text.as_ref(), limit);
        let words = 1 + words_for(text.len());
        room(sink, words).map_err(|words| put + words)?;
        sink.put(text.len() as u64);
        put_bytes(text, |word| sink.put(word));
        put += words;
    }
    Ok(list.len() as u64)
}

/// Formats directly into the sink. User code runs here: it may panic, and it may call annotated
/// functions, which are not recorded while it runs.
#[cold]
#[inline(never)]
fn put_formatted_text(sink: &mut impl WordSink, text: fmt::Arguments<'_>, limit: usize) -> Head {
    if let Some(text) = text.as_str() {
        return put_text(sink, cut(text, limit));
    }
    let mut formatter = Formatter { sink, word: 0, len: 0, left: limit, full: false, cut: false };
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
    /// The number of characters that are still allowed.
    left: usize,
    full: bool,
    cut: bool,
}

impl<S: WordSink> Formatter<'_, S> {
    fn finish(mut self) -> Head {
        if !self.len.is_multiple_of(8) && !self.full {
            self.put_word();
        }
        if self.full { Err(words_for(self.len)) } else { Ok(self.len as u64) }
    }

    /// Adds the lowest bytes of a word; the others are zero.
    #[inline(always)]
    fn add(&mut self, bytes: u64, count: usize) -> fmt::Result {
        let used = self.len % 8;
        self.word |= bytes << (8 * used);
        self.len += count;
        if used + count >= 8 {
            self.put_word();
            if self.full {
                return Err(fmt::Error);
            }
            self.word = bytes.checked_shr(8 * (8 - used as u32)).unwrap_or(0);
        }
        Ok(())
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
        let fitting = cut(text, self.left);
        self.cut = fitting.len() < text.len();
        if self.left < usize::MAX {
            self.left -= fitting.chars().count();
        }
        let (whole, rest) = fitting.as_bytes().as_chunks::<8>();
        for word in whole {
            self.add(u64::from_le_bytes(*word), 8)?;
        }
        if !rest.is_empty() {
            self.add(partial_word(rest, rest.len()), rest.len())?;
        }
        if self.cut { Err(fmt::Error) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_in_pieces_is_put_like_the_whole() {
        let text = "0123456789abcdefghijklmnopqrstuvwxyz";
        for last in 0..=text.len() {
            let text = &text[..last];
            let mut whole = Vec::new();
            assert!(put_str(&mut whole, text));
            for (first, second) in (0..=last).flat_map(|at| (at..=last).map(move |to| (at, to))) {
                let (a, b, c) = (&text[..first], &text[first..second], &text[second..]);
                let mut pieces = Vec::new();
                assert!(put_formatted(&mut pieces, format_args!("{a}{b}{c}")));
                assert_eq!(pieces, whole, "{a}|{b}|{c}");
            }
        }
    }
}
