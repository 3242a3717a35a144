//! Defines [`Recorded`], which all reading and asserting starts from.

use crate::model::{Metric, SpanData};
use crate::source::{Snapshot, Source, Stray};
use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// The telemetry that a [`Source`] has observed.
///
/// Captures and receivers dereference to it. Reading takes a snapshot and consumes nothing: the
/// next read sees the same and what was recorded since.
///
/// ```
/// use std::sync::Arc;
/// use trace_testkit::model::SpanData;
/// use trace_testkit::source::Snapshot;
/// use trace_testkit::Recorded;
///
/// let recorded = Recorded::new(Arc::new(Snapshot::of_spans([SpanData::new("charge")])));
/// assert_eq!(recorded.spans().len(), 1);
/// ```
#[derive(Clone)]
pub struct Recorded {
    source: Arc<dyn Source>,
    /// The metrics at the moment from which deltas are counted.
    baseline: Arc<Mutex<Vec<Metric>>>,
}

impl Recorded {
    /// Creates one that reads from this source.
    pub fn new(source: Arc<dyn Source>) -> Self {
        Self { source, baseline: Arc::default() }
    }

    /// Returns everything observed so far.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.source.snapshot()
    }

    /// See [`Source::wait_for_news`].
    pub(crate) fn wait_for_news(&self, seen: u64, deadline: Instant) -> u64 {
        self.source.wait_for_news(seen, deadline)
    }

    /// Returns all spans that have ended so far, in the order of their starts.
    #[must_use]
    pub fn spans(&self) -> Vec<SpanData> {
        let mut spans = self.snapshot().spans;
        spans.sort_by_key(|span| span.order);
        spans
    }

    /// Returns all metrics, sorted by name, kind and instrumentation scope.
    pub(crate) fn sorted_metrics(&self) -> Vec<Metric> {
        let mut metrics = self.snapshot().metrics;
        metrics.sort_by(|one, other| {
            let key = |metric: &Metric| (metric.kind.as_str(), metric.unit.clone());
            let names = one.name.cmp(&other.name).then_with(|| key(one).cmp(&key(other)));
            names.then_with(|| one.scope.name.cmp(&other.scope.name))
        });
        metrics
    }

    /// Explains why a measurement of `metric` is missing.
    pub(crate) fn strays_of(&self, metric: &str) -> Vec<String> {
        let strays = self.snapshot().strays.into_iter();
        let of_metric = strays.filter(
            |stray| matches!(stray, Stray::Measurement { metric: astray, .. } if astray == metric),
        );
        of_metric.map(|stray| stray.to_string()).collect()
    }

    /// Returns the metrics from which deltas are counted.
    pub(crate) fn baseline(&self) -> Vec<Metric> {
        self.baseline.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Counts deltas from now on.
    pub(crate) fn set_baseline(&self) {
        let metrics = self.snapshot().metrics;
        *self.baseline.lock().unwrap_or_else(PoisonError::into_inner) = metrics;
    }
}

// Sources are read as a whole, and their invariants hold at any time.
impl UnwindSafe for Recorded {}
impl RefUnwindSafe for Recorded {}

impl fmt::Debug for Recorded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorded").finish_non_exhaustive()
    }
}
