//! Collects all metrics from the provider, after the collector has read all records so far.

use crate::caught::caught;
use crate::export::operations::collected;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::reader::MetricReader;
use opentelemetry_sdk::metrics::{InstrumentKind, ManualReader, Pipeline, Temporality};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

/// Makes the collector read all records, within a short time.
pub(crate) type Sweep = Arc<dyn Fn() + Send + Sync>;

/// One view of the provider. The SDK gives only its own readers access to its pipelines.
pub(crate) struct Source {
    manual: ManualReader,
    #[cfg(feature = "config-file")]
    chosen: Temporality,
    sweep: Sweep,
}

impl Source {
    pub(crate) fn new(temporality: Temporality, sweep: Sweep) -> Self {
        let manual = ManualReader::builder().with_temporality(temporality).build();
        Self {
            manual,
            #[cfg(feature = "config-file")]
            chosen: temporality,
            sweep,
        }
    }

    pub(crate) fn register(&self, pipeline: Weak<Pipeline>) {
        self.manual.register_pipeline(pipeline);
    }

    /// Returns the temporality that was chosen, from which that of an instrument follows.
    #[cfg(feature = "config-file")]
    pub(crate) fn chosen(&self) -> Temporality {
        self.chosen
    }

    pub(crate) fn temporality(&self, kind: InstrumentKind) -> Temporality {
        self.manual.temporality(kind)
    }

    /// Ends all reading.
    pub(crate) fn end(&self) {
        let _ = self.manual.shutdown_with_timeout(Duration::ZERO);
    }

    /// Reads everything up to now, which runs user callbacks.
    pub(crate) fn collect(&self, metrics: &mut ResourceMetrics) -> Result<(), String> {
        // Before the SDK's lock is taken: the collector may be about to create an instrument, which
        // takes it too.
        (self.sweep)();
        let begin = Instant::now();
        let result = caught(|| self.manual.collect(metrics));
        collected(begin.elapsed(), !matches!(result, Ok(Ok(()))));
        match result {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(error.to_string()),
            // The SDK's lock is poisoned from now on; `observe` keeps such callbacks away from it.
            Err(_) => Err("a callback of an observable instrument panicked".to_owned()),
        }
    }
}
