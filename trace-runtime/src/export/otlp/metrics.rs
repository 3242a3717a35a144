//! Exports metrics over OTLP, with both transports.

use super::encode::metrics::MetricEncoder;
use super::encoder::Encoder;
use super::parts::deliver;
use super::sender::Sender;
use super::settings::OtlpSettings;
use crate::error::InitError;
use crate::export::ExportError;
use crate::export::metric::MetricExporter;
use crate::export::signal::Signal;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use std::borrow::Cow;

/// Sends metrics to an OpenTelemetry receiver.
pub(crate) struct OtlpMetrics {
    encoder: Encoder<MetricEncoder>,
    sender: Sender,
}

impl OtlpMetrics {
    /// Creates an exporter of which a request has up to this number of points.
    pub(crate) fn new(settings: &OtlpSettings, max_points: usize) -> Result<Self, InitError> {
        let mut encoder = Encoder::new(settings.protocol)?;
        encoder.set_max_points(max_points);
        Ok(Self { encoder, sender: Sender::new(settings, Signal::Metrics)? })
    }
}

impl MetricExporter for OtlpMetrics {
    fn name(&self) -> Cow<'static, str> {
        "otlp metrics".into()
    }

    fn destination(&self) -> String {
        self.sender.destination()
    }

    fn export(&mut self, metrics: &ResourceMetrics) -> (usize, Result<(), ExportError>) {
        deliver(&mut self.encoder, &mut self.sender, metrics)
    }
}
