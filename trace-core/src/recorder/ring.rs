//! The ring of one thread: single producer, single consumer, 64-bit words, records laid out
//! contiguously.
//!
//! Positions count words since the ring was made and never wrap; the low bits of a position give
//! its place in memory. The producer owns the words in `head..tail + capacity`, the consumer those
//! in `tail..head`; ownership passes by the release store of `head` and of `tail`. A record that
//! would not fit before the end of the memory starts over at its beginning, behind a record of
//! padding.

use super::sync::{AtomicU64, Ordering, Word, zeroed_words};

/// The kind of the padding record (see `record.rs` for all others).
pub(crate) const PAD: u8 = 0;

/// Returns the first word of most records: kind, flags, a small count, and the length in words.
#[inline(always)]
pub(crate) const fn header(kind: u8, flags: u8, count: u16, len: u64) -> u64 {
    kind as u64 | (flags as u64) << 8 | (count as u64) << 16 | len << 32
}

/// Returns the length in words that a header contains.
#[inline(always)]
pub(crate) const fn header_len(header: u64) -> u64 {
    header >> 32
}

/// A wrapper that keeps the producer's and the consumer's data on separate cache lines.
#[repr(align(128))]
struct Line<T>(T);

/// The consumer gives words back at least this often (32 KiB); the rings of the model checker are
/// small.
const BITE: u64 = if cfg!(all(loom, test)) { 4 } else { 4 * 1024 };

/// The memory shared by one recording thread and the collector.
pub(crate) struct Ring {
    head: Line<AtomicU64>,
    tail: Line<AtomicU64>,
    /// The number of spans that found the ring full.
    pub(crate) dropped_full: AtomicU64,
    /// The number of details (attributes, events, links, names) that found the ring full.
    pub(crate) dropped_details: AtomicU64,
    /// Its index among the reader's rings; used only by the reader.
    place: AtomicU64,
    words: Box<[Word]>,
}

/// The index of a ring that its reader does not have yet.
const NOWHERE: u64 = u64::MAX;

impl Ring {
    /// Creates a ring of at least `words` words, rounded up to a power of two.
    #[cfg(test)]
    pub(crate) fn new(words: usize) -> Self {
        Self::try_new(words).unwrap()
    }

    /// Creates a ring; `None`: there is no memory for it.
    pub(super) fn try_new(words: usize) -> Option<Self> {
        Some(Self {
            head: Line(AtomicU64::new(0)),
            tail: Line(AtomicU64::new(0)),
            dropped_full: AtomicU64::new(0),
            dropped_details: AtomicU64::new(0),
            place: AtomicU64::new(NOWHERE),
            words: zeroed_words(words.next_power_of_two())?,
        })
    }

    /// Returns the index at which its reader has it.
    pub(crate) fn place(&self) -> usize {
        self.place.load(Ordering::Relaxed) as usize
    }

    /// Sets the index at which its reader has it.
    pub(crate) fn set_place(&self, place: usize) {
        self.place.store(place as u64, Ordering::Relaxed);
    }

    #[inline]
    pub(crate) fn capacity(&self) -> u64 {
        self.words.len() as u64
    }

    /// Returns the number of words written but not yet read.
    #[inline]
    pub(crate) fn backlog(&self) -> u64 {
        self.head.0.load(Ordering::Relaxed).saturating_sub(self.tail.0.load(Ordering::Relaxed))
    }

    /// Discards the contents; reading continues after them.
    ///
    /// # Safety
    /// No other thread reads it.
    pub(super) unsafe fn discard(&self) {
        self.tail.0.store(self.head.0.load(Ordering::Relaxed), Ordering::Relaxed);
        self.place.store(NOWHERE, Ordering::Relaxed);
        for counter in [&self.dropped_full, &self.dropped_details] {
            counter.store(0, Ordering::Relaxed);
        }
    }

    /// Returns whether its reader has it, and it contains nothing to read and nothing to count.
    pub(super) fn is_spent(&self) -> bool {
        if self.place.load(Ordering::Relaxed) == NOWHERE {
            return false;
        }
        let counters = [&self.dropped_full, &self.dropped_details];
        self.backlog() == 0 && counters.iter().all(|counter| counter.load(Ordering::Relaxed) == 0)
    }

    /// Passes every whole record to `each` and gives the words back to the producer in portions, so
    /// that a burst finds room while the consumer works. `len` returns the length of a record from
    /// its first word.
    ///
    /// # Safety
    /// No other thread may call this for the same ring at the same time.
    pub(crate) unsafe fn drain(&self, len: impl Fn(u64) -> u64, mut each: impl FnMut(u64, &[u64])) {
        let head = self.head.0.load(Ordering::Acquire);
        let mut given_back = self.tail.0.load(Ordering::Relaxed);
        let mut reading = Reading { ring: self, at: given_back };
        while reading.at < head {
            let place = (reading.at & (self.capacity() - 1)) as usize;
            // SAFETY: `tail..head` is the consumer's, and this is the only consumer.
            let first = unsafe { self.words[place].read() };
            let len = len(first);
            debug_assert!(len > 0 && reading.at + len <= head);
            reading.at += len;
            if first as u8 != PAD {
                // SAFETY: as above; the producer wrote a contiguous record of `len` words.
                unsafe { self.with_words(place + 1, len as usize - 1, |body| each(first, body)) };
            }
            if reading.at - given_back >= BITE {
                reading.give_back();
                given_back = reading.at;
            }
        }
    }

    /// # Safety
    /// The caller owns the words.
    #[cfg(not(all(loom, test)))]
    #[inline]
    unsafe fn with_words(&self, place: usize, len: usize, each: impl FnOnce(&[u64])) {
        let words = &self.words[place..place + len];
        // SAFETY: `Word` has the layout of `u64`, and the caller owns these.
        each(unsafe { std::slice::from_raw_parts(words.as_ptr().cast(), len) });
    }

    /// # Safety
    /// The caller owns the words.
    #[cfg(all(loom, test))]
    #[inline]
    unsafe fn with_words(&self, place: usize, len: usize, each: impl FnOnce(&[u64])) {
        // SAFETY: the caller owns these.
        let copy: Vec<u64> =
            (place..place + len).map(|i| unsafe { self.words[i].read() }).collect();
        each(&copy);
    }
}

/// The consumer's progress: whatever happens, no record is read twice.
struct Reading<'a> {
    ring: &'a Ring,
    /// The position at which the next record starts.
    at: u64,
}

impl Reading<'_> {
    #[inline]
    fn give_back(&self) {
        self.ring.tail.0.store(self.at, Ordering::Release);
    }
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        self.give_back();
    }
}

/// The producer's end: plain fields that only its thread touches.
pub(crate) struct Producer {
    /// The position at which the next record starts; the published head.
    pos: u64,
    /// The record being written may extend to here without asking.
    limit: u64,
    /// The place of position zero, if the lap that `pos` is in extended back that far.
    lap: *const Word,
    mask: u64,
    words: *const Word,
    ring: *const Ring,
    /// A test pretends that the ring is full: only ends find room.
    held: bool,
}

/// Free words reserved for ends, so that a full ring seldom loses the end of a span whose start it
/// holds.
const RESERVE_FOR_ENDS: u64 = 384;

/// How often the producer looks beyond its own cache lines (64 KiB, or an eighth of a small ring): it reads the consumer's
/// position; it starts over at the beginning of the memory if nearly everything was read and it is
/// in no hurry, so that most threads keep using the same pages; and it wakes the consumer when a
/// quarter of the ring is full.
const STRIDE: u64 = 8 * 1024;

/// A thread in no hurry starts over after using this much (512 KiB), or half of a smaller ring.
const BURST: u64 = 64 * 1024;

/// The answer to a producer's request for room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Room {
    /// There is room.
    Yes,
    /// There is room, and the consumer should wake up.
    Crowded,
    /// There is none.
    No,
}

impl Producer {
    /// Creates a producer without a ring: it never has room.
    pub(crate) const fn detached() -> Self {
        let (lap, words, ring) = (std::ptr::null(), std::ptr::null(), std::ptr::null());
        Self { pos: 0, limit: 0, lap, mask: 0, words, ring, held: false }
    }

    /// # Safety
    /// `ring` must outlive the producer and have no other producer.
    pub(crate) unsafe fn attach(ring: &Ring) -> Self {
        let pos = ring.head.0.load(Ordering::Relaxed);
        let words = ring.words.as_ptr();
        // No room, so that `make_room` is called first and finds the lap.
        Self { pos, limit: pos, lap: words, mask: ring.capacity() - 1, words, ring, held: false }
    }

    /// Makes the ring appear full from the next record on, or ends that.
    pub(crate) fn hold(&mut self, held: bool) {
        self.held = held;
        // Forces the next record to ask for room.
        self.limit = self.pos;
    }

    /// Returns the ring; `None` when detached.
    pub(crate) fn ring(&self) -> Option<&Ring> {
        // SAFETY: by the contract of `attach`, the ring outlives the producer.
        unsafe { self.ring.as_ref() }
    }

    /// Returns the position at which the record being written starts.
    #[inline(always)]
    pub(crate) fn pos(&self) -> u64 {
        self.pos
    }

    /// Returns whether `at..at + len` can be written without asking.
    #[inline(always)]
    pub(crate) fn has_room(&self, at: u64, len: u64) -> bool {
        // HOT: one compare covers a full ring, the end of its memory, and a thread that has no ring
        // yet.
        at + len <= self.limit
    }

    /// Makes room for `len` words at `at`, within or at the end of the record that starts at
    /// `pos()`; the record may move, so `at` is updated. A thread `is_slow` if the room left to it
    /// after starting over will last.
    #[cold]
    #[inline(never)]
    pub(crate) fn make_room(
        &mut self,
        at: &mut u64,
        len: u64,
        is_end: bool,
        is_slow: bool,
    ) -> Room {
        let Some(ring) = self.ring() else { return Room::No };
        if self.held && !is_end {
            return Room::No;
        }
        let capacity = ring.capacity();
        let kept_for_ends = RESERVE_FOR_ENDS.min(capacity / 8);
        let reserve = if is_end { 0 } else { kept_for_ends };
        let tail = ring.tail.0.load(Ordering::Acquire);
        let free_until = tail + capacity;
        let written = *at - self.pos;
        let need = written + len + reserve;
        // A longer record would fit at some places of an empty ring and not at others.
        if need > capacity / 2 {
            return Room::No;
        }

        let lap_end = (self.pos | self.mask) + 1;
        let overruns = self.pos + need > lap_end;
        // Skipped words count as full until the consumer has passed them; a burst still fits.
        // A small ring is looked after more often, so that its consumer wakes in time.
        let stride = STRIDE.min(capacity / 8);
        let burst = BURST.min(capacity / 2).max(stride);
        let unread = self.pos - tail;
        let keeps_up = unread == 0 || is_slow && unread <= burst / 8;
        let starts_over = keeps_up && self.pos & self.mask >= burst;
        if (overruns || starts_over) && self.pos & self.mask != 0 && lap_end + need <= free_until {
            self.move_record_to(lap_end, written);
            *at = lap_end + written;
        } else if overruns || self.pos + need > free_until {
            return Room::No;
        }

        let lap_end = (self.pos | self.mask) + 1;
        let stride_end = (*at + len).next_multiple_of(stride);
        let starts_end = (free_until - kept_for_ends).max(*at + len);
        self.limit = stride_end.min(lap_end).min(starts_end);
        if self.held {
            self.limit = *at + len;
        }
        self.lap = self.words.wrapping_sub((self.pos & !self.mask) as usize);
        if self.pos - tail > capacity / 4 { Room::Crowded } else { Room::Yes }
    }

    /// Moves the unfinished record to the beginning of the next lap, behind padding.
    fn move_record_to(&mut self, lap_start: u64, written: u64) {
        for offset in 0..written {
            // SAFETY: both places are the producer's: the first is part of the unpublished record,
            // the second was checked against the tail by `make_room`.
            unsafe {
                let word = self.word(self.pos + offset).read();
                self.word(lap_start + offset).write(word);
            }
        }
        // SAFETY: `pos` is the producer's, and less than a lap is skipped.
        unsafe { self.word(self.pos).write(header(PAD, 0, 0, lap_start - self.pos)) };
        self.pos = lap_start;
    }

    #[inline(always)]
    fn word(&self, at: u64) -> &Word {
        // SAFETY: the mask keeps the place within the ring's memory, which outlives the producer.
        unsafe { &*self.words.add((at & self.mask) as usize) }
    }

    /// Writes one word.
    ///
    /// # Safety
    /// `has_room` or `make_room` has reported that `at` may be written.
    #[inline(always)]
    pub(crate) unsafe fn write(&mut self, at: u64, value: u64) {
        if cfg!(debug_assertions) && !(self.pos..self.limit).contains(&at) {
            // A signal handler has recorded in between, which is not allowed; panicking there, or
            // under locks that it may hold up, would be worse than losing a record.
            #[cfg(test)]
            panic!("{at} is not among {}..{}", self.pos, self.limit);
            #[cfg(not(test))]
            return;
        }
        // SAFETY: by the contract, the word is the producer's.
        unsafe { self.word(at).write(value) };
    }

    /// Returns the position and place of the next record if `len` words can be written there
    /// without asking.
    #[inline(always)]
    pub(crate) fn place(&self, len: u64) -> Option<(u64, *const Word)> {
        // HOT: the words up to the limit are contiguous: no mask is needed within a record.
        let pos = self.pos;
        self.has_room(pos, len).then(|| (pos, self.lap.wrapping_add(pos as usize)))
    }

    /// Publishes the record that ends at `end`, including its header.
    ///
    /// # Safety
    /// The words from `pos()` to `end` are a whole record.
    #[inline(always)]
    pub(crate) unsafe fn publish(&mut self, end: u64) {
        if cfg!(all(debug_assertions, not(test))) && end <= self.pos {
            return; // As in `write`.
        }
        self.pos = end;
        // SAFETY: by the contract of `attach`, the ring outlives the producer.
        unsafe { (*self.ring).head.0.store(end, Ordering::Release) };
    }
}

#[cfg(test)]
#[path = "ring_tests.rs"]
pub(super) mod tests;
