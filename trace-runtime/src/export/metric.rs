//! Defines the interface of metric exporters.

use super::exporter::ExportError;
use opentelemetry_sdk::metrics::Temporality;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use std::borrow::Cow;

/// The attribute that contains the bound of the bucket by which calls are judged.
pub(crate) const LATENCY_THRESHOLD: &str = "objective.latency.threshold";

/// Sends metrics to a receiver.
pub(crate) trait MetricExporter: Send + 'static {
    /// Returns a short name for reports and warnings.
    fn name(&self) -> Cow<'static, str>;

    /// Returns the destination, for the line that reports at start-up what was set up.
    fn destination(&self) -> String;

    /// Returns the temporality that it wants, if no setting decides.
    fn temporality(&self) -> Option<Temporality> {
        None
    }

    /// Ends it. Called once, last.
    fn shutdown(&mut self) {}

    /// Delivers collected metrics. Returns the number of points, and whether they were delivered.
    fn export(&mut self, metrics: &ResourceMetrics) -> (usize, Result<(), ExportError>);
}
