//! Sets the pace of the collector: when it sweeps, and when it sleeps.

use std::ops::RangeInclusive;
use std::time::Duration;

/// The shortest and the longest interval between two sweeps while something is being recorded. A
/// sweep that finds few records costs more per record, and so does one that finds more than the
/// caches hold. A ring that fills up in the meantime wakes the collector itself.
pub(super) const INTERVALS: RangeInclusive<Duration> =
    Duration::from_millis(1)..=Duration::from_millis(32);
/// The number of records that a sweep should find.
const GOOD_SWEEP: u64 = 2_048;
/// The shortest pause after a sweep, as a multiple of the sweep's duration, unless a ring fills up.
pub(super) const REST: u32 = 3;
/// The interval between two sweeps while a ring is more than an eighth full.
const PRESSED_INTERVAL: Duration = Duration::from_micros(200);
/// The time without records after which the collector sleeps until it is woken. The call that wakes
/// it pays for a system call.
pub(super) const QUIET_BEFORE_SLEEP: Duration = Duration::from_millis(250);
/// The time after which a collector that has just fallen asleep sweeps once more. A call in
/// progress at that moment may not have seen that the collector fell asleep.
pub(super) const NAP: Duration = Duration::from_secs(1);
/// The time between further sweeps while it sleeps.
pub(super) const SLEEP: Duration = Duration::from_secs(60);

/// The result of a sweep.
#[derive(Clone, Copy)]
pub(super) struct Found {
    pub(super) records: u64,
    /// The fullest ring, as a share of its capacity.
    pub(super) fullest: f32,
}

impl Found {
    /// Returns the interval after which a sweep should find about the right number of records.
    pub(super) fn next_interval(self, interval: Duration) -> Duration {
        let next = match self.records {
            records if records > GOOD_SWEEP * 3 / 2 => interval / 2,
            records if records < GOOD_SWEEP / 2 => interval * 2,
            _ => interval,
        };
        next.clamp(*INTERVALS.start(), *INTERVALS.end())
    }

    /// Returns the time until the next sweep: at least `rest`, unless a ring is filling up.
    pub(super) fn pause(self, interval: Duration, rest: Duration) -> Duration {
        if self.fullest > 0.125 {
            PRESSED_INTERVAL
        } else {
            interval.max(rest.min(*INTERVALS.end()))
        }
    }
}
