//! Tests OpenTelemetry's bridges of `log` and `tracing` on the runtime's logger provider.
#![cfg(feature = "logs")]

use log::Log as _;
use opentelemetry_appender_log::OpenTelemetryLogBridge;
use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use trace_runtime::logs::logger_provider;
use trace_runtime::trace;
use trace_testkit::capture;
use trace_testkit::model::Severity::{Info, Warn};
use tracing_subscriber::prelude::*;

#[trace]
fn charge(run: impl FnOnce()) {
    run();
}

#[test]
fn records_of_log_get_our_ids() {
    let t = capture();
    let bridge = OpenTelemetryLogBridge::new(&logger_provider());
    let record = log::Record::builder()
        .args(format_args!("retry 2"))
        .level(log::Level::Warn)
        .target("shop::payment")
        .build();
    charge(|| bridge.log(&record));
    let log = t.logs().at(Warn).in_span("charge").body("retry 2").one();
    assert_eq!(log.scope.name, "shop::payment");
    assert!(bridge.enabled(&log::Metadata::builder().level(log::Level::Warn).build()));
}

#[test]
fn events_of_tracing_get_our_ids() {
    let t = capture();
    let bridge = OpenTelemetryTracingBridge::new(&logger_provider());
    tracing::subscriber::with_default(tracing_subscriber::registry().with(bridge), || {
        charge(|| tracing::info!(attempt = 2, "retry"));
        tracing::info!("outside");
    });
    t.logs().at(Info).in_span("charge").body("retry").with("attempt", 2).one();
    t.logs().outside_spans().body("outside").one();
    t.logs().count(2);
}
