//! Tests what each section of a file sets.

use super::*;
use crate::config::settings::{ChosenFormat, Settings};
use crate::error::InitError;
use crate::export::{OtlpProtocol, OtlpSettings, QueueSettings};
use crate::plugin::Plugins;
use crate::propagation::Format;
use crate::resource::Detector;
use opentelemetry::KeyValue;
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Reads a file with this text, and with the variable `TOKEN`.
pub(super) fn read_text(text: &str) -> Result<(Settings, Vec<String>), InitError> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("trace-file-{}-{number}.yaml", std::process::id());
    let path = std::env::temp_dir().join(name);
    fs::write(&path, format!("file_format: '1.2'\n{text}")).unwrap();
    let lookup = |name: &str| match name {
        "TOKEN" => Some(OsString::from("s3cret")),
        "OTEL_SERVICE_NAME" => Some(OsString::from("variable")),
        _ => None,
    };
    let read = read(&Source::File(path.clone()), &Plugins::default(), &lookup);
    fs::remove_file(path).unwrap();
    read.map(|read| (read.settings, read.warnings))
}

/// Reads a file all of which has an effect.
pub(super) fn honoured(text: &str) -> Settings {
    let (settings, warnings) = read_text(text).unwrap();
    assert_eq!(warnings, Vec::<String>::new());
    settings
}

/// Returns the only warning without the name of the file.
pub(super) fn warning(text: &str) -> String {
    let (_, warnings) = read_text(text).unwrap();
    let [warning] = &warnings[..] else { panic!("{warnings:?}") };
    warning.split_once(".yaml:").unwrap().1.to_owned()
}

#[test]
fn what_has_no_section_is_off() {
    let settings = honoured("");
    assert_eq!(settings.spans.names(), Some(Vec::new()));
    assert_eq!(settings.propagators, Some(Vec::new()));
    assert_eq!(settings.resource.detectors, Some(Vec::new()));
    assert!(settings.sampler.is_none() && !settings.disabled && settings.has_startup_line);
    #[cfg(feature = "metrics")]
    assert_eq!(settings.metrics.names(), Some(Vec::new()));
    #[cfg(feature = "logs")]
    assert_eq!(settings.logs.outputs.names(), Some(Vec::new()));
    assert!(honoured("disabled: true").disabled);
}

#[test]
fn each_processor_has_its_exporter_and_its_queue() {
    let settings = honoured(
        "
tracer_provider:
  processors:
    - batch:
        schedule_delay: 100
        export_timeout: 2000
        max_queue_size: 64
        max_export_batch_size: 128
        exporter:
          otlp_http:
            endpoint: http://collector:4318/v1/traces
            headers: [{ name: X-Key, value: '${TOKEN}' }, { name: unset, value: }]
            headers_list: x-key=overridden,x-team=a%20b
            compression: gzip
            timeout: 5000
            max_request_size: 1000
            max_response_size: 2000
            tls: { ca_file: /ca.pem, cert_file: /cert.pem, key_file: /key.pem }
    - batch: { exporter: { otlp_http: { encoding: json, endpoint: 'http://collector:4318/v1/traces' } } }
    - batch: { exporter: { otlp_grpc: { endpoint: 'collector:4317', tls: { insecure: true } } } }
    - simple: { exporter: { console: } }
",
    );
    let outputs = settings.spans.chosen.unwrap();
    let names: Vec<_> = outputs.iter().map(|output| output.exporter.name()).collect();
    assert_eq!(names, ["otlp", "otlp", "otlp", "console"]);
    let queue = QueueSettings::default().with_max_queue(64).with_max_batch(64);
    assert_eq!(outputs[0].queue, queue.with_delay(Duration::from_millis(100)));
    let mut expected = OtlpSettings::default()
        .with_endpoint("http://collector:4318/v1/traces")
        .with_header("x-team", "a b")
        .with_header("X-Key", "s3cret")
        .with_gzip(true)
        .with_timeout(Duration::from_secs(2))
        .with_max_request_size(1_000)
        .with_max_response_size(2_000)
        .with_certificate("/ca.pem")
        .with_client_certificate("/cert.pem", "/key.pem");
    assert_eq!(outputs[0].settings.otlp, expected);
    expected = OtlpSettings::default().with_protocol(OtlpProtocol::HttpJson);
    assert_eq!(outputs[1].settings.otlp, expected.with_endpoint("http://collector:4318/v1/traces"));
    // The schema's defaults.
    let queue = QueueSettings::default().with_max_queue(2_048).with_max_batch(512);
    assert_eq!(outputs[2].queue, queue.with_delay(Duration::from_secs(5)));
    expected = OtlpSettings::default().with_protocol(OtlpProtocol::Grpc);
    assert_eq!(outputs[2].settings.otlp, expected.with_endpoint("http://collector:4317"));
    assert_eq!(outputs[3].queue.delay, Duration::ZERO);
}

#[test]
fn spans_go_to_files() {
    let to = |stream: &str| {
        format!(
            "tracer_provider: {{ processors: [{{ simple: {{ exporter: {{ otlp_file/development: {{ output_stream: '{stream}' }} }} }} }}] }}"
        )
    };
    let file = |stream| {
        let mut outputs = honoured(&to(stream)).spans.chosen.unwrap();
        assert_eq!(outputs[0].exporter.name(), "json");
        outputs.remove(0).settings.file
    };
    assert_eq!(file("stdout"), None);
    assert_eq!(file("file:///var/log/spans.jsonl"), Some(PathBuf::from("/var/log/spans.jsonl")));
    assert!(warning(&to("ftp://host")).contains("only `stdout` and URLs like `file:///path`"));
}

#[test]
fn limits_of_a_signal_override_those_of_all() {
    let settings = honoured(
        "
attribute_limits: { attribute_count_limit: 7, attribute_value_length_limit: 100, attribute_value_depth_limit: 12 }
tracer_provider:
  processors: [{ simple: { exporter: { console: } } }]
  limits: { attribute_value_length_limit: 50, attribute_value_depth_limit: 1, event_count_limit: 3 }
logger_provider:
  processors: [{ simple: { exporter: { console: } } }]
  limits: { attribute_count_limit: 9 }
",
    );
    let limits = settings.limits;
    assert_eq!((limits.attribute_count, limits.attribute_value_length), (7, Some(50)));
    assert_eq!((limits.event_count, limits.link_count), (3, 128));
    assert_eq!((limits.event_attribute_count, limits.link_attribute_count), (7, 7));
    #[cfg(feature = "logs")]
    {
        let limits = settings.logs.limits;
        assert_eq!((limits.attribute_count, limits.attribute_value_length), (9, Some(100)));
        assert_eq!(limits.attribute_value_depth, 12);
    }
}

fn sampled_by(sampler: &str) -> Settings {
    honoured(&format!(
        "tracer_provider: {{ processors: [{{ simple: {{ exporter: {{ console: }} }} }}], sampler: {sampler} }}"
    ))
}

#[test]
fn every_sampler_of_the_schema_decides() {
    let cases = [
        ("{ always_on: }", "AlwaysOnSampler"),
        ("{ always_off: }", "AlwaysOffSampler"),
        ("{ trace_id_ratio_based: { ratio: 0.25 } }", "TraceIdRatioBased{0.25}"),
        ("{ always_record: { root: { always_off: } } }", "AlwaysRecord{AlwaysOffSampler}"),
        (
            "{ probability/development: { ratio: 0.25 } }",
            "CompositeSampler{ComposableProbability{0.25}}",
        ),
        (
            "{ composite/development: { parent_threshold: { root: { probability: { ratio: 0.5 } } } } }",
            "CompositeSampler{ComposableParentThreshold{ComposableProbability{0.5}}}",
        ),
    ];
    for (section, description) in cases {
        assert_eq!(sampled_by(section).sampler.unwrap().name, description, "{section}");
    }
    let parent_based = sampled_by(
        "{ parent_based: { root: { always_off: }, remote_parent_not_sampled: { always_on: } } }",
    );
    let name = parent_based.sampler.unwrap().name;
    assert!(name.starts_with("ParentBased{root=AlwaysOffSampler,"), "{name}");
    assert!(name.contains("remoteParentNotSampled=AlwaysOnSampler"), "{name}");
    // What is done anyway costs nothing.
    assert!(sampled_by("{ parent_based: }").sampler.is_none());
    assert!(sampled_by("{ parent_based: { root: { always_on: } } }").sampler.is_none());
}

#[test]
fn rules_of_the_schema_have_all_their_conditions() {
    let sampler = sampled_by(
        "{ composite/development: { rule_based: { rules: [
            { attribute_values: { key: db, values: [redis] }, span_kinds: [client], parent: [none, remote],
              sampler: { always_off: } },
            { attribute_patterns: { key: path, included: ['/a*'], excluded: ['/ab*'] }, sampler: { always_on: } },
            { sampler: { parent_threshold: { root: { always_on: } } } } ] } } }",
    );
    assert_eq!(
        sampler.sampler.unwrap().name,
        "CompositeSampler{ComposableRuleBased{[\
         (kind=[Client],parent=[None, Remote],attribute=db):ComposableAlwaysOff,\
         (attribute=path,attribute=path):ComposableAlwaysOn,\
         ():ComposableParentThreshold{ComposableAlwaysOn}]}}"
    );
}

#[test]
fn resources_are_described_and_detected() {
    let settings = honoured(
        "
resource:
  schema_url: https://example.com/schema
  attributes_list: service.version=1.0,a=list
  attributes:
    - { name: a, value: own }
    - { name: port, value: 80, type: int }
    - { name: share, value: 1, type: double }
    - { name: on, value: true, type: bool }
    - { name: zones, value: [x, y], type: string_array }
    - { name: none, value: }
  detection/development:
    detectors: [{ host: }, { process: }, { kubernetes: }, { process: }]
    attributes: { included: ['host.*', 'process.*'], excluded: [process.executable.path] }
",
    );
    let resource = settings.resource;
    let expected = [
        KeyValue::new("service.version", "1.0"),
        KeyValue::new("a", "list"),
        KeyValue::new("a", "own"),
        KeyValue::new("port", 80),
        KeyValue::new("share", 1.0),
        KeyValue::new("on", true),
        KeyValue::new(
            "zones",
            opentelemetry::Value::Array(
                vec!["x".into(), opentelemetry::StringValue::from("y")].into(),
            ),
        ),
    ];
    assert_eq!(resource.attributes, expected);
    let detectors = [Detector::Host, Detector::Os, Detector::Process, Detector::Kubernetes];
    assert_eq!(resource.detectors.as_deref(), Some(&detectors[..]));
    assert_eq!(resource.schema_url.as_deref(), Some("https://example.com/schema"));
    let kept = resource.kept.unwrap();
    let names = ["host.name", "os.type", "process.pid", "process.executable.path"];
    assert_eq!(names.map(|name| kept.keeps(name)), [true, false, true, false]);
    // This detector reads a variable, as the schema requires; attributes take precedence.
    let service = honoured("resource: { detection/development: { detectors: [{ service: }] } }");
    assert_eq!(service.resource.attributes, [KeyValue::new("service.name", "variable")]);
}

#[test]
fn propagators_of_both_keys_are_used_once() {
    let settings = honoured(
        "propagator: { composite: [{ b3: }, { tracecontext: }, { jaeger: }], composite_list: 'baggage,b3,b3multi,xray' }",
    );
    let expected = [
        Format::B3,
        Format::TraceContext,
        Format::Jaeger,
        Format::Baggage,
        Format::B3Multi,
        Format::XRay,
    ]
    .map(ChosenFormat::Named);
    assert_eq!(settings.propagators.as_deref(), Some(&expected[..]));
    assert_eq!(honoured("propagator: { composite_list: none }").propagators, Some(Vec::new()));
}

#[cfg(all(feature = "metrics", feature = "prometheus"))]
#[test]
fn readers_have_their_exporters() {
    use opentelemetry_sdk::metrics::{InstrumentKind, Temporality};

    let settings = honoured(
        "
meter_provider:
  exemplar_filter: always_off
  readers:
    - periodic:
        interval: 1000
        timeout: 500
        cardinality_limits: { default: 100, counter: 10 }
        exporter:
          otlp_http: { temporality_preference: delta, default_histogram_aggregation: base2_exponential_bucket_histogram }
    - pull: { exporter: { prometheus/development: { host: 0.0.0.0, port: 1234, scope_info_enabled: false, translation_strategy: underscore_escaping_without_suffixes/development } } }
    - periodic: { exporter: { console: { default_histogram_aggregation: base2_exponential_bucket_histogram } } }
    - periodic:
        interval: 2000
        max_export_batch_size/development: 500
        exporter:
          otlp_file/development: { output_stream: 'file:///var/log/metrics.jsonl', temporality_preference: low_memory, default_histogram_aggregation: base2_exponential_bucket_histogram }
  views: [{ selector: { instrument_name: 'http.*' }, stream: { aggregation: { drop: } } }]
",
    );
    let metrics = settings.metrics;
    assert_eq!(metrics.names().unwrap(), ["otlp", "prometheus", "console", "json"]);
    let readers = metrics.readers.unwrap();
    let push = &readers[0].push;
    assert_eq!((push.interval, push.temporality), (Duration::from_secs(1), Temporality::Delta));
    assert_eq!(push.otlp.timeout, Duration::from_millis(500));
    let prometheus = &readers[1].prometheus;
    assert_eq!(
        (&*prometheus.host, prometheus.port, prometheus.scope_labels, prometheus.suffixes),
        ("0.0.0.0", 1234, false, false)
    );
    assert_eq!(readers[2].push.interval, Duration::from_secs(60));
    assert_eq!(readers[3].file, Some(PathBuf::from("/var/log/metrics.jsonl")));
    let push = &readers[3].push;
    assert_eq!((push.interval, push.temporality), (Duration::from_secs(2), Temporality::LowMemory));
    assert_eq!(
        [push.max_export_batch_size, readers[0].push.max_export_batch_size],
        [Some(500), None]
    );
    assert!(metrics.exponential);
    assert_eq!(metrics.series.default, Some(100));
    assert_eq!(metrics.series.by_kind, [(InstrumentKind::Counter, 10)]);
    assert_eq!(metrics.views.0.len(), 1);
}
