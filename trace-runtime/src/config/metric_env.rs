//! Reads the environment variables of metrics.

use super::common::{exporters, otlp};
use super::metric_settings::{MetricSettings, ReaderSettings};
use super::reader::Env;
use crate::error::InitError;
use crate::export::signal::Signal;
use crate::export::table::NamedExporter;
use crate::metrics::OtlpMetricSettings;
#[cfg(feature = "prometheus")]
use crate::metrics::PrometheusSettings;
use opentelemetry_sdk::metrics::Temporality;

/// Reads the exporters alone: a bad value elsewhere does no harm to a program that has turned telemetry
/// off.
pub(super) fn read_disabled(env: &Env<'_>) -> MetricSettings {
    let chosen = exporters(env, Signal::Metrics).unwrap_or_default().unwrap_or_default();
    let reader = |exporter| ReaderSettings::pushing(exporter, OtlpMetricSettings::default());
    MetricSettings {
        readers: Some(chosen.into_iter().map(reader).collect()),
        ..MetricSettings::default()
    }
}

pub(super) fn read(env: &Env<'_>) -> Result<MetricSettings, InitError> {
    let otlp = otlp_metrics(env)?;
    #[cfg(feature = "prometheus")]
    let prometheus = prometheus(env)?;
    let reader = |exporter: &'static NamedExporter| ReaderSettings {
        #[cfg(feature = "prometheus")]
        prometheus: prometheus.clone(),
        ..ReaderSettings::pushing(exporter, otlp.clone())
    };
    let chosen = exporters(env, Signal::Metrics)?;
    Ok(MetricSettings {
        readers: chosen.map(|chosen| chosen.into_iter().map(reader).collect()),
        exponential: env
            .choice(
                &["OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION"],
                &[
                    ("explicit_bucket_histogram", false),
                    ("base2_exponential_bucket_histogram", true),
                ],
            )
            .unwrap_or_default(),
        otlp,
        ..MetricSettings::default()
    })
}

fn otlp_metrics(env: &Env<'_>) -> Result<OtlpMetricSettings, InitError> {
    let mut settings =
        OtlpMetricSettings { otlp: otlp(env, Signal::Metrics)?, ..OtlpMetricSettings::default() };
    let limit = env.timeout(&["OTEL_METRIC_EXPORT_TIMEOUT"], settings.otlp.timeout);
    settings.otlp.timeout = settings.otlp.timeout.min(limit);
    settings.interval =
        env.duration(&["OTEL_METRIC_EXPORT_INTERVAL"], 1..=u64::MAX, settings.interval);
    const TEMPORALITIES: [(&str, Temporality); 3] = [
        ("cumulative", Temporality::Cumulative),
        ("delta", Temporality::Delta),
        ("lowmemory", Temporality::LowMemory),
    ];
    let names = ["OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"];
    if let Some(temporality) = env.choice(&names, &TEMPORALITIES) {
        settings.temporality = temporality;
    }
    Ok(settings)
}

#[cfg(feature = "prometheus")]
fn prometheus(env: &Env<'_>) -> Result<PrometheusSettings, InitError> {
    let mut settings = PrometheusSettings::default();
    if let Some(host) = env.text("OTEL_EXPORTER_PROMETHEUS_HOST")? {
        settings.host = host;
    }
    let names = ["OTEL_EXPORTER_PROMETHEUS_PORT"];
    settings.port = env.number(&names, 0..=u16::MAX.into(), settings.port);
    Ok(settings)
}
