//! Lays out the number of a capture that travels with the current context.

/// The bits of `Current.capture` that hold the capture's number.
pub const NUMBER: u32 = (1 << 23) - 1;
/// The context was handed over to another task or thread: what starts under it runs beside others.
pub const HANDED: u32 = 1 << 31;
/// The capture gives its spans their ids and their clock.
pub const DETERMINISTIC: u32 = 1 << 30;

/// Whether contexts of this capture name spans by their count.
#[inline]
pub const fn is_counting(capture: u32) -> bool {
    capture & DETERMINISTIC != 0
}
