//! Records: what is written into a ring, and the writer that puts it there.
//!
//! | kind | words after the header |
//! |---|---|
//! | `CONTEXT` | trace id (high, low), flags and capture, `tracestate` text if any |
//! | `START` | site, tick, serial, parent's serial, then `count` values in the order of the site's keys |
//! | `END` | tick, serial; the flags hold the outcome |
//! | `FIELDS` | serial, chunk header, chunk |
//! | `EVENT` | serial, tick, name, chunk header, chunk |
//! | `LINK` | serial, linked trace id (high, low), linked span id, flags and remote, state text, chunk header, chunk |
//! | `NAME` | serial, text |
//! | `STATUS` | serial, code, description |
//! | `ERROR` | serial, tick, type, message, then `count` causes |
//!
//! A `CONTEXT` holds for the `START`s behind it in the same ring; all else names its span.

use super::ring::Producer;
use super::sync::Word;
use super::thread::{Local, local};
use super::words::{self, WordReader, cut, tag_word, words_for};
use crate::context::bits;
use crate::kind::SpanKind;
use crate::value::Value;
use std::fmt::{self, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::NonNull;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

pub(crate) const CONTEXT: u8 = 1;
pub(crate) const START: u8 = 2;
pub(crate) const END: u8 = 3;
pub(crate) const FIELDS: u8 = 4;
pub(crate) const EVENT: u8 = 5;
pub(crate) const LINK: u8 = 6;
pub(crate) const NAME: u8 = 7;
pub(crate) const STATUS: u8 = 8;
pub(crate) const ERROR: u8 = 9;

/// In a `START`'s flags: the parent is a span of another process. The low bits are the kind.
pub(crate) const REMOTE_PARENT: u8 = 0x80;

/// The words of a `START` without values, and of an `END`.
pub(crate) const START_WORDS: u64 = 5;
pub(crate) const END_WORDS: u64 = 3;

/// The header of a start record without values.
pub(crate) const fn start_header(kind: SpanKind) -> u64 {
    super::ring::header(START, kind as u8, 0, START_WORDS)
}

/// What `count` values in `words` words add to the header of a start record.
#[inline(always)]
pub(crate) const fn start_header_extra(count: usize, words: usize) -> u64 {
    (count as u64) << 16 | (words as u64) << 32
}

/// The longest string that is recorded, in bytes; longer ones are cut.
pub(crate) static LENGTH_LIMIT: AtomicUsize = AtomicUsize::new(usize::MAX);
/// No list takes more than this many elements of a ring.
const MOST_ELEMENTS: usize = 1024;

/// A record in its ring.
#[derive(Clone, Copy)]
pub(crate) struct Record<'a> {
    header: u64,
    body: &'a [u64],
}

impl<'a> Record<'a> {
    /// # Safety
    /// `header` and `body` are what a [`RecordWriter`] published.
    pub(super) unsafe fn new(header: u64, body: &'a [u64]) -> Self {
        Self { header, body }
    }

    pub(crate) fn kind(self) -> u8 {
        self.header as u8
    }

    pub(crate) fn flags(self) -> u8 {
        (self.header >> 8) as u8
    }

    pub(crate) fn count(self) -> u16 {
        (self.header >> 16) as u16
    }

    pub(crate) fn reader(self) -> WordReader<'a> {
        // SAFETY: by the contract of `new`.
        unsafe { WordReader::new(self.body) }
    }

    pub(crate) fn to_owned(self) -> OwnedRecord {
        OwnedRecord { header: self.header, body: self.body.into() }
    }
}

/// A record kept beyond its ring.
pub(crate) struct OwnedRecord {
    header: u64,
    body: Box<[u64]>,
}

impl OwnedRecord {
    pub(crate) fn kind(&self) -> u8 {
        self.header as u8
    }

    pub(crate) fn as_record(&self) -> Record<'_> {
        Record { header: self.header, body: &self.body }
    }
}

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
    /// User code runs now and may record, or has run.
    fn user_code(&mut self, _runs: bool) {}
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

/// Writes a short record straight on, with its place in registers; gives up where there is no room
/// or a value needs user code, and a [`RecordWriter`] starts over.
#[derive(Clone, Copy)]
pub(crate) struct Cursor {
    // Never null, so that a cursor or none fits two registers.
    at: NonNull<Word>,
    end: *const Word,
}

impl Cursor {
    /// Opens the next record for at least `words` words, behind its header.
    #[inline(always)]
    pub(crate) fn open(producer: &Producer, words: u64) -> Option<Self> {
        let (start, free) = producer.free();
        let end = start.wrapping_add(free as usize);
        if free < words {
            return None;
        }
        NonNull::new(start.cast_mut().wrapping_add(1)).map(|at| Self { at, end })
    }

    /// The cursor `words` further on.
    #[inline(always)]
    pub(crate) fn skip(mut self, words: u64) -> Self {
        // SAFETY: `open` was asked for more words than are skipped.
        self.at = unsafe { self.at.add(words as usize) };
        self
    }

    /// The words between `start` and the cursor.
    #[inline(always)]
    pub(crate) fn words_from(&self, start: *const Word) -> usize {
        (self.at.as_ptr() as usize - start as usize) / size_of::<Word>()
    }

    #[inline(always)]
    fn fits(&self, words: usize) -> bool {
        self.end as usize - self.at.as_ptr() as usize >= words * size_of::<Word>()
    }

    /// # Safety
    /// The record was opened for this word, and the ring is this thread's.
    #[inline(always)]
    pub(crate) unsafe fn put(&mut self, word: u64) {
        // SAFETY: as the caller promises.
        unsafe {
            self.at.as_ref().write(word);
            self.at = self.at.add(1);
        }
    }

    /// Puts values and says how many words they took, if they fit and need no user code.
    // HOT: the place stays in a register, which is why it is passed on by value.
    #[inline(always)]
    pub(crate) fn put_values(self, values: &[Value<'_>]) -> Option<usize> {
        let mut cursor = self;
        for value in values {
            let (tag, word) = match *value {
                Value::U64(value) => (words::U64, value),
                Value::I64(value) => (words::I64, value as u64),
                Value::F64(value) => (words::F64, value.to_bits()),
                Value::Str(text) => {
                    cursor.at = cursor.put_str(text)?;
                    continue;
                }
                _ => {
                    cursor.at = cursor.put_other(value)?;
                    continue;
                }
            };
            cursor.at = cursor.put_two(tag_word(tag, 0), word)?;
        }
        Some(cursor.words_from(self.at.as_ptr()))
    }

    #[inline(always)]
    fn put_two(mut self, first: u64, second: u64) -> Option<NonNull<Word>> {
        let fits = self.fits(2);
        if fits {
            // SAFETY: it was asked whether the words fit.
            unsafe {
                self.put(first);
                self.put(second);
            }
        }
        fits.then_some(self.at)
    }

    /// Puts a string.
    #[inline(always)]
    fn put_str(mut self, text: &str) -> Option<NonNull<Word>> {
        let len = text.len();
        if len > LENGTH_LIMIT.load(Ordering::Relaxed) || !self.fits(1 + words_for(len)) {
            return None;
        }
        // SAFETY: it was asked whether the words fit.
        unsafe {
            self.put(tag_word(words::STR, len));
            put_bytes(text, |word| self.put(word));
        }
        Some(self.at)
    }

    /// Puts a value that is neither number nor string.
    #[inline(never)]
    fn put_other(mut self, value: &Value<'_>) -> Option<NonNull<Word>> {
        let word = match *value {
            Value::Static(text) if text.len() <= LENGTH_LIMIT.load(Ordering::Relaxed) => {
                let address = text.as_ptr().expose_provenance() as u64;
                return self.put_two(tag_word(words::STATIC, text.len()), address);
            }
            Value::Bool(value) => tag_word(words::BOOL, value.into()),
            Value::Absent => tag_word(words::ABSENT, 0),
            _ => return None,
        };
        let fits = self.fits(1);
        if fits {
            // SAFETY: it was asked whether the word fits.
            unsafe { self.put(word) };
        }
        fits.then_some(self.at)
    }

    /// Writes the header and hands the record of `len` words to the collector.
    ///
    /// # Safety
    /// The cursor is behind the header of the producer's next record, and the words behind it have
    /// been put.
    #[inline(always)]
    pub(crate) unsafe fn publish_as(self, producer: &mut Producer, header: u64, len: u64) {
        // SAFETY: as the caller promises.
        unsafe {
            self.at.sub(1).as_ref().write(header);
            producer.publish(producer.pos() + len);
        }
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

/// Writes one record into the calling thread's ring; what is not published never was.
pub(crate) struct RecordWriter {
    local: *mut Local,
    /// Where the next word goes.
    at: u64,
    /// How far room was asked for.
    reserved: u64,
}

impl RecordWriter {
    /// # Safety
    /// `local` is the calling thread's, and no other writer of it is alive.
    #[inline(always)]
    pub(crate) unsafe fn new(local: *mut Local) -> Self {
        // SAFETY: by the contract, this thread's own.
        let at = unsafe { (*local).producer.pos() };
        // The header comes last, when the length is known.
        Self { local, at: at + 1, reserved: at }
    }

    /// Writes the header and hands the record to the collector.
    #[inline(always)]
    pub(crate) fn publish(self, kind: u8, flags: u8, count: u16) {
        // SAFETY: `new`'s contract; the words from the producer's position to `at` were reserved
        // and written, the header excepted, which is written here.
        unsafe {
            let producer = &mut (*self.local).producer;
            let start = producer.pos();
            producer.write(start, super::ring::header(kind, flags, count, self.at - start));
            producer.publish(self.at);
        }
    }

    #[inline(always)]
    pub(crate) fn reserve_for(&mut self, count: u64, is_end: bool) -> bool {
        // SAFETY: `new`'s contract.
        let local = unsafe { &mut *self.local };
        if !local.producer.has_room(self.at, count) && !local.make_room(&mut self.at, count, is_end)
        {
            return false;
        }
        self.reserved = self.at + count;
        true
    }
}

impl WordSink for RecordWriter {
    #[inline(always)]
    fn reserve(&mut self, count: usize) -> bool {
        self.reserve_for(count as u64, false)
    }

    #[inline(always)]
    fn put(&mut self, word: u64) {
        debug_assert!(self.at < self.reserved);
        // SAFETY: `new`'s contract, and the word was reserved.
        unsafe { (*self.local).producer.write(self.at, word) };
        self.at += 1;
    }

    fn offset(&self) -> u64 {
        // SAFETY: `new`'s contract.
        self.at - unsafe { (*self.local).producer.pos() }
    }

    fn patch(&mut self, offset: u64, word: u64) {
        // SAFETY: `new`'s contract, and the word was put before.
        unsafe {
            let producer = &mut (*self.local).producer;
            producer.write(producer.pos() + offset, word);
        }
    }

    #[inline(always)]
    fn length_limit(&self) -> usize {
        LENGTH_LIMIT.load(Ordering::Relaxed)
    }

    fn user_code(&mut self, runs: bool) {
        // SAFETY: `new`'s contract.
        let current = unsafe { &mut (*self.local).current };
        if runs {
            current.bits |= bits::BUSY;
        } else {
            current.bits &= !bits::BUSY;
        }
    }
}

/// Puts a value; `false` when there was no room.
#[inline]
pub(crate) fn put_value(sink: &mut impl WordSink, value: &Value<'_>) -> bool {
    // HOT: numbers and short strings are all that most spans carry.
    match *value {
        Value::U64(value) => put_two(sink, words::U64, value),
        Value::I64(value) => put_two(sink, words::I64, value as u64),
        Value::F64(value) => put_two(sink, words::F64, value.to_bits()),
        Value::Str(text) => put_str(sink, text),
        Value::Static(text) => put_static(sink, text),
        Value::Bool(value) => put_one(sink, tag_word(words::BOOL, value.into())),
        Value::Absent => put_one(sink, tag_word(words::ABSENT, 0)),
        Value::Display(value) => put_formatted(sink, format_args!("{value}")),
        Value::Debug(value) => put_formatted(sink, format_args!("{value:?}")),
        Value::Bools(list) => put_list(sink, words::BOOLS, list, |&value| value.into()),
        Value::I64s(list) => put_list(sink, words::I64S, list, |&value| value as u64),
        Value::F64s(list) => put_list(sink, words::F64S, list, |&value| value.to_bits()),
        Value::Strs(list) => put_strs(sink, list.len(), list.iter().copied()),
        Value::Strings(list) => put_strs(sink, list.len(), list.iter().map(String::as_str)),
    }
}

#[inline(always)]
fn put_one(sink: &mut impl WordSink, word: u64) -> bool {
    let room = sink.reserve(1);
    if room {
        sink.put(word);
    }
    room
}

#[inline(always)]
fn put_two(sink: &mut impl WordSink, tag: u8, word: u64) -> bool {
    let room = sink.reserve(2);
    if room {
        sink.put(tag_word(tag, 0));
        sink.put(word);
    }
    room
}

#[inline(always)]
pub(crate) fn put_str(sink: &mut impl WordSink, text: &str) -> bool {
    let text = cut(text, sink.length_limit());
    let room = sink.reserve(1 + words_for(text.len()));
    if room {
        sink.put(tag_word(words::STR, text.len()));
        put_bytes(text, |word| sink.put(word));
    }
    room
}

pub(crate) fn put_static(sink: &mut impl WordSink, text: &'static str) -> bool {
    let text = cut(text, sink.length_limit());
    let room = sink.reserve(2);
    if room {
        sink.put(tag_word(words::STATIC, text.len()));
        sink.put(text.as_ptr().expose_provenance() as u64);
    }
    room
}

#[cold]
fn put_list<T>(sink: &mut impl WordSink, tag: u8, list: &[T], word: impl Fn(&T) -> u64) -> bool {
    let list = &list[..list.len().min(MOST_ELEMENTS)];
    let room = sink.reserve(1 + list.len());
    if room {
        sink.put(tag_word(tag, list.len()));
        list.iter().for_each(|value| sink.put(word(value)));
    }
    room
}

#[cold]
fn put_strs<'a>(sink: &mut impl WordSink, len: usize, list: impl Iterator<Item = &'a str>) -> bool {
    let len = len.min(MOST_ELEMENTS);
    if !put_one(sink, tag_word(words::STRS, len)) {
        return false;
    }
    list.take(len).all(|text| {
        let text = cut(text, sink.length_limit());
        let room = sink.reserve(1 + words_for(text.len()));
        if room {
            sink.put(text.len() as u64);
            put_bytes(text, |word| sink.put(word));
        }
        room
    })
}

/// Formats straight into the sink. User code runs here: it may panic, and it may call annotated
/// functions, which are not recorded while it runs.
#[cold]
#[inline(never)]
pub(crate) fn put_formatted(sink: &mut impl WordSink, text: fmt::Arguments<'_>) -> bool {
    if let Some(text) = text.as_str() {
        return put_str(sink, text);
    }
    let tag_at = sink.offset();
    if !put_one(sink, 0) {
        return false;
    }
    let limit = sink.length_limit();
    let mut formatter = Formatter { sink, word: 0, len: 0, limit, full: false, cut: false };
    formatter.sink.user_code(true);
    let outcome = catch_unwind(AssertUnwindSafe(|| formatter.write_fmt(text)));
    formatter.sink.user_code(false);
    match outcome {
        Ok(Ok(())) => {}
        // The limit was reached, or the ring is full.
        Ok(Err(_)) if formatter.cut || formatter.full => {}
        Ok(Err(_)) => drop(formatter.write_str("<formatting failed>")),
        Err(_) => drop(formatter.write_str("<formatting panicked>")),
    }
    let len = formatter.finish();
    if let Some(len) = len {
        sink.patch(tag_at, tag_word(words::STR, len));
    }
    len.is_some()
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
    fn finish(mut self) -> Option<usize> {
        if self.len % 8 != 0 && !self.full {
            self.full = !put_one(self.sink, self.word);
        }
        (!self.full).then_some(self.len)
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
            if self.len % 8 == 0 {
                if !put_one(self.sink, self.word) {
                    self.full = true;
                    return Err(fmt::Error);
                }
                self.word = 0;
            }
        }
        if self.cut { Err(fmt::Error) } else { Ok(()) }
    }
}

/// Records that found their ring full, or their thread torn down, and must not be lost.
pub(crate) struct Overflow {
    records: Mutex<Vec<[u64; END_WORDS as usize]>>,
}

impl Overflow {
    pub(crate) const fn new() -> Self {
        Self { records: Mutex::new(Vec::new()) }
    }

    #[cold]
    pub(crate) fn push(&self, record: [u64; END_WORDS as usize]) {
        self.records.lock().unwrap_or_else(|e| e.into_inner()).push(record);
    }

    pub(crate) fn take(&self) -> Vec<[u64; END_WORDS as usize]> {
        std::mem::take(&mut *self.records.lock().unwrap_or_else(|e| e.into_inner()))
    }
}

/// Writes a record about a span that is open somewhere; counts it when there is no room.
pub(crate) fn write_detail(
    kind: u8,
    flags: u8,
    body: impl FnOnce(&mut RecordWriter) -> Option<u16>,
) {
    let local = local();
    // SAFETY: the calling thread's own state; the writer lets go of it while user code runs.
    unsafe {
        if (*local).current.bits & (bits::BUSY | bits::SUPPRESSED) != 0 || !(*local).make_ready() {
            super::thread::DROPPED_DETAILS.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let mut writer = RecordWriter::new(local);
        match body(&mut writer) {
            Some(count) => writer.publish(kind, flags, count),
            None => {
                if let Some(ring) = (*local).producer.ring() {
                    ring.dropped_details.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
    }
    if crate::state::load() & crate::state::ASLEEP != 0 {
        crate::state::wake_collector();
    }
}
