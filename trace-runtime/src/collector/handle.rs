//! Sends orders to the collector's thread, and waits for its answers.

#[cfg(feature = "metrics")]
use super::aggregate::Aggregation;
use super::books::Books;
use super::tail::{Pending, Version};
#[cfg(feature = "metrics")]
use super::vitals::Vitals;
use crate::export::{FinishedSpans, Queues};
#[cfg(feature = "logs")]
use crate::logs::Logs;
use crate::recorder::sweep::unread_words;
use crate::sampler::{self, Sampler};
use crate::sampling::TailSampling;
use crate::state;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The version with which a pipeline starts; 0 stands for an unknown one.
pub(super) const FIRST_VERSION: u8 = 1;

/// The pipeline's handle to the running collector.
pub(crate) struct Handle {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
    #[cfg(feature = "metrics")]
    _aggregation: Aggregation,
}

pub(super) struct Shared {
    pub(super) queues: Arc<Queues>,
    #[cfg(feature = "logs")]
    pub(super) logs: Option<Arc<Logs>>,
    #[cfg(feature = "metrics")]
    pub(super) vitals: Vitals,
    /// Locked while spans move from the collector's books to the exporters', so that the sums of a
    /// report are always right.
    pub(super) books: Mutex<Books>,
    /// The words read by a sweep that the books do not include yet.
    pub(super) reading: AtomicU64,
    pub(super) orders: Mutex<Orders>,
    /// The version of the configuration in force.
    pub(super) version: AtomicU8,
    /// Settings of tail sampling to be put in force.
    pub(super) pending: Pending,
    pub(super) done: Condvar,
}

#[derive(Default)]
pub(super) struct Orders {
    pub(super) flushes_wanted: u64,
    pub(super) flushes_done: u64,
    /// Until when a flush or a stop waits for measurements whose instruments do not exist yet.
    pub(super) patience: Option<Instant>,
    pub(super) looks: Vec<Look>,
    pub(super) stop: bool,
    pub(super) stopped: bool,
}

/// A request for spans that the collector has, which the next flush answers.
pub(crate) enum Look {
    /// The spans of a capture that have not ended; 0 selects those of all.
    Open { capture: u32, answer: mpsc::Sender<FinishedSpans> },
    /// What was recorded lately, in the order in which it ended, and what has not ended.
    Recent { answer: mpsc::Sender<Vec<Arc<FinishedSpans>>> },
}

impl Handle {
    pub(super) fn new(
        shared: Arc<Shared>,
        thread: JoinHandle<()>,
        #[cfg(feature = "metrics")] aggregation: Aggregation,
    ) -> Self {
        Self {
            shared,
            thread: Mutex::new(Some(thread)),
            #[cfg(feature = "metrics")]
            _aggregation: aggregation,
        }
    }

    /// Makes the collector read all rings and close the spans that have ended. Returns `false` if
    /// the deadline comes first.
    pub(crate) fn sweep(&self, look: Option<Look>, deadline: Instant) -> bool {
        if self.is_this_thread() {
            return false;
        }
        let wanted = {
            let mut orders = self.shared.orders();
            orders.flushes_wanted += 1;
            orders.looks.extend(look);
            orders.be_patient(deadline);
            orders.flushes_wanted
        };
        state::wake_collector();
        self.shared.wait(deadline, |orders| orders.flushes_done >= wanted || orders.stopped)
    }

    /// Puts a sampler in force for traces that begin from now on; `None` selects the specification's
    /// default. `head_keeps_all`: it keeps all traces that begin here; `tail`: what tail sampling, with which what
    /// the sampler drops is recorded, goes on by.
    pub(crate) fn set_sampler(
        &self,
        sampler: Option<Arc<dyn Sampler>>,
        head_keeps_all: bool,
        tail: Option<TailSampling>,
    ) {
        let number = self.shared.version.load(Ordering::Relaxed);
        self.put(number, sampler, head_keeps_all, tail);
    }

    /// Decides about all traces by these settings from the next sweep on. `head_keeps_all`: the sampler in force
    /// keeps all traces that begin here.
    pub(crate) fn set_tail(&self, settings: TailSampling, head_keeps_all: bool) {
        let number = self.shared.version.load(Ordering::Relaxed);
        self.shared.pending.add(Version { number, settings, head_keeps_all, is_for_all: true });
        state::wake_collector();
    }

    /// Puts a sampler and settings of tail sampling in force together, for traces that begin from now on. Those
    /// that have begun before are decided by the settings before. The caller holds the lock of what is in force.
    #[cfg(feature = "config-file")]
    pub(crate) fn set_version(
        &self,
        sampler: Option<Arc<dyn Sampler>>,
        head_keeps_all: bool,
        tail: Option<TailSampling>,
    ) {
        let before = self.shared.version.load(Ordering::Relaxed);
        let number = if before == u8::MAX { FIRST_VERSION } else { before + 1 };
        self.shared.version.store(number, Ordering::Relaxed);
        self.put(number, sampler, head_keeps_all, tail);
    }

    fn put(
        &self,
        number: u8,
        sampler: Option<Arc<dyn Sampler>>,
        head_keeps_all: bool,
        tail: Option<TailSampling>,
    ) {
        let records_all = tail.is_some();
        // Before a trace may begin under it.
        if let Some(settings) = tail {
            self.shared.pending.add(Version {
                number,
                settings,
                head_keeps_all,
                is_for_all: false,
            });
        }
        let has_needs = sampler::install(sampler, records_all, number);
        state::change(state::SAMPLED_BY_SITE, has_needs);
        state::wake_collector();
    }

    /// Stops recording, lets the collector read the remaining records, and ends its thread. Returns
    /// `false` if the deadline comes first.
    pub(crate) fn stop(&self, deadline: Instant) -> bool {
        state::change(state::ON | state::METERING, false);
        {
            let mut orders = self.shared.orders();
            orders.stop = true;
            orders.be_patient(deadline);
        }
        state::wake_collector();
        let stopped = self.shared.wait(deadline, |orders| orders.stopped);
        let thread = self.thread().take();
        if let (true, Some(thread)) = (stopped, thread) {
            let _ = thread.join();
        }
        stopped
    }

    /// Returns whether it was asked to stop.
    pub(crate) fn has_stopped(&self) -> bool {
        self.shared.orders().stop
    }

    /// Locks the books. While they are locked, no span goes to the queues.
    pub(crate) fn books(&self) -> MutexGuard<'_, Books> {
        self.shared.books()
    }

    /// Returns the bytes in the rings that the books do not include.
    pub(crate) fn unread_bytes(&self) -> u64 {
        8 * (self.shared.reading.load(Ordering::Relaxed) + unread_words())
    }

    /// Returns the measurements of the collector's own work.
    #[cfg(feature = "metrics")]
    pub(crate) fn vitals(&self) -> &Vitals {
        &self.shared.vitals
    }

    fn is_this_thread(&self) -> bool {
        let thread = self.thread();
        thread.as_ref().is_some_and(|thread| thread.thread().id() == std::thread::current().id())
    }

    fn thread(&self) -> MutexGuard<'_, Option<JoinHandle<()>>> {
        self.thread.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Orders {
    /// Lets the collector wait for a part of the time until the deadline; the exporters need the
    /// rest.
    fn be_patient(&mut self, deadline: Instant) {
        const MOST: Duration = Duration::from_secs(1);
        let now = Instant::now();
        let until = now + (deadline.saturating_duration_since(now) / 4).min(MOST);
        self.patience = self.patience.max(Some(until));
    }
}

impl Shared {
    pub(super) fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn orders(&self) -> MutexGuard<'_, Orders> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait(&self, deadline: Instant, until: impl Fn(&Orders) -> bool) -> bool {
        let mut orders = self.orders();
        while !until(&orders) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            orders = self.done.wait_timeout(orders, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }
}
