//! Runs the collector thread, which reads all rings, assembles spans and hands them to exporters.
//!
//! It depends on the rings and on the queues of exporters, but not on exporters themselves. Log
//! records emitted since the last sweep are handed over unchanged.

#[cfg(feature = "metrics")]
mod aggregate;
mod assemble;
mod books;
mod divide;
mod ending;
mod handle;
mod limits;
mod open;
#[cfg(feature = "metrics")]
mod outlet;
mod pace;
mod pages;
#[cfg(feature = "metrics")]
mod series;
mod settings;
mod sites;
mod table;
mod tail;
#[cfg(feature = "metrics")]
mod vitals;

pub use crate::recorder::pages::SpanLimits;
pub(crate) use books::count_drops;
pub(crate) use handle::{Handle, Look};
pub(crate) use limits::OpenLimits;
#[cfg(feature = "metrics")]
pub(crate) use outlet::{Outlet, SeriesLimits, SharedProvider};
#[cfg(feature = "metrics")]
pub(crate) use series::SHARED;
pub(crate) use settings::{CollectorSettings, InstallError};
#[cfg(feature = "json")]
pub(crate) use tail::Alarm;
pub use tail::{CapturedSpans, CapturedVerdict, Judged};
use tail::{Pending, Version};
#[cfg(feature = "metrics")]
pub(crate) use vitals::Vitals;

use crate::caught::caught;
use crate::clock::Timebase;
use crate::diagnostics::warn;
use crate::loss::DropReason;
#[cfg(feature = "metrics")]
use crate::loss::MeasurementReport;
use crate::recorder::fork;
#[cfg(feature = "metrics")]
use crate::recorder::measure::Measurement;
#[cfg(feature = "metrics")]
use crate::recorder::record;
use crate::recorder::sink::LENGTH_LIMIT;
use crate::recorder::suppress_this_thread;
use crate::recorder::sweep::{Sweeper, Swept};
use crate::recorder::thread::{RING_BUDGET, RING_WORDS};
use crate::recorder::ticks;
use crate::sampler;
use crate::state;
#[cfg(feature = "metrics")]
use aggregate::Aggregated;
pub(crate) use assemble::SpanSettings;
use assemble::{Assembler, Known, Strand};
use books::Books;
use handle::{FIRST_VERSION, Shared};
use pace::{Found, INTERVALS, NAP, Pace, REST, SLEEP};
use pages::Pages;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Whether a test keeps the collector from running, as if it got no processor time.
static IS_HELD: AtomicBool = AtomicBool::new(false);

/// Stops the collector from reading, or lets it continue.
pub(crate) fn hold(held: bool) {
    IS_HELD.store(held, Ordering::Relaxed);
}

/// The state of reading all rings. It outlives collectors, because records depend on earlier ones
/// of their thread.
struct Reader {
    sweeper: Sweeper<Strand>,
    known: Known,
}

impl Reader {
    /// The reader of a process that has recorded nothing yet.
    const NEW: Self = Self { sweeper: Sweeper::new(), known: Known::NOTHING };
}

static READER: Mutex<Option<Reader>> = Mutex::new(Some(Reader::NEW));

/// Makes forks wait until no other thread is changing state that outlives pipelines, and gives each
/// child fresh state.
pub(crate) fn keep_over_forks() {
    #[cfg(feature = "metrics")]
    aggregate::keep_over_forks();
    fork::keep(&READER, |reader| std::mem::forget(reader.replace(Reader::NEW)));
}

/// Locks the reader of all rings, which is `None` while a collector uses it.
fn idle_reader() -> MutexGuard<'static, Option<Reader>> {
    READER.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns whether a pipeline is running.
pub(crate) fn is_installed() -> bool {
    idle_reader().is_none()
}

/// Starts the pipeline and turns telemetry on.
pub(crate) fn install(settings: CollectorSettings) -> Result<Handle, InstallError> {
    if !fork::is_whole() {
        return Err(InstallError::Forked);
    }
    let reader = idle_reader().take().ok_or(InstallError::AlreadyInstalled)?;
    let CollectorSettings {
        queues,
        sampler,
        head_keeps_all,
        spans,
        open,
        tail,
        #[cfg(feature = "json")]
        alarm,
        ring_bytes,
        all_rings_bytes,
        ..
    } = settings;
    let ring_words = (ring_bytes / 8).next_power_of_two().clamp(64, 1 << 30);
    RING_WORDS.store(ring_words, Ordering::Relaxed);
    RING_BUDGET.store(all_rings_bytes / 8, Ordering::Relaxed);
    // A value takes at most an eighth of a ring, so a record always fits into an empty one.
    let longest = spans.limits.attribute_value_length.map_or(usize::MAX, |length| length as usize);
    LENGTH_LIMIT.store(longest, Ordering::Relaxed);
    let has_needs = sampler::install(sampler, tail.is_some(), FIRST_VERSION);
    let pending = Pending::default();

    let shared = Arc::new(Shared {
        queues,
        #[cfg(feature = "logs")]
        logs: settings.logs,
        #[cfg(feature = "metrics")]
        vitals: Vitals::default(),
        books: Mutex::default(),
        reading: AtomicU64::new(0),
        orders: Mutex::default(),
        version: AtomicU8::new(FIRST_VERSION),
        pending: pending.clone(),
        done: Condvar::new(),
    });
    let mut collector = Collector::new(reader, spans, open, shared.clone());
    if let Some((settings, bytes)) = tail {
        let shows_all = shared.queues.current().iter().any(|queue| queue.gets_all());
        let number = FIRST_VERSION;
        let version = Version { number, settings, head_keeps_all, is_for_all: true };
        collector.assembler.sample_tails(version, pending, bytes);
        collector.assembler.show_all(shows_all);
        #[cfg(feature = "json")]
        if let Some(alarm) = alarm {
            collector.assembler.report_to(alarm);
        }
    }
    #[cfg_attr(not(feature = "metrics"), allow(unused_mut))]
    let mut bits = state::ON | if has_needs { state::SAMPLED_BY_SITE } else { 0 };
    #[cfg(feature = "metrics")]
    let aggregation = {
        if settings.outlet.measures() {
            bits |= state::METERING;
        }
        aggregate::begin(settings.outlet)
    };
    let thread = std::thread::Builder::new()
        .name("trace-collector".to_owned())
        .spawn(move || collector.run())
        .map_err(InstallError::Thread)?;
    state::set_collector(Some(thread.thread().clone()));
    state::revive();
    state::change(bits, true);
    Ok(Handle::new(
        shared,
        thread,
        #[cfg(feature = "metrics")]
        aggregation,
    ))
}

struct Collector {
    sweeper: Sweeper<Strand>,
    assembler: Assembler,
    times: Timebase,
    origin: Instant,
    sampled_at: Instant,
    /// When the last sweep began, or the collector woke up. No record has waited for longer.
    #[cfg(feature = "metrics")]
    swept_at: Instant,
    shared: Arc<Shared>,
    books: Books,
    pages: Pages,
    /// Requests that the next flush answers.
    looks: Vec<Look>,
    /// Whether it has ended the open spans because everything was switched off.
    is_killed: bool,
}

impl Collector {
    fn new(reader: Reader, spans: SpanSettings, open: OpenLimits, shared: Arc<Shared>) -> Self {
        let Reader { sweeper, known } = reader;
        let origin = Instant::now();
        let times = Timebase::new(ticks::sample(origin), ticks::nanos_per_tick());
        Self {
            sweeper,
            assembler: Assembler::new(spans, open, known),
            times,
            origin,
            sampled_at: origin,
            #[cfg(feature = "metrics")]
            swept_at: origin,
            shared,
            books: Books::default(),
            pages: Pages::default(),
            looks: Vec::new(),
            is_killed: false,
        }
    }

    fn run(mut self) {
        suppress_this_thread();
        let mut pace = Pace::default();
        loop {
            let (flushes, stop, patience) = {
                let mut orders = self.shared.orders();
                self.looks.append(&mut orders.looks);
                self.assembler.change_tails();
                (orders.flushes_wanted - orders.flushes_done, orders.stop, orders.patience)
            };
            fork::yield_to_forks();
            let begin = Instant::now();
            let found = self.guarded_sweep();
            if state::is_killed() && !self.is_killed {
                self.end_killed();
            }
            // Visiting many rings takes time even if they are empty.
            let rest = begin.elapsed() * REST;
            if flushes > 0 || stop {
                // One sweep for records that waited for it, and one for spans that those ended.
                self.guarded_sweep();
                self.guarded_sweep();
                if self.waits() && patience.is_some_and(|until| Instant::now() < until) {
                    // A new instrument wakes the collector.
                    std::thread::park_timeout(*INTERVALS.start());
                    continue;
                }
            }
            if flushes > 0 {
                self.flushed(flushes);
            }
            if stop {
                break;
            }
            match pace.after(found, rest) {
                Some(pause) => std::thread::park_timeout(pause),
                None => self.sleep(),
            }
        }
        self.stop();
    }

    /// Returns whether any measurement waits for its instrument.
    fn waits(&self) -> bool {
        self.books.measurements.buffered > 0
    }

    /// Answers the requests of flushes that are done.
    fn flushed(&mut self, flushes: u64) {
        for look in std::mem::take(&mut self.looks) {
            match look {
                Look::Open { capture, answer } => _ = answer.send(self.assembler.open(capture)),
                Look::Recent { answer } => {
                    let now = self.times.wall(self.times.mono(ticks::now()));
                    let _ = answer.send(self.assembler.recent(now));
                }
            }
        }
        let mut orders = self.shared.orders();
        orders.flushes_done += flushes;
        if orders.flushes_done == orders.flushes_wanted {
            orders.patience = None;
        }
        drop(orders);
        self.shared.done.notify_all();
    }

    /// Sleeps until a call, a flush or shutdown wakes the collector.
    fn sleep(&mut self) {
        self.assembler.trim();
        self.pages.trim();
        state::change(state::ASLEEP, true);
        let mut time = NAP;
        // Until something was recorded, or a call is about to record.
        while self.guarded_sweep().is_none()
            && !self.is_wanted()
            && state::load() & state::ASLEEP != 0
        {
            std::thread::park_timeout(time);
            // A call that wakes the collector has just been recorded, however long the sleep was.
            #[cfg(feature = "metrics")]
            {
                self.swept_at = Instant::now();
            }
            time = self.assembler.next_verdict().unwrap_or(SLEEP).clamp(NAP, SLEEP);
        }
        state::change(state::ASLEEP, false);
    }

    fn is_wanted(&self) -> bool {
        let orders = self.shared.orders();
        orders.stop
            || orders.flushes_wanted > orders.flushes_done
            || !self.shared.pending.is_empty()
    }

    /// Sweeps, and survives a panic of the collector's code. Returns `None` if nothing happened.
    fn guarded_sweep(&mut self) -> Option<Found> {
        #[cfg(feature = "metrics")]
        let before = std::mem::replace(&mut self.swept_at, Instant::now());
        let found = caught(|| self.sweep()).unwrap_or_else(|_| {
            warn("the collector panicked; this is a defect in trace-runtime, please report it");
            Some(Found { records: 0, fullest: 0.0 })
        });
        #[cfg(feature = "metrics")]
        if let Some(found) = found {
            self.shared.vitals.note(found.records, found.fullest, before.elapsed());
        }
        found
    }

    fn sweep(&mut self) -> Option<Found> {
        let now = Instant::now();
        if Timebase::is_due(now - self.origin, now - self.sampled_at) {
            self.times.adjust(ticks::sample(self.origin));
            self.sampled_at = now;
            // Durations of measured calls are converted by this.
            ticks::nanos_per_tick();
        }
        while IS_HELD.load(Ordering::Relaxed) {
            std::thread::park_timeout(*INTERVALS.start());
        }
        let Self { sweeper, assembler, times, shared, books, pages, .. } = self;
        assembler.begin_sweep(self.origin.elapsed());
        let mut read = 0;
        pages.begin_sweep();
        #[cfg(feature = "metrics")]
        let mut aggregation = aggregate::Sweep::default();
        #[cfg_attr(not(feature = "metrics"), allow(unused_mut))]
        let mut swept = sweeper.sweep(|strand, record| {
            read += 1 + record.len_of_body() as u64;
            shared.reading.store(read, Ordering::Relaxed);
            #[cfg(feature = "metrics")]
            if fork::is_wanted() {
                aggregation.make_way();
            }
            #[cfg(feature = "metrics")]
            if let Some(measurement) = Measurement::of(record) {
                if let (record::METER_LEAVE, Measurement::Call(call)) = (record.kind(), measurement)
                {
                    assembler.leave(strand, times, call.duration);
                }
                aggregation.take(measurement);
            } else {
                assembler.record(strand, times, record);
            }
            #[cfg(not(feature = "metrics"))]
            assembler.record(strand, times, record);
            if assembler.is_full() {
                // Exporters may be waited for; threads that measure directly need the lock meanwhile.
                #[cfg(feature = "metrics")]
                aggregation.release();
                pages.hand_over(shared, books, assembler);
                read = 0;
            }
        });
        sweeper.trim(|strand| assembler.retire(&strand));
        #[cfg(not(feature = "metrics"))]
        let has_news = false;
        #[cfg(feature = "metrics")]
        let has_news = {
            let aggregated = aggregation.finish();
            swept.records += aggregated.direct;
            note(&mut books.measurements, &aggregated)
        };
        #[cfg(feature = "logs")]
        let logs = shared.logs.as_ref().map_or(0, |logs| logs.intake.hand_over());
        #[cfg(not(feature = "logs"))]
        let logs = 0;
        let was_settled = assembler.is_settled();
        assembler.settle(times);
        while !assembler.close_waiting() {
            pages.hand_over(shared, books, assembler);
        }
        assembler.decide(false);
        while !assembler.take_kept() {
            pages.hand_over(shared, books, assembler);
        }
        let has_lost = swept.losses() > 0 || has_news;
        let active = swept.records > 0 || logs > 0 || !was_settled || has_lost;
        if active {
            self.balance(&swept);
            self.hand_over();
        }
        active.then_some(Found { records: swept.records, fullest: swept.fullest })
    }

    /// Adds the losses that a sweep found to the books.
    fn balance(&mut self, swept: &Swept) {
        let books = &mut self.books;
        let too_many = std::mem::take(&mut self.assembler.too_many);
        for (reason, count) in [
            (DropReason::TooManyOpen, too_many),
            (DropReason::RingFull, swept.dropped_full),
            (DropReason::Reentrant, swept.dropped_reentrant),
            (DropReason::ThreadExit, swept.dropped_at_thread_exit),
            (DropReason::NoMemory, swept.dropped_without_memory),
        ] {
            if count > 0 {
                *books.dropped.entry(reason).or_default() += count;
            }
        }
        books.dropped_details += swept.dropped_details;
    }

    fn hand_over(&mut self) {
        self.pages.hand_over(&self.shared, &mut self.books, &mut self.assembler);
    }
}

/// Adds a sweep's measurements to the books; returns whether the books changed.
#[cfg(feature = "metrics")]
fn note(report: &mut MeasurementReport, aggregated: &Aggregated) -> bool {
    let Aggregated { lost, refused, overflowed, waiting, .. } = *aggregated;
    count_drops(&mut report.dropped, DropReason::NoRoom, lost);
    count_drops(&mut report.dropped, DropReason::InvalidValue, refused);
    report.overflowed += overflowed;
    let waited = std::mem::replace(&mut report.buffered, waiting);
    lost + refused + overflowed > 0 || waited != waiting
}

impl Drop for Collector {
    fn drop(&mut self) {
        let sweeper = std::mem::replace(&mut self.sweeper, Sweeper::new());
        *idle_reader() = Some(Reader { sweeper, known: self.assembler.take_known() });
    }
}
