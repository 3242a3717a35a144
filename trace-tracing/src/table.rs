//! Stores open spans under the ids of a registry.
//!
//! They are not extensions of the registry: those cost a reference to the span, a lock, a map by type
//! and an allocation, together more than everything else that is done for a span.

use crate::open::Open;
use crate::runtime::layer::SharedSpan;
use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tracing_core::span::Id;

/// Few enough to stay in the L1 cache, because each span uses another slot.
const SLOTS_LOG2: u32 = 7;

/// The capacity kept for later spans.
const KEPT: usize = 64;

pub(crate) struct Table {
    slots: Box<[Slot]>,
}

/// A slot, on separate cache lines.
#[derive(Default)]
#[repr(align(128))]
struct Slot {
    /// The id of the span in the first place; 0 if it is free.
    id: AtomicU64,
    first: SharedSpan,
    /// Spans that found the first place taken.
    rest: Mutex<Crowd>,
}

/// Boxed, because a slot is two cache lines and this is seldom used.
type Crowd = Option<Box<HashMap<u64, Box<SharedSpan>>>>;

const _: () = assert!(size_of::<Slot>() == 128);

impl Table {
    pub(crate) fn new() -> Self {
        Self { slots: (0..1 << SLOTS_LOG2).map(|_| Slot::default()).collect() }
    }

    /// Lets `start` start a span in a place for this id; `start` returns whether it did.
    #[inline]
    pub(crate) fn insert(&self, id: &Id, start: impl FnOnce(&SharedSpan) -> bool) {
        let id = id.into_u64();
        let slot = self.slot(id);
        // Orders the place after its last use.
        if slot.id.compare_exchange(0, id, Acquire, Relaxed).is_ok() {
            if !start(&slot.first) {
                slot.id.store(0, Release);
            }
            return;
        }
        // Without the lock, because user code runs in `start`.
        let span = Box::new(SharedSpan::default());
        if start(&span) {
            slot.rest().get_or_insert_default().insert(id, span);
        }
    }

    /// Ends the span of this id.
    pub(crate) fn end(&self, id: &Id) {
        let id = id.into_u64();
        let slot = self.slot(id);
        if slot.id.load(Relaxed) == id {
            slot.first.end();
            slot.id.store(0, Release);
            return;
        }
        let mut rest = slot.rest();
        let span = rest.as_mut().and_then(|rest| rest.remove(&id));
        // Frees the memory that a burst used.
        rest.take_if(|rest| rest.is_empty() && rest.capacity() > KEPT);
        drop(rest);
        drop(span);
    }

    // HOT: four times per span. Ids differ in few bits, and clients cannot choose them.
    #[inline]
    fn slot(&self, id: u64) -> &Slot {
        let at = id.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - SLOTS_LOG2);
        &self.slots[at as usize]
    }
}

impl Open for Table {
    #[inline]
    fn look<R>(&self, id: &Id, look: impl FnOnce(&SharedSpan) -> Option<R>) -> Option<R> {
        let id = id.into_u64();
        let slot = self.slot(id);
        if slot.id.load(Relaxed) == id {
            return look(&slot.first);
        }
        look(slot.rest().as_ref()?.get(&id)?)
    }

    #[inline]
    fn owner(&self) -> usize {
        self.slots.as_ptr().addr()
    }
}

impl Slot {
    fn rest(&self) -> MutexGuard<'_, Crowd> {
        self.rest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table").finish_non_exhaustive()
    }
}
