//! What a thread has told its ring of itself: the writing side of `trail.rs`.

use crate::context::{Current, TraceState, is_same_state};

/// What a reader of the ring knows of the thread (see `trail.rs`).
pub(super) struct Told {
    pub(super) trace: ToldTrace,
    pub(super) current: u64,
    /// The serial that was given last.
    pub(super) last: u64,
}

pub(super) struct ToldTrace {
    trace_id: u128,
    flags: u8,
    capture: u32,
    /// Only its address is compared; held so that no other gets there.
    trace_state: Option<TraceState>,
}

impl ToldTrace {
    pub(super) const NONE: Self = Self { trace_id: 0, flags: 0, capture: 0, trace_state: None };

    pub(super) fn of(context: &Current) -> Self {
        let Current { trace_id, flags, capture, .. } = *context;
        Self { trace_id, flags, capture, trace_state: context.trace_state.clone() }
    }

    pub(super) fn is_of(&self, context: &Current) -> bool {
        self.trace_id == context.trace_id
            && self.flags == context.flags
            && self.capture == context.capture
            && is_same_state(self.trace_state.as_ref(), context.trace_state.as_ref())
    }
}

impl Told {
    pub(super) const NOTHING: Self = Self { trace: ToldTrace::NONE, current: 0, last: 0 };
}
