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
pub(super) const NAP: Duration = Duration::from_millis(500);
/// The time between further sweeps while it sleeps.
pub(super) const SLEEP: Duration = Duration::from_secs(60);

/// The result of a sweep.
#[derive(Clone, Copy)]
pub(super) struct Found {
    pub(super) records: u64,
    /// The fullest ring, as a share of its capacity.
    pub(super) fullest: f32,
}

/// Decides after each sweep when the next one begins.
#[derive(Debug)]
pub(super) struct Pace {
    interval: Duration,
    /// The time since a sweep found anything, or since the collector woke up.
    quiet: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { interval: *INTERVALS.start(), quiet: Duration::ZERO }
    }
}

impl Pace {
    /// Returns the time until the next sweep: at least `rest`, unless a ring is filling up. Returns `None` if the
    /// collector should sleep until it is woken.
    pub(super) fn after(&mut self, found: Option<Found>, rest: Duration) -> Option<Duration> {
        let Some(found) = found else {
            if self.quiet >= QUIET_BEFORE_SLEEP {
                // A collector that was woken stays awake for as long, or each later call would have to wake it too.
                self.quiet = Duration::ZERO;
                return None;
            }
            self.quiet += self.interval;
            let pause = self.interval;
            self.interval = (self.interval * 2).min(*INTERVALS.end());
            return Some(pause);
        };
        self.quiet = Duration::ZERO;
        let next = match found.records {
            records if records > GOOD_SWEEP * 3 / 2 => self.interval / 2,
            records if records < GOOD_SWEEP / 2 => self.interval * 2,
            _ => self.interval,
        };
        self.interval = next.clamp(*INTERVALS.start(), *INTERVALS.end());
        Some(match found.fullest > 0.125 {
            true => PRESSED_INTERVAL,
            false => self.interval.max(rest.min(*INTERVALS.end())),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sweeps_until_sleep(pace: &mut Pace) -> (u32, Duration) {
        let (mut sweeps, mut time) = (0, Duration::ZERO);
        while let Some(pause) = pace.after(None, Duration::ZERO) {
            (sweeps, time) = (sweeps + 1, time + pause);
        }
        (sweeps, time)
    }

    #[test]
    fn a_collector_that_was_woken_stays_awake() {
        let mut pace = Pace::default();
        for _ in 0..3 {
            let (_, time) = sweeps_until_sleep(&mut pace);
            assert!((QUIET_BEFORE_SLEEP..QUIET_BEFORE_SLEEP * 2).contains(&time), "{time:?}");
        }
    }

    #[test]
    fn silence_is_looked_at_ever_more_rarely() {
        let mut pace = Pace::default();
        assert!(sweeps_until_sleep(&mut pace).0 < 20);
    }

    #[test]
    fn sweeps_come_more_often_the_more_they_find() {
        let pause_after = |records, fullest| {
            let mut pace = Pace::default();
            let found = Found { records, fullest };
            (0..20).filter_map(|_| pace.after(Some(found), Duration::ZERO)).last().unwrap()
        };
        assert_eq!(pause_after(1, 0.0), *INTERVALS.end());
        assert_eq!(pause_after(10 * GOOD_SWEEP, 0.0), *INTERVALS.start());
        assert_eq!(pause_after(1, 0.2), PRESSED_INTERVAL);
    }
}
