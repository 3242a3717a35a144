//! Writes records into the calling thread's ring, either whole or not at all.

use super::foreign;
use super::quiet::Busy;
use super::record;
use super::ring;
use super::sink::{LENGTH_LIMIT, WordSink};
use super::thread::{DROPPED_DETAILS, Local, local};
use crate::captures;
use crate::context::bits;
use crate::state;
use std::sync::atomic::Ordering;

/// A writer of one record into the calling thread's ring; an unpublished record leaves no trace.
pub(crate) struct RecordWriter {
    local: *mut Local,
    /// The position at which the record starts.
    start: u64,
    /// The position of the next word.
    at: u64,
    /// The position up to which room was requested.
    reserved: u64,
    /// [`record::DROPPED_VALUES`] once a value was dropped.
    dropped: u8,
}

impl RecordWriter {
    /// # Safety
    /// `local` is the calling thread's, and no other writer of it is alive.
    #[inline(always)]
    pub(crate) unsafe fn new(local: *mut Local) -> Self {
        // SAFETY: by the contract, this thread's own.
        let start = unsafe { (*local).producer.pos() };
        // The header is written last, when the length is known.
        Self { local, start, at: start + 1, reserved: start, dropped: 0 }
    }

    /// Returns whether a signal handler has recorded in the middle of the record.
    fn is_overtaken(&self) -> bool {
        // SAFETY: `new`'s contract.
        self.start != unsafe { (*self.local).producer.pos() }
    }

    /// Writes the header and publishes the record to the collector; returns whether it could.
    #[inline(always)]
    pub(crate) fn publish(self, kind: u8, flags: u8, count: u16) -> bool {
        if self.is_overtaken() {
            return false;
        }
        // SAFETY: `new`'s contract; the words from the start to `at` were reserved and written, the
        // header excepted, which is written here.
        unsafe {
            let producer = &mut (*self.local).producer;
            let header = ring::header(kind, flags | self.dropped, count, self.at - self.start);
            producer.write(self.start, header);
            producer.publish(self.at);
        }
        true
    }

    #[inline(always)]
    pub(crate) fn reserve_for(&mut self, count: u64, is_end: bool) -> bool {
        // SAFETY: `new`'s contract.
        let local = unsafe { &mut *self.local };
        if !local.producer.has_room(self.at, count) && !self.make_room(count, is_end) {
            return false;
        }
        self.reserved = self.at + count;
        true
    }

    #[cold]
    #[inline(never)]
    fn make_room(&mut self, count: u64, is_end: bool) -> bool {
        if self.is_overtaken() {
            return false;
        }
        // SAFETY: `new`'s contract.
        let local = unsafe { &mut *self.local };
        let has_room = local.make_room(&mut self.at, count, is_end);
        // The record may have moved.
        self.start = local.producer.pos();
        has_room
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
        self.at - self.start
    }

    fn patch(&mut self, offset: u64, word: u64) {
        // SAFETY: `new`'s contract, and the word was put before.
        unsafe {
            (*self.local).producer.write(self.start + offset, word);
        }
    }

    fn rewind(&mut self, offset: u64) {
        self.at = self.start + offset;
    }

    #[cold]
    fn drop_value(&mut self) {
        self.dropped = record::DROPPED_VALUES;
        // SAFETY: `new`'s contract.
        unsafe { count_detail(self.local) };
    }

    #[inline(always)]
    fn length_limit(&self) -> usize {
        LENGTH_LIMIT.load(Ordering::Relaxed)
    }

    fn busy(&self) -> Option<Busy> {
        // SAFETY: `new`'s contract.
        Some(unsafe { Busy::new(self.local) })
    }
}

/// Counts a detail that found no room.
///
/// # Safety
/// `local` is the calling thread's.
#[cold]
unsafe fn count_detail(local: *mut Local) {
    // SAFETY: as the caller promises.
    unsafe {
        if let Some(ring) = (*local).producer.ring() {
            ring.dropped_details.fetch_add(1, Ordering::Relaxed);
            captures::drop_details((*local).current.capture);
        }
    }
}

/// Writes a record about a span that is open somewhere, which begins with its serial; counts the record
/// if there is no room.
pub(crate) fn write_detail(
    kind: u8,
    flags: u8,
    serial: u64,
    body: impl FnOnce(&mut RecordWriter) -> Option<u16>,
) {
    let local = local();
    // SAFETY: the calling thread's own state; the writer releases it while user code runs.
    unsafe {
        if (*local).current.bits & (bits::BUSY | bits::SUPPRESSED) != 0 || !(*local).make_ready() {
            DROPPED_DETAILS.fetch_add(1, Ordering::Relaxed);
            captures::drop_details((*local).current.capture);
            return;
        }
        let is_foreign = !(*local).ids.has_assigned(serial);
        if is_foreign {
            foreign::announce();
        }
        let mut writer = RecordWriter::new(local);
        let has_room = writer.reserve(1);
        let body = has_room.then(|| {
            writer.put(serial);
            body(&mut writer)
        });
        let is_written = match body.flatten() {
            Some(count) => {
                let flags = if is_foreign { flags | record::FOREIGN } else { flags };
                writer.publish(kind, flags, count)
            }
            None => {
                count_detail(local);
                false
            }
        };
        if is_foreign && !is_written {
            foreign::withdraw();
        }
    }
    if state::load() & state::ASLEEP != 0 {
        state::wake_collector();
    }
}

/// Makes the calling thread see a full ring from now on, or ends that; `false`: it has no ring, or
/// another record is being written.
pub fn hold_ring(held: bool) -> bool {
    // SAFETY: the thread's own state, and no other reference to it is alive here: code that calls
    // user code marks the thread as busy.
    let local = unsafe { &mut *local() };
    let can = local.current.bits & bits::BUSY == 0 && local.make_ready();
    if can {
        local.producer.hold(held);
    }
    can
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::super::record;
    use super::super::ring::{Producer, Ring};
    use super::*;
    use crate::context::Current;

    /// Records as a signal handler would, which is not allowed.
    #[test]
    fn a_record_in_the_middle_of_another_is_the_only_one() {
        let ring = Ring::new(2048);
        // SAFETY: the thread's own state, which forgets the ring before the ring is freed.
        unsafe {
            let local = local();
            (*local).producer = Producer::attach(&ring);
            let mut outer = RecordWriter::new(local);
            assert!(outer.reserve(4));
            outer.put(1);
            let mut inner = RecordWriter::new(local);
            assert!(inner.reserve(1));
            inner.put(2);
            inner.publish(record::NATURE, 0, 0);
            assert!(!outer.reserve(4096));
            outer.publish(record::FIELDS, 0, 0);
            (*local).producer = Producer::detached();
            (*local).current = Current::NONE;
            let mut seen = Vec::new();
            ring.drain(record::len, |first, body| seen.push((first as u8, body.to_vec())));
            assert_eq!(seen, [(record::NATURE, vec![2])]);
        }
    }
}
