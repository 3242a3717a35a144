//! The spans that are open, by their ids.
//!
//! Not kept as extensions of the registry: those cost a reference to the span, a lock, a map by type
//! and an allocation, which together is more than all else that is done for a span.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use trace_runtime::__layer_0_1_0::OpenSpan;
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
struct Slot(Mutex<Spans>);

#[derive(Default)]
struct Spans {
    first: Option<(u64, OpenSpan)>,
    /// Those that found the first place taken.
    #[expect(
        clippy::box_collection,
        reason = "a slot is two cache lines, and this is seldom used"
    )]
    rest: Option<Box<HashMap<u64, OpenSpan>>>,
}

const _: () = assert!(size_of::<Slot>() == 128);

impl Table {
    pub(crate) fn new() -> Self {
        Self { slots: (0..1 << SLOTS_LOG2).map(|_| Slot::default()).collect() }
    }

    pub(crate) fn insert(&self, id: &Id, span: OpenSpan) {
        let id = id.into_u64();
        let mut spans = self.spans(id);
        match &mut spans.first {
            first @ None => *first = Some((id, span)),
            Some(_) => {
                spans.rest.get_or_insert_default().insert(id, span);
            }
        }
    }

    pub(crate) fn remove(&self, id: &Id) -> Option<OpenSpan> {
        let id = id.into_u64();
        let mut spans = self.spans(id);
        if let Some((_, span)) = spans.first.take_if(|(first, _)| *first == id) {
            return Some(span);
        }
        let span = spans.rest.as_mut()?.remove(&id);
        // What a burst has taken is given back.
        spans.rest.take_if(|rest| rest.is_empty() && rest.capacity() > KEPT);
        span
    }

    /// Looks at a span, if it is there, while others cannot. Nothing of the user's may run in `look`.
    #[inline]
    pub(crate) fn look<R>(&self, id: &Id, look: impl FnOnce(&mut OpenSpan) -> R) -> Option<R> {
        let id = id.into_u64();
        let mut spans = self.spans(id);
        match &mut spans.first {
            Some((first, span)) if *first == id => Some(look(span)),
            _ => spans.rest.as_mut()?.get_mut(&id).map(look),
        }
    }

    // HOT: four times per span. Ids differ in few bits, and no stranger chooses them.
    #[inline]
    fn spans(&self, id: u64) -> MutexGuard<'_, Spans> {
        let at = id.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - SLOTS_LOG2);
        self.slots[at as usize].0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table").finish_non_exhaustive()
    }
}
