//! Sets up telemetry, for both services.

use std::env;
use std::ffi::OsString;
use std::time::Duration;
use trace_runtime::metrics::PrometheusSettings;
use trace_runtime::{InitError, Telemetry};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::prelude::*;

/// The timeout for sending what is left at shutdown.
const PATIENCE: Duration = Duration::from_secs(5);

/// Starts what the environment configures, and always metrics for Prometheus.
pub(crate) fn start(service: &'static str) -> Result<Telemetry, InitError> {
    let telemetry = Telemetry::builder()
        .with_env(move |name| variable(name).or_else(|| default(name, service)))
        // Each service serves its own page of them.
        .with_prometheus(PrometheusSettings::default().without_endpoint())
        // Only this key of the baggage is recorded, whatever clients send.
        .with_baggage_attributes(["customer.tier"])
        .with_baggage_log_attributes(["customer.tier"])
        .with_shutdown_timeout(PATIENCE)
        .install()?;
    // Spans and events of libraries, and our own events.
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    trace_tracing::subscriber().with(filter).init();
    Ok(telemetry)
}

fn variable(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

/// Returns the defaults for unset variables: logs go to stdout, and to the backend if there is one.
fn default(name: &str, service: &str) -> Option<OsString> {
    match name {
        "OTEL_SERVICE_NAME" => Some(service.into()),
        "OTEL_LOGS_EXPORTER" => {
            let has_backend = variable("OTEL_EXPORTER_OTLP_ENDPOINT").is_some()
                || variable("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT").is_some();
            Some(if has_backend { "json,otlp" } else { "json" }.into())
        }
        _ => None,
    }
}
