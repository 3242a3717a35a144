//! Keeps at most a number of traces per second.

use super::composable::{Composable, ForChildren, SamplingIntent};
use super::error::SamplingError;
use super::parent_threshold::intent_of_parent;
use super::{SamplingInput, Threshold};
use crate::site::SiteInfo;
use std::sync::atomic::{AtomicU64, Ordering};

/// Keeps at most a number of traces per second, and a number at once after a pause.
///
/// It decides about spans without a parent in this process; all others follow their parent. Spans
/// cannot be counted by what it keeps, so their `tracestate` has no threshold. Wrap it in
/// [`ParentThreshold`](super::ParentThreshold) to follow callers in other processes, too.
///
/// ```
/// use trace_runtime::sampling::{Composite, ParentThreshold, RateLimited};
///
/// let sampler = Composite::new(ParentThreshold::new(RateLimited::new(50.0)?.with_burst(100)));
/// # let _ = sampler;
/// # Ok::<(), trace_runtime::sampling::SamplingError>(())
/// ```
#[derive(Debug)]
pub struct RateLimited {
    per_second: f64,
    burst: u32,
    /// The time for which the traces kept so far are allowed, in nanoseconds: each moves it by the
    /// interval of the rate (the generic cell rate algorithm, ITU-T I.371).
    // One word, so that no thread waits for another, and a fork leaves it whole.
    used_until: AtomicU64,
}

impl RateLimited {
    /// Creates a sampler that keeps this number of traces per second, with a burst of one second's
    /// traces, and at least one.
    ///
    /// # Errors
    /// If `per_second` is not above 0, or not finite.
    pub fn new(per_second: f64) -> Result<Self, SamplingError> {
        SamplingError::check_rate("traces per second", per_second)?;
        let burst = per_second.clamp(1.0, f64::from(u32::MAX)) as u32;
        Ok(Self { per_second, burst, used_until: AtomicU64::new(0) })
    }

    /// Sets the number of traces that are kept at once after a pause, at least one.
    #[must_use]
    pub fn with_burst(mut self, traces: u32) -> Self {
        self.burst = traces.max(1);
        self
    }

    /// Returns whether one more trace is allowed at this time, and counts it.
    fn takes(&self, now: u64) -> bool {
        let interval = (1e9 / self.per_second).clamp(1.0, 1e18) as u64;
        let tolerance = interval.saturating_mul(u64::from(self.burst - 1));
        let take = |until: u64| {
            let from = until.max(now);
            (from - now <= tolerance).then(|| from.saturating_add(interval))
        };
        self.used_until.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }
}

impl Composable for RateLimited {
    fn intent(&self, input: &SamplingInput<'_>) -> SamplingIntent {
        if input.parent().is_some_and(|parent| parent.is_valid() && !parent.is_remote()) {
            return intent_of_parent(input).unwrap_or(SamplingIntent::DROP);
        }
        match self.takes(input.time().as_nanos() as u64) {
            true => SamplingIntent::new(Some(Threshold::ALWAYS)).unreliable(),
            false => SamplingIntent::DROP,
        }
    }

    fn for_children(&self, _: Option<&SiteInfo>) -> ForChildren {
        ForChildren::AsParent
    }

    fn describe(&self) -> String {
        format!("RateLimited{{{},burst={}}}", self.per_second, self.burst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn taken(sampler: &RateLimited, times: impl Iterator<Item = u64>) -> usize {
        times.filter(|&now| sampler.takes(now)).count()
    }

    #[test]
    fn no_more_than_the_rate_is_kept_after_the_burst() {
        let sampler = RateLimited::new(10.0).unwrap().with_burst(5);
        assert_eq!(taken(&sampler, std::iter::repeat_n(SECOND, 100)), 5);
        // A thousand evenly within the next ten seconds.
        assert_eq!(taken(&sampler, (1..=1_000).map(|it| SECOND + it * SECOND / 100)), 100);
        // After a pause, the burst is there again, and not more.
        assert_eq!(taken(&sampler, std::iter::repeat_n(1_000 * SECOND, 100)), 5);
    }

    #[test]
    fn less_than_one_per_second_is_a_rate_too() {
        let sampler = RateLimited::new(0.1).unwrap();
        assert_eq!(taken(&sampler, (0..100).map(|it| it * SECOND)), 10);
        for invalid in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let error = RateLimited::new(invalid).unwrap_err().to_string();
            assert!(error.contains("traces per second"), "{error}");
        }
    }

    #[test]
    fn a_clock_that_goes_back_keeps_the_limit() {
        let sampler = RateLimited::new(1.0).unwrap();
        assert_eq!(taken(&sampler, [5 * SECOND, 4 * SECOND, 5 * SECOND].into_iter()), 1);
    }
}
