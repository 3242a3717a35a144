//! Tests the health that telemetry reports of itself.
#![cfg(feature = "enabled")]

use crate::support::{is_alone, record};
use std::ffi::OsString;
use std::time::{Duration, SystemTime};
use trace_runtime::export::QueueSettings;
use trace_runtime::health::{ExporterHealth, Health, HealthState};
use trace_runtime::{Telemetry, TelemetryBuilder};
use trace_testkit::force::{Fault, FaultyExporter, FaultyExporterHandle};

const LONG: Duration = Duration::from_secs(20);

fn builder() -> TelemetryBuilder {
    Telemetry::builder().without_env()
}

fn faulty() -> (FaultyExporterHandle, Telemetry) {
    let exporter = FaultyExporter::new();
    let handle = exporter.handle();
    (handle, builder().with_exporter(exporter).install().unwrap())
}

fn send(telemetry: &Telemetry) -> Health {
    record(2);
    telemetry.force_flush(LONG).unwrap();
    telemetry.health()
}

fn traces(health: &Health) -> &ExporterHealth {
    health.exporters.iter().find(|exporter| exporter.signal == "traces").unwrap()
}

#[test]
fn an_exporter_that_works_is_healthy() {
    if !is_alone("an_exporter_that_works_is_healthy") {
        return;
    }
    let (_faults, telemetry) = faulty();
    let begin = SystemTime::now() - Duration::from_secs(1);
    assert_eq!(traces(&telemetry.health()).last_success, None);
    let health = send(&telemetry);
    assert_eq!((health.state, health.is_disabled), (HealthState::Healthy, false));
    assert!(health.reasons.is_empty(), "{:?}", health.reasons);
    let exporter = traces(&health);
    assert!(exporter.last_success.is_some_and(|at| at > begin), "{exporter:?}");
    assert_eq!((exporter.last_error.as_ref(), exporter.queued), (None, Some(0)));
    assert_eq!(health.losses.started, 3);
}

#[test]
fn a_failure_degrades_until_the_next_success() {
    if !is_alone("a_failure_degrades_until_the_next_success") {
        return;
    }
    let (faults, telemetry) = faulty();
    faults.respond_with(Fault::fail("no route").once());
    let health = send(&telemetry);
    assert_eq!(health.state, HealthState::Degraded);
    let exporter = traces(&health);
    assert_eq!(exporter.state, HealthState::Degraded);
    assert!(
        exporter.last_error.as_ref().is_some_and(|(_, error)| error == "no route"),
        "{exporter:?}"
    );
    assert_eq!(health.reasons.len(), 2, "{:?}", health.reasons);
    assert!(health.reasons[0].ends_with(": no route"), "{:?}", health.reasons);
    assert_eq!(health.reasons[1], "3 items were lost lately");
    // The exporter recovers; what was lost is still reported for a while.
    let health = send(&telemetry);
    assert_eq!(traces(&health).state, HealthState::Healthy);
    assert_eq!(
        (health.state, &*health.reasons),
        (HealthState::Degraded, &["3 items were lost lately".to_owned()][..])
    );
}

#[test]
fn an_exporter_that_was_given_up_fails_its_signal() {
    if !is_alone("an_exporter_that_was_given_up_fails_its_signal") {
        return;
    }
    let exporter = FaultyExporter::new();
    let faults = exporter.handle();
    faults.respond_with(Fault::panic("bug").times(3));
    let one_by_one = QueueSettings::default().with_max_batch(1);
    let telemetry =
        builder().with_exporter(exporter).with_span_queue(one_by_one).install().unwrap();
    let health = send(&telemetry);
    assert_eq!((health.state, traces(&health).state), (HealthState::Failing, HealthState::Failing));
    assert_eq!(health.reasons[0], "traces reach no receiver");
    assert!(health.to_json().contains("\"state\":\"failing\""));
}

#[test]
fn a_queue_that_fills_degrades() {
    if !is_alone("a_queue_that_fills_degrades") {
        return;
    }
    let exporter = FaultyExporter::new();
    let faults = exporter.handle();
    faults.respond_with(Fault::hang());
    let queue = QueueSettings::default().with_max_queue(10).with_max_batch(1);
    let telemetry = builder().with_exporter(exporter).with_span_queue(queue).install().unwrap();
    record(8);
    let _ = telemetry.force_flush(Duration::from_millis(100));
    let health = telemetry.health();
    let exporter = traces(&health);
    assert_eq!((exporter.queued, exporter.capacity), (Some(9), Some(10)));
    assert_eq!(health.state, HealthState::Degraded);
    assert!(
        health.reasons[0].starts_with("9 of at most 10 items wait for exporter `"),
        "{:?}",
        health.reasons
    );
    faults.recover();
}

#[test]
fn a_pipeline_that_has_ended_fails_and_one_that_is_off_does_not() {
    if !is_alone("a_pipeline_that_has_ended_fails_and_one_that_is_off_does_not") {
        return;
    }
    let (_faults, telemetry) = faulty();
    let handle = telemetry.health_handle();
    telemetry.shutdown(LONG);
    assert_eq!(handle.health().state, HealthState::Failing);
    assert_eq!(telemetry.health().reasons, ["the pipeline has ended"]);
    drop(telemetry);
    assert_eq!(handle.health().reasons, ["the pipeline has ended"]);

    let off = |name: &str| (name == "OTEL_SDK_DISABLED").then(|| OsString::from("true"));
    let telemetry = Telemetry::builder().with_env(off).install().unwrap();
    let health = telemetry.health();
    assert_eq!((health.state, health.is_disabled), (HealthState::Healthy, true));
}

#[cfg(all(feature = "logs", feature = "metrics", feature = "otlp-http"))]
#[test]
fn every_signal_reports_its_exporter() {
    use opentelemetry::logs::{LogRecord as _, Logger as _, LoggerProvider as _};
    use trace_testkit::receiver::{Answer, Receiver};

    if !is_alone("every_signal_reports_its_exporter") {
        return;
    }
    let receiver = Receiver::start().unwrap();
    let endpoint = receiver.endpoint();
    let lookup = move |name: &str| match name {
        "OTEL_EXPORTER_OTLP_ENDPOINT" => Some(OsString::from(&endpoint)),
        "OTEL_EXPORTER_OTLP_TIMEOUT" => Some(OsString::from("500")),
        _ => None,
    };
    let telemetry = Telemetry::builder().with_env(lookup).install().unwrap();
    let send = || {
        record(1);
        opentelemetry::global::meter("shop").u64_counter("orders").build().add(1, &[]);
        let logger = telemetry.logger_provider().logger("shop");
        let mut log = logger.create_log_record();
        log.set_body("hello".into());
        logger.emit(log);
        let _ = telemetry.force_flush(LONG);
        telemetry.health()
    };
    let healthy = send();
    assert_eq!(healthy.state, HealthState::Healthy, "{:?}", healthy.reasons);
    let signals: Vec<_> = healthy.exporters.iter().map(|exporter| exporter.signal).collect();
    assert_eq!(signals, ["traces", "metrics", "logs"]);
    receiver.respond_with(Answer::status(400).with_message("not today"));
    let health = send();
    assert_eq!(health.state, HealthState::Degraded);
    for exporter in &health.exporters {
        assert_eq!(exporter.state, HealthState::Degraded, "{exporter:?}");
        let (_, error) = exporter.last_error.as_ref().unwrap();
        assert!(error.contains("not today"), "{error}");
        assert!(exporter.last_success.is_some());
    }
}
