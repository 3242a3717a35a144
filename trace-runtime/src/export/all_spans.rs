//! Gives an exporter all recorded spans, whatever tail sampling decides.

use super::{ExportError, Exporter, FinishedSpan};
use opentelemetry_sdk::Resource;
use std::borrow::Cow;
use std::time::{Duration, Instant};

/// An exporter that gets all recorded spans as soon as they have ended, also those that
/// [tail sampling](crate::TelemetryBuilder::with_tail_sampling) drops: for example, all traces on the
/// console, while what is kept goes to a backend.
///
/// ```
/// use trace_runtime::Telemetry;
/// use trace_runtime::export::{AllSpans, NullExporter};
/// use trace_runtime::sampling::TailSampling;
///
/// let builder = Telemetry::builder()
///     .with_exporter(AllSpans(NullExporter::new()))
///     .with_exporter(NullExporter::new())
///     .with_tail_sampling(TailSampling::new(0.01));
/// # drop(builder);
/// ```
#[derive(Debug)]
pub struct AllSpans<E>(pub E);

impl<E: Exporter> Exporter for AllSpans<E> {
    fn name(&self) -> Cow<'static, str> {
        self.0.name()
    }

    fn destination(&self) -> String {
        self.0.destination()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.0.set_resource(resource);
    }

    fn max_delay(&self) -> Option<Duration> {
        self.0.max_delay()
    }

    fn wake_at(&self) -> Option<Instant> {
        self.0.wake_at()
    }

    fn gets_all(&self) -> bool {
        true
    }

    fn export(&mut self, batch: &[FinishedSpan<'_>]) -> Result<(), ExportError> {
        self.0.export(batch)
    }

    fn force_flush(&mut self) -> Result<(), ExportError> {
        self.0.force_flush()
    }

    fn shutdown(&mut self, timeout: Duration) -> Result<(), ExportError> {
        self.0.shutdown(timeout)
    }
}
