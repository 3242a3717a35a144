//! Keeps one account for an exporter and for those of its name that replace it.

use super::{Arrived, ExporterQueue};
use crate::export::exported::Exported;
use crate::loss::ExporterReport;
use std::mem;
use std::sync::Arc;
use std::time::Instant;

/// The place of an exporter in a pipeline.
pub(super) struct Slot<T: Exported> {
    pub(super) name: String,
    pub(super) gets_all: bool,
    /// `None` after it was removed.
    pub(super) queue: Option<Arc<ExporterQueue<T>>>,
    /// The exporters that were replaced or removed, and still export.
    draining: Vec<Arc<ExporterQueue<T>>>,
    /// The sums of those that are over.
    ended: ExporterReport,
    missed: u64,
    /// What had reached the exporters when it was removed.
    removed_at: u64,
}

impl<T: Exported> Slot<T> {
    /// Makes a place for an exporter that was there from the beginning.
    pub(super) fn new(queue: Arc<ExporterQueue<T>>) -> Self {
        let mut slot = Self::vacant(queue.name().to_owned(), queue.gets_all());
        slot.queue = Some(queue);
        slot
    }

    /// Makes a place that no exporter has had yet.
    pub(super) fn vacant(name: String, gets_all: bool) -> Self {
        let ended = ExporterReport::default();
        Self { name, gets_all, queue: None, draining: Vec::new(), ended, missed: 0, removed_at: 0 }
    }

    /// Returns whether the account of an exporter is here.
    pub(super) fn fits(&self, queue: &ExporterQueue<T>) -> bool {
        self.name == queue.name() && self.gets_all == queue.gets_all()
    }

    /// Puts an exporter in the place of the one that is there. `arrived`: what has reached the exporters
    /// so far.
    pub(super) fn put(
        &mut self,
        queue: Option<Arc<ExporterQueue<T>>>,
        arrived: Arrived,
        deadline: Instant,
    ) {
        let arrived = arrived.at(self.gets_all);
        match (&self.queue, &queue) {
            (None, Some(_)) => self.missed += arrived.saturating_sub(self.removed_at),
            (Some(_), None) => self.removed_at = arrived,
            _ => {}
        }
        if let Some(old) = mem::replace(&mut self.queue, queue) {
            old.retire(self.queue.as_deref(), deadline);
            self.draining.push(old);
        }
    }

    /// Adds up those that are over; returns the ones whose threads have not ended.
    pub(super) fn settle(&mut self) -> impl Iterator<Item = Arc<ExporterQueue<T>>> + use<T> {
        let is_over = |queue: &mut Arc<ExporterQueue<T>>| queue.is_over();
        let over: Vec<_> = self.draining.extract_if(.., is_over).collect();
        over.iter().for_each(|queue| add(&mut self.ended, queue.report()));
        over.into_iter().filter(|queue| !queue.has_ended())
    }

    /// Returns the number of exporters that were replaced or removed, and still export.
    pub(super) fn draining(&self) -> usize {
        self.draining.len()
    }

    /// Returns its queues; the first is the one that gets items, if there is one.
    pub(super) fn queues(&self) -> impl Iterator<Item = &Arc<ExporterQueue<T>>> {
        self.queue.iter().chain(&self.draining)
    }

    /// Returns the counts of everything so far. `arrived`: what has reached the exporters.
    pub(super) fn report(&self, arrived: Arrived) -> ExporterReport {
        let mut sum = self.ended.clone();
        self.draining.iter().for_each(|queue| add(&mut sum, queue.report()));
        sum.gets_all = self.gets_all;
        sum.missed += self.missed;
        match &self.queue {
            Some(queue) => add(&mut sum, queue.report()),
            None => sum.missed += arrived.at(self.gets_all).saturating_sub(self.removed_at),
        }
        sum.name.clone_from(&self.name);
        sum
    }
}

fn add(sum: &mut ExporterReport, report: ExporterReport) {
    sum.exported += report.exported;
    sum.queued += report.queued;
    sum.elsewhere += report.elsewhere;
    sum.missed += report.missed;
    for (reason, count) in report.dropped {
        *sum.dropped.entry(reason).or_default() += count;
    }
    sum.last_error = report.last_error.or(sum.last_error.take());
}
