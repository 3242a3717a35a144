//! Abbreviates durations.

use std::time::Duration;

/// Returns a duration in nanoseconds.
#[must_use]
pub const fn ns(count: u64) -> Duration {
    Duration::from_nanos(count)
}

/// Returns a duration in microseconds.
#[must_use]
pub const fn us(count: u64) -> Duration {
    Duration::from_micros(count)
}

/// Returns a duration in milliseconds.
#[must_use]
pub const fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// Returns a duration in seconds.
#[must_use]
pub const fn secs(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// Returns a duration in minutes.
#[must_use]
pub const fn mins(count: u64) -> Duration {
    Duration::from_secs(60 * count)
}
