//! Records: what is written into a ring, and the writer that puts it there.
//!
//! | kind | words after the header |
//! |---|---|
//! | `CONTEXT` | trace id (high, low), flags and capture, `tracestate` text if any |
//! | `START` | site, tick, serial, parent's serial, then `count` values in groups (see `words.rs`) |
//! | `END` | tick, serial; the flags hold the outcome |
//! | `FIELDS` | serial, chunk header, chunk |
//! | `EVENT` | serial, tick, name, chunk header, chunk |
//! | `LINK` | serial, linked trace id (high, low), linked span id, flags and remote, state text, chunk header, chunk |
//! | `NAME` | serial, text |
//! | `STATUS` | serial, code, description |
//! | `ERROR` | serial, tick, type, message, then `count` causes |
//!
//! A `CONTEXT` holds for the `START`s behind it in the same ring; all else names its span.

use super::thread::{Local, local};
use super::words::{self, WordReader, cut, words_for};
use crate::context::bits;
use crate::kind::SpanKind;
use crate::scope;
use crate::value::Value;
use std::fmt::{self, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
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

/// In a `START`'s flags: it runs beside its siblings, in another task or thread.
pub(crate) const PARALLEL: u8 = 0x20;

/// The words of a `START` without values, and of an `END`.
pub(crate) const START_WORDS: u64 = 5;
pub(crate) const END_WORDS: u64 = 3;

/// The header of a start record without values.
pub(crate) const fn start_header(kind: SpanKind) -> u64 {
    super::ring::header(START, kind as u8, 0, START_WORDS)
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
        let local = unsafe { &mut *self.local };
        let others = local.current.bits & !bits::BUSY;
        local.set_bits(if runs { others | bits::BUSY } else { others });
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
            scope::drop_details((*local).current.capture);
            return;
        }
        let mut writer = RecordWriter::new(local);
        match body(&mut writer) {
            Some(count) => writer.publish(kind, flags, count),
            None => {
                if let Some(ring) = (*local).producer.ring() {
                    ring.dropped_details.fetch_add(1, Ordering::Relaxed);
                    scope::drop_details((*local).current.capture);
                }
            }
        }
    }
    if crate::state::load() & crate::state::ASLEEP != 0 {
        crate::state::wake_collector();
    }
}
