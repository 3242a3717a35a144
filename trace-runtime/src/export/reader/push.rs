//! Exports metrics at an interval, on a thread of the exporter.
//!
//! Written here and not taken from the SDK, whose `PeriodicReader` flushes without a deadline,
//! gives up a shutdown after five seconds whatever the timeout, and dies with a callback that
//! panics.

use super::source::Source;
use crate::caught::{caught, discard};
use crate::export::ExportError;
use crate::export::failures::Failures;
use crate::export::gates;
use crate::export::hurry::Hurry;
use crate::export::latest::{Latest, Observed};
use crate::export::metric::MetricExporter;
use crate::export::operations::operated;
use crate::export::signal::Signal;
use crate::forks::Origin;
use crate::loss::DropReason;
use crate::recorder::suppress_this_thread;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::reader::MetricReader;
use opentelemetry_sdk::metrics::{InstrumentKind, Pipeline, Temporality};
use std::fmt;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

/// The time that a flush or the end may take. Callers have their own deadlines and wait no longer;
/// this only ends a wait without end.
const PATIENCE: Duration = Duration::from_secs(3_600);

/// The provider's reader.
pub(crate) struct PushReader(Arc<PushShared>);

struct PushShared {
    origin: Origin,
    source: Source,
    orders: Mutex<PushOrders>,
    changed: Condvar,
}

#[derive(Default)]
struct PushOrders {
    /// The exporter that gets metrics; `None` after it was removed.
    current: Option<Current>,
    /// The number of exporters so far.
    exporters: u64,
    flushes_wanted: u64,
    flushes_done: u64,
    stop: bool,
    ended: bool,
    latest: Latest,
    /// The exporters that were replaced or removed, as long as their threads run.
    retired: Vec<Current>,
}

/// An exporter that gets metrics, or did.
struct Current {
    number: u64,
    name: String,
    /// Ends pauses of the exporter when a caller waits for a flush or the end.
    hurry: Arc<Hurry>,
}

/// An exporter with a thread that gets no metrics yet.
pub(crate) struct PreparedPush {
    name: String,
    hurry: Arc<Hurry>,
    begin: Sender<u64>,
}

/// Starts the thread, which exports after each interval.
pub(crate) fn start(
    source: Source,
    exporter: Box<dyn MetricExporter>,
    interval: Duration,
) -> std::io::Result<PushReader> {
    let shared = Arc::new(PushShared {
        origin: Origin::here(),
        source,
        orders: Mutex::default(),
        changed: Condvar::new(),
    });
    shared.put(shared.prepare(exporter, interval)?);
    Ok(PushReader(shared))
}

/// In practice never, and within the range of all clocks.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 3_600);

struct Pusher {
    shared: Arc<PushShared>,
    number: u64,
    name: String,
    hurry: Arc<Hurry>,
    exporter: Box<dyn MetricExporter>,
    failures: Failures,
}

/// What a pusher does next.
struct Task {
    /// The flush that it answers.
    flushes: u64,
    is_last: bool,
}

impl Pusher {
    fn run(mut self, interval: Duration) {
        suppress_this_thread();
        self.hurry.attach();
        self.serve(interval);
        discard(self.exporter);
        self.shared.lock().retired.retain(|retired| retired.number != self.number);
        self.shared.changed.notify_all();
    }

    /// Exports until the end, or until it is replaced or removed.
    fn serve(&mut self, interval: Duration) {
        let mut metrics = ResourceMetrics::default();
        let mut next = Instant::now() + interval;
        while let Some(Task { flushes, is_last }) = self.shared.next_task(self.number, next) {
            self.push(&mut metrics);
            let now = Instant::now();
            if next <= now {
                // An export that took too long does not make later ones more frequent.
                next = (next + interval).max(now);
            }
            if is_last {
                self.end();
            }
            let mut orders = self.shared.lock();
            if orders.is_answered_by(self.number) {
                orders.flushes_done = flushes;
                orders.ended |= orders.stop && is_last;
                self.hurry.set_flush(orders.flushes_wanted > flushes);
                self.shared.changed.notify_all();
            }
            if is_last {
                return;
            }
        }
        self.end();
    }

    fn end(&mut self) {
        let _ = caught(|| self.exporter.shutdown());
    }

    fn push(&mut self, metrics: &mut ResourceMetrics) {
        if gates::is_off(Signal::Metrics) || gates::closed(&self.name).is_some() {
            return;
        }
        let collected = self.shared.source.collect(metrics).map_err(ExportError::new);
        let pushed = collected.and_then(|()| match metrics.scope_metrics().next() {
            Some(_) => self.export(metrics),
            None => Ok(()),
        });
        match pushed {
            Ok(()) => {
                self.note(Latest::succeeded);
                self.failures.end();
            }
            Err(error) => {
                self.note(|latest| latest.failed(error.to_string()));
                self.failures.note(&self.name, &error);
            }
        }
    }

    /// Notes a result, unless it is that of an exporter that was replaced.
    fn note(&self, note: impl FnOnce(&mut Latest)) {
        let mut orders = self.shared.lock();
        if orders.is_current(self.number) {
            note(&mut orders.latest);
        }
    }

    fn export(&mut self, metrics: &ResourceMetrics) -> Result<(), ExportError> {
        let begin = Instant::now();
        let (points, result, reason) = match caught(|| self.exporter.export(metrics)) {
            Ok((points, result)) => (points, result, DropReason::ExportFailed),
            Err(panic) => {
                let error = ExportError::new(format!("panicked: {}", panic.message()));
                (0, Err(error), DropReason::ExporterPanicked)
            }
        };
        let lost = match &result {
            Ok(()) => 0,
            Err(error) => error.lost().map_or(points, |lost| lost.min(points)),
        };
        let points = [(points - lost) as u64, lost as u64];
        let reason = result.is_err().then_some(reason);
        operated(&self.name, begin.elapsed(), reason, Some(points));
        result
    }
}

/// The exporter of a reader: its health, and its exchange.
#[derive(Clone)]
pub(crate) struct PushWatch(Arc<PushShared>);

impl PushReader {
    pub(crate) fn watch(&self) -> PushWatch {
        PushWatch(self.0.clone())
    }
}

impl PushWatch {
    /// Returns the temporality of its reader.
    #[cfg(feature = "config-file")]
    pub(crate) fn temporality(&self) -> Temporality {
        self.0.source.chosen()
    }

    /// Returns the exporter as its health is judged; `None` after it was removed.
    pub(crate) fn observe(&self) -> Option<Observed> {
        let orders = self.0.lock();
        let name = orders.current.as_ref()?.name.clone();
        Some(Observed { name, latest: orders.latest.clone(), queue: None })
    }

    /// Notes until when connections are of use.
    pub(crate) fn connect_by(&self, at: Instant) {
        self.0.lock().hurry(|hurry| hurry.set_connect_by(at));
    }

    /// Returns whether it has not ended.
    pub(crate) fn is_running(&self) -> bool {
        !self.0.lock().is_over()
    }

    /// Returns whether an exporter waits for a connection.
    pub(crate) fn is_connecting(&self) -> bool {
        self.0.lock().all().any(|exporter| exporter.hurry.is_connecting())
    }

    /// Starts the thread of another exporter, which gets nothing yet.
    #[cfg(feature = "config-file")]
    pub(crate) fn prepare(
        &self,
        exporter: Box<dyn MetricExporter>,
        interval: Duration,
    ) -> std::io::Result<PreparedPush> {
        self.0.prepare(exporter, interval)
    }

    /// Puts an exporter in place of the one that is there, which ends once it has sent what it is sending.
    /// What is measured meanwhile is sent by the new one.
    #[cfg(feature = "config-file")]
    pub(crate) fn put(&self, prepared: PreparedPush) {
        self.0.put(prepared);
    }

    /// Has the exporter send everything measured so far, and end.
    #[cfg(feature = "config-file")]
    pub(crate) fn remove(&self) {
        self.0.lock().retire();
        self.0.changed.notify_all();
    }

    /// Returns the number of exporters that were replaced or removed, and whose threads still run.
    #[cfg(feature = "config-file")]
    pub(crate) fn unfinished(&self) -> usize {
        self.0.lock().retired.len()
    }
}

impl PushOrders {
    fn is_current(&self, number: u64) -> bool {
        self.current.as_ref().is_some_and(|current| current.number == number)
    }

    /// Returns whether flushes are done when this exporter has pushed: the one that gets metrics, or the last
    /// that did.
    fn is_answered_by(&self, number: u64) -> bool {
        self.exporters == number && !self.ended
    }

    /// Returns whether all exporters have ended.
    fn is_over(&self) -> bool {
        self.ended && self.retired.is_empty()
    }

    /// Takes metrics away from the exporter that gets them.
    fn retire(&mut self) {
        self.retired.extend(self.current.take());
        self.latest = Latest::default();
    }

    fn all(&self) -> impl Iterator<Item = &Current> {
        self.current.iter().chain(&self.retired)
    }

    /// Hurries the exporters.
    fn hurry(&self, how: impl Fn(&Hurry)) {
        self.all().for_each(|exporter| how(&exporter.hurry));
    }
}

impl PushShared {
    fn lock(&self) -> MutexGuard<'_, PushOrders> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts a thread for an exporter, which gets nothing until it is put in place.
    fn prepare(
        self: &Arc<Self>,
        exporter: Box<dyn MetricExporter>,
        interval: Duration,
    ) -> std::io::Result<PreparedPush> {
        // A zero interval would occupy a processor, and an endless one would overflow the clock.
        let interval = interval.clamp(Duration::from_millis(1), LONGEST);
        let (begin, begun) = channel();
        let name = exporter.name().into_owned();
        let hurry = Arc::<Hurry>::default();
        let mut pusher = Pusher {
            shared: self.clone(),
            number: 0,
            name: name.clone(),
            hurry: hurry.clone(),
            exporter,
            failures: Failures::default(),
        };
        std::thread::Builder::new().name("trace-metrics".to_owned()).spawn(move || {
            // It ends where the exporter is not wanted after all.
            let Ok(number) = begun.recv() else { return };
            pusher.number = number;
            pusher.run(interval);
        })?;
        Ok(PreparedPush { name, hurry, begin })
    }

    /// Puts an exporter in place, which from then on gets all metrics.
    fn put(&self, PreparedPush { name, hurry, begin }: PreparedPush) {
        let mut orders = self.lock();
        hurry.set_flush(orders.flushes_wanted > orders.flushes_done);
        orders.retire();
        let number = orders.exporters + 1;
        orders.current = Some(Current { number, name, hurry });
        orders.exporters = number;
        drop(orders);
        let _ = begin.send(number);
        self.changed.notify_all();
    }

    /// Waits for the next task of an exporter; `None` when another one has replaced it.
    fn next_task(&self, number: u64, next: Instant) -> Option<Task> {
        let mut orders = self.lock();
        loop {
            let flushes = orders.flushes_wanted;
            if !orders.is_current(number) {
                // What one that was removed has not sent would be lost.
                return orders.current.is_none().then_some(Task { flushes, is_last: true });
            }
            let left = next.saturating_duration_since(Instant::now());
            let is_wanted = flushes > orders.flushes_done;
            if is_wanted || orders.stop || left.is_zero() {
                return Some(Task { flushes, is_last: orders.stop });
            }
            orders = self.wait(orders, left);
        }
    }

    fn wait<'a>(
        &self,
        orders: MutexGuard<'a, PushOrders>,
        time: Duration,
    ) -> MutexGuard<'a, PushOrders> {
        self.changed.wait_timeout(orders, time).unwrap_or_else(PoisonError::into_inner).0
    }

    /// Waits for what was requested. Failures of an exporter are its own to report.
    fn wait_until(&self, is_done: impl Fn(&PushOrders) -> bool) -> OTelSdkResult {
        let deadline = Instant::now() + PATIENCE;
        let mut orders = self.lock();
        while !is_done(&orders) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(OTelSdkError::Timeout(PATIENCE));
            }
            orders = self.wait(orders, left);
        }
        Ok(())
    }
}

impl fmt::Debug for PushReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PushReader").finish_non_exhaustive()
    }
}

impl MetricReader for PushReader {
    fn register_pipeline(&self, pipeline: Weak<Pipeline>) {
        self.0.source.register(pipeline);
    }

    fn collect(&self, metrics: &mut ResourceMetrics) -> OTelSdkResult {
        self.0.source.collect(metrics).map_err(OTelSdkError::InternalFailure)
    }

    fn force_flush(&self) -> OTelSdkResult {
        if !self.0.origin.is_here() {
            return Err(OTelSdkError::AlreadyShutdown);
        }
        let wanted = {
            let mut orders = self.0.lock();
            if orders.stop {
                return Err(OTelSdkError::AlreadyShutdown);
            }
            if orders.current.is_some() {
                orders.flushes_wanted += 1;
            } else if orders.retired.is_empty() {
                return Ok(());
            }
            orders.hurry(|hurry| hurry.set_flush(true));
            orders.flushes_wanted
        };
        self.0.changed.notify_all();
        let is_done = |orders: &PushOrders| orders.flushes_done >= wanted || orders.ended;
        self.0.wait_until(|orders| is_done(orders) && orders.retired.is_empty())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        if !self.0.origin.is_here() {
            return Err(OTelSdkError::AlreadyShutdown);
        }
        let mut orders = self.0.lock();
        orders.stop = true;
        orders.ended |= orders.current.is_none();
        orders.hurry(Hurry::set_end);
        drop(orders);
        self.0.changed.notify_all();
        let ended = self.0.wait_until(PushOrders::is_over);
        self.0.source.end();
        ended
    }

    fn temporality(&self, kind: InstrumentKind) -> Temporality {
        self.0.source.temporality(kind)
    }
}
