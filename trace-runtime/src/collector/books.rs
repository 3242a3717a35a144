//! Keeps the collector's account of spans and measurements.

use crate::export::Arrived;
use crate::loss::{DropReason, Drops, MeasurementReport};

/// Counts of the spans and measurements that the collector has seen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Books {
    pub(crate) started: u64,
    pub(crate) buffered: u64,
    pub(crate) undecided: u64,
    pub(crate) dropped: Drops,
    pub(crate) dropped_details: u64,
    pub(crate) measurements: MeasurementReport,
}

impl Books {
    /// Returns the number of spans that have reached the exporters.
    pub(crate) fn arrived(&self) -> Arrived {
        let before = self.buffered + self.dropped.values().sum::<u64>();
        let decided = self.started.saturating_sub(before);
        let by_verdict =
            DropReason::OF_VERDICTS.iter().filter_map(|reason| self.dropped.get(reason));
        Arrived { decided, all: decided + self.undecided + by_verdict.sum::<u64>() }
    }
}

/// Adds to the number of items dropped for a reason.
pub(crate) fn count_drops(dropped: &mut Drops, reason: DropReason, count: u64) {
    if count > 0 {
        *dropped.entry(reason).or_default() += count;
    }
}
