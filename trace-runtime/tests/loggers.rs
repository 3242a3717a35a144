//! Tests the rules for loggers that a configuration file contains.
#![cfg(all(feature = "config-file", feature = "log"))]

use crate::support::files::Folder;
use crate::support::is_alone;
use log::Log as _;
use opentelemetry::logs::{LogRecord as _, Logger as _, LoggerProvider as _, Severity};
use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{LogBatch, LogExporter};
use std::cell::Cell;
use std::fmt;
use std::mem;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use trace_runtime::export::NullExporter;
use trace_runtime::logs::{LogBridge, logger_provider};
use trace_runtime::{Level, Telemetry, TelemetryBuilder, trace};
use tracing_subscriber::prelude::*;

const LONG: Duration = Duration::from_secs(20);

/// Keeps the bodies of records.
#[derive(Clone, Debug, Default)]
struct Bodies(Arc<Mutex<Vec<String>>>);

impl LogExporter for Bodies {
    async fn export(&self, batch: LogBatch<'_>) -> OTelSdkResult {
        use opentelemetry::logs::AnyValue;

        let bodies = batch.iter().filter_map(|(record, _)| match record.body() {
            Some(AnyValue::String(body)) => Some(body.to_string()),
            _ => None,
        });
        self.0.lock().unwrap().extend(bodies);
        Ok(())
    }
}

struct Program {
    folder: Folder,
    bodies: Bodies,
    telemetry: Telemetry,
}

impl Program {
    fn new(configurator: &str, with: impl FnOnce(TelemetryBuilder) -> TelemetryBuilder) -> Self {
        let (folder, bodies) = (Folder::new(), Bodies::default());
        folder.write(&file("always_on", configurator));
        let builder = folder.builder().with_exporter(NullExporter::new());
        let builder = with(builder.with_otel_log_exporter(bodies.clone()));
        let telemetry = builder.install().unwrap();
        Self { folder, bodies, telemetry }
    }

    fn change(&self, sampler: &str, configurator: &str) {
        self.folder.write(&file(sampler, configurator));
        assert!(self.telemetry.config_handle().reload().unwrap());
    }

    /// Returns what has been exported since the last call.
    fn taken(&self) -> Vec<String> {
        self.telemetry.force_flush(LONG).unwrap();
        let mut taken = mem::take(&mut *self.bodies.0.lock().unwrap());
        taken.sort();
        taken
    }
}

fn file(sampler: &str, configurator: &str) -> String {
    format!(
        "file_format: '1.2'
tracer_provider:
  processors: [{{ simple: {{ exporter: {{ console: }} }} }}]
  sampler: {{ {sampler}: }}
logger_provider:
  processors: [{{ simple: {{ exporter: {{ console: }} }} }}]
  logger_configurator/development: {{ {configurator} }}
"
    )
}

fn by_api(scope: &'static str, severity: Option<Severity>, body: &'static str) {
    let logger = logger_provider().logger(scope);
    let mut record = logger.create_log_record();
    record.set_body(body.into());
    if let Some(severity) = severity {
        record.set_severity_number(severity);
    }
    logger.emit(record);
}

fn by_log(target: &'static str, level: log::Level, args: fmt::Arguments<'_>) {
    let mut record = log::Record::builder();
    record.module_path_static(Some("shop::here")).file_static(Some("here.rs")).line(Some(1));
    LogBridge::new().log(&record.target(target).level(level).args(args).build());
}

#[test]
fn loggers_are_turned_off_by_their_names() {
    if !is_alone("loggers_are_turned_off_by_their_names") {
        return;
    }
    let off = "loggers: [{ name: 'noisy*', config: { enabled: false } }]";
    let program = Program::new(off, |builder| builder);
    let emit_all = || {
        by_api("noisy.api", None, "api, noisy");
        by_api("quiet.api", None, "api, quiet");
        by_log("noisy::log", log::Level::Error, format_args!("log, noisy"));
        by_log("quiet::log", log::Level::Error, format_args!("log, quiet"));
        let bridge = OpenTelemetryTracingBridge::new(&logger_provider());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(bridge), || {
            tracing::error!(target: "noisy::tracing", "tracing, noisy");
            tracing::error!(target: "quiet::tracing", "tracing, quiet");
        });
    };
    let noisy = ["api, noisy", "log, noisy", "tracing, noisy"];
    let quiet = ["api, quiet", "log, quiet", "tracing, quiet"];
    emit_all();
    assert_eq!(program.taken(), quiet);

    let on = "default_config: { enabled: false }, loggers: [{ name: 'noisy?log', config: {} }, \
              { name: 'noisy??log', config: {} }, { name: '*.api', config: { enabled: true } }]";
    program.change("always_on", on);
    emit_all();
    assert_eq!(program.taken(), ["api, noisy", "api, quiet", "log, noisy"]);

    program.change("always_on", "");
    emit_all();
    let mut all = [noisy, quiet].concat();
    all.sort_unstable();
    assert_eq!(program.taken(), all);
    // What a rule drops is neither emitted nor lost.
    let report = program.telemetry.shutdown(LONG);
    assert!(report.is_lossless() && report.is_balanced(), "{report}");
    assert_eq!(report.logs.emitted, 12);
}

#[test]
fn loggers_have_a_least_severity() {
    /// Counts how often it is formatted.
    struct Counts<'a>(&'a Cell<u32>);

    impl fmt::Display for Counts<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.0.set(self.0.get() + 1);
            f.write_str("counted")
        }
    }

    if !is_alone("loggers_have_a_least_severity") {
        return;
    }
    let formatted = Cell::new(0);
    let log = |level| by_log("shop::db", level, format_args!("{}", Counts(&formatted)));
    let rules = "default_config: { minimum_severity: error2 }, \
                 loggers: [{ name: 'shop*', config: { minimum_severity: info } }]";
    // The level of the program holds, too.
    let program = Program::new(rules, |builder| builder.with_log_level(Level::Debug));
    by_api("shop", Some(Severity::Debug4), "debug 4");
    by_api("shop", Some(Severity::Info), "info");
    by_api("shop", None, "none");
    by_api("other", Some(Severity::Error), "error");
    by_api("other", Some(Severity::Fatal), "fatal");
    log(log::Level::Debug);
    assert_eq!(formatted.get(), 0, "what a rule drops is not formatted");
    log(log::Level::Info);
    assert_eq!(program.taken(), ["counted", "fatal", "info", "none"]);

    program.change("always_on", "default_config: { minimum_severity: trace }");
    log(log::Level::Trace);
    log(log::Level::Debug);
    assert_eq!((formatted.get(), program.taken()), (2, vec!["counted".to_owned()]));
}

#[test]
fn loggers_follow_the_sampling_of_traces() {
    #[trace]
    fn within() {
        by_api("api", None, "api, within");
        by_log("log", log::Level::Info, format_args!("log, within"));
        by_log("always", log::Level::Info, format_args!("always, within"));
    }

    if !is_alone("loggers_follow_the_sampling_of_traces") {
        return;
    }
    let rules = "default_config: { trace_based: true }, \
                 loggers: [{ name: always, config: { trace_based: false } }]";
    let program = Program::new(rules, |builder| builder);
    within();
    assert_eq!(program.taken(), ["always, within", "api, within", "log, within"]);

    program.change("always_off", rules);
    within();
    by_api("api", None, "api, outside");
    by_log("log", log::Level::Info, format_args!("log, outside"));
    assert_eq!(program.taken(), ["always, within", "api, outside", "log, outside"]);
}
