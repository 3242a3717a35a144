//! Delivers the measurements of meter providers to captures.

use super::sdk_metrics;
use super::store::{Origin, Signals, lock};
use crate::model::Metric;
use crate::source::Accumulator;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::reader::MetricReader;
use opentelemetry_sdk::metrics::{
    InstrumentKind, ManualReader, Pipeline, SdkMeterProvider, Temporality,
};
use std::fmt;
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

impl Signals {
    /// Returns the meter provider of the capture, creating it on first use.
    pub(crate) fn meter_provider(&self) -> SdkMeterProvider {
        let reader = || self.meter_reader(Temporality::Cumulative);
        let make = || SdkMeterProvider::builder().with_reader(reader()).build();
        self.meter_provider.get_or_init(make).clone()
    }

    /// Returns a reader that delivers the measurements of another provider to the capture.
    pub(crate) fn meter_reader(&self, temporality: Temporality) -> MeterReader {
        let reader = Arc::new(Reader {
            manual: ManualReader::builder().with_temporality(temporality).build(),
            so_far: Mutex::default(),
        });
        self.add_origin(reader.clone());
        MeterReader(reader)
    }
}

/// A metric reader that delivers the measurements of a meter provider to a capture: give it to
/// [`with_reader`](opentelemetry_sdk::metrics::MeterProviderBuilder::with_reader).
///
/// Measurements made before the provider was shut down or dropped are kept.
pub struct MeterReader(Arc<Reader>);

struct Reader {
    manual: ManualReader,
    so_far: Mutex<Accumulator>,
}

impl Origin for Reader {
    fn so_far(&self) -> Vec<Metric> {
        // Locked while collecting, so that batches are added in order. Callbacks run in here; they
        // measure, and do not read.
        let mut so_far = lock(&self.so_far);
        let mut metrics = ResourceMetrics::default();
        // A reader without a provider, or with one that was shut down, has nothing new.
        if self.manual.collect(&mut metrics).is_ok() {
            so_far.add(sdk_metrics::metrics(&metrics));
        }
        so_far.metrics().to_vec()
    }
}

impl fmt::Debug for MeterReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MeterReader").finish_non_exhaustive()
    }
}

impl MetricReader for MeterReader {
    fn register_pipeline(&self, pipeline: Weak<Pipeline>) {
        self.0.manual.register_pipeline(pipeline);
    }

    fn collect(&self, metrics: &mut ResourceMetrics) -> OTelSdkResult {
        self.0.manual.collect(metrics)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.manual.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.so_far();
        self.0.manual.shutdown_with_timeout(timeout)
    }

    fn temporality(&self, kind: InstrumentKind) -> Temporality {
        self.0.manual.temporality(kind)
    }
}
