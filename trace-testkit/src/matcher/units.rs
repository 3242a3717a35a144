//! Durations in few letters.

use std::time::Duration;

/// So many nanoseconds.
pub const fn ns(count: u64) -> Duration {
    Duration::from_nanos(count)
}

/// So many microseconds.
pub const fn us(count: u64) -> Duration {
    Duration::from_micros(count)
}

/// So many milliseconds.
pub const fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// So many seconds.
pub const fn secs(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// So many minutes.
pub const fn mins(count: u64) -> Duration {
    Duration::from_secs(60 * count)
}
