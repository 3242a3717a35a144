//! Telemetry: set up once, for both services alike.

use std::env;
use std::time::Duration;
use trace_runtime::metrics::PrometheusSettings;
use trace_runtime::{InitError, Telemetry};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::prelude::*;

/// How long what is left may take to be sent at the end.
const PATIENCE: Duration = Duration::from_secs(5);

/// Starts what the environment asks for, and metrics for Prometheus in any case.
pub(crate) fn start(service: &'static str) -> Result<Telemetry, InitError> {
    let default = move |name: &str| (name == "OTEL_SERVICE_NAME").then(|| service.into());
    let telemetry = Telemetry::builder()
        .with_env(move |name| env::var_os(name).or_else(|| default(name)))
        // Each service has a page of its own for them.
        .with_prometheus(PrometheusSettings::default().without_endpoint())
        // Of the baggage, whatever else somebody sends, this alone is recorded.
        .with_baggage_attributes(["customer.tier"])
        .with_shutdown_timeout(PATIENCE)
        .install()?;
    // Spans and events of libraries, and our own events.
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::registry().with(trace_tracing::layer().with_filter(filter)).init();
    Ok(telemetry)
}
