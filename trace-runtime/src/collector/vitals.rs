//! Measures the collector's own work, for the runtime's metrics.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

/// Measurements of the collector, which alone writes them.
#[derive(Default)]
pub(crate) struct Vitals {
    records: AtomicU64,
    /// The largest share of a ring in use, in millionths.
    fullest: AtomicU32,
    lag_nanos: AtomicU64,
}

impl Vitals {
    /// Records a sweep's size, the share of the fullest ring, and the longest wait of a record.
    pub(super) fn note(&self, records: u64, fullest: f32, lag: Duration) {
        self.records.fetch_add(records, Ordering::Relaxed);
        self.fullest.fetch_max((fullest * 1e6) as u32, Ordering::Relaxed);
        let lag = u64::try_from(lag.as_nanos()).unwrap_or(u64::MAX);
        self.lag_nanos.fetch_max(lag, Ordering::Relaxed);
    }

    /// Returns the number of records so far.
    pub(crate) fn records(&self) -> u64 {
        self.records.load(Ordering::Relaxed)
    }

    /// Returns the largest share of its ring that a thread has used.
    pub(crate) fn fullest(&self) -> f64 {
        f64::from(self.fullest.load(Ordering::Relaxed)) / 1e6
    }

    /// Returns the longest wait of a record since the last call of this method, in seconds.
    pub(crate) fn take_lag(&self) -> f64 {
        Duration::from_nanos(self.lag_nanos.swap(0, Ordering::Relaxed)).as_secs_f64()
    }
}
