//! Keeps the exporters of a signal, some of which a reloaded file exchanges.
//!
//! The collector, and the intake of log records, lock their books while they hand items over and while exporters are
//! exchanged, so that every item reaches either the old exporters or the new ones.

use super::slot::Slot;
use super::{Arrived, ExporterQueue, FlushTicket};
use crate::deadline::Ending;
use crate::export::FinishedSpans;
use crate::export::exported::Exported;
use crate::export::latest::Observed;
use crate::loss::ExporterReport;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// The exporters of a signal.
pub(crate) struct ExporterSet<T: Exported = FinishedSpans> {
    is_empty: AtomicBool,
    members: Mutex<Members<T>>,
}

struct Members<T: Exported> {
    /// What gets items.
    current: Arc<[Arc<ExporterQueue<T>>]>,
    slots: Vec<Slot<T>>,
    /// Exporters that did not end in time.
    stuck: Vec<Arc<ExporterQueue<T>>>,
}

/// A flush that was requested.
#[must_use]
pub(crate) struct SetFlush<T: Exported>(Vec<(Arc<ExporterQueue<T>>, FlushTicket)>);

impl<T: Exported> ExporterSet<T> {
    pub(crate) fn new(queues: impl IntoIterator<Item = ExporterQueue<T>>) -> Self {
        let slots = queues.into_iter().map(|queue| Slot::new(Arc::new(queue))).collect();
        let mut members = Members { current: Arc::from([]), slots, stuck: Vec::new() };
        members.list();
        Self { is_empty: AtomicBool::new(members.current.is_empty()), members: Mutex::new(members) }
    }

    /// Returns whether there is no exporter.
    #[cfg(feature = "logs")]
    pub(crate) fn is_empty(&self) -> bool {
        self.is_empty.load(Ordering::Relaxed)
    }

    /// Returns the exporters that get items.
    pub(crate) fn current(&self) -> Arc<[Arc<ExporterQueue<T>>]> {
        self.members().current.clone()
    }

    /// Replaces exporters: each of `leaving` by one of `joining` that has its name, as long as there are some.
    /// Those that leave export what they have, until `deadline`; what waits for one that is replaced moves
    /// to the one that replaces it. `arrived`: what has reached the exporters so far.
    pub(crate) fn exchange(
        &self,
        leaving: &[Arc<ExporterQueue<T>>],
        joining: &[Arc<ExporterQueue<T>>],
        arrived: Arrived,
        deadline: Instant,
    ) {
        let mut members = self.members();
        members.settle();
        let leaves = |slot: &Slot<T>| {
            let queue = slot.queue.as_ref();
            queue.is_some_and(|queue| leaving.iter().any(|it| Arc::ptr_eq(it, queue)))
        };
        let mut vacated: Vec<usize> = Vec::new();
        for (place, slot) in members.slots.iter().enumerate() {
            if leaves(slot) {
                vacated.push(place);
            }
        }
        for queue in joining {
            let is_free = |slot: &Slot<T>| slot.queue.is_none() && slot.fits(queue);
            let place = match vacated.iter().position(|it| members.slots[*it].fits(queue)) {
                Some(at) => vacated.remove(at),
                // The account of one that was removed goes on.
                None => members.slots.iter().position(is_free).unwrap_or_else(|| {
                    let slot = Slot::vacant(queue.name().to_owned(), queue.gets_all());
                    members.slots.push(slot);
                    members.slots.len() - 1
                }),
            };
            members.slots[place].put(Some(queue.clone()), arrived, deadline);
        }
        for place in vacated {
            members.slots[place].put(None, arrived, deadline);
        }
        members.list();
        self.is_empty.store(members.current.is_empty(), Ordering::Relaxed);
    }

    /// Waits until exporters that were exchanged have ended, or until the deadline, after which they are not
    /// waited for any longer.
    pub(crate) fn drain(&self, retired: &[Arc<ExporterQueue<T>>], deadline: Instant) {
        retired.iter().for_each(|queue| _ = queue.wait_for_end(deadline));
        self.members().settle();
    }

    /// Returns the number of exporters that were exchanged and have not ended.
    pub(crate) fn unfinished(&self) -> usize {
        let mut members = self.members();
        members.settle();
        let draining = members.slots.iter().map(Slot::draining).sum::<usize>();
        draining + members.stuck.len()
    }

    /// Requests the export of all queued items and a flush of all exporters; [`flush`](Self::flush) waits for
    /// it.
    pub(crate) fn begin_flush(&self) -> SetFlush<T> {
        let members = self.members();
        SetFlush(members.queues().map(|queue| (queue.clone(), queue.begin_flush())).collect())
    }

    /// Waits for a flush; returns `false` if the deadline passes first.
    pub(crate) fn flush(&self, SetFlush(begun): SetFlush<T>, deadline: Instant) -> bool {
        let (mut flushed, tickets): (Vec<_>, Vec<_>) = begun.into_iter().unzip();
        let mut done = true;
        for (queue, ticket) in flushed.iter().zip(tickets) {
            done &= queue.flush(ticket, deadline);
        }
        // What waited for an exporter may have moved to the one that has replaced it meanwhile.
        loop {
            let is_new = |queue: &&Arc<ExporterQueue<T>>| {
                !flushed.iter().any(|known| Arc::ptr_eq(known, queue))
            };
            let Some(queue) = self.current().iter().find(is_new).cloned() else { break done };
            done &= queue.flush(queue.begin_flush(), deadline);
            flushed.push(queue);
        }
    }

    /// Requests the end, which [`shutdown`](Self::shutdown) waits for.
    pub(crate) fn begin_shutdown(&self, ending: Ending) {
        self.members().queues().for_each(|queue| queue.begin_shutdown(ending));
    }

    /// Waits until all exporters have ended, or until the deadline.
    pub(crate) fn shutdown(&self, ending: Ending) {
        let queues: Vec<_> = self.members().queues().cloned().collect();
        queues.iter().for_each(|queue| _ = queue.shutdown(ending));
    }

    /// Returns the counts of all items so far. `arrived`: what has reached the exporters.
    pub(crate) fn report(&self, arrived: Arrived) -> Vec<ExporterReport> {
        self.members().slots.iter().map(|slot| slot.report(arrived)).collect()
    }

    /// Returns the exporters that get items, as their health is judged.
    pub(crate) fn observe(&self) -> Vec<Observed> {
        self.current().iter().map(|queue| queue.observe()).collect()
    }

    /// Returns the exporters that get items, and the capacity of their queues.
    #[cfg(feature = "metrics")]
    pub(crate) fn capacities(&self) -> Vec<(String, usize)> {
        self.current().iter().map(|queue| queue.capacity()).collect()
    }

    fn members(&self) -> MutexGuard<'_, Members<T>> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Exported> Members<T> {
    /// Lists the exporters that get items.
    fn list(&mut self) {
        self.current = self.slots.iter().filter_map(|slot| slot.queue.clone()).collect();
    }

    /// Adds up what is over.
    fn settle(&mut self) {
        self.stuck.retain(|queue| !queue.has_ended());
        for slot in &mut self.slots {
            self.stuck.extend(slot.settle());
        }
    }

    fn queues(&self) -> impl Iterator<Item = &Arc<ExporterQueue<T>>> {
        self.slots.iter().flat_map(Slot::queues)
    }
}
