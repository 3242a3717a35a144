//! Tests the rules of a configuration file for loggers: those of events are named after the target.
#![cfg(feature = "logs")]

use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{LogBatch, LogExporter};
use std::fmt;
use std::fs;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use trace_runtime::Telemetry;
use trace_runtime::export::NullExporter;
use tracing::{info, warn};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::prelude::*;

/// Keeps the targets of records.
#[derive(Clone, Debug, Default)]
struct Targets(Arc<Mutex<Vec<String>>>);

impl LogExporter for Targets {
    async fn export(&self, batch: LogBatch<'_>) -> OTelSdkResult {
        let targets = batch.iter().filter_map(|(record, _)| record.target());
        self.0.lock().unwrap().extend(targets.map(|target| target.to_string()));
        Ok(())
    }
}

/// Counts how often it is formatted.
struct Counts<'a>(&'a AtomicU32);

impl fmt::Display for Counts<'_> {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

const FILE: &str = "file_format: '1.2'
logger_provider:
  processors: [{ simple: { exporter: { console: } } }]
  logger_configurator/development:
    default_config: { enabled: false }
    loggers:
      - { name: 'shop::*', config: { minimum_severity: warn } }
      - { name: 'library::*', config: {} }
";

#[test]
fn events_follow_the_rule_for_their_target() {
    let file = std::env::temp_dir().join(format!("trace-loggers-{}.yaml", std::process::id()));
    fs::write(&file, FILE).unwrap();
    let targets = Targets::default();
    let builder = Telemetry::builder().without_env().with_config_file(&file);
    let builder = builder.without_startup_line().with_exporter(NullExporter::new());
    let telemetry = builder.with_otel_log_exporter(targets.clone()).install().unwrap();
    fs::remove_file(&file).unwrap();
    // OpenTelemetry emits an event when something is installed.
    let others = filter_fn(|metadata| !metadata.target().starts_with("opentelemetry"));
    tracing_subscriber::registry().with(trace_tracing::layer().with_filter(others)).init();

    let formatted = AtomicU32::new(0);
    info!(target: "shop::db", counts = %Counts(&formatted));
    info!(target: "other", counts = %Counts(&formatted));
    assert_eq!(formatted.load(Ordering::Relaxed), 0, "what a rule drops is not formatted");
    warn!(target: "shop::db", counts = %Counts(&formatted));
    assert_eq!(formatted.load(Ordering::Relaxed), 1);
    // These come through `tracing-log`.
    tracing_log::LogTracer::init().unwrap();
    log::set_max_level(log::LevelFilter::Info);
    log::info!(target: "library::http", "a record of `log`");
    log::info!(target: "other", "a record of `log`");

    let report = telemetry.shutdown(Duration::from_secs(20));
    assert_eq!(report.logs.emitted, 2);
    assert_eq!(*targets.0.lock().unwrap(), ["shop::db", "library::http"]);
}
