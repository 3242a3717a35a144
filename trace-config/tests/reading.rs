//! Reads files, sections and formats, with values that are absent, null, unknown or secret.

use std::collections::BTreeMap;
use std::ffi::OsString;
#[cfg(feature = "serde")]
use trace_config::Section;
use trace_config::model::Configuration;
use trace_config::model::common::HttpTls;
use trace_config::model::exporters::{LogRecordExporter, OtlpHttpExporter, SpanExporter};
use trace_config::model::logger::{BatchLogRecordProcessor, LogRecordProcessor, LoggerProvider};
use trace_config::model::resource::ResourceDetector;
use trace_config::model::sampler::Sampler;
use trace_config::model::tracer::SpanProcessor;
use trace_config::model::{Node, Secret};
use trace_config::{Format, Loaded, Problem, ProblemKind, Reader};

fn reader() -> Reader<'static> {
    Reader::new().with_variables(|name| match name {
        "TOKEN" => Some("secret-token".into()),
        _ => None,
    })
}

fn load(text: &str) -> Loaded {
    let text = format!("file_format: '1.2'\n{text}");
    reader().read_text("otel.yaml", &text, Format::Yaml).unwrap_or_else(|error| panic!("{error}"))
}

fn problems(text: &str) -> Vec<Problem> {
    let text = format!("file_format: '1.2'\n{text}");
    let error = reader().read_text("otel.yaml", &text, Format::Yaml).unwrap_err();
    error.problems().to_vec()
}

/// Returns the exporter of the only processor, which is simple.
fn exporter(exporter: &str) -> SpanExporter {
    let text =
        format!("tracer_provider: {{ processors: [ {{ simple: {{ exporter: {exporter} }} }} ] }}");
    let provider = load(&text).configuration.tracer_provider.unwrap();
    let [SpanProcessor::Simple(processor)] = provider.processors.as_slice() else { panic!() };
    processor.exporter.clone()
}

#[test]
fn absent_and_null_are_told_apart() {
    // Null selects a component with its defaults.
    let SpanExporter::OtlpHttp(default) = exporter("{ otlp_http: }") else { panic!() };
    assert_eq!(*default, OtlpHttpExporter::default());
    let SpanExporter::OtlpHttp(with_tls) = exporter("{ otlp_http: { tls: } }") else { panic!() };
    assert_eq!(with_tls.tls, Some(HttpTls::default()));
    // Null is like absent where the schema has it so.
    let SpanExporter::OtlpHttp(null) = exporter("{ otlp_http: { timeout: , encoding: } }") else {
        panic!()
    };
    assert_eq!((null.timeout, null.encoding), (None, None));
    // An empty list is not an absent one.
    let general = |value: &str| {
        let text = format!(
            "instrumentation/development: {{ general: {{ http: {{ client: {value} }} }} }}"
        );
        let general = load(&text).configuration.instrumentation.unwrap().general.unwrap();
        general.http.unwrap().client.unwrap().known_methods
    };
    assert_eq!(general("{}"), None);
    assert_eq!(general("{ known_methods: [] }"), Some(vec![]));

    for (text, path) in [
        ("tracer_provider:", "tracer_provider"),
        ("attribute_limits:", "attribute_limits"),
        ("tracer_provider: { processors: }", "tracer_provider.processors"),
        ("meter_provider: { readers: [ ] }", "meter_provider.readers"),
        (
            "propagator: { composite: [ { tracecontext: }, ] }\nresource: { attributes: [ ~ ] }",
            "resource.attributes[0]",
        ),
        ("distribution: {}", "distribution"),
        (
            "meter_provider: { readers: [ { periodic: { exporter: {} } } ] }",
            "meter_provider.readers[0].periodic.exporter",
        ),
    ] {
        let problems = problems(text);
        assert_eq!(problems[0].path(), path, "{text}");
    }
}

#[test]
fn all_formats_mean_the_same() {
    let yaml = "
file_format: '1.2'
log_level:
attribute_limits: { attribute_count_limit: 7 }
resource:
  attributes: [ { name: service.name, value: shop }, { name: port, value: 80, type: int } ]
tracer_provider:
  processors: [ { simple: { exporter: { console: } } }, { batch: { exporter: { mine: { a: 1.5 } } } } ]
  sampler: { parent_based: { root: { trace_id_ratio_based: { ratio: 1 } } } }
distribution: { trace-rs: { memory_limit: 2097152, switches: { modules: { 'shop::db': false } } } }
";
    let json = r#"{
"file_format": "1.2", "log_level": null, "attribute_limits": {"attribute_count_limit": 7},
"resource": {"attributes": [{"name": "service.name", "value": "shop"}, {"name": "port", "value": 80, "type": "int"}]},
"tracer_provider": {"processors": [{"simple": {"exporter": {"console": null}}},
                                   {"batch": {"exporter": {"mine": {"a": 1.5}}}}],
  "sampler": {"parent_based": {"root": {"trace_id_ratio_based": {"ratio": 1.0}}}}},
"distribution": {"trace-rs": {"memory_limit": 2097152, "switches": {"modules": {"shop::db": false}}}}}"#;
    let toml = "
file_format = '1.2'
log_level = {}
attribute_limits.attribute_count_limit = 7
[[resource.attributes]]
name = 'service.name'
value = 'shop'
[[resource.attributes]]
name = 'port'
value = 80
type = 'int'
[[tracer_provider.processors]]
simple.exporter.console = {}
[[tracer_provider.processors]]
batch.exporter.mine.a = 1.5
[tracer_provider.sampler.parent_based.root.trace_id_ratio_based]
ratio = 1
[distribution.trace-rs]
memory_limit = 0x20_0000
switches.modules.'shop::db' = false
";
    let read = |text, format| {
        reader().read_text("otel", text, format).unwrap_or_else(|error| panic!("{error}"))
    };
    let expected = read(yaml, Format::Yaml).configuration;
    assert_eq!(read(json, Format::Json).configuration, expected);
    assert_eq!(read(toml, Format::Toml).configuration, expected);

    #[cfg(feature = "serde")]
    {
        let section: Section = toml::from_str(toml).unwrap();
        assert_eq!(reader().read_section("telemetry", &section).unwrap().configuration, expected);
        let section: Section = serde_json::from_str(json).unwrap();
        assert_eq!(reader().read_section("telemetry", &section).unwrap().configuration, expected);
    }
}

#[cfg(feature = "serde")]
#[test]
fn a_section_is_checked_with_paths() {
    #[derive(serde::Deserialize)]
    struct Settings {
        telemetry: Section,
    }
    let text = "[telemetry]\nfile_format = '1.2'\nlog_level = '${TOKEN}'\n[telemetry.tracer_provider]\nprocesors = []";
    let settings: Settings = toml::from_str(text).unwrap();
    let error = reader().read_section("app.toml: telemetry", &settings.telemetry).unwrap_err();
    let shown = error.to_string();
    assert!(
        shown.contains("app.toml: telemetry: unknown key `procesors` (in tracer_provider)\n"),
        "{shown}"
    );
    assert!(shown.contains("did you mean `processors`?"), "{shown}");
    assert!(
        shown.contains("unknown value (in log_level)") && !shown.contains("secret-token"),
        "{shown}"
    );

    let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
    assert!(serde_json::from_str::<Section>(&deep).is_err());
    let many = format!("[{}]", vec!["1"; 100_001].join(","));
    assert!(serde_json::from_str::<Section>(&many).is_err());
    let twice = serde_json::from_str::<Section>(r#"{"a": 1, "a": 2}"#).unwrap_err();
    assert!(twice.to_string().contains("duplicate key `a`"), "{twice}");
}

#[test]
fn plug_ins_are_kept_with_their_properties() {
    let SpanExporter::Extension(plugin) = exporter("{ my-exporter: { url: x, retries: [1, 2] } }")
    else {
        panic!()
    };
    assert_eq!(plugin.name, "my-exporter");
    assert_eq!(plugin.properties.get("url").and_then(Node::as_str), Some("x"));
    assert_eq!(plugin.properties.get("retries").and_then(Node::items).map(<[Node]>::len), Some(2));
    let SpanExporter::Extension(null) = exporter("{ my-exporter: }") else { panic!() };
    assert!(null.properties.is_null());

    // Names that other languages and vendors have are not taken for misspellings.
    for name in ["xray", "jaeger", "ottrace", "none", "xray-lambda"] {
        load(&format!("propagator: {{ composite: [ {{ {name}: }} ] }}"));
    }
    for name in
        ["os", "env", "gcp", "aws", "azure", "k8s", "heroku", "serviceinstance", "process_runtime"]
    {
        load(&format!("resource: {{ detection/development: {{ detectors: [ {{ {name}: }} ] }} }}"));
    }
    for name in ["otlp", "zipkin", "logging", "none", "my_console_exporter"] {
        assert!(
            matches!(exporter(&format!("{{ {name}: }}")), SpanExporter::Extension(_)),
            "{name}"
        );
    }

    // A name like that of a component is a misspelling, unless it is registered.
    let text =
        "file_format: '1.2'\nresource: { detection/development: { detectors: [ { hosts: } ] } }";
    assert!(reader().read_text("otel.yaml", text, Format::Yaml).is_err());
    let known = reader().with_plugin("ExperimentalResourceDetector", "hosts");
    let loaded = known.read_text("otel.yaml", text, Format::Yaml).unwrap();
    let detectors = loaded.configuration.resource.unwrap().detection.unwrap().detectors.unwrap();
    assert!(matches!(&detectors[0], ResourceDetector::Extension(plugin) if plugin.name == "hosts"));
}

#[test]
fn versions_are_compared() {
    let read = |version: &str| {
        let text = format!("file_format: {version}\nnews: { }", "{}");
        reader().read_text("otel.yaml", &text.replace("{}", "x"), Format::Yaml)
    };
    for version in ["'1.0'", "'1.1'", "'1.2'", "'1.2.0'", "'1.0-rc.3'", "'1.2-beta'"] {
        let warnings = read(version).unwrap().warnings;
        // That of the key.
        assert_eq!(warnings.len(), 1, "{version}");
    }
    for version in ["'1.3'", "'1.10'"] {
        let warnings = read(version).unwrap().warnings;
        assert!(matches!(warnings[0].kind(), ProblemKind::NewerVersion { .. }), "{version}");
    }
    // What is in development here may be stable there.
    let newer = "file_format: '1.3'
instrumentation: {}
tracer_provider: { processors: [ { simple: { exporter: { console: } } } ], sampler: { probability: { ratio: 0.5 } } }";
    let loaded = reader()
        .read_text("otel.yaml", newer, Format::Yaml)
        .unwrap_or_else(|error| panic!("{error}"));
    let lines: Vec<_> = loaded.warnings.iter().map(|warning| warning.place().line()).collect();
    assert_eq!(lines, [1, 2, 3]);
    let sampler = loaded.configuration.tracer_provider.unwrap().sampler;
    assert!(matches!(sampler, Some(Sampler::Extension(plugin)) if plugin.name == "probability"));
    assert!(reader().read_text("otel.yaml", &newer.replace("1.3", "1.2"), Format::Yaml).is_err());

    for version in [
        "'0.4'",
        "'2.0'",
        "'1'",
        "'1.x'",
        "''",
        "'1.2.3.4'",
        "1.2",
        "latest",
        "'99999999999999999999.0'",
    ] {
        let error = read(version).unwrap_err();
        assert_eq!(
            (error.problems().len(), error.problems()[0].place().line()),
            (1, 1),
            "{version}"
        );
    }
}

#[test]
fn what_is_unsupported_is_shown_in_its_place() {
    let loaded = load(
        "tracer_provider:\n  processors:\n    - simple: { exporter: { otlp_http: { compression: zstd } } }\n    - mine: { a: b }\n",
    );
    let provider = loaded.configuration.tracer_provider.as_ref().unwrap();
    let SpanProcessor::Simple(processor) = &provider.processors[0] else { panic!() };
    let SpanExporter::OtlpHttp(exporter) = &processor.exporter else { panic!() };
    let problem = loaded.unsupported(exporter.at, Some("compression"), "zstd is not built in");
    assert_eq!(
        problem.to_string(),
        "otel.yaml:4:42: zstd is not built in (in tracer_provider.processors[0].simple.exporter.otlp_http.compression)
 4 |     - simple: { exporter: { otlp_http: { compression: zstd } } }
   |                                          ^^^^^^^^^^^"
    );
    let SpanProcessor::Extension(plugin) = &provider.processors[1] else { panic!() };
    let problem = loaded.unsupported(plugin.at, None, "no such processor");
    assert_eq!((problem.place().line(), problem.place().column()), (5, 7));
    assert_eq!(problem.path(), "tracer_provider.processors[1].mine");
    // A value that was not read has no place.
    let nowhere = loaded.unsupported(OtlpHttpExporter::default().at, None, "no");
    assert_eq!(nowhere.to_string(), "otel.yaml: no");
}

#[test]
fn files_are_read_by_their_extension() {
    let folder = std::env::temp_dir().join(format!("trace-config-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    for (name, text) in [
        ("a.yaml", "file_format: '1.2'"),
        ("a.YML", "file_format: '1.2'"),
        ("a.json", "{\"file_format\": \"1.2\"}"),
        ("a.toml", "file_format = '1.2'"),
    ] {
        reader().read_file(write(name, text.as_bytes())).unwrap();
    }
    let kind = |path| reader().read_file(path).unwrap_err().problems()[0].kind().clone();
    assert!(matches!(kind(write("a.conf", b"")), ProblemKind::Extension { .. }));
    assert!(matches!(kind(folder.join("missing.yaml")), ProblemKind::Unreadable { .. }));
    std::fs::create_dir_all(folder.join("folder.yaml")).unwrap();
    assert!(matches!(kind(folder.join("folder.yaml")), ProblemKind::Unreadable { .. }));
    let large = write("large.yaml", &vec![b'#'; (1 << 20) + 1]);
    assert!(matches!(kind(large), ProblemKind::TooMuch { what: "bytes", .. }));
    let latin = write("latin.yaml", b"file_format: '1.2'\n# caf\xe9\n");
    let error = reader().read_file(latin).unwrap_err();
    let place = error.problems()[0].place();
    assert_eq!((place.line(), place.column()), (2, 6));
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn secrets_are_never_shown() {
    let loaded = load(
        "
resource:
  attributes: [ { name: db.password, value: secret-attribute }, { name: plain, value: shown } ]
tracer_provider:
  processors:
    - simple:
        exporter:
          otlp_http:
            endpoint: https://secret-user:secret-pass@localhost/v1/traces
            headers_list: api-key=secret-list
            headers: [ { name: x, value: secret-header }, { name: y, value: '${TOKEN}' } ]
    - simple: { exporter: { mine: { api_key: secret-property, plain: '${TOKEN}' } } }
",
    );
    let shown = loaded.in_force();
    for text in [&shown, &format!("{loaded:?}")] {
        let hidden = text.replace("secret-attribute", "");
        assert!(!hidden.contains("secret-list") && !hidden.contains("secret-header"), "{text}");
        assert!(!hidden.contains("secret-token") && !hidden.contains("secret-property"), "{text}");
    }
    assert!(!shown.contains("secret-"), "{shown}");
    for expected in [
        "endpoint: \"https://***@localhost/v1/traces\"",
        "value: \"***\" # from TOKEN",
        "value: shown",
        "timeout: 10000",
        "# sampler: parent_based, with always_on for roots",
        "plain: \"***\" # from TOKEN",
    ] {
        assert!(shown.contains(expected), "{expected} in {shown}");
    }
}

#[test]
fn what_is_in_force_is_a_file() {
    let data = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/examples");
    for file in std::fs::read_dir(data).unwrap() {
        let loaded = reader().read_file(file.unwrap().path()).unwrap();
        let shown = loaded.in_force();
        let again = reader().read_text("shown.yaml", &shown, Format::Yaml);
        let again = again.unwrap_or_else(|error| panic!("{error}\n{shown}"));
        // Defaults are there already; comments may move.
        let lines = |text: String| {
            let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
            lines.sort();
            lines
        };
        assert_eq!(lines(again.in_force()), lines(shown));
    }
}

/// Returns a configuration that a program has made.
fn made(headers: Secret) -> Configuration {
    let mut exporter = OtlpHttpExporter::default();
    exporter.headers_list = Some(headers);
    exporter.timeout = Some(5);
    let batch = BatchLogRecordProcessor::new(LogRecordExporter::OtlpHttp(Box::new(exporter)));
    let mut configuration = Configuration::new("1.2".to_owned());
    configuration.logger_provider =
        Some(LoggerProvider::new(vec![LogRecordProcessor::Batch(batch)]));
    configuration
}

#[test]
fn a_configuration_that_was_made_is_written() {
    let literal = made(Secret::new("a=$b"));
    let text = literal.to_yaml();
    assert!(text.contains("headers_list: \"a=$$b\"\n"), "{text}");
    let read = |text: &str, format| reader().read_text("made", text, format).unwrap().configuration;
    assert_eq!(read(&text, Format::Yaml), literal);
    assert_eq!(read(&literal.to_json(), Format::Json), literal);

    // The value of a variable stays out of the file.
    let variable = made(Secret::of_variable("TOKEN", "secret-token"));
    for (text, format) in [(variable.to_yaml(), Format::Yaml), (variable.to_json(), Format::Json)] {
        assert!(text.contains("${TOKEN}") && !text.contains("secret-token"), "{text}");
        let again = read(&text, format);
        assert_eq!(again, variable);
        // It was read from a variable, so it is written as one.
        assert!(again.to_yaml().contains("${TOKEN}"));
    }
}

#[test]
fn values_by_name_keep_their_order() {
    let text = "distribution: { trace-rs: { switches: { functions: { z: false, a: true } }, levels: { modules: { 'shop::db': debug } } } }";
    let ours = load(text).configuration.distribution.unwrap().trace_rs.unwrap();
    let mut functions = ours.switches.unwrap().functions.unwrap();
    assert_eq!(functions.iter().collect::<Vec<_>>(), [("z", &false), ("a", &true)]);
    functions.insert("z", true);
    functions.insert("new", false);
    let all: BTreeMap<_, _> = functions.iter().collect();
    assert_eq!(all, BTreeMap::from([("a", &true), ("new", &false), ("z", &true)]));
    assert_eq!(ours.levels.unwrap().modules.unwrap().get("shop::db").unwrap().as_str(), "debug");
}

#[test]
fn variables_of_the_process_are_the_default() {
    // Cargo sets this one for tests.
    let text = "file_format: '1.2'\nresource: { schema_url: '${CARGO_PKG_NAME}' }";
    let loaded = Reader::new().read_text("otel.yaml", text, Format::Yaml).unwrap();
    let expected = std::env::var_os("CARGO_PKG_NAME").map(OsString::into_string).unwrap().unwrap();
    assert_eq!(loaded.configuration.resource.unwrap().schema_url, Some(expected));
}
