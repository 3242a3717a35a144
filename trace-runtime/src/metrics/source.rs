//! What a reader reads: the provider, after the collector has told it of all records so far.

use super::link::Link;
use super::own::collected;
use crate::caught::caught;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::reader::MetricReader;
use opentelemetry_sdk::metrics::{InstrumentKind, ManualReader, Pipeline, Temporality};
use std::sync::Weak;
use std::time::{Duration, Instant};

/// How long the collector may take to read what was recorded. It takes milliseconds; a reader that
/// waits no longer reads what was recorded a little earlier.
const SWEEP: Duration = Duration::from_millis(500);

/// One view of the provider. The SDK keeps its pipelines to itself and its own readers.
pub(crate) struct Source {
    manual: ManualReader,
    link: Link,
}

impl Source {
    pub(crate) fn new(temporality: Temporality, link: Link) -> Self {
        Self { manual: ManualReader::builder().with_temporality(temporality).build(), link }
    }

    pub(crate) fn register(&self, pipeline: Weak<Pipeline>) {
        self.manual.register_pipeline(pipeline);
    }

    pub(crate) fn temporality(&self, kind: InstrumentKind) -> Temporality {
        self.manual.temporality(kind)
    }

    /// Nothing can be read any more.
    pub(crate) fn end(&self) {
        let _ = self.manual.shutdown_with_timeout(Duration::ZERO);
    }

    /// Reads everything up to now. Callbacks of others run in here.
    pub(crate) fn collect(&self, metrics: &mut ResourceMetrics) -> Result<(), String> {
        // Before the SDK's lock is taken: the collector may be about to make an instrument, which
        // takes it too.
        if let Some(running) = self.link.running() {
            running.sweep(Instant::now() + SWEEP);
        }
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
