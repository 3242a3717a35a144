//! The format of records, the units that are written into a ring.
//!
//! | kind | words after the header |
//! |---|---|
//! | `CONTEXT` | current serial, last serial, trace id (high, low), flags, route, version and capture, `tracestate` text if any |
//! | `PLACE` | current serial, last serial |
//! | `START` | site, tick, serial, parent's serial, then `count` values in groups (see `words.rs`) |
//! | `END` | tick, serial; the flags hold the outcome |
//! | `FIELDS` | serial, chunk header, chunk |
//! | `EVENT` | serial, tick, name, chunk header, chunk |
//! | `LINK` | serial, linked trace id (high, low), linked span id, flags and remote, state text, chunk header, chunk |
//! | `NAME` | serial, text |
//! | `STATUS` | serial, code, description |
//! | `NATURE` | serial; the flags hold the kind |
//! | `SHARE` | serial |
//! | `ERROR` | serial, tick, type, message, then `count` causes |
//!
//! A `CONTEXT` applies to the starts after it in the same ring; all other records name their span.
//! The exceptions are the records of the fast path, which contain almost nothing that can be known
//! without them. Their first word is not a header:
//!
//! | kind | first word | words after it |
//! |---|---|---|
//! | `ENTER` + number of values | kind, length, site | tick, then the values as one group |
//! | `LEAVE` + outcome | kind, tick | none |
//!
//! Nor is the first word of a measurement (see `measure.rs`), which is self-contained:
//!
//! | kind | first word | words after it |
//! |---|---|---|
//! | `METER`, `METER_LEAVE` | kind, length, caller, meter | duration, error, outcome; then if need be: labels; other labels and capture; long duration; labels of baggage |
//! | `IN_FLIGHT` | kind, length, 0, meter | capture if any; labels of baggage if any |
//! | `VALUE_…` | kind, length, instrument | value; then if need be: labels; other labels and capture; tick; labels of baggage |
//! | `VALUE_SMALL` | kind, value, instrument | none |
//!
//! A `METER_LEAVE` is also the `LEAVE` of the call's span. Records of calls describe calls, which
//! nest. So a reader that keeps a [`RingState`](super::ring_state::RingState) for each ring can derive the serials: the span that is
//! entered has the serial after the last one, and is a child of the current span; the span that is
//! left is the current one.

use super::words::WordReader;
use crate::fork;
pub(crate) use crate::instruments::METER_LIMIT;
use crate::kind::SpanKind;
use crate::outcome::Outcome;
pub(crate) use crate::site::has_room_for;
use crate::site::{SITE_BITS, Site};
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
pub const SHARE: u8 = 12;
pub const ENTER: u8 = 0x10;
/// The last `ENTER`, with as many values as fit in a group.
pub const ENTER_MOST: u8 = ENTER + 8;
pub(crate) const METER: u8 = 0x19;
pub const METER_LEAVE: u8 = 0x1a;
pub(crate) const IN_FLIGHT: u8 = 0x1b;
pub(crate) const VALUE_U64: u8 = 0x1c;
pub(crate) const VALUE_I64: u8 = 0x1d;
pub(crate) const VALUE_F64: u8 = 0x1e;
pub const LEAVE: u8 = 0x20;
/// Takes one word, like all kinds after it.
pub(crate) const VALUE_SMALL: u8 = 0x30;
/// A `VALUE_SMALL` holds values below this one.
pub(crate) const SMALL_LIMIT: u64 = 1 << 8;

/// In the flags of a `START`: the kind.
pub const KIND: u8 = 0x0f;
/// In the flags of a `START`: the parent is a span of another process.
pub const REMOTE_PARENT: u8 = 0x80;
/// In the flags of a `START`: the span becomes current.
pub const ENTERS: u8 = 0x40;

/// In the flags of a `START`: it runs alongside its siblings, in another task or thread.
pub const PARALLEL: u8 = 0x20;

/// In the flags of all records that add details to a span: it is another thread's.
pub(super) const FOREIGN: u8 = 0x20;

/// In the flags of all records with attributes: values were dropped because there was no room for
/// them.
pub const DROPPED_VALUES: u8 = 0x10;
/// In the flags of an `ERROR`: the call fails.
pub const FAILS: u8 = 1;
/// In the cause count of an `ERROR`: there are more.
pub const MORE_CAUSES: u16 = 1 << 15;

/// The length in words of a `CONTEXT` without `tracestate`.
pub(crate) const CONTEXT_WORDS: u64 = 6;

/// The length in words of a `START` without values, and of an `END`.
pub(crate) const START_WORDS: u64 = 5;
pub(crate) const END_WORDS: u64 = 3;

/// The length in words of an `ENTER` without values, and of a `LEAVE`.
pub(crate) const ENTER_WORDS: u64 = 2;
pub(crate) const LEAVE_WORDS: u64 = 1;

/// Returns the first word of an `ENTER`.
#[inline(always)]
pub(crate) fn enter_word(site: &'static Site, count: usize, words: u64) -> u64 {
    let address = std::ptr::from_ref(site).expose_provenance() as u64;
    address << (64 - SITE_BITS) | words << 8 | (u64::from(ENTER) + count as u64)
}

/// Returns the first word of a value, for the instrument at `address`; `low`: the length, or the
/// value.
#[inline(always)]
pub(crate) const fn value_word(kind: u8, address: u64, low: u64) -> u64 {
    address << (64 - SITE_BITS) | low << 8 | kind as u64
}

/// Returns the first word of a call's measurement, without kind and length.
#[inline(always)]
pub(crate) const fn call_word(meter: u32, caller: u32) -> u64 {
    (meter as u64) << 40 | (caller as u64) << 16
}

/// Returns the only word of a `LEAVE`.
#[inline(always)]
pub(crate) const fn leave_word(tick: u64, outcome: Outcome) -> u64 {
    tick << 8 | LEAVE as u64 | outcome as u64
}

/// Returns the length in words of the record that begins with `first`.
#[inline(always)]
pub(crate) const fn len(first: u64) -> u64 {
    match first as u8 {
        LEAVE..=u8::MAX => LEAVE_WORDS,
        ENTER..LEAVE => first >> 8 & 0xff,
        _ => super::ring::header_len(first),
    }
}

/// Returns the kind of a span from the flags of its start or its `NATURE`.
#[inline]
pub fn span_kind(flags: u8) -> SpanKind {
    SpanKind::from_u8(flags & KIND)
}

/// Returns the word of a `CONTEXT` that has the flags, the route and the capture of a trace, and the version of the
/// configuration under which it began.
#[inline(always)]
pub(super) fn traits_of_trace(flags: u8, (route, version): (u8, u8), capture: u32) -> u64 {
    let (route, version) = (u64::from(route), u64::from(version));
    u64::from(flags) | route << 8 | version << 16 | u64::from(capture) << 32
}

/// Returns the route in such a word.
pub(super) fn route_of_trace(traits: u64) -> u8 {
    (traits >> 8) as u8
}

/// Returns the version in such a word.
pub(super) fn version_of_trace(traits: u64) -> u8 {
    (traits >> 16) as u8
}

/// Returns the capture in such a word.
pub(super) fn capture_of_trace(traits: u64) -> u32 {
    (traits >> 32) as u32
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

    /// Returns whether it adds details to a span of another thread than the one that wrote it.
    #[inline]
    pub fn is_foreign(self) -> bool {
        self.flags() & FOREIGN != 0
    }

    /// Returns how the call or the span ended, from the flags of an `END`.
    #[inline]
    pub fn outcome(self) -> Outcome {
        Outcome::from_u8(self.flags())
    }

    /// Returns the site that an `ENTER` names, and the number of its values.
    #[inline]
    pub fn entered(self) -> (&'static Site, u16) {
        // SAFETY: `enter_word` put the address of a `&'static Site`, provenance exposed.
        let site = unsafe { &*std::ptr::with_exposed_provenance(self.address()) };
        (site, u16::from(self.kind() - ENTER))
    }

    /// Returns the address of the static that a record of the fast path names.
    pub(super) fn address(self) -> usize {
        (self.header >> (64 - SITE_BITS)) as usize
    }

    /// Returns the first word.
    pub(super) fn first(self) -> u64 {
        self.header
    }

    /// Returns the words after the first.
    pub(super) fn words(self) -> &'a [u64] {
        self.body
    }

    /// Returns the number of words.
    #[inline]
    pub fn len_of_body(self) -> usize {
        self.body.len()
    }

    /// Returns the low bits of a `LEAVE`'s tick, and the outcome.
    #[inline]
    pub fn left(self) -> (u64, Outcome) {
        (self.header >> 8, Outcome::from_u8(self.kind() - LEAVE))
    }

    #[inline]
    pub fn reader(self) -> WordReader<'a> {
        // SAFETY: by the contract of `new`.
        unsafe { WordReader::new(self.body) }
    }

    /// Returns a copy that outlives the ring.
    #[inline]
    pub fn to_owned(self) -> OwnedRecord {
        OwnedRecord { header: self.header, body: self.body.into() }
    }
}

/// A record that outlives its ring.
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

/// Records that may not be lost although their ring was full or their thread was torn down.
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

    /// Holds this lock across forks; the contents belong to the parent.
    pub(super) fn keep_over_forks(&'static self) {
        fork::keep(&self.records, |records| std::mem::forget(std::mem::take(records)));
    }

    pub(crate) fn take(&self) -> Vec<[u64; END_WORDS as usize]> {
        std::mem::take(&mut *self.records.lock().unwrap_or_else(|e| e.into_inner()))
    }
}
