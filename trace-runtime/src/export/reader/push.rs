//! Exports metrics at an interval, on a thread of the exporter.
//!
//! Written here and not taken from the SDK, whose `PeriodicReader` flushes without a deadline,
//! gives up a shutdown after five seconds whatever the timeout, and dies with a callback that
//! panics.

use super::source::Source;
use crate::caught::caught;
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
    name: &'static str,
    orders: Mutex<PushOrders>,
    changed: Condvar,
    /// Ends pauses of the exporter when a caller waits for a flush or the end.
    hurry: Arc<Hurry>,
}

#[derive(Default)]
struct PushOrders {
    flushes_wanted: u64,
    flushes_done: u64,
    /// Whether the last export succeeded.
    went_well: bool,
    stop: bool,
    ended: bool,
    latest: Latest,
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
        name: exporter.name(),
        orders: Mutex::default(),
        changed: Condvar::new(),
        hurry: Arc::default(),
    });
    // A zero interval would occupy a processor, and an endless one would overflow the clock.
    let interval = interval.clamp(Duration::from_millis(1), PATIENCE * 24 * 365);
    let pusher = Pusher { shared: shared.clone(), exporter, failures: Failures::default() };
    std::thread::Builder::new()
        .name("trace-metrics".to_owned())
        .spawn(move || pusher.run(interval))?;
    Ok(PushReader(shared))
}

/// In practice never, and within the range of all clocks.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 3_600);

struct Pusher {
    shared: Arc<PushShared>,
    exporter: Box<dyn MetricExporter>,
    failures: Failures,
}

impl Pusher {
    fn run(mut self, interval: Duration) {
        let interval = interval.min(LONGEST);
        suppress_this_thread();
        self.shared.hurry.attach();
        let mut metrics = ResourceMetrics::default();
        let mut next = Instant::now() + interval;
        loop {
            let (flushes, stop) = self.shared.next_task(next);
            let went_well = self.push(&mut metrics);
            let now = Instant::now();
            if next <= now {
                // An export that took too long does not make later ones more frequent.
                next = (next + interval).max(now);
            }
            let mut orders = self.shared.lock();
            orders.flushes_done = flushes;
            orders.went_well = went_well;
            orders.ended = stop;
            self.shared.hurry.set_flush(orders.flushes_wanted > flushes);
            self.shared.changed.notify_all();
            if stop {
                break;
            }
        }
    }

    /// Returns whether everything was delivered.
    fn push(&mut self, metrics: &mut ResourceMetrics) -> bool {
        if gates::is_off(Signal::Metrics) || gates::closed(self.shared.name).is_some() {
            return true;
        }
        let collected = self.shared.source.collect(metrics).map_err(ExportError::new);
        let pushed = collected.and_then(|()| match metrics.scope_metrics().next() {
            Some(_) => self.export(metrics),
            None => Ok(()),
        });
        match &pushed {
            Ok(()) => {
                self.shared.lock().latest.succeeded();
                self.failures.end();
            }
            Err(error) => {
                self.shared.lock().latest.failed(error.to_string());
                self.failures.note(self.shared.name, error);
            }
        }
        pushed.is_ok()
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
        operated(self.shared.name, begin.elapsed(), reason, Some(points));
        result
    }
}

/// The exporter of a reader, as its health is judged.
pub(crate) struct PushWatch(Arc<PushShared>);

impl PushReader {
    pub(crate) fn watch(&self) -> PushWatch {
        PushWatch(self.0.clone())
    }
}

impl PushWatch {
    /// Notes until when connections are of use.
    pub(crate) fn connect_by(&self, at: Instant) {
        self.0.hurry.set_connect_by(at);
    }

    /// Returns whether it has not ended.
    pub(crate) fn is_running(&self) -> bool {
        !self.0.lock().ended
    }

    /// Returns whether its exporter waits for a connection.
    pub(crate) fn is_connecting(&self) -> bool {
        self.0.hurry.is_connecting()
    }

    pub(crate) fn observe(&self) -> Observed {
        let latest = self.0.lock().latest.clone();
        Observed { name: self.0.name.to_owned(), latest, queue: None }
    }
}

impl PushShared {
    fn lock(&self) -> MutexGuard<'_, PushOrders> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the next task; returns the flush that it answers, and whether it is the
    /// last.
    fn next_task(&self, next: Instant) -> (u64, bool) {
        let mut orders = self.lock();
        loop {
            let left = next.saturating_duration_since(Instant::now());
            let is_wanted = orders.flushes_wanted > orders.flushes_done;
            if is_wanted || orders.stop || left.is_zero() {
                return (orders.flushes_wanted, orders.stop);
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

    /// Returns whether the request was done, and succeeded.
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
        let failed = || Err(OTelSdkError::InternalFailure(format!("{} failed", self.name)));
        if orders.went_well { Ok(()) } else { failed() }
    }
}

impl fmt::Debug for PushReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PushReader").field("exporter", &self.0.name).finish_non_exhaustive()
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
            orders.flushes_wanted += 1;
            self.0.hurry.set_flush(true);
            orders.flushes_wanted
        };
        self.0.changed.notify_all();
        self.0.wait_until(|orders| orders.flushes_done >= wanted || orders.ended)
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        if !self.0.origin.is_here() {
            return Err(OTelSdkError::AlreadyShutdown);
        }
        self.0.lock().stop = true;
        self.0.hurry.set_end();
        self.0.changed.notify_all();
        let ended = self.0.wait_until(|orders| orders.ended);
        self.0.source.end();
        ended
    }

    fn temporality(&self, kind: InstrumentKind) -> Temporality {
        self.0.source.temporality(kind)
    }
}
