//! Estimates how long the local roots of a name usually take.
//!
//! Durations fall into buckets that are an eighth of an octave wide, in two windows of a minute each: the
//! current one, and the one before, so that an estimate is never empty and follows within two minutes.

use std::collections::HashMap;
use std::time::Duration;

/// The number of names that are observed; roots of others are never called slow.
const MOST_NAMES: usize = 512;
/// The time after which a window becomes the one before.
const WINDOW: Duration = Duration::from_secs(60);
/// The number of durations without which there is no estimate.
const LEAST: u64 = 200;
/// The buckets of an octave, as a power of two.
const STEPS: u32 = 3;
/// The first octave: 2^10 ns, about a microsecond. Shorter durations count as that.
const FIRST: u32 = 10;
/// The number of buckets: up to 2^38 ns, more than four minutes.
const BUCKETS: usize = ((38 - FIRST) << STEPS) as usize;

/// The durations of roots, by the address of their site and by name.
#[derive(Default)]
pub(super) struct Durations {
    sites: HashMap<usize, HashMap<Box<str>, Box<Windows>>>,
    /// The number of names.
    names: usize,
    rotated_at: Duration,
}

struct Windows {
    current: [u32; BUCKETS],
    before: [u32; BUCKETS],
}

impl Durations {
    /// Adds the duration of a root that ended at `now`; returns whether it is longer than 99 % of those
    /// of the same name.
    pub(super) fn is_unusual(
        &mut self,
        now: Duration,
        site: usize,
        name: &str,
        nanos: u64,
    ) -> bool {
        if now >= self.rotated_at + WINDOW {
            self.rotate(now >= self.rotated_at + 2 * WINDOW);
            self.rotated_at = now;
        }
        let names = self.sites.entry(site).or_default();
        if let Some(windows) = names.get_mut(name) {
            return windows.add(bucket_of(nanos));
        }
        if self.names < MOST_NAMES {
            self.names += 1;
            names.entry(name.into()).or_insert_with(Windows::empty).add(bucket_of(nanos));
        }
        false
    }

    /// Begins a window. `is_stale`: nothing was added for a whole window, so the last one is outdated.
    fn rotate(&mut self, is_stale: bool) {
        for names in self.sites.values_mut() {
            names.retain(|_, windows| {
                windows.before = if is_stale { [0; BUCKETS] } else { windows.current };
                windows.current = [0; BUCKETS];
                windows.before.iter().any(|&count| count > 0)
            });
        }
        self.sites.retain(|_, names| !names.is_empty());
        self.names = self.sites.values().map(HashMap::len).sum();
    }
}

impl Windows {
    fn empty() -> Box<Self> {
        Box::new(Self { current: [0; BUCKETS], before: [0; BUCKETS] })
    }

    /// Adds a duration; returns whether it is longer than 99 % of those before.
    fn add(&mut self, bucket: usize) -> bool {
        let is_unusual = self.p99().is_some_and(|usual| bucket > usual);
        self.current[bucket] = self.current[bucket].saturating_add(1);
        is_unusual
    }

    /// Returns the bucket that 99 % of the durations do not exceed.
    fn p99(&self) -> Option<usize> {
        let count =
            |bucket: usize| u64::from(self.current[bucket]) + u64::from(self.before[bucket]);
        let all: u64 = (0..BUCKETS).map(count).sum();
        if all < LEAST {
            return None;
        }
        let mut above = 0;
        (0..BUCKETS).rev().find(|&bucket| {
            above += count(bucket);
            above > all / 100
        })
    }
}

fn bucket_of(nanos: u64) -> usize {
    let nanos = nanos.max(1 << FIRST);
    let octave = nanos.ilog2();
    let step = nanos >> (octave - STEPS) & ((1 << STEPS) - 1);
    let bucket = u64::from(octave - FIRST) << STEPS | step;
    (bucket as usize).min(BUCKETS - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLI: u64 = 1_000_000;

    fn add(durations: &mut Durations, now: u64, nanos: u64) -> bool {
        durations.is_unusual(Duration::from_secs(now), 1, "root", nanos)
    }

    #[test]
    fn buckets_are_ordered_and_an_eighth_of_an_octave_wide() {
        let mut before = bucket_of(0);
        for nanos in (0..40).map(|power| 1_u64 << power).chain([u64::MAX]) {
            assert!(bucket_of(nanos) >= before && bucket_of(nanos) < BUCKETS);
            before = bucket_of(nanos);
        }
        assert_eq!(bucket_of(9 * MILLI), bucket_of(10 * MILLI) - 1);
    }

    #[test]
    fn what_is_longer_than_99_of_100_is_unusual() {
        let mut durations = Durations::default();
        // Too few to tell.
        assert!(!add(&mut durations, 0, 1_000 * MILLI));
        for n in 0..1_000 {
            assert!(!add(&mut durations, 1, 10 * MILLI), "{n}");
        }
        assert!(add(&mut durations, 1, 100 * MILLI));
        assert!(!add(&mut durations, 1, 10 * MILLI));
        // Another name is estimated by itself.
        assert!(!durations.is_unusual(Duration::from_secs(1), 1, "other", 100 * MILLI));
    }

    #[test]
    fn the_estimate_follows_and_is_forgotten() {
        let mut durations = Durations::default();
        (0..1_000).for_each(|_| _ = add(&mut durations, 0, 10 * MILLI));
        // The window before still counts.
        assert!(add(&mut durations, 61, 100 * MILLI));
        (0..1_000).for_each(|_| _ = add(&mut durations, 61, 100 * MILLI));
        assert!(!add(&mut durations, 122, 100 * MILLI));
        // After a long silence there is no estimate.
        assert!(!add(&mut durations, 1_000, 1_000_000 * MILLI));
    }

    #[test]
    fn names_are_bounded() {
        let mut durations = Durations::default();
        for n in 0..2 * MOST_NAMES {
            durations.is_unusual(Duration::ZERO, n % 3, &n.to_string(), MILLI);
        }
        assert_eq!(durations.names, MOST_NAMES);
        add(&mut durations, 200, MILLI);
        assert_eq!(durations.names, 1);
    }
}
