//! The spans that are open, by the ids of a registry.
//!
//! Not kept as its extensions: those cost a reference to the span, a lock, a map by type and an
//! allocation, which together is more than all else that is done for a span.

use crate::open::Open;
use crate::runtime::layer::SharedSpan;
use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tracing_core::span::Id;

/// So few that they stay in the processor's first cache, for each span gets to another one.
const SLOTS_LOG2: u32 = 7;

/// Room kept for spans to come.
const KEPT: usize = 64;

pub(crate) struct Table {
    slots: Box<[Slot]>,
}

/// On cache lines of its own.
#[derive(Default)]
#[repr(align(128))]
struct Slot {
    /// Whose the first place is; 0: nobody's.
    id: AtomicU64,
    first: SharedSpan,
    /// Those that found the first place taken.
    rest: Mutex<Crowd>,
}

/// A slot is two cache lines, and this is seldom used.
type Crowd = Option<Box<HashMap<u64, Box<SharedSpan>>>>;

const _: () = assert!(size_of::<Slot>() == 128);

impl Table {
    pub(crate) fn new() -> Self {
        Self { slots: (0..1 << SLOTS_LOG2).map(|_| Slot::default()).collect() }
    }

    /// Has `start` start a span in a place for this id; it says whether it has.
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
        // Without the lock, because code of the user's runs in `start`.
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
        // What a burst has taken is given back.
        rest.take_if(|rest| rest.is_empty() && rest.capacity() > KEPT);
        drop(rest);
        drop(span);
    }

    // HOT: four times per span. Ids differ in few bits, and no stranger chooses them.
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
