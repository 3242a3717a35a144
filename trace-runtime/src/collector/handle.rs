//! Orders to the collector's thread, and its answers.

#[cfg(feature = "metrics")]
use super::aggregate::Aggregation;
use super::books::Books;
#[cfg(feature = "metrics")]
use super::vitals::Vitals;
use crate::export::{ExporterQueue, FinishedSpans};
#[cfg(feature = "logs")]
use crate::logs::Logs;
use crate::recorder::sweep::unread_words;
use crate::state;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The running collector, as the pipeline holds it.
pub(crate) struct Handle {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
    #[cfg(feature = "metrics")]
    _aggregation: Aggregation,
}

pub(super) struct Shared {
    pub(super) queues: Arc<[ExporterQueue]>,
    #[cfg(feature = "logs")]
    pub(super) logs: Option<Arc<Logs>>,
    #[cfg(feature = "metrics")]
    pub(super) vitals: Vitals,
    /// Held while spans go from the collector's books to the exporters', so that the sums of a
    /// report are right at every moment.
    pub(super) books: Mutex<Books>,
    /// Words that a sweep has read which is not in the books yet.
    pub(super) reading: AtomicU64,
    pub(super) orders: Mutex<Orders>,
    pub(super) done: Condvar,
}

#[derive(Default)]
pub(super) struct Orders {
    pub(super) flushes_wanted: u64,
    pub(super) flushes_done: u64,
    /// How long a flush, or the end, waits for measurements that wait for their instrument.
    pub(super) patience: Option<Instant>,
    pub(super) looks: Vec<Look>,
    pub(super) stop: bool,
    pub(super) stopped: bool,
}

/// A question for the spans of a capture that have not ended.
pub(crate) struct Look {
    pub(crate) capture: u32,
    pub(crate) answer: mpsc::Sender<FinishedSpans>,
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

    /// Has the collector read all rings and close what has ended. `false` when the deadline came
    /// first.
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

    /// Ends recording, has the collector read what is left, and ends it. `false` when the deadline
    /// came first.
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

    /// Whether it was told to stop.
    pub(crate) fn has_stopped(&self) -> bool {
        self.shared.orders().stop
    }

    /// The books. While they are held, no span goes to the queues.
    pub(crate) fn books(&self) -> MutexGuard<'_, Books> {
        self.shared.books()
    }

    /// The bytes of the rings that are not in the books.
    pub(crate) fn unread_bytes(&self) -> u64 {
        8 * (self.shared.reading.load(Ordering::Relaxed) + unread_words())
    }

    /// The state of the collector.
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
    /// Has the collector wait some of the time that is left until the deadline, because the exporters
    /// need the rest.
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
