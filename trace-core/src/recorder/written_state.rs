//! The writing side of the ring state, whose reading side is `ring_state.rs`.

use crate::context::{Current, TraceState, is_same_state};

/// The ring state: what a reader can derive about the thread from its ring (see `ring_state.rs`).
pub(super) struct WrittenState {
    pub(super) trace: WrittenTrace,
    pub(super) current: u64,
    /// The serial that was assigned last.
    pub(super) last: u64,
    /// The serial that was assigned last when the thread wrote its place. A reader knows the callers
    /// of all calls that this thread has entered since.
    pub(super) placed: u64,
}

pub(super) struct WrittenTrace {
    trace_id: u128,
    flags: u8,
    route: u8,
    capture: u32,
    /// Only its address is compared; held so that the address is not reused.
    trace_state: Option<TraceState>,
}

impl WrittenTrace {
    pub(super) const NONE: Self =
        Self { trace_id: 0, flags: 0, route: 0, capture: 0, trace_state: None };

    pub(super) fn of(context: &Current) -> Self {
        let Current { trace_id, flags, route, capture, .. } = *context;
        Self { trace_id, flags, route, capture, trace_state: context.trace_state.clone() }
    }

    /// Notes a trace without `tracestate` that began outside all captures.
    #[inline(always)]
    pub(super) fn begin(&mut self, trace_id: u128, flags: u8) {
        *self = Self { trace_id, flags, ..Self::NONE };
    }

    pub(super) fn is_of(&self, context: &Current) -> bool {
        self.trace_id == context.trace_id
            && self.flags == context.flags
            && self.route == context.route
            && self.capture == context.capture
            && is_same_state(self.trace_state.as_ref(), context.trace_state.as_ref())
    }
}

impl WrittenState {
    pub(super) const NOTHING: Self =
        Self { trace: WrittenTrace::NONE, current: 0, last: 0, placed: u64::MAX };
}
