//! Creates the exporter of each signal from its settings.

#[cfg(any(feature = "otlp-http", feature = "otlp-grpc"))]
use super::settings::OtlpProtocol;
use super::settings::OtlpSettings;
use crate::error::InitError;
#[cfg(feature = "logs")]
use crate::export::EmittedLog;
use crate::export::Exporter;
#[cfg(feature = "metrics")]
use crate::export::metric::MetricExporter;

pub(crate) fn span_exporter(settings: &OtlpSettings) -> Result<Box<dyn Exporter>, InitError> {
    match settings.protocol {
        #[cfg(feature = "otlp-http")]
        OtlpProtocol::HttpProtobuf | OtlpProtocol::HttpJson => {
            Ok(Box::new(super::http::OtlpHttpExporter::new(settings)?))
        }
        #[cfg(feature = "otlp-grpc")]
        OtlpProtocol::Grpc => Ok(Box::new(super::grpc::OtlpGrpcExporter::new(settings)?)),
        #[cfg(not(all(feature = "otlp-http", feature = "otlp-grpc")))]
        protocol => Err(super::settings::missing(protocol)),
    }
}

#[cfg(all(feature = "metrics", any(feature = "otlp-grpc", feature = "otlp-http")))]
pub(crate) fn metric_exporter(
    settings: &OtlpSettings,
    max_points: usize,
) -> Result<Box<dyn MetricExporter>, InitError> {
    Ok(Box::new(super::metrics::OtlpMetrics::new(settings, max_points)?))
}

#[cfg(all(feature = "metrics", not(any(feature = "otlp-grpc", feature = "otlp-http"))))]
pub(crate) fn metric_exporter(
    settings: &OtlpSettings,
    _: usize,
) -> Result<Box<dyn MetricExporter>, InitError> {
    Err(super::settings::missing(settings.protocol))
}

#[cfg(all(feature = "logs", any(feature = "otlp-grpc", feature = "otlp-http")))]
pub(crate) fn log_exporter(
    settings: &OtlpSettings,
) -> Result<Box<dyn Exporter<EmittedLog>>, InitError> {
    Ok(Box::new(super::logs::OtlpLogs::new(settings)?))
}

#[cfg(all(feature = "logs", not(any(feature = "otlp-grpc", feature = "otlp-http"))))]
pub(crate) fn log_exporter(
    settings: &OtlpSettings,
) -> Result<Box<dyn Exporter<EmittedLog>>, InitError> {
    Err(super::settings::missing(settings.protocol))
}
