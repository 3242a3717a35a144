//! Notices losses between one look at the health and the next.

use crate::loss::{DropReason, Drops, ExporterReport, LossReport};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A loss is reported at least this long.
const RECENT: Duration = Duration::from_secs(60);

/// The losses at the last look.
#[derive(Debug, Default)]
pub(crate) struct LossWatch(Mutex<Seen>);

#[derive(Debug, Default)]
struct Seen {
    total: u64,
    /// What was lost by the last look that found more than the one before, and its time.
    last: Option<(Instant, u64)>,
}

impl LossWatch {
    /// Returns the number of items that were lost since the last look, or within the last minute.
    pub(crate) fn look(&self, report: &LossReport) -> u64 {
        let total = lost(report);
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = std::mem::replace(&mut seen.total, total);
        seen.last = seen.last.filter(|(at, _)| at.elapsed() < RECENT);
        if total > before {
            let earlier = seen.last.map_or(0, |(_, count)| count);
            seen.last = Some((Instant::now(), earlier + (total - before)));
        }
        seen.last.map_or(0, |(_, count)| count)
    }
}

/// Returns the number of items that were lost against the program's wishes.
fn lost(report: &LossReport) -> u64 {
    let count = |drops: &Drops| -> u64 {
        let is_loss =
            |reason: &DropReason| !matches!(reason, DropReason::SampledOut | DropReason::Quota);
        drops.iter().filter(|(reason, _)| is_loss(reason)).map(|(_, count)| count).sum()
    };
    let at = |exporters: &[ExporterReport]| -> u64 {
        exporters.iter().map(|it| count(&it.dropped)).sum()
    };
    count(&report.dropped)
        + report.dropped_details
        + at(&report.exporters)
        + at(&report.logs.exporters)
        + count(&report.measurements.dropped)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dropped(reason: DropReason, count: u64) -> LossReport {
        let mut report = LossReport::default();
        report.dropped.insert(reason, count);
        report
    }

    #[test]
    fn what_was_lost_since_the_last_look_is_counted() {
        let watch = LossWatch::default();
        assert_eq!(watch.look(&LossReport::default()), 0);
        assert_eq!(watch.look(&dropped(DropReason::RingFull, 3)), 3);
        assert_eq!(watch.look(&dropped(DropReason::RingFull, 3)), 3, "within the last minute");
        assert_eq!(watch.look(&dropped(DropReason::RingFull, 5)), 5);
        watch.0.lock().unwrap().last.as_mut().unwrap().0 -= RECENT;
        assert_eq!(watch.look(&dropped(DropReason::RingFull, 5)), 0);
        assert_eq!(watch.look(&dropped(DropReason::RingFull, 6)), 1);
    }

    #[test]
    fn what_sampling_drops_is_not_lost() {
        for reason in [DropReason::SampledOut, DropReason::Quota] {
            assert_eq!(LossWatch::default().look(&dropped(reason, 9)), 0);
        }
        let mut report = LossReport::default();
        let mut exporter = ExporterReport::default();
        exporter.dropped.insert(DropReason::QueueFull, 2);
        report.logs.exporters = vec![exporter.clone()];
        report.exporters = vec![exporter];
        report.dropped_details = 1;
        assert_eq!(LossWatch::default().look(&report), 5);
    }
}
