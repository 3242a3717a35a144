//! Captures: isolate the telemetry of one test from everything else in the process.
//!
//! To the record path, a capture is a number that travels with the current context, and two bits
//! beside it that direct calls to the slow path. The testkit decides how a capture handles its
//! spans: it is called through [`CaptureHooks`], on the slow path only. Programs without a capture pay one
//! relaxed load per trace.

pub mod registry;

pub use crate::context::{DETERMINISTIC, HANDED, JUDGED, NUMBER, is_counting};
pub use registry::{CaptureHooks, Decided, OrphanRoot, keep_over_forks};
pub(crate) use registry::{
    adopt, are_none, decide, drop_details, drop_span, needs, note_orphan, now, tick, tick_in,
    unsampled, virtual_now,
};

/// Contexts with one of these bits take the slow path.
pub(crate) const SLOW_PATH: u32 = HANDED | DETERMINISTIC;

/// A flag in a tick: the other bits are nanoseconds since the Unix epoch, by the clock of a capture
/// or as given by a caller.
const VIRTUAL: u64 = 1 << 63;

/// Returns a tick that contains its time.
#[inline]
pub const fn given_tick(unix_nanos: u64) -> u64 {
    unix_nanos | VIRTUAL
}

/// Returns the time that a tick contains, unless it comes from the process's clock.
#[inline]
pub const fn virtual_nanos(tick: u64) -> Option<u64> {
    if tick & VIRTUAL == 0 { None } else { Some(tick & !VIRTUAL) }
}
