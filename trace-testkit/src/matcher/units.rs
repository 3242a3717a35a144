//! Durations in few letters.

use std::time::Duration;

/// So many nanoseconds.
#[must_use]
pub const fn ns(count: u64) -> Duration {
    Duration::from_nanos(count)
}

/// So many microseconds.
#[must_use]
pub const fn us(count: u64) -> Duration {
    Duration::from_micros(count)
}

/// So many milliseconds.
#[must_use]
pub const fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// So many seconds.
#[must_use]
pub const fn secs(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// So many minutes.
#[must_use]
pub const fn mins(count: u64) -> Duration {
    Duration::from_secs(60 * count)
}
