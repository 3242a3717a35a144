//! The layout of a capture's number, which travels with the current context.

/// The bits of `Current.capture` that hold the capture's number.
pub const NUMBER: u32 = (1 << 23) - 1;
/// The context was handed over to another task or thread: spans started under it run alongside
/// others.
pub const HANDED: u32 = 1 << 31;
/// The capture provides the ids and the clock of its spans.
pub const DETERMINISTIC: u32 = 1 << 30;
/// The capture decides about its traces once they have ended: all of its spans reach it, sampled or
/// not.
pub const JUDGED: u32 = 1 << 29;

/// Returns whether contexts of this capture identify spans by their count.
#[inline]
pub const fn is_counting(capture: u32) -> bool {
    capture & DETERMINISTIC != 0
}
