//! The span that is current on a thread or in a task.

use super::capture::HANDED;
use super::{Baggage, SpanContext, SpanId, TraceFlags, TraceId, TraceState, ids};

/// The state of the current context, in combinations that the record path tests with one compare.
pub mod bits {
    /// A span of this process that is being recorded.
    pub const RECORDING: u8 = 1;
    /// This thread's ring state has this span of this trace as current.
    pub(crate) const IN_STEP: u8 = 2;
    /// The decision was made not to record this trace.
    pub(crate) const UNSAMPLED: u8 = 4;
    /// User code runs in the middle of a record or of a decision: nothing else may be recorded.
    pub(crate) const BUSY: u8 = 8;
    /// This thread never records.
    pub const SUPPRESSED: u8 = 16;
    /// The context came from another process.
    pub(crate) const REMOTE: u8 = 32;
    /// With `UNSAMPLED`: a capture is notified of each span that is not recorded.
    pub(crate) const WATCHED: u8 = 64;
    /// The running code has no span, and must not add to the one above it, which this is.
    pub(crate) const MUTED: u8 = 128;
}

/// Returns whether two trace states are the same, by address.
pub(crate) fn is_same_state(one: Option<&TraceState>, other: Option<&TraceState>) -> bool {
    match (one, other) {
        (None, None) => true,
        (Some(one), Some(other)) => one.is_same(other),
        _ => false,
    }
}

/// The current context of a thread, or the saved one of a task.
#[derive(Clone, Debug)]
pub struct Current {
    /// The trace; 0 without one.
    pub trace_id: u128,
    /// The span's serial (see `context/ids.rs`).
    pub serial: u64,
    /// The capture that it belongs to (see `captures/mod.rs`); 0 outside tests.
    pub capture: u32,
    /// The W3C flags.
    pub flags: u8,
    /// A combination of [`bits`].
    pub bits: u8,
    /// The level that is on for the request, as a number; 0: that of the process.
    pub level: u8,
    /// The route of its spans to exporters, as a number; 0: that of all others.
    pub route: u8,
    /// The version of the configuration under which the trace began in this process; 0 if that is unknown. It goes
    /// no further than to the collector.
    pub version: u8,
    /// The W3C `tracestate`.
    pub trace_state: Option<TraceState>,
    /// Travels with the rest, but is not part of the span.
    pub baggage: Baggage,
}

impl Current {
    /// Nothing is current.
    pub const NONE: Self = Self {
        trace_id: 0,
        serial: 0,
        capture: 0,
        flags: 0,
        bits: 0,
        level: 0,
        route: 0,
        version: 0,
        trace_state: None,
        baggage: Baggage::new(),
    };

    /// Returns whether this is a span of this process that is being recorded.
    pub fn is_recording(&self) -> bool {
        self.bits & bits::RECORDING != 0
    }

    /// Returns whether the running code may add to the current span.
    pub fn is_own(&self) -> bool {
        self.bits & bits::MUTED == 0
    }

    /// Makes it the context of code without a span, under this one.
    pub(crate) fn muted(mut self) -> Self {
        if self.is_recording() {
            self.bits |= bits::MUTED;
        }
        self
    }

    /// Returns whether spans under this one may take the fast path.
    #[inline(always)]
    pub(crate) fn is_open(&self) -> bool {
        self.bits == bits::RECORDING | bits::IN_STEP
    }

    /// Returns whether there is neither a span nor anything that a span would continue.
    pub(crate) fn is_nothing(&self) -> bool {
        const OF_THREAD: u8 = bits::BUSY | bits::SUPPRESSED;
        self.trace_id == 0
            && self.serial == 0
            && self.capture == 0
            && self.flags == 0
            && self.level == 0
            && self.route == 0
            && self.bits & !OF_THREAD == 0
            && self.trace_state.is_none()
    }

    /// Returns whether anything of it is worth keeping for code that runs elsewhere.
    pub(crate) fn is_worth_keeping(&self) -> bool {
        self.trace_id != 0 || self.capture != 0 || !self.baggage.is_empty()
    }

    /// Returns whether `other` differs only in the span.
    pub(crate) fn is_same_trace(&self, other: &Self) -> bool {
        // HOT: by halves, because one of them may have just been written by halves.
        self.trace_id as u64 == other.trace_id as u64
            && (self.trace_id >> 64) as u64 == (other.trace_id >> 64) as u64
            && self.capture == other.capture
            && self.flags == other.flags
            && self.level == other.level
            && self.route == other.route
            && self.bits & !bits::IN_STEP == other.bits & !bits::IN_STEP
            && is_same_state(self.trace_state.as_ref(), other.trace_state.as_ref())
            && self.baggage.is_same(&other.baggage)
    }

    /// Returns the id of the span.
    pub fn span_id(&self) -> SpanId {
        let is_remote = self.bits & bits::REMOTE != 0;
        ids::span_id_in(self.serial, if is_remote { 0 } else { self.capture })
    }

    /// Returns the identity of the span.
    pub fn context(&self) -> SpanContext {
        // All fields are named, so that none is forgotten. The version is known to the collector.
        let Self {
            trace_id,
            serial: _,
            capture,
            flags,
            bits,
            level,
            route,
            version: _,
            ref trace_state,
            baggage: _,
        } = *self;
        SpanContext {
            trace_id: TraceId::from_u128(trace_id),
            span_id: self.span_id(),
            flags: TraceFlags::new(flags),
            remote: bits & bits::REMOTE != 0,
            capture: capture & !HANDED,
            record_only: self.is_recording() && flags & TraceFlags::SAMPLED.to_u8() == 0,
            level,
            route,
            muted: !self.is_own(),
            trace_state: trace_state.clone(),
        }
    }

    /// Creates the context of a span elsewhere, to continue from in `capture` unless it names
    /// another; without baggage.
    pub(crate) fn from_context(context: &SpanContext, capture: u32) -> Self {
        // All fields are named here, too. Whether it is recorded without being sampled is asked of the whole.
        let SpanContext {
            trace_id,
            span_id,
            flags,
            remote,
            capture: own_capture,
            record_only: _,
            level,
            route,
            muted,
            ref trace_state,
        } = *context;
        let capture = if own_capture != 0 { own_capture } else { capture };
        let bits = match (remote, context.is_recorded_here()) {
            (true, _) => bits::REMOTE,
            (false, true) if muted => bits::RECORDING | bits::MUTED,
            (false, true) => bits::RECORDING,
            (false, false) if capture != 0 => bits::UNSAMPLED | bits::WATCHED,
            (false, false) => bits::UNSAMPLED,
        };
        Self {
            trace_id: trace_id.to_u128(),
            serial: ids::serial_in(span_id, if remote { 0 } else { capture }),
            capture,
            flags: flags.to_u8(),
            bits: if context.is_valid() { bits } else { 0 },
            level,
            route,
            version: 0,
            trace_state: trace_state.clone(),
            baggage: Baggage::new(),
        }
    }
}
