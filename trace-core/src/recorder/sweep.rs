//! Reads all rings: one sweeper at a time, with per-ring state of its choice.

use super::record::{self, Record};
use super::ring::Ring;
use super::sync::Arc;
use super::thread::{
    DROPPED_AT_THREAD_EXIT, DROPPED_DETAILS, DROPPED_REENTRANT, DROPPED_WITHOUT_MEMORY, OVERFLOW,
    RINGS,
};
use crate::fork;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The statistics of a sweep.
#[derive(Clone, Copy, Debug, Default)]
pub struct Swept {
    pub records: u64,
    /// The fill level of the fullest ring, as a share of its capacity.
    pub fullest: f32,
    pub dropped_full: u64,
    pub dropped_reentrant: u64,
    pub dropped_at_thread_exit: u64,
    pub dropped_without_memory: u64,
    pub dropped_details: u64,
}

/// The maximum number of batches of rings that a sweep releases: freeing their memory takes time.
const BATCHES: usize = 1;

/// The rings that the sweeper reads, by index, so that others can see how much is unread while it
/// stands still.
static READ: Mutex<Vec<Arc<Ring>>> = Mutex::new(Vec::new());

/// Returns the number of unread words in rings, as far as it can be seen without waiting.
pub fn unread_words() -> u64 {
    // The sweeper may be delayed at any point, and a process may have forked there.
    let read = READ.try_lock().map_or(0, |rings| rings.iter().map(|ring| ring.backlog()).sum());
    read + RINGS.fresh_backlog()
}

/// Makes forks wait until no other thread uses the list; the rings in it belong to the parent.
pub(super) fn keep_over_forks() {
    fork::keep(&READ, |rings| std::mem::forget(std::mem::take(rings)));
}

fn read() -> MutexGuard<'static, Vec<Arc<Ring>>> {
    READ.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The one reader of all rings.
pub struct Sweeper<S> {
    rings: Vec<(Arc<Ring>, S)>,
}

impl<S: Default> Sweeper<S> {
    /// Creates the only one.
    #[allow(clippy::new_without_default, reason = "there is one")]
    pub const fn new() -> Self {
        Self { rings: Vec::new() }
    }

    /// Reads everything written so far.
    pub fn sweep(&mut self, mut each: impl FnMut(&mut S, Record<'_>)) -> Swept {
        let mut swept = Swept::default();
        self.look_for_new_rings();
        for (ring, state) in &mut self.rings {
            swept.fullest = swept.fullest.max(ring.backlog() as f32 / ring.capacity() as f32);
            // SAFETY: there is one sweeper at a time, and it reads from one thread at a time.
            unsafe {
                ring.drain(record::len, |first, body| {
                    swept.records += 1;
                    // SAFETY: the ring holds records that its producer published.
                    each(state, Record::new(first, body));
                });
            }
            swept.dropped_full += take!(ring.dropped_full);
            swept.dropped_details += take!(ring.dropped_details);
        }
        // Read last: it holds the ends of spans whose start is in some ring.
        for record in OVERFLOW.take() {
            swept.records += 1;
            // SAFETY: an overflow record is an end, as `write_end` lays it out.
            let record = unsafe { Record::new(record[0], &record[1..]) };
            each(&mut S::default(), record);
        }
        swept.dropped_reentrant = take!(DROPPED_REENTRANT);
        swept.dropped_at_thread_exit = take!(DROPPED_AT_THREAD_EXIT);
        swept.dropped_without_memory = take!(DROPPED_WITHOUT_MEMORY);
        swept.dropped_details += take!(DROPPED_DETAILS);
        swept
    }

    fn look_for_new_rings(&mut self) {
        let fresh = RINGS.take_fresh();
        if fresh.is_empty() {
            return;
        }
        read().extend(fresh.iter().cloned());
        for ring in fresh {
            ring.set_place(self.rings.len());
            self.rings.push((ring, S::default()));
        }
    }

    /// Releases rings that no thread uses or is likely to take; `gone` gets their states.
    pub fn trim(&mut self, mut gone: impl FnMut(S)) {
        for _ in 0..BATCHES {
            let released = RINGS.trim();
            if released.is_empty() {
                break;
            }
            let mut read = read();
            for ring in released {
                let (_, state) = self.rings.swap_remove(ring.place());
                gone(state);
                read.swap_remove(ring.place());
                if let Some((moved, _)) = self.rings.get(ring.place()) {
                    moved.set_place(ring.place());
                }
            }
        }
    }
}

/// Takes the value of a counter.
macro_rules! take {
    ($counter:expr) => {{
        // Loading before the exchange keeps the cache line shared while the counter is zero.
        let counter = &$counter;
        if counter.load(Ordering::Relaxed) == 0 { 0 } else { counter.swap(0, Ordering::Relaxed) }
    }};
}
use take;

impl Swept {
    /// Returns everything that was lost, spans and details.
    pub fn losses(&self) -> u64 {
        self.dropped_full
            + self.dropped_reentrant
            + self.dropped_at_thread_exit
            + self.dropped_without_memory
            + self.dropped_details
    }
}
