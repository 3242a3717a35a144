use super::*;
use crate::export::OtlpProtocol;
use crate::export::OtlpSettings;
use crate::export::endpoint::percent_decode;
use crate::export::signal::Signal;
use crate::export::table::exporters_of;
use opentelemetry::KeyValue;
use std::ffi::OsString;
use std::time::Duration;

/// Reads settings from the given variables; also returns the warnings.
fn read(variables: &[(&str, &str)]) -> Result<(Settings, Vec<String>), InitError> {
    let lookup = |name: &str| {
        variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
    };
    let env = Env::new(&lookup);
    Ok((super::read(&env)?, env.into_warnings()))
}

fn accepted(variables: &[(&str, &str)]) -> Settings {
    let (settings, warnings) = read(variables).unwrap();
    assert_eq!(warnings, Vec::<String>::new());
    settings
}

fn refused(variables: &[(&str, &str)]) -> String {
    read(variables).expect_err("should be refused").to_string()
}

fn warned(variables: &[(&str, &str)]) -> (Settings, String) {
    let (settings, warnings) = read(variables).unwrap();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    (settings, warnings[0].clone())
}

/// Returns the names that the variable of a signal accepts, as warnings list them.
fn allowed_exporters(signal: Signal) -> String {
    exporters_of(signal).map(|(name, _)| name).chain(["none"]).collect::<Vec<_>>().join(", ")
}

#[test]
fn an_empty_environment_gives_the_defaults() {
    let settings = accepted(&[("OTEL_TRACES_EXPORTER", ""), ("OTEL_SERVICE_NAME", "  ")]);
    assert!(!settings.disabled && settings.spans.chosen.is_none() && settings.sampler.is_none());
    assert_eq!(settings.spans.otlp, OtlpSettings::default());
    assert_eq!(settings.limits, SpanLimits::default());
    assert_eq!(settings.spans.queue, QueueSettings::default());
    assert_eq!(settings.resource.service_name, None);
    assert_eq!(settings.resource.detectors, None);
}

#[test]
fn exporters_are_a_list() {
    let exporters = |value| accepted(&[("OTEL_TRACES_EXPORTER", value)]).spans.names().unwrap();
    assert_eq!(exporters("otlp"), ["otlp"]);
    assert_eq!(exporters(" Console, otlp,console"), ["console", "otlp"]);
    assert!(exporters("none").is_empty());
    let refusal = refused(&[("OTEL_TRACES_EXPORTER", "none,otlp")]);
    let expected =
        "OTEL_TRACES_EXPORTER is `none,otlp`; allowed: `none` alone, or a list of otlp, console";
    assert!(refusal.starts_with(expected), "{refusal}");
    let allowed = allowed_exporters(Signal::Traces);
    let (settings, warning) = warned(&[("OTEL_TRACES_EXPORTER", "otpl,console")]);
    assert_eq!(settings.spans.names(), Some(vec!["console"]));
    let expected = "OTEL_TRACES_EXPORTER is `otpl`: ignored; did you mean `otlp`?";
    assert_eq!(warning, format!("{expected} allowed: {allowed}"));
    let (settings, warning) = warned(&[("OTEL_TRACES_EXPORTER", "zipkin")]);
    assert_eq!(settings.spans.names(), None);
    assert_eq!(warning, format!("OTEL_TRACES_EXPORTER is `zipkin`: ignored; allowed: {allowed}"));
}

#[test]
fn every_choice_is_documented() {
    const PAGE: &str = include_str!("../../docs/guide/configuration.md");
    let mut variables = vec!["OTEL_TRACES_EXPORTER", "OTEL_PROPAGATORS", "OTEL_TRACES_SAMPLER"];
    if cfg!(feature = "metrics") {
        variables.push("OTEL_METRICS_EXPORTER");
    }
    if cfg!(feature = "logs") {
        variables.push("OTEL_LOGS_EXPORTER");
    }
    for variable in variables {
        let (_, warning) = warned(&[(variable, "?")]);
        let (_, allowed) = warning.split_once("allowed: ").expect("the warning lists all choices");
        let is_row = |line: &&str| line.starts_with(&format!("| `{variable}` |"));
        let row = PAGE.lines().find(is_row).expect("the variable has a row");
        for name in allowed.split(", ") {
            // The page names the prefix once.
            let name = name.strip_prefix("parentbased_").unwrap_or(name);
            assert!(row.contains(&format!("`{name}`")), "`{name}` is not in {row}");
        }
    }
}

#[test]
fn propagators_are_a_list() {
    let named = |settings: Settings| {
        let formats = settings.propagators?.into_iter();
        Some(
            formats
                .map(|it| if let ChosenFormat::Named(it) = it { it } else { unreachable!() })
                .collect::<Vec<_>>(),
        )
    };
    let formats = |value| named(accepted(&[("OTEL_PROPAGATORS", value)]));
    assert_eq!(formats(""), None);
    assert_eq!(
        formats("b3multi, TraceContext,b3multi,baggage"),
        Some(vec![Format::B3Multi, Format::TraceContext, Format::Baggage])
    );
    assert_eq!(formats("jaeger,b3"), Some(vec![Format::Jaeger, Format::B3]));
    assert_eq!(formats("xray"), Some(vec![Format::XRay]));
    assert_eq!(formats("none"), Some(Vec::new()));
    assert_eq!(
        refused(&[("OTEL_PROPAGATORS", "none,b3")]),
        "OTEL_PROPAGATORS is `none,b3`; allowed: `none` alone, or a list of tracecontext, \
         baggage, b3, b3multi, jaeger and xray"
    );
    let (settings, warning) = warned(&[("OTEL_PROPAGATORS", "ottrace,b3")]);
    assert_eq!(named(settings), Some(vec![Format::B3]));
    assert_eq!(
        warning,
        "OTEL_PROPAGATORS is `ottrace`: ignored; allowed: tracecontext, baggage, b3, b3multi, \
         jaeger, xray, none"
    );
    let disabled = accepted(&[("OTEL_SDK_DISABLED", "true"), ("OTEL_PROPAGATORS", "b3")]);
    assert_eq!(named(disabled), Some(vec![Format::B3]));
}

#[test]
fn endpoints_are_built_as_specified() {
    let endpoint = |variables: &[(&str, &str)]| accepted(variables).spans.otlp.endpoint.unwrap();
    const GENERAL: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
    const TRACES: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
    const PROTOCOL: &str = "OTEL_EXPORTER_OTLP_PROTOCOL";
    assert_eq!(endpoint(&[(GENERAL, "http://c:4318")]), "http://c:4318/v1/traces");
    assert_eq!(endpoint(&[(GENERAL, "http://c:4318/otlp/")]), "http://c:4318/otlp/v1/traces");
    assert_eq!(endpoint(&[(TRACES, "https://c/custom")]), "https://c/custom");
    assert_eq!(endpoint(&[(GENERAL, "http://c"), (TRACES, "http://t/")]), "http://t/");
    assert_eq!(endpoint(&[(GENERAL, "http://c:4317"), (PROTOCOL, "grpc")]), "http://c:4317");
    assert_eq!(endpoint(&[(GENERAL, "c:4317"), (PROTOCOL, "grpc")]), "https://c:4317");
    assert_eq!(
        endpoint(&[
            (GENERAL, "c:4317"),
            (PROTOCOL, "grpc"),
            ("OTEL_EXPORTER_OTLP_INSECURE", "true")
        ]),
        "http://c:4317"
    );
    for (given, expected) in [
        ("http://c/otlp?key=1", "http://c/otlp/v1/traces?key=1"),
        ("http://c?key=1", "http://c/v1/traces?key=1"),
        ("http://me:p%40w@c/#x", "http://me:p%40w@c/v1/traces"),
    ] {
        assert_eq!(endpoint(&[(GENERAL, given)]), expected);
    }
    assert_eq!(endpoint(&[(TRACES, "http://c/x?key=1")]), "http://c/x?key=1");
    for (name, path) in [(GENERAL, "/v1/traces"), (TRACES, "/v1/traces")] {
        let (settings, warning) = warned(&[(name, "localhost:4318")]);
        let read = settings.spans.otlp.endpoint.unwrap();
        assert_eq!(read, format!("http://localhost:4318{path}"));
        assert_eq!(
            warning,
            format!(
                "{name} is `localhost:4318`, without a scheme: read as `http://localhost:4318`; \
                 write the scheme to be sure"
            )
        );
    }
    for (bad, why) in [
        ("http://c:99999", "a port is a number from 1 to 65535"),
        ("unix:///run/otel.sock", "Unix sockets are not supported"),
    ] {
        let refused = refused(&[(GENERAL, bad)]);
        assert!(refused.starts_with(&format!("{GENERAL} is `{bad}`; allowed: a URL")), "{refused}");
        assert!(refused.ends_with(why), "{refused}");
    }
    for bad in ["ftp://c", "http://", "http:///v1", "http://a b", "c"] {
        assert_eq!(
            refused(&[(GENERAL, bad)]),
            format!(
                "{GENERAL} is `{bad}`; allowed: a URL such as http://localhost:4318 or \
                 https://example.com:4318"
            )
        );
    }
}

#[test]
fn otlp_variables_for_traces_come_first() {
    let settings = accepted(&[
        ("OTEL_EXPORTER_OTLP_HEADERS", "general=1"),
        ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "Authorization=Basic%20abc%3D%3D, x-team = a"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "1000"),
        ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "250"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "GZIP"),
        ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "grpc"),
    ]);
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(
        settings.spans.otlp.headers,
        [header("Authorization", "Basic abc=="), header("x-team", "a")]
    );
    assert_eq!(settings.spans.otlp.timeout, Duration::from_millis(250));
    assert!(settings.spans.otlp.gzip);
    assert_eq!(settings.spans.otlp.protocol, OtlpProtocol::Grpc);
    let settings = accepted(&[("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json")]);
    assert_eq!(settings.spans.otlp.protocol, OtlpProtocol::HttpJson);
    let (settings, warning) = warned(&[("OTEL_EXPORTER_OTLP_PROTOCOL", "http/xml")]);
    assert_eq!(settings.spans.otlp.protocol, OtlpProtocol::HttpProtobuf);
    assert!(
        warning.contains("`http/xml`: ignored; allowed: http/protobuf, http/json, grpc"),
        "{warning}"
    );
    // Bad values are treated as unset.
    let (settings, warning) = warned(&[
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "gprc"),
    ]);
    assert_eq!(settings.spans.otlp.protocol, OtlpProtocol::Grpc);
    assert!(warning.contains("did you mean `grpc`?"), "{warning}");
    let (settings, warning) = warned(&[
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "1000"),
        ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "10s"),
    ]);
    assert_eq!(settings.spans.otlp.timeout, Duration::from_secs(1));
    assert_eq!(
        warning,
        "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT is `10s`: ignored, 1000 ms is used; allowed: a whole \
         number of milliseconds, 0 for no limit"
    );
}

#[test]
fn names_of_headers_are_taken_as_they_are() {
    let headers =
        |value: &str| accepted(&[("OTEL_EXPORTER_OTLP_HEADERS", value)]).spans.otlp.headers;
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(headers("a%2Db=c%2Dd"), [header("a%2Db", "c-d")]);
    assert_eq!(
        headers("%zz=1,x=,y=a=b"),
        [header("%zz", "1"), header("x", ""), header("y", "a=b")]
    );
    for name in ["a b", "ä", "a:b", "\"a\"", ""] {
        let message = refused(&[("OTEL_EXPORTER_OTLP_HEADERS", &format!("ok=1,{name}=s3cret"))]);
        assert!(message.contains(&format!("is `{name}`;")) && !message.contains("s3cret"));
    }
}

#[test]
fn broken_otlp_values_are_named_without_secrets() {
    let nameless = refused(&[("OTEL_EXPORTER_OTLP_HEADERS", "ok=1, s3cret")]);
    assert!(nameless.contains("without `=`") && !nameless.contains("s3cret"), "{nameless}");
    assert_eq!(
        refused(&[("OTEL_EXPORTER_OTLP_HEADERS", "ok=1,api-key=s3cret%zz")]),
        "OTEL_EXPORTER_OTLP_HEADERS is `api-key`; allowed: a list like name=value,name=value with \
         percent-encoded values"
    );
    for (endpoint, shown) in [
        ("ftp://me:s3cret@host/path", "ftp://host/path"),
        ("http://me:s3cret@a host", "http://a host"),
        ("me:s3cret@host", "host"),
    ] {
        let refused = refused(&[("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)]);
        let start = format!("OTEL_EXPORTER_OTLP_ENDPOINT is `{shown}`; allowed: a URL");
        assert!(refused.starts_with(&start), "{refused}");
    }
    assert_eq!(
        refused(&[("OTEL_EXPORTER_OTLP_CERTIFICATE", "/does/not/exist.pem")]),
        "OTEL_EXPORTER_OTLP_CERTIFICATE is `/does/not/exist.pem`; allowed: the path of a readable \
         PEM file"
    );
}

#[test]
fn samplers_by_name() {
    let sampler = |name: &str, argument: &str| {
        accepted(&[("OTEL_TRACES_SAMPLER", name), ("OTEL_TRACES_SAMPLER_ARG", argument)])
            .sampler
            .unwrap()
            .sampler
            .description()
    };
    assert_eq!(sampler("always_on", ""), "AlwaysOnSampler");
    assert_eq!(sampler("ALWAYS_OFF", ""), "AlwaysOffSampler");
    assert_eq!(sampler("traceidratio", "0.25"), "TraceIdRatioBased{0.25}");
    assert_eq!(sampler("traceidratio", ""), "TraceIdRatioBased{1}");
    assert!(accepted(&[("OTEL_TRACES_SAMPLER", "parentbased_always_on")]).sampler.is_none());
    assert!(sampler("parentbased_always_off", "").starts_with("ParentBased{root=AlwaysOffSampler"));
    assert!(
        sampler("parentbased_traceidratio", "0.5")
            .starts_with("ParentBased{root=TraceIdRatioBased{0.5},")
    );
    let (settings, warning) =
        warned(&[("OTEL_TRACES_SAMPLER", "traceidratio"), ("OTEL_TRACES_SAMPLER_ARG", "150%")]);
    assert_eq!(settings.sampler.unwrap().sampler.description(), "TraceIdRatioBased{1}");
    assert_eq!(
        warning,
        "OTEL_TRACES_SAMPLER_ARG is `150%`: ignored, 1 is used; allowed: a number from 0 to 1"
    );
    for argument in ["-0.1", "1.1", "nan", "inf", "0,5", "\u{660}"] {
        let variables =
            [("OTEL_TRACES_SAMPLER", "traceidratio"), ("OTEL_TRACES_SAMPLER_ARG", argument)];
        let (settings, _) = warned(&variables);
        assert_eq!(settings.sampler.unwrap().sampler.description(), "TraceIdRatioBased{1}");
    }
    // Only samplers with an argument read it.
    accepted(&[("OTEL_TRACES_SAMPLER", "always_on"), ("OTEL_TRACES_SAMPLER_ARG", "150%")]);
    let (settings, warning) = warned(&[("OTEL_TRACES_SAMPLER", "parentbased_alwayson")]);
    assert!(settings.sampler.is_none());
    assert!(warning.contains("did you mean `parentbased_always_on`?"), "{warning}");
    let (settings, warning) = warned(&[("OTEL_TRACES_SAMPLER", "xray")]);
    assert!(settings.sampler.is_none());
    assert!(warning.contains("parentbased_traceidratio"), "{warning}");
}

#[test]
fn memory_and_places_in_the_source() {
    let unset = accepted(&[]);
    assert_eq!((unset.memory, unset.code), (Some(256 << 20), None));
    let settings = accepted(&[
        ("TRACE_RUNTIME_MEMORY_LIMIT", "8388608"),
        ("TRACE_RUNTIME_CODE_ATTRIBUTES", "Never"),
    ]);
    assert_eq!((settings.memory, settings.code), (Some(8 << 20), Some(CodeAttributes::Never)));
    let (settings, warning) = warned(&[("TRACE_RUNTIME_MEMORY_LIMIT", "4096")]);
    assert_eq!(settings.memory, Some(256 << 20));
    assert!(warning.contains("a whole number from 1048576 on"), "{warning}");
}

#[test]
fn limits_and_queue() {
    let settings = accepted(&[
        ("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "64"),
        ("OTEL_ATTRIBUTE_COUNT_LIMIT", "5"),
        ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "6"),
        ("OTEL_SPAN_EVENT_COUNT_LIMIT", "7"),
        ("OTEL_SPAN_LINK_COUNT_LIMIT", "8"),
        ("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "9"),
        ("OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", "0"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "100"),
        ("OTEL_BSP_SCHEDULE_DELAY", "20"),
        ("OTEL_BSP_EXPORT_TIMEOUT", "300"),
    ]);
    let limits = SpanLimits::default()
        .with_attribute_value_length(64)
        .with_attribute_count(6)
        .with_event_count(7)
        .with_link_count(8)
        .with_event_attribute_count(9)
        .with_link_attribute_count(0);
    assert_eq!(settings.limits, limits);
    let queue = QueueSettings::default()
        .with_max_queue(100)
        .with_max_batch(100)
        .with_delay(Duration::from_millis(20));
    assert_eq!(settings.spans.queue, queue);
    assert_eq!(settings.spans.otlp.timeout, Duration::from_millis(300));
}

#[test]
fn wrong_numbers_are_ignored_with_a_warning() {
    let (settings, warning) = warned(&[("OTEL_SPAN_LINK_COUNT_LIMIT", "-1")]);
    assert_eq!(settings.limits, SpanLimits::default());
    assert_eq!(
        warning,
        "OTEL_SPAN_LINK_COUNT_LIMIT is `-1`: ignored, 128 is used; allowed: a whole number from 0 \
         on"
    );
    let (settings, warning) =
        warned(&[("OTEL_ATTRIBUTE_COUNT_LIMIT", "7"), ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "many")]);
    assert_eq!(settings.limits.attribute_count, 7);
    assert!(warning.contains("`many`: ignored, 7 is used"), "{warning}");
    // The general limit also applies to events and links.
    let expected = SpanLimits::default()
        .with_attribute_count(7)
        .with_event_attribute_count(7)
        .with_link_attribute_count(7);
    assert_eq!(settings.limits, expected);
    let (settings, warning) = warned(&[("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "1e3")]);
    assert_eq!(settings.limits.attribute_value_length, None);
    assert!(warning.contains("`1e3`: ignored, no limit is used"), "{warning}");
    let (settings, warning) =
        warned(&[("OTEL_BSP_MAX_QUEUE_SIZE", "9"), ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "10")]);
    assert_eq!(settings.spans.queue, QueueSettings::default().with_max_queue(9).with_max_batch(9));
    assert_eq!(
        warning,
        "OTEL_BSP_MAX_EXPORT_BATCH_SIZE is `10`: ignored, 9 is used; allowed: a whole number from 1 \
         to 9"
    );
    for (variable, value) in [
        ("OTEL_BSP_MAX_QUEUE_SIZE", "0"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "99999999999999999999"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "0"),
        ("OTEL_BSP_SCHEDULE_DELAY", "-5"),
        ("OTEL_BSP_SCHEDULE_DELAY", "5s"),
        ("OTEL_BSP_EXPORT_TIMEOUT", "1.5"),
        ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "-1"),
        ("OTEL_SPAN_EVENT_COUNT_LIMIT", "0x10"),
        ("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "1 000"),
        ("OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", "\u{661}"),
    ] {
        let (settings, warning) = warned(&[(variable, value)]);
        assert!(warning.starts_with(&format!("{variable} is `{value}`: ignored, ")), "{warning}");
        assert_eq!(settings.spans.queue, QueueSettings::default(), "{variable}");
        assert_eq!(settings.spans.otlp, OtlpSettings::default(), "{variable}");
        assert_eq!(settings.limits, SpanLimits::default(), "{variable}");
    }
    // A value beyond the type's range means no limit.
    let limits = accepted(&[("OTEL_SPAN_EVENT_COUNT_LIMIT", "9999999999")]).limits;
    assert_eq!(limits, SpanLimits::default().with_event_count(u32::MAX));
    let zero = accepted(&[
        ("OTEL_ATTRIBUTE_COUNT_LIMIT", "0"),
        ("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "0"),
        ("OTEL_BSP_SCHEDULE_DELAY", "0"),
        ("OTEL_BSP_EXPORT_TIMEOUT", "0"),
    ]);
    assert_eq!((zero.limits.attribute_count, zero.limits.attribute_value_length), (0, Some(0)));
    assert_eq!(zero.spans.queue.delay, Duration::ZERO);
    assert_eq!(zero.spans.otlp.timeout, OtlpSettings::default().timeout, "no limit of its own");
}

#[test]
fn disabling_ignores_all_else() {
    assert!(accepted(&[("OTEL_SDK_DISABLED", "True"), ("OTEL_BSP_MAX_QUEUE_SIZE", "x")]).disabled);
    let (settings, warning) = warned(&[("OTEL_SDK_DISABLED", "1")]);
    assert!(!settings.disabled);
    assert_eq!(warning, "OTEL_SDK_DISABLED is `1`: taken as false; allowed: true or false");
}

#[test]
fn resource_attributes_are_decoded() {
    let settings = accepted(&[
        ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=a%2Cb, empty=,x=1=2"),
        ("OTEL_SERVICE_NAME", "shop"),
    ]);
    let pair = |key: &'static str, value: &'static str| KeyValue::new(key, value);
    assert_eq!(
        settings.resource.attributes,
        [pair("deployment.environment.name", "a,b"), pair("empty", ""), pair("x", "1=2")]
    );
    assert_eq!(settings.resource.service_name.as_deref(), Some("shop"));
    // All of it is left out, except the name, which has its own variable.
    for broken in ["a=1,b=%f", "a=1,b", "a=1,=2", "a=%ff"] {
        let (settings, warning) =
            warned(&[("OTEL_RESOURCE_ATTRIBUTES", broken), ("OTEL_SERVICE_NAME", "shop")]);
        assert_eq!(settings.resource.attributes, []);
        assert_eq!(settings.resource.service_name.as_deref(), Some("shop"));
        assert!(warning.contains(&format!("`{broken}`: ignored")), "{warning}");
    }
    assert_eq!(
        accepted(&[("OTEL_RESOURCE_ATTRIBUTES", "a%2Db=1")]).resource.attributes,
        [pair("a-b", "1")]
    );
    assert_eq!(percent_decode("%e2%82%ac").as_deref(), Some("€"));
    assert_eq!(percent_decode("%ff"), None);
}

#[cfg(unix)]
#[test]
fn what_is_not_text_is_refused() {
    use std::os::unix::ffi::OsStringExt;
    let refused = |variable: &str, value: &[u8]| {
        let lookup =
            |name: &str| (name == variable).then(|| OsString::from_vec([value, &[0xff]].concat()));
        super::read(&Env::new(&lookup)).unwrap_err().to_string()
    };
    let error = refused("OTEL_SERVICE_NAME", b"a");
    assert!(error.starts_with("OTEL_SERVICE_NAME is `a"), "{error}");
    assert!(error.ends_with("allowed: text in UTF-8"), "{error}");
    assert_eq!(
        refused("OTEL_EXPORTER_OTLP_HEADERS", b"api-key=s3cret"),
        "OTEL_EXPORTER_OTLP_HEADERS is `api-key=…`; allowed: text in UTF-8"
    );
    // Numbers and words that are not UTF-8 are bad values too.
    for variable in ["OTEL_BSP_MAX_QUEUE_SIZE", "OTEL_TRACES_EXPORTER", "OTEL_SDK_DISABLED"] {
        let lookup = |name: &str| (name == variable).then(|| OsString::from_vec(b"1\xff".to_vec()));
        let env = Env::new(&lookup);
        assert!(!super::read(&env).unwrap().disabled);
        let [warning] = &env.into_warnings()[..] else { panic!("{variable}") };
        assert!(warning.starts_with(&format!("{variable} is `1\u{fffd}`: ")), "{warning}");
    }
}

#[cfg(feature = "metrics")]
#[path = "metric_env_tests.rs"]
mod metrics;

#[cfg(feature = "logs")]
#[path = "log_env_tests.rs"]
mod logs;
