//! Records: what is written into a ring.
//!
//! | kind | words after the header |
//! |---|---|
//! | `CONTEXT` | current serial, last serial, trace id (high, low), flags and capture, `tracestate` text if any |
//! | `PLACE` | current serial, last serial |
//! | `START` | site, tick, serial, parent's serial, then `count` values in groups (see `words.rs`) |
//! | `END` | tick, serial; the flags hold the outcome |
//! | `FIELDS` | serial, chunk header, chunk |
//! | `EVENT` | serial, tick, name, chunk header, chunk |
//! | `LINK` | serial, linked trace id (high, low), linked span id, flags and remote, state text, chunk header, chunk |
//! | `NAME` | serial, text |
//! | `STATUS` | serial, code, description |
//! | `NATURE` | serial; the flags hold the kind |
//! | `ERROR` | serial, tick, type, message, then `count` causes |
//!
//! A `CONTEXT` holds for the starts behind it in the same ring; all else names its span. Except the
//! records of the short way, which are all but free of what can be known without them. Their first
//! word is not a header:
//!
//! | kind | first word | words after it |
//! |---|---|---|
//! | `ENTER` + number of values | kind, length, site | tick, then the values as one group |
//! | `LEAVE` + outcome | kind, tick | none |
//!
//! Nor is that of what is measured (see `measure.rs`), which stands for itself:
//!
//! | kind | first word | words after it |
//! |---|---|---|
//! | `METER`, `METER_LEAVE` | kind, length, caller, meter | duration, error, outcome; then if need be: labels; other labels and capture; long duration; labels of baggage |
//! | `IN_FLIGHT` | kind, length, 0, meter | capture if any; labels of baggage if any |
//! | `VALUE_…` | kind, length, instrument | value; then if need be: labels; other labels and capture; tick; labels of baggage |
//! | `VALUE_SMALL` | kind, value, instrument | none |
//!
//! A `METER_LEAVE` is also the `LEAVE` of the span of the call. Calls with spans tell of calls, which nest. So a reader that keeps a [`Trail`] of each ring knows the serials:
//! what is entered is numbered one up from the last, and is a child of what is current; what is left
//! is what is current.

use super::fork;
use super::words::WordReader;
use crate::kind::SpanKind;
use crate::outcome::Outcome;
use crate::site::Site;
use std::sync::Mutex;

pub const CONTEXT: u8 = 1;
pub const START: u8 = 2;
pub const END: u8 = 3;
pub const FIELDS: u8 = 4;
pub const EVENT: u8 = 5;
pub const LINK: u8 = 6;
pub const NAME: u8 = 7;
pub const STATUS: u8 = 8;
pub const ERROR: u8 = 9;
pub const PLACE: u8 = 10;
pub const NATURE: u8 = 11;
pub const ENTER: u8 = 0x10;
/// The last `ENTER`, with as many values as a group has.
pub const ENTER_MOST: u8 = ENTER + 8;
pub(crate) const METER: u8 = 0x19;
pub const METER_LEAVE: u8 = 0x1a;
pub(crate) const IN_FLIGHT: u8 = 0x1b;
pub(crate) const VALUE_U64: u8 = 0x1c;
pub(crate) const VALUE_I64: u8 = 0x1d;
pub(crate) const VALUE_F64: u8 = 0x1e;
pub const LEAVE: u8 = 0x20;
/// Of one word, as all that follow.
pub(crate) const VALUE_SMALL: u8 = 0x30;
/// A `VALUE_SMALL` has room for values below this one.
pub(crate) const SMALL_LIMIT: u64 = 1 << 8;
/// Meters of higher numbers are not named in records.
pub(crate) const METER_LIMIT: u32 = 1 << 24;

/// In a `START`'s flags: the kind.
pub const KIND: u8 = 0x0f;
/// In a `START`'s flags: the parent is a span of another process.
pub const REMOTE_PARENT: u8 = 0x80;
/// In a `START`'s flags: the span becomes current.
pub const ENTERS: u8 = 0x40;

/// In a `START`'s flags: it runs beside its siblings, in another task or thread.
pub const PARALLEL: u8 = 0x20;

/// In the flags of all that has attributes: values were dropped, because there was no room for them.
pub const DROPPED_VALUES: u8 = 0x10;
/// In an `ERROR`'s flags: the call fails.
pub const FAILS: u8 = 1;
/// In an `ERROR`'s count of causes: there are more.
pub const MORE_CAUSES: u16 = 1 << 15;

/// The words of a `START` without values, and of an `END`.
pub(crate) const START_WORDS: u64 = 5;
pub(crate) const END_WORDS: u64 = 3;

/// The words of an `ENTER` without values, and of a `LEAVE`.
pub(crate) const ENTER_WORDS: u64 = 2;
pub(crate) const LEAVE_WORDS: u64 = 1;

/// The bits of an address that an `ENTER` has room for; programs have no others on the processors
/// that there are, unless they ask for them.
pub(crate) const SITE_BITS: u32 = 48;

/// The first word of an `ENTER`.
#[inline(always)]
pub(crate) fn enter_word(site: &'static Site, count: usize, words: u64) -> u64 {
    let address = std::ptr::from_ref(site).expose_provenance() as u64;
    address << (64 - SITE_BITS) | words << 8 | (u64::from(ENTER) + count as u64)
}

/// The first word of a value, for the instrument at `address`; `low`: the length, or the value.
#[inline(always)]
pub(crate) const fn value_word(kind: u8, address: u64, low: u64) -> u64 {
    address << (64 - SITE_BITS) | low << 8 | kind as u64
}

/// The first word of what is told of a call, without kind and length.
#[inline(always)]
pub(crate) const fn call_word(meter: u32, caller: u32) -> u64 {
    (meter as u64) << 40 | (caller as u64) << 16
}

/// Whether a first word has room for the address of a static.
#[inline(always)]
pub(crate) fn has_room_for<T>(at: &'static T) -> bool {
    std::ptr::from_ref(at) as u64 >> SITE_BITS == 0
}

/// The only word of a `LEAVE`.
#[inline(always)]
pub(crate) const fn leave_word(tick: u64, outcome: Outcome) -> u64 {
    tick << 8 | LEAVE as u64 | outcome as u64
}

/// The length in words of the record that opens with `first`.
#[inline(always)]
pub(crate) const fn len(first: u64) -> u64 {
    match first as u8 {
        LEAVE..=u8::MAX => LEAVE_WORDS,
        ENTER..LEAVE => first >> 8 & 0xff,
        _ => super::ring::header_len(first),
    }
}

/// The kind of a span, as the flags of its start or its `NATURE` say.
#[inline]
pub fn span_kind(flags: u8) -> SpanKind {
    SpanKind::from_u8(flags & KIND)
}

/// A record in its ring.
#[derive(Clone, Copy)]
pub struct Record<'a> {
    header: u64,
    body: &'a [u64],
}

impl<'a> Record<'a> {
    /// # Safety
    /// `header` and `body` are the words of a whole record.
    #[inline]
    pub(super) unsafe fn new(header: u64, body: &'a [u64]) -> Self {
        Self { header, body }
    }

    #[inline]
    pub fn kind(self) -> u8 {
        self.header as u8
    }

    #[inline]
    pub fn flags(self) -> u8 {
        (self.header >> 8) as u8
    }

    #[inline]
    pub fn count(self) -> u16 {
        (self.header >> 16) as u16
    }

    /// How the call or the span ended, as the flags of an `END` say.
    #[inline]
    pub fn outcome(self) -> Outcome {
        Outcome::from_u8(self.flags())
    }

    /// What an `ENTER` names, and the number of its values.
    #[inline]
    pub fn entered(self) -> (&'static Site, u16) {
        // SAFETY: `enter_word` put the address of a `&'static Site`, provenance exposed.
        let site = unsafe { &*std::ptr::with_exposed_provenance(self.address()) };
        (site, u16::from(self.kind() - ENTER))
    }

    /// The address of the static that a record of the short way names.
    pub(super) fn address(self) -> usize {
        (self.header >> (64 - SITE_BITS)) as usize
    }

    /// The first word.
    pub(super) fn first(self) -> u64 {
        self.header
    }

    /// The words after it.
    pub(super) fn words(self) -> &'a [u64] {
        self.body
    }

    /// How many there are.
    #[inline]
    pub fn len_of_body(self) -> usize {
        self.body.len()
    }

    /// The low bits of a `LEAVE`'s tick, and the outcome.
    #[inline]
    pub fn left(self) -> (u64, Outcome) {
        (self.header >> 8, Outcome::from_u8(self.kind() - LEAVE))
    }

    #[inline]
    pub fn reader(self) -> WordReader<'a> {
        // SAFETY: by the contract of `new`.
        unsafe { WordReader::new(self.body) }
    }

    /// A copy that is kept beyond the ring.
    #[inline]
    pub fn to_owned(self) -> OwnedRecord {
        OwnedRecord { header: self.header, body: self.body.into() }
    }
}

/// A record kept beyond its ring.
pub struct OwnedRecord {
    header: u64,
    body: Box<[u64]>,
}

impl OwnedRecord {
    #[inline]
    pub fn kind(&self) -> u8 {
        self.header as u8
    }

    pub fn as_record(&self) -> Record<'_> {
        Record { header: self.header, body: &self.body }
    }
}

/// Records that found their ring full, or their thread torn down, and must not be lost.
pub(crate) struct Overflow {
    records: Mutex<Vec<[u64; END_WORDS as usize]>>,
}

impl Overflow {
    #[inline]
    pub(crate) const fn new() -> Self {
        Self { records: Mutex::new(Vec::new()) }
    }

    #[cold]
    pub(crate) fn push(&self, record: [u64; END_WORDS as usize]) {
        self.records.lock().unwrap_or_else(|e| e.into_inner()).push(record);
    }

    /// Has forks wait until no other thread is in here; what is in here is the parent's.
    pub(super) fn keep_over_forks(&'static self) {
        fork::keep(&self.records, |records| std::mem::forget(std::mem::take(records)));
    }

    pub(crate) fn take(&self) -> Vec<[u64; END_WORDS as usize]> {
        std::mem::take(&mut *self.records.lock().unwrap_or_else(|e| e.into_inner()))
    }
}
