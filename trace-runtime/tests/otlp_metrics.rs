//! Runs whole programs that send metrics over OTLP, in separate processes, and checks what a receiver gets.
#![cfg(all(feature = "metrics", feature = "otlp-http"))]

use crate::support::{is_alone, test_command};
use opentelemetry::{KeyValue, global};
use opentelemetry_sdk::metrics::Temporality;
use std::process::Output;
use std::time::{Duration, Instant};
use trace_runtime::export::{NullExporter, OtlpProtocol, OtlpSettings};
use trace_runtime::metrics::OtlpMetricSettings;
use trace_runtime::{Telemetry, TelemetryBuilder};
use trace_testkit::model::{InstrumentKind, Metric, Temporality as Told};
#[cfg(feature = "json")]
use trace_testkit::receiver::Transport;
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
    let output = output_of(program, variables);
    String::from_utf8(output.stderr).unwrap()
}

fn output_of(program: &str, variables: impl IntoIterator<Item = (&'static str, String)>) -> Output {
    let output = test_command(program)
        .env_clear()
        .env("TRACE_RUNTIME_TEST_PROGRAM", "1")
        .env("OTEL_SERVICE_NAME", "shop")
        .env("TRACE_RUNTIME_STARTUP_LINE", "false")
        .envs(variables)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    output
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

#[cfg(feature = "json")]
#[test]
fn over_http_with_json() {
    let receiver = Receiver::start().unwrap();
    let json = ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json".to_owned());
    assert_eq!(run(receiver.env().into_iter().chain([json])), "");
    assert_received(&receiver);
    for request in receiver.requests() {
        assert_eq!(request.transport, Some(Transport::HttpJson));
    }
}

/// Reads the line of metrics in a text.
#[cfg(feature = "json")]
fn metrics_of(text: &str) -> Vec<opentelemetry_proto::tonic::metrics::v1::Metric> {
    use opentelemetry_proto::tonic::metrics::v1::MetricsData;

    let lines: Vec<_> = text.lines().filter(|line| line.starts_with('{')).collect();
    let [line] = &lines[..] else { panic!("{text}") };
    let read: MetricsData = serde_json::from_str(line).unwrap();
    let resource = read.resource_metrics.into_iter().next().unwrap();
    let name = &resource.resource.unwrap().attributes;
    assert!(name.iter().any(|it| it.key == "service.name"), "{text}");
    resource.scope_metrics.into_iter().flat_map(|scope| scope.metrics).collect()
}

#[cfg(feature = "json")]
#[test]
fn json_lines_go_to_stdout() {
    let only = |name| (name, "none".to_owned());
    let json = ("OTEL_METRICS_EXPORTER", "json".to_owned());
    let output = output_of("program", [json, only("OTEL_TRACES_EXPORTER")]);
    let metrics = metrics_of(str::from_utf8(&output.stdout).unwrap());
    let latency = metrics.iter().find(|metric| metric.name == "latency").unwrap();
    assert_eq!(latency.unit, "s");
    assert!(metrics.iter().any(|metric| metric.name == "orders"));
}

#[cfg(feature = "json")]
#[test]
fn json_lines_go_to_a_file() {
    use opentelemetry_proto::tonic::metrics::v1::metric::Data;
    use trace_runtime::InitError;
    use trace_runtime::metrics::JsonMetricSettings;

    if !is_alone("json_lines_go_to_a_file") {
        return;
    }
    let folder = std::env::temp_dir().join(format!("trace-metrics-{}", std::process::id()));
    let file = folder.join("metrics.jsonl");
    let settings =
        JsonMetricSettings::default().with_file(&file).with_temporality(Temporality::Delta);
    let Err(InitError::Exporter { name, message }) =
        builder().with_json_metrics(settings.clone()).install()
    else {
        panic!("there is no folder yet");
    };
    assert_eq!(name, "json metrics");
    assert!(message.contains("metrics.jsonl"), "{message}");
    std::fs::create_dir(&folder).unwrap();
    let telemetry = builder().with_json_metrics(settings).install().unwrap();
    measure();
    telemetry.shutdown(Duration::from_secs(10));
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    let metrics = metrics_of(&text);
    let orders = metrics.iter().find(|metric| metric.name == "orders").unwrap();
    let Some(Data::Sum(sum)) = &orders.data else { panic!("{orders:?}") };
    assert_eq!((sum.aggregation_temporality, sum.is_monotonic), (1, true));
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
fn points_of_a_request_are_limited() {
    if !is_alone("points_of_a_request_are_limited") {
        return;
    }
    const PROTOCOLS: &[OtlpProtocol] = &[
        OtlpProtocol::HttpProtobuf,
        #[cfg(feature = "json")]
        OtlpProtocol::HttpJson,
    ];
    for protocol in PROTOCOLS {
        let receiver = Receiver::start().unwrap();
        let mut settings = to(&receiver).with_max_export_batch_size(2);
        settings.otlp.protocol = *protocol;
        let builder = builder().with_otlp_metrics(settings).without_own_metrics();
        let telemetry = builder.install().unwrap();
        let counter = global::meter("shop").u64_counter("orders").build();
        (0..5).for_each(|tier| counter.add(1, &[KeyValue::new("tier", tier)]));
        let report = telemetry.shutdown(Duration::from_secs(10));
        let taken: Vec<_> = receiver.requests().iter().map(|request| request.taken).collect();
        // With the description of the build.
        assert_eq!(taken, [2, 2, 2], "{report}");
    }
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
