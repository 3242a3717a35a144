//! Metrics and logs of a capture.
//!
//! Each capture has a meter provider and a logger provider of the OpenTelemetry SDK, made when
//! somebody asks for them. Other providers are read through a [`MeterReader`] and a
//! [`LogCollector`]. Code that uses `opentelemetry::global` reaches the capture in which it runs
//! through the [`RoutedMeterProvider`], which the first capture installs; what is emitted through the
//! runtime's logger providers reaches it too.
//!
//! Whatever else has metrics or logs to tell is plugged in by [`Signals::add_metrics`] and
//! [`Signals::add_log`], which [`Capture`](crate::Capture) makes public: the runtime's own
//! instruments will come in there. Nothing else here knows where a metric or a log comes from.

mod capture;
#[cfg(any(feature = "metrics", feature = "logs"))]
mod convert;
#[cfg(feature = "logs")]
mod loggers;
#[cfg(feature = "metrics")]
mod meters;
#[cfg(feature = "metrics")]
mod routed;
#[cfg(feature = "logs")]
mod sdk_logs;
#[cfg(feature = "metrics")]
mod sdk_metrics;

#[cfg(feature = "logs")]
pub use loggers::LogCollector;
#[cfg(feature = "logs")]
pub(crate) use loggers::install as install_logs;
#[cfg(feature = "metrics")]
pub use meters::MeterReader;
#[cfg(feature = "metrics")]
pub use routed::RoutedMeterProvider;
#[cfg(feature = "metrics")]
pub(crate) use routed::install;

use crate::model::{LogData, Metric};
use crate::news::News;
use crate::source::{Snapshot, Stray};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The metrics and logs of one capture.
pub(crate) struct Signals {
    news: Arc<News>,
    origins: Mutex<Vec<Arc<dyn Origin>>>,
    logs: Mutex<Vec<LogData>>,
    strays: Mutex<BTreeSet<Stray>>,
    #[cfg(feature = "metrics")]
    meters: meters::Meters,
    #[cfg(feature = "logs")]
    loggers: loggers::Loggers,
}

/// Where metrics come from.
trait Origin: Send + Sync {
    /// All that was measured until now.
    fn so_far(&self) -> Vec<Metric>;
}

impl<F: Fn() -> Vec<Metric> + Send + Sync> Origin for F {
    fn so_far(&self) -> Vec<Metric> {
        self()
    }
}

impl Signals {
    /// `news` is told of what comes.
    pub(crate) fn new(news: Arc<News>) -> Arc<Self> {
        Arc::new(Self {
            news,
            origins: Mutex::default(),
            logs: Mutex::default(),
            strays: Mutex::default(),
            #[cfg(feature = "metrics")]
            meters: meters::Meters::default(),
            #[cfg(feature = "logs")]
            loggers: loggers::Loggers::default(),
        })
    }

    /// Brings in metrics of any origin; `so_far` tells all that was measured until it is called.
    fn add_metrics(&self, so_far: impl Fn() -> Vec<Metric> + Send + Sync + 'static) {
        self.add_origin(Arc::new(so_far));
    }

    fn add_origin(&self, origin: Arc<dyn Origin>) {
        lock(&self.origins).push(origin);
    }

    /// Brings in a log record of any origin.
    fn add_log(&self, log: LogData) {
        lock(&self.logs).push(log);
        self.news.announce();
    }

    /// Notes what may have been meant for this capture; the first few tell what is wrong.
    #[cfg(any(feature = "metrics", feature = "logs"))]
    pub(crate) fn miss(&self, stray: Stray) {
        let mut strays = lock(&self.strays);
        if strays.len() < 8 {
            strays.insert(stray);
        }
    }

    /// Adds what was recorded until now.
    pub(crate) fn fill(&self, snapshot: &mut Snapshot) {
        // Callbacks of observable instruments run in here, and may ask for another reader.
        let origins = lock(&self.origins).clone();
        snapshot.metrics.extend(origins.iter().flat_map(|origin| origin.so_far()));
        snapshot.logs.extend(lock(&self.logs).iter().cloned());
        snapshot.strays.extend(lock(&self.strays).iter().cloned());
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
