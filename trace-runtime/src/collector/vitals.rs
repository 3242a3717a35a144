//! How the collector is doing, for those who ask.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

/// Written by the collector only.
#[derive(Default)]
pub(crate) struct Vitals {
    records: AtomicU64,
    /// In millionths of a ring.
    fullest: AtomicU32,
    lag_nanos: AtomicU64,
}

impl Vitals {
    /// A sweep found so many records, which had waited so long at most.
    pub(super) fn note(&self, records: u64, fullest: f32, lag: Duration) {
        self.records.fetch_add(records, Ordering::Relaxed);
        self.fullest.fetch_max((fullest * 1e6) as u32, Ordering::Relaxed);
        let lag = u64::try_from(lag.as_nanos()).unwrap_or(u64::MAX);
        self.lag_nanos.fetch_max(lag, Ordering::Relaxed);
    }

    /// Records so far.
    pub(crate) fn records(&self) -> u64 {
        self.records.load(Ordering::Relaxed)
    }

    /// The share of its ring that a thread has used at most.
    pub(crate) fn fullest(&self) -> f64 {
        f64::from(self.fullest.load(Ordering::Relaxed)) / 1e6
    }

    /// The longest wait of a record since this was last asked, in seconds.
    pub(crate) fn take_lag(&self) -> f64 {
        Duration::from_nanos(self.lag_nanos.swap(0, Ordering::Relaxed)).as_secs_f64()
    }
}
