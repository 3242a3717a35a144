//! Runs whole programs that send metrics over OTLP, in separate processes, and checks what a receiver gets.
#![cfg(all(feature = "metrics", feature = "otlp-http"))]

use crate::support::{is_alone, test_command};
use opentelemetry::{KeyValue, global};
use opentelemetry_sdk::metrics::Temporality;
use std::time::{Duration, Instant};
use trace_runtime::export::{NullExporter, OtlpSettings};
use trace_runtime::metrics::OtlpMetricSettings;
use trace_runtime::{Telemetry, TelemetryBuilder};
use trace_testkit::model::{InstrumentKind, Metric, Temporality as Told};
use trace_testkit::receiver::{Answer, Receiver, Signal};

/// The program; it only does something when a test below starts it.
#[test]
fn program() {
    if std::env::var_os("TRACE_RUNTIME_TEST_PROGRAM").is_none() {
        return;
    }
    let _telemetry = trace_runtime::init().unwrap();
    measure();
}

/// Runs the program with a page of metrics that it serves itself.
#[cfg(feature = "prometheus")]
#[test]
fn program_with_a_page() {
    if std::env::var_os("TRACE_RUNTIME_TEST_PROGRAM").is_none() {
        return;
    }
    let page = trace_runtime::metrics::PrometheusSettings::default().without_endpoint();
    let telemetry = Telemetry::builder().with_prometheus(page).install().unwrap();
    measure();
    let page = telemetry.prometheus().unwrap().render(None).unwrap();
    assert!(page.body.contains("orders_total"));
}

fn measure() {
    let meter = global::meter("shop");
    meter.u64_counter("orders").build().add(3, &[KeyValue::new("tier", "free")]);
    meter.f64_histogram("latency").with_unit("s").build().record(0.25, &[]);
}

/// Runs the program to its end; returns its output on stderr.
fn run(variables: impl IntoIterator<Item = (&'static str, String)>) -> String {
    run_program("program", variables)
}

fn run_program(
    program: &str,
    variables: impl IntoIterator<Item = (&'static str, String)>,
) -> String {
    let output = test_command(program)
        .env_clear()
        .env("TRACE_RUNTIME_TEST_PROGRAM", "1")
        .env("OTEL_SERVICE_NAME", "shop")
        .env("TRACE_RUNTIME_STARTUP_LINE", "false")
        .envs(variables)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

fn metric(receiver: &Receiver, name: &str) -> Metric {
    let metrics = receiver.snapshot().metrics;
    let found = metrics.iter().find(|metric| metric.name == name);
    found.unwrap_or_else(|| panic!("no {name} in {metrics:?}")).clone()
}

fn assert_received(receiver: &Receiver) {
    let orders = metric(receiver, "orders");
    assert_eq!(orders.kind, InstrumentKind::Counter);
    assert_eq!(orders.temporality, Some(Told::Cumulative));
    assert_eq!(orders.resource.attribute("service.name"), Some(&"shop".into()));
    assert_eq!(metric(receiver, "latency").unit, "s");
}

#[test]
fn over_http() {
    let receiver = Receiver::start().unwrap();
    assert_eq!(run(receiver.env()), "");
    assert_received(&receiver);
}

/// A page goes nowhere by itself, so it takes no exporter's place.
#[cfg(feature = "prometheus")]
#[test]
fn a_page_leaves_the_environment_its_exporters() {
    let receiver = Receiver::start().unwrap();
    assert_eq!(run_program("program_with_a_page", receiver.env()), "");
    assert_received(&receiver);
}

#[cfg(feature = "otlp-grpc")]
#[test]
fn over_grpc() {
    let receiver = Receiver::start().unwrap();
    let grpc = ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc".to_owned());
    assert_eq!(run(receiver.env().into_iter().chain([grpc])), "");
    assert_received(&receiver);
}

#[test]
fn histograms_are_what_the_environment_says() {
    let receiver = Receiver::start().unwrap();
    let said = [
        ("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "delta".to_owned()),
        (
            "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION",
            "base2_exponential_bucket_histogram".to_owned(),
        ),
    ];
    assert_eq!(run(receiver.env().into_iter().chain(said)), "");
    assert_eq!(metric(&receiver, "orders").temporality, Some(Told::Delta));
    assert_eq!(metric(&receiver, "latency").kind, InstrumentKind::ExponentialHistogram);
}

#[test]
fn metrics_are_turned_off_by_name() {
    let receiver = Receiver::start().unwrap();
    let none = ("OTEL_METRICS_EXPORTER", "none".to_owned());
    assert_eq!(run(receiver.env().into_iter().chain([none])), "");
    assert_eq!(receiver.snapshot().metrics.len(), 0);
}

#[cfg(feature = "console")]
#[test]
fn metrics_are_shown_to_people() {
    let console = ("OTEL_METRICS_EXPORTER", "console".to_owned());
    let none = ("OTEL_TRACES_EXPORTER", "none".to_owned());
    let stderr = run([console, none]);
    assert!(stderr.contains("latency_seconds_count{otel_scope_name=\"shop\"} 1\n"), "{stderr}");
}

fn to(receiver: &Receiver) -> OtlpMetricSettings {
    let endpoint = receiver.http_endpoint(Signal::Metrics);
    OtlpMetricSettings::default().with_otlp(OtlpSettings::default().with_endpoint(endpoint))
}

fn builder() -> TelemetryBuilder {
    Telemetry::builder().without_env().with_exporter(NullExporter::new())
}

#[test]
fn a_flush_brings_what_was_measured() {
    if !is_alone("a_flush_brings_what_was_measured") {
        return;
    }
    let receiver = Receiver::start().unwrap();
    let settings = to(&receiver).with_temporality(Temporality::Delta);
    let telemetry = builder().with_otlp_metrics(settings).install().unwrap();
    measure();
    telemetry.force_flush(Duration::from_secs(10)).unwrap();
    let [request] = &receiver.requests()[..] else { panic!("{receiver:?}") };
    assert_eq!(&*request.path, "/v1/metrics");
    assert_eq!(metric(&receiver, "orders").temporality, Some(Told::Delta));
    receiver.respond_with(Answer::status(400).with_message("no metrics here"));
    measure();
    // As with spans, a flush fails for want of time only.
    telemetry.force_flush(Duration::from_secs(10)).unwrap();
    assert_eq!(receiver.requests().len(), 2, "not repeated");
}

#[test]
fn metrics_go_out_after_each_interval() {
    if !is_alone("metrics_go_out_after_each_interval") {
        return;
    }
    let receiver = Receiver::start().unwrap();
    let settings = to(&receiver).with_interval(Duration::from_millis(10));
    let _telemetry = builder().with_otlp_metrics(settings).install().unwrap();
    measure();
    let begin = Instant::now();
    while receiver.requests().len() < 3 {
        assert!(begin.elapsed() < Duration::from_secs(20), "{receiver:?}");
        std::thread::yield_now();
    }
}

#[test]
fn a_receiver_that_hangs_delays_the_end_no_longer_than_allowed() {
    if !is_alone("a_receiver_that_hangs_delays_the_end_no_longer_than_allowed") {
        return;
    }
    let receiver = Receiver::start().unwrap();
    receiver.respond_with(Answer::hang());
    let telemetry = builder()
        .with_otlp_metrics(to(&receiver))
        .with_shutdown_timeout(Duration::from_millis(200))
        .install()
        .unwrap();
    measure();
    let begin = Instant::now();
    drop(telemetry);
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
}
