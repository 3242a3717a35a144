//! Stores the metrics and logs of one capture, wherever they come from.

use crate::model::{LogData, Metric};
use crate::news::News;
use crate::source::{Snapshot, Stray};
#[cfg(feature = "logs")]
use opentelemetry_sdk::logs::SdkLoggerProvider;
#[cfg(feature = "metrics")]
use opentelemetry_sdk::metrics::SdkMeterProvider;
#[cfg(feature = "metrics")]
use std::any::Any;
use std::collections::BTreeSet;
#[cfg(feature = "metrics")]
use std::collections::HashMap;
#[cfg(any(feature = "metrics", feature = "logs"))]
use std::sync::OnceLock;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The metrics and logs of one capture.
pub(crate) struct Signals {
    news: Arc<News>,
    origins: Mutex<Vec<Arc<dyn Origin>>>,
    logs: Mutex<Vec<LogData>>,
    strays: Mutex<BTreeSet<Stray>>,
    /// Created on first use.
    #[cfg(feature = "metrics")]
    pub(super) meter_provider: OnceLock<SdkMeterProvider>,
    /// The instruments that stand in this capture for routed ones, by the number of the latter.
    #[cfg(feature = "metrics")]
    pub(super) twins: Mutex<HashMap<u64, Arc<dyn Any + Send + Sync>>>,
    /// Created on first use.
    #[cfg(feature = "logs")]
    pub(super) logger_provider: OnceLock<SdkLoggerProvider>,
}

/// A source of metrics.
pub(super) trait Origin: Send + Sync {
    /// Returns everything measured so far.
    fn so_far(&self) -> Vec<Metric>;
}

impl<F: Fn() -> Vec<Metric> + Send + Sync> Origin for F {
    fn so_far(&self) -> Vec<Metric> {
        self()
    }
}

impl Signals {
    /// Creates a store that announces arrivals to `news`.
    pub(crate) fn new(news: Arc<News>) -> Arc<Self> {
        Arc::new(Self {
            news,
            origins: Mutex::default(),
            logs: Mutex::default(),
            strays: Mutex::default(),
            #[cfg(feature = "metrics")]
            meter_provider: OnceLock::new(),
            #[cfg(feature = "metrics")]
            twins: Mutex::default(),
            #[cfg(feature = "logs")]
            logger_provider: OnceLock::new(),
        })
    }

    /// Adds a source of metrics; `so_far` returns everything measured until it is called.
    pub(crate) fn add_metrics(&self, so_far: impl Fn() -> Vec<Metric> + Send + Sync + 'static) {
        self.add_origin(Arc::new(so_far));
    }

    pub(super) fn add_origin(&self, origin: Arc<dyn Origin>) {
        lock(&self.origins).push(origin);
    }

    /// Adds a log record.
    pub(crate) fn add_log(&self, log: LogData) {
        lock(&self.logs).push(log);
        self.news.announce();
    }

    /// Notes what may have been meant for this capture; the first few show what is wrong.
    #[cfg(any(feature = "metrics", feature = "logs"))]
    pub(crate) fn miss(&self, stray: Stray) {
        let mut strays = lock(&self.strays);
        if strays.len() < 8 {
            strays.insert(stray);
        }
    }

    /// Wakes the threads that wait, after a measurement.
    #[cfg(feature = "metrics")]
    pub(super) fn measured(&self) {
        self.news.announce();
    }

    /// Adds everything recorded so far to a snapshot.
    pub(crate) fn fill(&self, snapshot: &mut Snapshot) {
        // Callbacks of observable instruments run in here, and may ask for another reader.
        let origins = lock(&self.origins).clone();
        snapshot.metrics.extend(origins.iter().flat_map(|origin| origin.so_far()));
        snapshot.logs.extend(lock(&self.logs).iter().cloned());
        snapshot.strays.extend(lock(&self.strays).iter().cloned());
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
