//! The collector thread: reads all rings, puts spans together, hands them to the exporters.
//!
//! It knows the rings and the queues of exporters; it does not know what an exporter is. Log records
//! that were emitted since the last sweep it hands over as they are.

#[cfg(feature = "metrics")]
mod aggregate;
mod assemble;
mod books;
mod handle;
mod limits;
mod open;
#[cfg(feature = "metrics")]
mod outlet;
mod pages;
#[cfg(feature = "metrics")]
mod series;
mod table;
#[cfg(feature = "metrics")]
mod vitals;

pub use crate::recorder::pages::SpanLimits;
pub(crate) use books::count_drops;
pub(crate) use handle::{Handle, Look};
pub(crate) use limits::OpenLimits;
#[cfg(feature = "metrics")]
pub(crate) use outlet::{Outlet, SeriesLimits};
#[cfg(feature = "metrics")]
pub(crate) use series::SHARED;
#[cfg(feature = "metrics")]
pub(crate) use vitals::Vitals;

use crate::caught::caught;
use crate::clock::{SAMPLE_INTERVAL, Sample, Timebase, clock};
use crate::diagnostics::warn;
use crate::export::ExporterQueue;
#[cfg(feature = "logs")]
use crate::logs::Logs;
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
use crate::sampler::{self, Sampler};
use crate::state;
#[cfg(feature = "metrics")]
use aggregate::Aggregated;
pub(crate) use assemble::SpanSettings;
use assemble::{Assembler, Known, Strand};
use books::Books;
use handle::Shared;
use pages::Pages;
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Between two sweeps while something is being recorded: the shortest and the longest. Both a sweep
/// that finds little and one that finds more than the caches hold cost more per record. A ring that
/// fills meanwhile calls for the collector itself.
const INTERVALS: RangeInclusive<Duration> = Duration::from_millis(1)..=Duration::from_millis(32);
/// So many records make a good sweep.
const GOOD_SWEEP: u64 = 2_048;
/// As many times what a sweep took, the collector rests after it unless a ring fills up.
const REST: u32 = 3;
/// Between two sweeps while a ring is more than an eighth full.
const PRESSED_INTERVAL: Duration = Duration::from_micros(200);
/// The collector sleeps until it is woken when it has found nothing for this long. The call that wakes it
/// pays a system call.
const QUIET_BEFORE_SLEEP: Duration = Duration::from_millis(250);
/// A call that was just being made when the collector fell asleep may not have seen that: it looks up once
/// after this time.
const NAP: Duration = Duration::from_secs(1);
/// How long it sleeps after that.
const SLEEP: Duration = Duration::from_secs(60);

/// A test has the collector get no processor.
static IS_HELD: AtomicBool = AtomicBool::new(false);

/// Has the collector read nothing from now on, or go on.
pub(crate) fn hold(held: bool) {
    IS_HELD.store(held, Ordering::Relaxed);
}

/// What is known of all rings outlives a collector: threads go on from what they have told.
struct Reader {
    sweeper: Sweeper<Strand>,
    known: Known,
}

impl Reader {
    /// The first one.
    const NEW: Self = Self { sweeper: Sweeper::new(), known: Known::NOTHING };
}

static READER: Mutex<Option<Reader>> = Mutex::new(Some(Reader::NEW));

/// Has forks wait until no other thread is in the middle of what outlives pipelines, and gives each
/// child its own.
pub(crate) fn keep_over_forks() {
    #[cfg(feature = "metrics")]
    aggregate::keep_over_forks();
    fork::keep(&READER, |reader| std::mem::forget(reader.replace(Reader::NEW)));
}

/// The reader of all rings while no collector has it.
fn idle_reader() -> MutexGuard<'static, Option<Reader>> {
    READER.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the collector works with.
pub(crate) struct CollectorSettings {
    pub(crate) queues: Arc<[ExporterQueue]>,
    /// `None`: the specification's default.
    pub(crate) sampler: Option<Arc<dyn Sampler>>,
    pub(crate) spans: SpanSettings,
    pub(crate) open: OpenLimits,
    pub(crate) ring_bytes: usize,
    pub(crate) all_rings_bytes: usize,
    #[cfg(feature = "logs")]
    pub(crate) logs: Option<Arc<Logs>>,
    #[cfg(feature = "metrics")]
    pub(crate) outlet: Outlet,
}

/// Why the pipeline did not start.
#[derive(Debug)]
pub(crate) enum InstallError {
    /// One is running already.
    AlreadyInstalled,
    /// The collector's thread could not be started.
    Thread(std::io::Error),
    /// The process is a child that has inherited locks for good.
    Forked,
}

/// Whether a pipeline is running.
pub(crate) fn is_installed() -> bool {
    idle_reader().is_none()
}

/// Starts the pipeline and turns telemetry on.
pub(crate) fn install(settings: CollectorSettings) -> Result<Handle, InstallError> {
    if !fork::is_whole() {
        return Err(InstallError::Forked);
    }
    let reader = idle_reader().take().ok_or(InstallError::AlreadyInstalled)?;
    let CollectorSettings { queues, sampler, spans, open, ring_bytes, all_rings_bytes, .. } =
        settings;
    let ring_words = (ring_bytes / 8).next_power_of_two().clamp(64, 1 << 30);
    RING_WORDS.store(ring_words, Ordering::Relaxed);
    RING_BUDGET.store(all_rings_bytes / 8, Ordering::Relaxed);
    // A value takes an eighth of a ring at most, so that a record always fits an empty one.
    let longest = spans.limits.attribute_value_length.map_or(usize::MAX, |length| length as usize);
    LENGTH_LIMIT.store(longest, Ordering::Relaxed);
    sampler::install(sampler);

    let shared = Arc::new(Shared {
        queues,
        #[cfg(feature = "logs")]
        logs: settings.logs,
        #[cfg(feature = "metrics")]
        vitals: Vitals::default(),
        books: Mutex::default(),
        reading: AtomicU64::new(0),
        orders: Mutex::default(),
        done: Condvar::new(),
    });
    let collector = Collector::new(reader, spans, open, shared.clone());
    #[cfg_attr(not(feature = "metrics"), allow(unused_mut))]
    let mut bits = state::ON;
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
    state::change(bits, true);
    Ok(Handle::new(
        shared,
        thread,
        #[cfg(feature = "metrics")]
        aggregation,
    ))
}

/// What a sweep found.
#[derive(Clone, Copy)]
struct Found {
    records: u64,
    /// The fullest ring, as a share of its capacity.
    fullest: f32,
}

impl Found {
    /// The interval after which a sweep would find about as many records as it should.
    fn next_interval(self, interval: Duration) -> Duration {
        let next = match self.records {
            records if records > GOOD_SWEEP * 3 / 2 => interval / 2,
            records if records < GOOD_SWEEP / 2 => interval * 2,
            _ => interval,
        };
        next.clamp(*INTERVALS.start(), *INTERVALS.end())
    }

    /// How long to wait after a sweep that allows for `rest`.
    fn pause(self, interval: Duration, rest: Duration) -> Duration {
        if self.fullest > 0.125 {
            PRESSED_INTERVAL
        } else {
            interval.max(rest.min(*INTERVALS.end()))
        }
    }
}

struct Collector {
    sweeper: Sweeper<Strand>,
    assembler: Assembler,
    times: Timebase,
    origin: Instant,
    sampled_at: Instant,
    /// When all that had been recorded was read; nothing waits longer than since then.
    #[cfg(feature = "metrics")]
    swept_at: Instant,
    shared: Arc<Shared>,
    books: Books,
    pages: Pages,
    /// To be answered with the next flush.
    looks: Vec<Look>,
}

impl Collector {
    fn new(reader: Reader, spans: SpanSettings, open: OpenLimits, shared: Arc<Shared>) -> Self {
        let Reader { sweeper, known } = reader;
        let origin = Instant::now();
        let nanos = clock().delta_as_nanos(0, 1 << 30);
        let times = Timebase::new(Sample::take(origin), nanos as f64 / (1_u64 << 30) as f64);
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
        }
    }

    fn run(mut self) {
        suppress_this_thread();
        let mut quiet = Duration::ZERO;
        let mut interval = *INTERVALS.start();
        loop {
            let (flushes, stop, patience) = {
                let mut orders = self.shared.orders();
                self.looks.append(&mut orders.looks);
                (orders.flushes_wanted - orders.flushes_done, orders.stop, orders.patience)
            };
            fork::yield_to_forks();
            let begin = Instant::now();
            let found = self.guarded_sweep();
            // Looking at very many rings takes time by itself.
            let rest = begin.elapsed() * REST;
            if flushes > 0 || stop {
                // Once more for what waited for a sweep, and once for what that ended.
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
            match found {
                Some(found) => {
                    quiet = Duration::ZERO;
                    interval = found.next_interval(interval);
                    std::thread::park_timeout(found.pause(interval, rest));
                }
                None if quiet < QUIET_BEFORE_SLEEP => {
                    quiet += interval;
                    std::thread::park_timeout(interval);
                }
                None => self.sleep(),
            }
        }
        self.stop();
    }

    /// Whether anything that was measured waits for its instrument.
    fn waits(&self) -> bool {
        self.books.measurements.buffered > 0
    }

    /// Answers what was asked with the flushes that are done.
    fn flushed(&mut self, flushes: u64) {
        for Look { capture, answer } in self.looks.drain(..) {
            let _ = answer.send(self.assembler.open(capture));
        }
        let mut orders = self.shared.orders();
        orders.flushes_done += flushes;
        if orders.flushes_done == orders.flushes_wanted {
            orders.patience = None;
        }
        drop(orders);
        self.shared.done.notify_all();
    }

    /// Sleeps until a call, a flush or the end wakes the collector.
    fn sleep(&mut self) {
        self.assembler.trim();
        self.pages.trim();
        state::change(state::ASLEEP, true);
        let mut time = NAP;
        // Until something was recorded, or a call is about to.
        while self.guarded_sweep().is_none()
            && !self.is_wanted()
            && state::load() & state::ASLEEP != 0
        {
            std::thread::park_timeout(time);
            time = SLEEP;
        }
        state::change(state::ASLEEP, false);
        // A call wakes the collector: it has not waited since the collector fell asleep.
        #[cfg(feature = "metrics")]
        {
            self.swept_at = Instant::now();
        }
    }

    fn is_wanted(&self) -> bool {
        let orders = self.shared.orders();
        orders.stop || orders.flushes_wanted > orders.flushes_done
    }

    /// A sweep that survives a defect of its own. `None`: nothing happened.
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
        if self.sampled_at.elapsed() > SAMPLE_INTERVAL {
            self.times.adjust(Sample::take(self.origin));
            self.sampled_at = Instant::now();
        }
        while IS_HELD.load(Ordering::Relaxed) {
            std::thread::park_timeout(*INTERVALS.start());
        }
        let Self { sweeper, assembler, times, shared, books, pages, .. } = self;
        let mut read = 0;
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
                hand_over(shared, books, assembler, pages);
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
        let has_lost = swept.losses() > 0 || has_news;
        let active = swept.records > 0 || logs > 0 || !was_settled || has_lost;
        if active {
            self.balance(&swept);
            self.hand_over();
        }
        active.then_some(Found { records: swept.records, fullest: swept.fullest })
    }

    /// Brings the books up to date with a sweep.
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
        hand_over(&self.shared, &mut self.books, &mut self.assembler, &mut self.pages);
    }

    fn stop(mut self) {
        let abandoned = self.assembler.abandon();
        if abandoned > 0 {
            *self.books.dropped.entry(DropReason::NeverEnded).or_default() += abandoned;
        }
        #[cfg(feature = "metrics")]
        {
            let measurements = &mut self.books.measurements;
            measurements.buffered = 0;
            count_drops(
                &mut measurements.dropped,
                DropReason::DeadlineExceeded,
                aggregate::abandon(),
            );
        }
        self.hand_over();
        state::set_collector(None);
        let shared = self.shared.clone();
        drop(self);
        shared.orders().stopped = true;
        shared.done.notify_all();
    }
}

/// Publishes the books, and gives the complete spans to the exporters.
fn hand_over(shared: &Shared, books: &mut Books, assembler: &mut Assembler, pages: &mut Pages) {
    let dropped: u64 = books.dropped.values().sum();
    // Spans were seen to start before they never ended.
    let never_ended = books.dropped.get(&DropReason::NeverEnded).copied().unwrap_or(0);
    books.started = assembler.started + dropped - never_ended;
    let page = assembler.page();
    let full = (!page.is_empty()).then(|| pages.share(page));
    // Before the books are locked.
    if let Some(full) = &full {
        shared.queues.iter().for_each(|queue| queue.wait_for_room(full));
    }
    books.buffered = assembler.buffered();
    let mut published = shared.books();
    shared.reading.store(0, Ordering::Relaxed);
    published.clone_from(books);
    published.dropped_details += assembler.lost_details;
    if let Some(full) = full {
        for queue in &*shared.queues {
            queue.offer(&full);
        }
    }
}

/// Brings the books up to date with what was measured; returns whether that changes them.
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
