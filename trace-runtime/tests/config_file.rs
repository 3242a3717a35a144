//! Tests pipelines that a file configures, with a receiver of OTLP.
#![cfg(all(feature = "config-file", feature = "otlp-http", feature = "metrics", feature = "logs"))]

use crate::support::{is_alone, record, test_command};
use opentelemetry::logs::{LogRecord as _, Logger as _, LoggerProvider as _};
use opentelemetry::{KeyValue, global};
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use trace_runtime::config_file::{self, Section};
use trace_runtime::export::NullExporter;
use trace_runtime::health::HealthState;
use trace_runtime::sampling::AlwaysOn;
use trace_runtime::{InitError, Span, Telemetry, TelemetryBuilder};
use trace_testkit::force::FaultyExporter;
#[cfg(feature = "json")]
use trace_testkit::receiver::Transport;
use trace_testkit::receiver::{Receiver, Signal};

const LONG: Duration = Duration::from_secs(20);

/// A file that is removed in the end.
struct File(PathBuf);

impl File {
    fn new(extension: &str, text: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("trace-config-{}-{number}.{extension}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::write(&path, text).unwrap();
        Self(path)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// Returns a builder with these variables.
fn with(variables: Vec<(&'static str, String)>) -> TelemetryBuilder {
    Telemetry::builder().with_env(move |name| {
        let found = variables.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| OsString::from(value))
    })
}

/// Returns a builder with this file in `OTEL_CONFIG_FILE`, and a receiver in `RECEIVER`.
fn from(file: &File, receiver: &Receiver) -> TelemetryBuilder {
    with(vec![
        ("OTEL_CONFIG_FILE", file.0.display().to_string()),
        ("RECEIVER", receiver.endpoint()),
        ("TOKEN", "s3cret".to_owned()),
        // Nothing but the file counts.
        ("OTEL_TRACES_EXPORTER", "none".to_owned()),
        ("OTEL_SERVICE_NAME", "variable".to_owned()),
        ("OTEL_EXPORTER_OTLP_HEADERS", "not a list".to_owned()),
    ])
}

const ALL: &str = "
file_format: '1.2'
resource:
  attributes: [{ name: service.name, value: shop }]
  detection/development: { detectors: [{ process: }], attributes: { included: [process.pid] } }
propagator: { composite: [{ tracecontext: }] }
tracer_provider:
  processors:
    - batch:
        exporter:
          otlp_http: { endpoint: '${RECEIVER}/v1/traces', headers: [{ name: x-key, value: '${TOKEN}' }] }
meter_provider:
  readers: [{ periodic: { exporter: { otlp_http: { endpoint: '${RECEIVER}/v1/metrics' } } } }]
  views:
    - selector: { instrument_name: 'order*', instrument_type: counter, meter_name: shop }
      stream: { name: renamed, attribute_keys: { included: [tier] } }
    - selector: { instrument_name: secret.* }
      stream: { aggregation: { drop: } }
    - selector: { instrument_name: noise }
      stream: { name: renamed_noise }
  meter_configurator/development:
    default_config: { enabled: true }
    meters: [{ name: 'noisy*', config: { enabled: false } }]
logger_provider:
  processors: [{ simple: { exporter: { otlp_http: { endpoint: '${RECEIVER}/v1/logs' } } } }]
distribution: { trace-rs: { own_metrics: false, startup_line: false } }
";

#[test]
fn a_file_configures_all_signals() {
    if !is_alone("a_file_configures_all_signals") {
        return;
    }
    let receiver = Receiver::start().unwrap();
    let file = File::new("yaml", ALL);
    let telemetry = from(&file, &receiver).install().unwrap();
    record(2);
    let meter = global::meter("shop");
    let attributes = [KeyValue::new("tier", "free"), KeyValue::new("user", 7)];
    meter.u64_counter("orders").build().add(3, &attributes);
    meter.u64_counter("secret.orders").build().add(3, &[]);
    global::meter("noisy.library").u64_counter("noise").build().add(1, &[]);
    let logger = telemetry.logger_provider().logger("shop");
    let mut log = logger.create_log_record();
    log.set_body("hello".into());
    logger.emit(log);
    telemetry.force_flush(LONG).unwrap();

    let health = telemetry.health();
    let configuration = health.configuration.expect("a file is in force");
    assert_eq!((health.state, configuration.version), (HealthState::Healthy, 1));
    assert_eq!(configuration.source, file.0.display().to_string());
    assert_eq!(configuration.hash.len(), 16);
    telemetry.shutdown(LONG);

    let spans = receiver.spans();
    assert_eq!(spans.len(), 3);
    let resource = &spans[0].resource;
    assert_eq!(resource.attribute("service.name"), Some(&"shop".into()));
    assert!(resource.attribute("process.pid").is_some());
    assert!(resource.attribute("process.executable.name").is_none(), "{resource:?}");
    let of =
        |signal| receiver.requests().into_iter().find(|request| request.signal == Some(signal));
    assert_eq!(of(Signal::Traces).unwrap().header("x-key"), Some("s3cret"));
    let metrics = receiver.snapshot().metrics;
    let names: Vec<&str> = metrics.iter().map(|metric| metric.name.as_str()).collect();
    assert!(names.contains(&"renamed"), "{names:?}");
    assert!(
        !names.iter().any(|name| name.contains("orders")
            || name.contains("noise")
            || name.starts_with("trace_runtime.")),
        "{names:?}"
    );
    let renamed = metrics.iter().find(|metric| metric.name == "renamed").unwrap();
    let shown = format!("{renamed:?}");
    assert!(shown.contains("tier") && !shown.contains("user"), "{shown}");
    assert_eq!(receiver.snapshot().logs.len(), 1);
}

#[test]
fn the_program_takes_precedence_over_the_file() {
    if !is_alone("the_program_takes_precedence_over_the_file") {
        return;
    }
    let receiver = Receiver::start().unwrap();
    let text = ALL.replace(
        "  processors:\n    - batch",
        "  sampler: { always_off: }\n  processors:\n    - batch",
    );
    let file = File::new("yaml", &text);
    let exporter = FaultyExporter::new();
    let taken = exporter.handle();
    let telemetry = from(&file, &receiver)
        .with_sampler(AlwaysOn)
        .with_exporter(exporter)
        .with_service_name("program")
        .install()
        .unwrap();
    record(0);
    telemetry.shutdown(LONG);
    assert_eq!(taken.taken(), ["outer"]);
    assert!(receiver.spans().is_empty());
}

#[test]
fn a_file_that_is_broken_installs_nothing() {
    if !is_alone("a_file_that_is_broken_installs_nothing") {
        return;
    }
    let text = "
file_format: '1.2'
tracer_provider:
  procesors: []
  sampler: { trace_id_ratio_based: { ratio: 2 } }
meter_provider:
  readers: '${TOKEN}'
";
    let receiver = Receiver::start().unwrap();
    let error = from(&File::new("yaml", text), &receiver).install().unwrap_err();
    let InitError::Configuration(problems) = &error else { panic!("{error}") };
    assert!(problems.problems().len() >= 3, "{error}");
    let (shown, debug) = (error.to_string(), format!("{error:?}"));
    for text in [&shown, &debug] {
        assert!(
            text.contains(".yaml:4:3: ") && text.contains("did you mean `processors`?"),
            "{text}"
        );
        assert!(text.contains(".yaml:5:45: ") && !text.contains("s3cret"), "{text}");
    }
    // The program can go on, and try again.
    let telemetry = with(Vec::new()).with_exporter(NullExporter::new()).install().unwrap();
    assert!(telemetry.health().configuration.is_none());
    let missing = with(vec![("OTEL_CONFIG_FILE", "/does/not/exist.yaml".to_owned())]);
    let error = missing.install().unwrap_err().to_string();
    assert!(error.contains("/does/not/exist.yaml: the file cannot be read"), "{error}");
}

#[test]
fn sections_of_other_files_configure_too() {
    if !is_alone("sections_of_other_files_configure_too") {
        return;
    }
    let receiver = Receiver::start().unwrap();
    let endpoint = receiver.endpoint();
    let text = format!(
        r#"{{ "file_format": "1.2", "tracer_provider": {{ "processors": [
            {{ "simple": {{ "exporter": {{ "otlp_http": {{ "endpoint": "{endpoint}/v1/traces" }} }} }} }}] }} }}"#
    );
    let section: Section = serde_json::from_str(&text).unwrap();
    let telemetry = Telemetry::from_section(section).install().unwrap();
    record(1);
    telemetry.shutdown(LONG);
    drop(telemetry);
    let file = File::new("json", &text);
    let telemetry = Telemetry::from_file(&file.0).install().unwrap();
    record(1);
    telemetry.shutdown(LONG);
    assert_eq!(receiver.spans().len(), 4);
}

#[cfg(feature = "json")]
#[test]
fn all_signals_are_written_into_files() {
    if !is_alone("all_signals_are_written_into_files") {
        return;
    }
    let [spans, logs, metrics] = [(); 3].map(|()| File::new("jsonl", ""));
    let exporter = |file: &File| {
        let url = format!("file://{}", file.0.display());
        format!(
            "[{{ simple: {{ exporter: {{ otlp_file/development: {{ output_stream: '{url}' }} }} }} }}]"
        )
    };
    let reader = format!(
        "{{ periodic: {{ exporter: {{ otlp_file/development: {{ output_stream: 'file://{}',
            temporality_preference: delta,
            default_histogram_aggregation: base2_exponential_bucket_histogram }} }} }} }}",
        metrics.0.display()
    );
    let text = format!(
        "file_format: '1.2'\ntracer_provider: {{ processors: {} }}\nlogger_provider: {{ processors: {} }}\n\
         meter_provider: {{ readers: [{reader}] }}\n",
        exporter(&spans),
        exporter(&logs)
    );
    let file = File::new("yaml", &text);
    let telemetry = Telemetry::from_file(&file.0).install().unwrap();
    record(0);
    let logger = telemetry.logger_provider().logger("shop");
    let mut log = logger.create_log_record();
    log.set_body("hello".into());
    logger.emit(log);
    global::meter("shop").f64_histogram("latency").build().record(0.5, &[]);
    telemetry.shutdown(LONG);
    let [spans, logs, metrics] =
        [&spans, &logs, &metrics].map(|file| fs::read_to_string(&file.0).unwrap());
    assert!(spans.starts_with(r#"{"resourceSpans":"#) && spans.contains("outer"), "{spans}");
    assert!(logs.starts_with(r#"{"resourceLogs":"#), "{logs}");
    assert!(logs.contains(r#""body":{"stringValue":"hello"}"#), "{logs}");
    assert!(metrics.starts_with(r#"{"resourceMetrics":"#), "{metrics}");
    let latency = metrics.split_once(r#""name":"latency","#).unwrap().1;
    assert!(latency.starts_with(r#""exponentialHistogram":"#), "{metrics}");
    assert!(latency.contains(r#""aggregationTemporality":1"#), "{metrics}");
}

#[cfg(feature = "json")]
#[test]
fn all_signals_go_over_http_as_json() {
    if !is_alone("all_signals_go_over_http_as_json") {
        return;
    }
    let receiver = Receiver::start().unwrap();
    let text = ALL.replace("otlp_http: {", "otlp_http: { encoding: json,");
    let file = File::new("yaml", &text);
    let telemetry = from(&file, &receiver).install().unwrap();
    record(2);
    global::meter("shop").u64_counter("orders").build().add(3, &[]);
    let logger = telemetry.logger_provider().logger("shop");
    logger.emit(logger.create_log_record());
    let report = telemetry.shutdown(LONG);
    assert!(report.is_lossless(), "{report}");
    let received = receiver.snapshot();
    assert_eq!((receiver.spans().len(), received.logs.len()), (3, 1));
    assert!(received.metrics.iter().any(|metric| metric.name == "renamed"));
    let requests = receiver.requests();
    assert!(requests.iter().all(|it| it.transport == Some(Transport::HttpJson)), "{requests:?}");
}

/// A build without the feature has no encoder.
#[cfg(not(feature = "json"))]
#[test]
fn json_needs_its_feature() {
    let text = "file_format: '1.2'
tracer_provider: { processors: [{ simple: { exporter: { otlp_http: { encoding: json } } } }] }
";
    let file = File::new("yaml", text);
    let error = Telemetry::from_file(&file.0).install().unwrap_err();
    let InitError::MissingFeature { feature: "json", .. } = error else { panic!("{error}") };
}

#[test]
fn a_disabled_file_records_nothing() {
    if !is_alone("a_disabled_file_records_nothing") {
        return;
    }
    let receiver = Receiver::start().unwrap();
    let file = File::new("yaml", &format!("{ALL}disabled: true\n"));
    let telemetry = from(&file, &receiver).install().unwrap();
    assert!(telemetry.is_disabled());
}

#[test]
fn a_check_starts_nothing_and_shows_no_secret() {
    let file = File::new(
        "yaml",
        "
file_format: '1.2'
log_level: fatal
tracer_provider:
  processors: [{ batch: { exporter: { otlp_http: { headers: [{ name: authorization, value: s3cret }] } } } }]
",
    );
    let checked = config_file::check(&file.0).unwrap();
    let [warning] = &checked.warnings[..] else { panic!("{:?}", checked.warnings) };
    assert!(warning.contains(".yaml:3:1: notices on stderr are warnings"), "{warning}");
    assert!(checked.in_force.contains("max_queue_size: 2048"), "{}", checked.in_force);
    assert!(!checked.in_force.contains("s3cret"), "{}", checked.in_force);
    let broken = File::new("yaml", "file_format: '2.0'\n");
    assert!(config_file::check(&broken.0).unwrap_err().to_string().contains("version 2.0"));
}

/// The program; it only does something when the test below starts it.
#[test]
fn convert() {
    if std::env::var_os("TRACE_RUNTIME_TEST_PROGRAM").is_none() {
        return;
    }
    let converted = config_file::from_environment().unwrap();
    let file = File::new("yaml", &converted.yaml);
    let checked = config_file::check(&file.0).unwrap();
    println!("{}---{:?} {:?}", converted.yaml, converted.notes, checked.warnings);
}

#[test]
fn the_environment_becomes_a_file() {
    let output = test_command("convert")
        .env_clear()
        .envs([
            ("TRACE_RUNTIME_TEST_PROGRAM", "1"),
            ("OTEL_SERVICE_NAME", "shop"),
            ("OTEL_RESOURCE_ATTRIBUTES", "service.version=1,team=a%2Cb"),
            ("OTEL_EXPERIMENTAL_RESOURCE_DETECTORS", "host,os,kubernetes"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://user:s3cret@collector:4318"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=s3cret"),
            ("OTEL_EXPORTER_OTLP_LOGS_HEADERS", "x-key=s3cret"),
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
            ("OTEL_BSP_SCHEDULE_DELAY", "700"),
            ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"),
            ("OTEL_TRACES_SAMPLER_ARG", "0.25"),
            ("OTEL_PROPAGATORS", "b3,jaeger"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "1000"),
            ("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "delta"),
            ("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "http/json"),
            ("OTEL_METRICS_EXPORTER", "otlp,json"),
            ("OTEL_LOGS_EXPORTER", "otlp,json"),
            ("OTEL_SPAN_EVENT_COUNT_LIMIT", "5"),
            ("TRACE_RUNTIME_MEMORY_LIMIT", "8388608"),
        ])
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{printed} {}", String::from_utf8_lossy(&output.stderr));
    for part in [
        "service.version",
        "encoding: json",
        "otlp_file/development:",
        "a,b",
        "kubernetes:",
        "http://collector:4318/v1/traces",
        "http://collector:4318/v1/metrics",
        "${OTEL_EXPORTER_OTLP_HEADERS}",
        "${OTEL_EXPORTER_OTLP_LOGS_HEADERS}",
        "compression: gzip",
        "schedule_delay: 700",
        "ratio: 0.25",
        "b3:",
        "jaeger:",
        "interval: 1000",
        "temporality_preference: delta",
        "event_count_limit: 5",
        "memory_limit: 8388608",
        "log records as flat JSON",
        "the endpoint of traces has credentials",
    ] {
        assert!(printed.contains(part), "{part} is not in {printed}");
    }
    assert!(!printed.contains("s3cret") && printed.contains(" []"), "{printed}");
}

#[test]
fn a_file_gives_tenants_exporters_of_their_own() {
    if !is_alone("a_file_gives_tenants_exporters_of_their_own") {
        return;
    }
    let receiver = Receiver::start().unwrap();
    let exporter = "otlp_http: { endpoint: \"${RECEIVER}/v1/traces\"";
    let file = File::new(
        "yaml",
        &format!(
            r#"
file_format: "1.2"
tracer_provider:
  processors: [{{ simple: {{ exporter: {{ {exporter} }} }} }} }}]
distribution:
  trace-rs:
    tenant_routes:
      key: customer
      named:
        acme: {{ {exporter}, headers: [{{ name: x-api-key, value: "${{TOKEN}}" }}] }} }}
      each:
        header: X-Scope-OrgID
        exporter: {{ {exporter} }} }}
      most: 1
"#
        ),
    );
    let telemetry = from(&file, &receiver).install().unwrap();
    for customer in ["acme", "umbrella", "initech"] {
        Span::builder("request").with_attribute("customer", customer).in_scope(|_| ());
    }
    let report = telemetry.shutdown(LONG);
    assert!(report.is_lossless() && report.is_balanced(), "{report}");
    let requests = receiver.requests();
    let mut headers: Vec<_> = requests
        .iter()
        .map(|request| (request.header("x-api-key"), request.header("x-scope-orgid")))
        .collect();
    headers.sort();
    assert_eq!(headers, [(None, None), (None, Some("umbrella")), (Some("s3cret"), None)]);
    assert_eq!(receiver.spans().len(), 3);
}
