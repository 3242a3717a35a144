//! Registers rings: those that their reader has not seen yet, and those that no thread uses.
//!
//! A ring passes from a thread that ends to one that begins without waiting for the collector: the
//! new producer continues where the old one stopped. So there are never more rings than there were
//! threads at one time. All work under the lock takes a bounded time, however many rings there are.

use super::ring::Ring;
use super::sync::{Arc, AtomicU64, Mutex, MutexGuard, Ordering};
#[cfg(not(all(loom, test)))]
use crate::fork;
use std::collections::VecDeque;

/// All rings except those that are both seen and in use.
pub(crate) struct Registry {
    inner: Mutex<Rings>,
    /// Whether there is one that the reader has not seen.
    has_fresh: AtomicU64,
}

#[derive(Default)]
struct Rings {
    /// Rings that the reader has not seen.
    fresh: Vec<Arc<Ring>>,
    /// Rings that no thread uses.
    idle: VecDeque<Arc<Ring>>,
    /// The number of words of all rings, those in use included.
    words: u64,
}

/// The number of idle rings kept for future threads; the memory of others is freed.
pub(super) const IDLE_RINGS: usize = 32;
/// The number of rings looked at per acquisition of the lock.
const BATCH: usize = 64;
/// A new ring takes at most this share of what is left for all of them, so that later ones are smaller.
const SHARE_OF_REST: u64 = 8;
/// A ring is never made smaller than this (64 KiB) for the sake of others.
const LEAST_WORDS: u64 = 8 * 1024;
/// If there is no memory for a ring, one smaller by these factors is requested.
const SHARES: [usize; 3] = [1, 16, 256];

impl Registry {
    #[cfg(not(all(loom, test)))]
    pub(crate) const fn new() -> Self {
        let rings = Rings { fresh: Vec::new(), idle: VecDeque::new(), words: 0 };
        Self { inner: Mutex::new(rings), has_fresh: AtomicU64::new(0) }
    }

    #[cfg(all(loom, test))]
    pub(crate) fn new() -> Self {
        Self { inner: Mutex::new(Rings::default()), has_fresh: AtomicU64::new(0) }
    }

    fn lock(&self) -> MutexGuard<'_, Rings> {
        self.inner.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// Leases a ring of up to `words` words to the calling thread: an idle one, or a new one that is smaller
    /// the less is left of `budget`, the words for all rings. `None`: there is no memory, not even for a
    /// small one.
    pub(crate) fn lease(&self, words: usize, budget: u64) -> Option<Arc<Ring>> {
        let most = words.next_power_of_two();
        let left = budget.saturating_sub(self.lock().words);
        let share = (left / SHARE_OF_REST).max(LEAST_WORDS);
        let words = most.min(1 << share.ilog2());
        let fits = |ring: &Ring| (words as u64..=most as u64).contains(&ring.capacity());
        if let Some(ring) = self.take_idle(fits) {
            return Some(ring);
        }
        // Not under the lock, because this asks the system for memory.
        let new = SHARES.iter().find_map(|share| Ring::try_new((words / share).max(words.min(64))));
        let Some(new) = new.map(Arc::new) else { return self.take_idle(|_| true) };
        self.show(new.clone()).then_some(new)
    }

    /// Shows a ring to the reader; `false`: there is no memory for doing so.
    pub(super) fn show(&self, ring: Arc<Ring>) -> bool {
        let mut rings = self.lock();
        if rings.fresh.try_reserve(1).is_err() {
            return false;
        }
        rings.words += ring.capacity();
        rings.fresh.push(ring);
        self.has_fresh.store(1, Ordering::Release);
        true
    }

    /// Holds this lock across forks. The rings that a child inherits are those of threads that it
    /// does not have.
    #[cfg(not(all(loom, test)))]
    pub(super) fn keep_over_forks(&'static self) {
        fork::keep(&self.inner, |rings| std::mem::forget(std::mem::take(rings)));
    }

    /// Takes one of the rings that became idle last.
    fn take_idle(&self, fits: impl Fn(&Ring) -> bool) -> Option<Arc<Ring>> {
        let mut rings = self.lock();
        let oldest = rings.idle.len().saturating_sub(IDLE_RINGS);
        let at = (oldest..rings.idle.len()).rev().find(|&at| fits(&rings.idle[at]))?;
        rings.idle.remove(at)
    }

    /// Takes a ring back from a thread that has finished with it.
    ///
    /// # Safety
    /// The thread has no producer of the ring any more.
    pub(crate) unsafe fn release(&self, ring: Arc<Ring>) {
        self.lock().idle.push_back(ring);
    }

    /// Takes the rings that the reader has not seen.
    pub(crate) fn take_fresh(&self) -> Vec<Arc<Ring>> {
        if self.has_fresh.load(Ordering::Acquire) == 0 {
            return Vec::new();
        }
        let mut rings = self.lock();
        self.has_fresh.store(0, Ordering::Relaxed);
        std::mem::take(&mut rings.fresh)
    }

    /// Returns the number of words in rings that the reader has not seen; 0 if the lock is taken.
    pub(crate) fn fresh_backlog(&self) -> u64 {
        let rings = self.inner.try_lock();
        rings.map_or(0, |rings| rings.fresh.iter().map(|ring| ring.backlog()).sum())
    }

    /// Takes some of the idle rings in excess of those kept, if everything in them was read; the
    /// reader must release them. Empty: there are no more.
    pub(crate) fn trim(&self) -> Vec<Arc<Ring>> {
        let mut gone = Vec::new();
        let mut rings = self.lock();
        let surplus = rings.idle.len().saturating_sub(IDLE_RINGS);
        for _ in 0..surplus.min(BATCH) {
            let Some(ring) = rings.idle.pop_front() else { break };
            if ring.is_spent() {
                rings.words -= ring.capacity();
                gone.push(ring);
            } else {
                rings.idle.push_back(ring);
            }
        }
        gone
    }
}

#[cfg(test)]
#[path = "registry_tests.rs"]
mod tests;
