//! Captures: how the telemetry of one test is kept apart from all else in the process.
//!
//! The record path knows a capture as a number that travels with the current context, and as two
//! bits beside it that send calls the long way. What a capture does with its spans is the testkit's
//! business: it is asked through [`Scope`], on the long way only. Programs without a capture pay one
//! relaxed load per trace.

pub mod registry;

pub use registry::{Decided, OrphanRoot, Scope, is_counting, keep_over_forks};
pub(crate) use registry::{
    adopt, decide, drop_details, drop_span, note_orphan, now, tick, tick_in, unsampled,
};

/// The bits of `Current.capture` that hold the capture's number.
pub const NUMBER: u32 = (1 << 23) - 1;
/// The context was handed over to another task or thread: what starts under it runs beside others.
pub const HANDED: u32 = 1 << 31;
/// The capture gives its spans their ids and their clock.
pub const DETERMINISTIC: u32 = 1 << 30;
/// Contexts with one of these take the long way.
pub(crate) const LONG_WAY: u32 = HANDED | DETERMINISTIC;

/// In a tick: the other bits are nanoseconds since the Unix epoch, by the clock of a capture or as
/// somebody has said.
const VIRTUAL: u64 = 1 << 63;

/// A tick that says its time by itself.
#[inline]
pub const fn given_tick(unix_nanos: u64) -> u64 {
    unix_nanos | VIRTUAL
}

/// The time that a tick says by itself, if it comes from no clock of ours.
#[inline]
pub const fn virtual_nanos(tick: u64) -> Option<u64> {
    if tick & VIRTUAL == 0 { None } else { Some(tick & !VIRTUAL) }
}
