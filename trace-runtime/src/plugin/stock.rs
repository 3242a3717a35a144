//! Wraps stock exporters and readers of metrics, whose traits are not object safe.

use crate::export::{ExportError, MetricExporter};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData, ResourceMetrics};
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::metrics::reader::MetricReader;
use opentelemetry_sdk::metrics::{InstrumentKind, Pipeline, Temporality};
use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, Weak};
use std::time::Duration;

/// A stock exporter of metrics. Its future is driven to completion on the exporter's own thread.
pub(super) struct StockMetrics<E> {
    name: String,
    exporter: E,
    /// The runtime in which it was created.
    #[cfg(feature = "tokio")]
    runtime: Option<tokio::runtime::Handle>,
}

impl<E> StockMetrics<E> {
    pub(super) fn new(name: String, exporter: E) -> Self {
        Self {
            name,
            exporter,
            #[cfg(feature = "tokio")]
            runtime: tokio::runtime::Handle::try_current().ok(),
        }
    }
}

impl<E: PushMetricExporter> MetricExporter for StockMetrics<E> {
    fn name(&self) -> Cow<'static, str> {
        self.name.clone().into()
    }

    fn destination(&self) -> String {
        self.name.clone()
    }

    fn temporality(&self) -> Option<Temporality> {
        Some(self.exporter.temporality())
    }

    fn shutdown(&mut self) {
        let _ = self.exporter.shutdown();
    }

    fn export(&mut self, metrics: &ResourceMetrics) -> (usize, Result<(), ExportError>) {
        #[cfg(feature = "tokio")]
        let _entered = self.runtime.as_ref().map(tokio::runtime::Handle::enter);
        let exported = futures_executor::block_on(self.exporter.export(metrics));
        (points(metrics), exported.map_err(|error| ExportError::new(error.to_string())))
    }
}

/// Returns the number of data points.
fn points(metrics: &ResourceMetrics) -> usize {
    fn of<T>(data: &MetricData<T>) -> usize {
        match data {
            MetricData::Gauge(data) => data.data_points().count(),
            MetricData::Sum(data) => data.data_points().count(),
            MetricData::Histogram(data) => data.data_points().count(),
            MetricData::ExponentialHistogram(data) => data.data_points().count(),
        }
    }
    let scopes = metrics.scope_metrics();
    let metrics = scopes.flat_map(opentelemetry_sdk::metrics::data::ScopeMetrics::metrics);
    let points = metrics.map(|metric| match metric.data() {
        AggregatedMetrics::F64(data) => of(data),
        AggregatedMetrics::I64(data) => of(data),
        AggregatedMetrics::U64(data) => of(data),
    });
    points.sum()
}

/// A stock reader of metrics.
#[derive(Clone)]
pub(crate) struct StockReader(Arc<dyn MetricReader>);

impl StockReader {
    pub(super) fn new(reader: impl MetricReader) -> Self {
        Self(Arc::new(reader))
    }
}

impl fmt::Debug for StockReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl MetricReader for StockReader {
    fn register_pipeline(&self, pipeline: Weak<Pipeline>) {
        self.0.register_pipeline(pipeline);
    }

    fn collect(&self, metrics: &mut ResourceMetrics) -> OTelSdkResult {
        self.0.collect(metrics)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn temporality(&self, kind: InstrumentKind) -> Temporality {
        self.0.temporality(kind)
    }
}
