//! Sets up telemetry.

use crate::sampling::Sampling;
use std::env;
use std::error::Error;
use std::ffi::OsString;
use std::time::Duration;
use trace_runtime::Telemetry;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::prelude::*;

/// The timeout for sending what is left at shutdown.
const PATIENCE: Duration = Duration::from_secs(5);

/// The part of telemetry that the command line configures; the rest is configured by OpenTelemetry's variables.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TelemetrySettings {
    pub(crate) sampling: Sampling,
    pub(crate) metrics_port: u16,
    /// Whether stdout belongs to the protocol.
    pub(crate) is_stdout_taken: bool,
}

/// Starts telemetry.
pub(crate) fn start(settings: TelemetrySettings) -> Result<Telemetry, Box<dyn Error>> {
    let telemetry = Telemetry::builder()
        .with_env(move |name| variable(name).or_else(|| default(name, settings)))
        // Only this key of the baggage is recorded, whatever clients send.
        .with_baggage_labels(["tenant"])
        .with_baggage_log_attributes(["tenant"])
        .with_sampler(settings.sampling.sampler()?)
        .with_tail_sampling(settings.sampling.tail())
        .with_shutdown_timeout(PATIENCE)
        .install()?;
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,rmcp=warn"));
    trace_tracing::subscriber().with(filter).init();
    Ok(telemetry)
}

fn variable(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

/// Returns the defaults for unset variables.
fn default(name: &str, settings: TelemetrySettings) -> Option<OsString> {
    let has_backend = variable("OTEL_EXPORTER_OTLP_ENDPOINT").is_some();
    let value = match name {
        "OTEL_SERVICE_NAME" => "tool-server",
        "OTEL_METRICS_EXPORTER" if has_backend => "otlp,prometheus",
        "OTEL_METRICS_EXPORTER" => "prometheus",
        "OTEL_EXPORTER_PROMETHEUS_PORT" => return Some(settings.metrics_port.to_string().into()),
        "OTEL_LOGS_EXPORTER" if has_backend => "otlp",
        "OTEL_LOGS_EXPORTER" if settings.is_stdout_taken => "none",
        "OTEL_LOGS_EXPORTER" => "json",
        _ => return None,
    };
    Some(value.into())
}
