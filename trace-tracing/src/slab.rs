//! Stores open spans under ids that the subscriber assigns.

use crate::callsite::Identity;
use crate::open::Open;
use crate::runtime::layer::SharedSpan;
use std::cell::RefCell;
use std::fmt;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed};
use std::sync::atomic::{AtomicU64, AtomicUsize};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use tracing_core::span::Id;

/// The places of the first chunk; each further chunk doubles the total.
const FIRST: usize = 64;
const FIRST_LOG2: u32 = FIRST.ilog2();
const CHUNKS: usize = 26;
/// How many free places a thread takes at once.
const TAKEN: usize = 32;
/// How many free places a thread keeps.
const KEPT: usize = 2 * TAKEN;

/// The handles are counted in the lower half of a word, the uses of the place in the upper half.
const USE: u64 = 1 << 32;
const HANDLES: u64 = USE - 1;

/// The open spans of a subscriber; clones share them.
#[derive(Clone)]
pub(crate) struct Slab(Arc<Chunks>);

struct Chunks {
    chunks: [OnceLock<Box<[Place]>>; CHUNKS],
    free: Mutex<Free>,
}

#[derive(Default)]
struct Free {
    given_back: Vec<u32>,
    /// The first place that was never taken.
    fresh: u32,
}

#[derive(Default)]
#[repr(align(128))]
struct Place {
    /// The number of the place's current use, and the number of its handles.
    handles: AtomicU64,
    span: SharedSpan,
    callsite: AtomicUsize,
}

const _: () = assert!(size_of::<Place>() == 128);

/// Free places that a thread keeps, of the slab that it used last.
#[derive(Default)]
struct AtHand {
    slab: Weak<Chunks>,
    places: Vec<u32>,
}

thread_local! {
    static AT_HAND: RefCell<AtHand> = RefCell::default();
}

impl Slab {
    pub(crate) fn new() -> Self {
        let chunks = [const { OnceLock::new() }; CHUNKS];
        Self(Arc::new(Chunks { chunks, free: Mutex::default() }))
    }

    /// Lets `start` start a span in a free place; returns `None` if `start` returns `false`.
    pub(crate) fn insert(
        &self,
        callsite: Identity,
        start: impl FnOnce(&SharedSpan) -> bool,
    ) -> Option<Id> {
        let index = self.take()?;
        let place = self.0.make_place(index)?;
        if !start(&place.span) {
            self.give_back(index);
            return None;
        }
        place.callsite.store(callsite, Relaxed);
        // From one, so that no id is zero.
        let uses = (place.handles.load(Relaxed) & !HANDLES).wrapping_add(USE).max(USE);
        place.handles.store(uses | 1, Relaxed);
        Some(id_of(uses, index))
    }

    pub(crate) fn callsite(&self, id: &Id) -> Option<Identity> {
        Some(self.find(id)?.callsite.load(Relaxed))
    }

    /// Adds a handle.
    pub(crate) fn clone_handle(&self, id: &Id) {
        if let Some(place) = self.find(id) {
            place.handles.fetch_add(1, Relaxed);
        }
    }

    /// Removes a handle; with the last one, the span ends.
    pub(crate) fn drop_handle(&self, id: &Id) -> bool {
        let Some(place) = self.find(id) else { return false };
        // Owners of other handles are done with the span before it ends.
        if place.handles.fetch_sub(1, AcqRel) & HANDLES != 1 {
            return false;
        }
        place.span.end();
        self.give_back(index_of(id));
        true
    }

    fn find(&self, id: &Id) -> Option<&Place> {
        let place = self.0.place(index_of(id))?;
        let handles = place.handles.load(Acquire);
        // An id that was kept without a handle, from an earlier use of the place, finds nothing.
        let is_open = handles & HANDLES != 0 && handles & !HANDLES == id.into_u64() & !HANDLES;
        is_open.then_some(place)
    }

    fn take(&self) -> Option<u32> {
        let at_hand = AT_HAND.try_with(|at_hand| {
            let mut at_hand = at_hand.borrow_mut();
            at_hand.turn_to(&self.0);
            if at_hand.places.is_empty() {
                self.0.free().take(TAKEN, &mut at_hand.places);
            }
            at_hand.places.pop()
        });
        at_hand.unwrap_or_else(|_| {
            let mut place = Vec::with_capacity(1);
            self.0.free().take(1, &mut place);
            place.pop()
        })
    }

    fn give_back(&self, index: u32) {
        let kept = AT_HAND.try_with(|at_hand| {
            let mut at_hand = at_hand.borrow_mut();
            at_hand.turn_to(&self.0);
            at_hand.places.push(index);
            if at_hand.places.len() > KEPT {
                let beyond = at_hand.places.drain(TAKEN..);
                self.0.free().given_back.extend(beyond);
            }
        });
        if kept.is_err() {
            self.0.free().given_back.push(index);
        }
    }
}

fn id_of(uses: u64, index: u32) -> Id {
    Id::from_u64(uses | u64::from(index))
}

fn index_of(id: &Id) -> u32 {
    id.into_u64() as u32
}

impl Open for Slab {
    #[inline]
    fn look<R>(&self, id: &Id, look: impl FnOnce(&SharedSpan) -> Option<R>) -> Option<R> {
        look(&self.find(id)?.span)
    }

    #[inline]
    fn owner(&self) -> usize {
        Arc::as_ptr(&self.0).addr()
    }
}

/// Returns the chunk of a place, the number of its first place, and its size.
#[inline]
fn chunk_of(index: u32) -> (usize, usize, usize) {
    match (index as usize >> FIRST_LOG2).checked_ilog2() {
        None => (0, 0, FIRST),
        Some(log2) => (log2 as usize + 1, FIRST << log2, FIRST << log2),
    }
}

impl Chunks {
    #[inline]
    fn place(&self, index: u32) -> Option<&Place> {
        let (chunk, from, _) = chunk_of(index);
        self.chunks.get(chunk)?.get()?.get(index as usize - from)
    }

    fn make_place(&self, index: u32) -> Option<&Place> {
        let (chunk, from, len) = chunk_of(index);
        let places = self.chunks.get(chunk)?;
        places
            .get_or_init(|| (0..len).map(|_| Place::default()).collect())
            .get(index as usize - from)
    }

    fn free(&self) -> MutexGuard<'_, Free> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Free {
    fn take(&mut self, count: usize, into: &mut Vec<u32>) {
        let from = self.given_back.len().saturating_sub(count);
        into.extend(self.given_back.drain(from..));
        while into.len() < count && self.fresh < u32::MAX >> 1 {
            into.push(self.fresh);
            self.fresh += 1;
        }
    }
}

impl AtHand {
    /// Returns places that belong to another slab.
    fn turn_to(&mut self, slab: &Arc<Chunks>) {
        if !std::ptr::eq(self.slab.as_ptr(), Arc::as_ptr(slab)) {
            self.give_all_back();
            self.slab = Arc::downgrade(slab);
        }
    }

    fn give_all_back(&mut self) {
        if let Some(slab) = self.slab.upgrade() {
            slab.free().given_back.append(&mut self.places);
        }
        self.places.clear();
    }
}

impl Drop for AtHand {
    fn drop(&mut self) {
        self.give_all_back();
    }
}

impl fmt::Debug for Slab {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slab").finish_non_exhaustive()
    }
}
