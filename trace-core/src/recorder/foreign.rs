//! Counts the details that threads add to spans of other threads: those that were written, and those
//! that were read.
//!
//! The reader of the rings closes a call as soon as it has read its end. At that time, a detail that
//! another thread added earlier may still be unread in that thread's ring. So each such detail is counted
//! before it is written. When the reader has read the end of a call, it finds all details counted that were
//! added before that end; while it has read as many, none is missing.

use super::sync::{AtomicU64, Ordering};

/// The details that were written, and those that were read.
pub(super) struct Counts {
    // HOT: each such detail takes this line to the core of its thread.
    written: Apart,
    /// Changed by the reader alone.
    read: Apart,
}

/// A counter that has a cache line for itself, and its neighbour, which processors fetch with it.
#[repr(align(128))]
struct Apart(AtomicU64);

#[cfg(not(all(loom, test)))]
static COUNTS: Counts = Counts::new();
#[cfg(all(loom, test))]
static COUNTS: std::sync::LazyLock<Counts> = std::sync::LazyLock::new(Counts::new);

impl Counts {
    #[cfg(not(all(loom, test)))]
    const fn new() -> Self {
        Self { written: Apart(AtomicU64::new(0)), read: Apart(AtomicU64::new(0)) }
    }

    #[cfg(all(loom, test))]
    fn new() -> Self {
        Self { written: Apart(AtomicU64::new(0)), read: Apart(AtomicU64::new(0)) }
    }

    // Relaxed, like all of these: whatever orders the detail before the end of the call also orders its
    // count before it, and the ring orders that end before its reader.
    fn announce(&self) {
        self.written.0.fetch_add(1, Ordering::Relaxed);
    }

    fn withdraw(&self) {
        self.written.0.fetch_sub(1, Ordering::Relaxed);
    }

    fn note_read(&self) {
        self.read.0.store(self.read.0.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }

    fn are_read(&self) -> bool {
        self.read.0.load(Ordering::Relaxed) == self.written.0.load(Ordering::Relaxed)
    }
}

/// Counts a detail that is about to be written.
pub(super) fn announce() {
    COUNTS.announce();
}

/// Takes back the count of a detail that could not be written.
pub(super) fn withdraw() {
    COUNTS.withdraw();
}

/// Notes that such a detail was read, and needs no open span any longer.
pub fn note_read() {
    COUNTS.note_read();
}

/// Returns whether every detail was read that was added to a span of another thread before the records
/// that the caller has read.
#[inline]
pub fn are_read() -> bool {
    COUNTS.are_read()
}

/// Forgets, in a child process, what its parent's other threads have written.
#[cfg(unix)]
pub(super) fn forget() {
    COUNTS.written.0.store(0, Ordering::Relaxed);
    COUNTS.read.0.store(0, Ordering::Relaxed);
}

#[cfg(all(loom, test))]
mod model {
    use super::super::ring::{Producer, Ring, header_len, tests::push};
    use super::super::sync::Arc;
    use super::*;
    use loom::sync::atomic::AtomicBool;

    /// A detail that was added before the end of a call is either read before that end, or known to be
    /// missing. The name has "ring" in it, by which models are selected.
    #[test]
    fn no_detail_is_missing_unnoticed_in_any_ring() {
        loom::model(|| {
            let counts = Arc::new(Counts::new());
            let (details, calls) = (Arc::new(Ring::new(8)), Arc::new(Ring::new(8)));
            let is_added = Arc::new(AtomicBool::new(false));
            let other = loom::thread::spawn({
                let (counts, ring, is_added) = (counts.clone(), details.clone(), is_added.clone());
                move || {
                    // SAFETY: the only producer, and the ring outlives it.
                    let mut producer = unsafe { Producer::attach(&ring) };
                    counts.announce();
                    assert!(push(&mut producer, &[1]));
                    is_added.store(true, Ordering::Release);
                }
            });
            let owner = loom::thread::spawn({
                let (ring, is_added) = (calls.clone(), is_added.clone());
                move || {
                    if is_added.load(Ordering::Acquire) {
                        // SAFETY: the only producer, and the ring outlives it.
                        let mut producer = unsafe { Producer::attach(&ring) };
                        assert!(push(&mut producer, &[2]));
                    }
                }
            });
            // SAFETY: the only consumer.
            unsafe {
                let mut has_detail = false;
                details.drain(header_len, |_, _| {
                    counts.note_read();
                    has_detail = true;
                });
                calls.drain(header_len, |_, _| assert!(has_detail || !counts.are_read()));
            }
            other.join().unwrap();
            owner.join().unwrap();
        });
    }
}
