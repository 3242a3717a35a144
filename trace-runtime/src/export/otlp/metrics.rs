//! Metrics over OTLP, by the same clients, attempts and answers as spans.

use super::encode::metrics::MetricEncoder;
use super::signal::METRICS;
use super::{OtlpProtocol, OtlpSettings};
use crate::config::InitError;
use crate::export::ExportError;
use crate::metrics::push::Exporter;
use opentelemetry_sdk::metrics::data::ResourceMetrics;

/// Sends metrics to an OpenTelemetry receiver.
pub(crate) struct OtlpMetrics {
    encoder: MetricEncoder,
    sender: Sender,
}

enum Sender {
    #[cfg(feature = "otlp-http")]
    Http(Box<super::http::Sender>),
    #[cfg(feature = "otlp-grpc")]
    Grpc(Box<super::grpc::Sender>),
}

impl OtlpMetrics {
    pub(crate) fn new(settings: &OtlpSettings) -> Result<Self, InitError> {
        let sender = match settings.protocol {
            #[cfg(feature = "otlp-http")]
            OtlpProtocol::HttpProtobuf => {
                Sender::Http(Box::new(super::http::Sender::new(settings, &METRICS)?))
            }
            #[cfg(feature = "otlp-grpc")]
            OtlpProtocol::Grpc => {
                Sender::Grpc(Box::new(super::grpc::Sender::new(settings, &METRICS)?))
            }
            #[cfg(not(all(feature = "otlp-http", feature = "otlp-grpc")))]
            protocol => return Err(super::missing(protocol)),
        };
        Ok(Self { encoder: MetricEncoder::default(), sender })
    }
}

impl Exporter for OtlpMetrics {
    fn name(&self) -> &'static str {
        "otlp metrics"
    }

    fn export(&mut self, metrics: &ResourceMetrics) -> (usize, Result<(), ExportError>) {
        let (points, request) = self.encoder.encode(metrics);
        let sent = match &mut self.sender {
            #[cfg(feature = "otlp-http")]
            Sender::Http(sender) => sender.send(points, request),
            #[cfg(feature = "otlp-grpc")]
            Sender::Grpc(sender) => sender.send(points, request),
        };
        (points, sent)
    }
}
