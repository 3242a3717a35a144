//! Reads the environment variables of metrics.

use super::common::{exporters, otlp};
use super::reader::Env;
use crate::error::InitError;
use crate::export::signal::Signal;
use crate::export::table::NamedExporter;
use crate::metrics::OtlpMetricSettings;
#[cfg(feature = "prometheus")]
use crate::metrics::PrometheusSettings;
use opentelemetry_sdk::metrics::Temporality;

/// The settings of metrics.
#[derive(Debug, Default)]
pub(crate) struct MetricSettings {
    /// `None`: unset; empty: `none`.
    pub(crate) exporters: Option<Vec<&'static NamedExporter>>,
    pub(crate) otlp: OtlpMetricSettings,
    /// Histograms are exponential unless a view changes them.
    pub(crate) exponential: bool,
    #[cfg(feature = "prometheus")]
    pub(crate) prometheus: PrometheusSettings,
}

impl MetricSettings {
    /// Reads the exporters alone: a bad value elsewhere does no harm to a program that has turned telemetry
    /// off.
    pub(crate) fn of_disabled(env: &Env<'_>) -> Self {
        Self { exporters: exporters(env, Signal::Metrics).unwrap_or_default(), ..Self::default() }
    }

    pub(crate) fn read(env: &Env<'_>) -> Result<Self, InitError> {
        Ok(Self {
            exporters: exporters(env, Signal::Metrics)?,
            otlp: otlp_metrics(env)?,
            exponential: env
                .choice(
                    &["OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION"],
                    &[
                        ("explicit_bucket_histogram", false),
                        ("base2_exponential_bucket_histogram", true),
                    ],
                )
                .unwrap_or_default(),
            #[cfg(feature = "prometheus")]
            prometheus: prometheus(env)?,
        })
    }
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
