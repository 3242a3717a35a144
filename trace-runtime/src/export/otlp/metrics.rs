//! OTLP for metrics, over both transports.

use super::OtlpSettings;
use super::encode::metrics::MetricEncoder;
use super::parts::deliver;
use super::sender::Sender;
use super::signal::METRICS;
use crate::config::InitError;
use crate::export::ExportError;
use crate::metrics::push::Exporter;
use opentelemetry_sdk::metrics::data::ResourceMetrics;

/// Sends metrics to an OpenTelemetry receiver.
pub(crate) struct OtlpMetrics {
    encoder: MetricEncoder,
    sender: Sender,
}

impl OtlpMetrics {
    pub(crate) fn new(settings: &OtlpSettings) -> Result<Self, InitError> {
        Ok(Self { encoder: MetricEncoder::default(), sender: Sender::new(settings, &METRICS)? })
    }
}

impl Exporter for OtlpMetrics {
    fn name(&self) -> &'static str {
        "otlp metrics"
    }

    fn export(&mut self, metrics: &ResourceMetrics) -> (usize, Result<(), ExportError>) {
        deliver(&mut self.encoder, &mut self.sender, metrics)
    }
}
