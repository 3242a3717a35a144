//! Tests the line at start-up, printed by a program in a separate process with its own variables.
#![cfg(feature = "otlp-http")]

use crate::support::test_command;
use opentelemetry::KeyValue;
use std::process::Output;
use trace_runtime::Telemetry;
use trace_runtime::export::NullExporter;
use trace_runtime::propagation::{SpanId, TraceFlags, TraceId};
use trace_runtime::sampling::{Composite, Rule, RuleBased, TraceIdRatio};
use trace_runtime::{SpanContext, trace};

#[trace]
fn checkout() {}

#[trace]
fn place_order() {}

/// The program; it only does something when a test below starts it.
#[test]
fn program() {
    let Some(mode) = std::env::var_os("TRACE_RUNTIME_TEST_PROGRAM") else { return };
    let _telemetry = match mode.to_str().unwrap() {
        "init" | "called" => trace_runtime::init(),
        "called with a sampler" => Telemetry::builder()
            .with_exporter(NullExporter::new())
            .with_sampler(TraceIdRatio::new(0.5))
            .install(),
        "builder" => Telemetry::builder()
            .with_service_name("checkout\n\u{1b}[2J")
            .with_resource_attribute(KeyValue::new("service.version", "1.2.0"))
            .with_exporter(NullExporter::new())
            .install(),
        "rules" => {
            let keeping = |pattern| Rule::keeping(1.0).with_names([pattern]);
            let rules = ["chekout", "checkout", "GET /users", "pla?e_ordr*"].map(keeping);
            let sampler = Composite::new(RuleBased::new(rules).unwrap());
            Telemetry::builder().with_exporter(NullExporter::new()).with_sampler(sampler).install()
        }
        "silent" => Telemetry::builder().without_startup_line().install(),
        "capture" => {
            let _capture = trace_testkit::capture();
            trace_runtime::init()
        }
        "tapped" => {
            let _capture = trace_testkit::capture_global();
            trace_runtime::init()
        }
        mode => panic!("{mode}"),
    }
    .unwrap();
    if mode.to_str().unwrap().starts_with("called") {
        checkout();
        for id in [1, 2] {
            let id = TraceId::from_u128(id);
            let _caller =
                SpanContext::remote(id, SpanId::from_u64(7), TraceFlags::SAMPLED).attach();
            checkout();
        }
    }
}

fn run(mode: &str, variables: &[(&str, &str)]) -> Output {
    let output = test_command("program")
        .env_clear()
        .env("TRACE_RUNTIME_TEST_PROGRAM", mode)
        .env("OTEL_SERVICE_NAME", "shop")
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    output
}

/// Returns the program's output on stderr; stdout contains nothing of it.
#[track_caller]
fn printed(mode: &str, variables: &[(&str, &str)]) -> String {
    let output = run(mode, variables);
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(!stdout.contains("telemetry: "), "{stdout}");
    String::from_utf8(output.stderr).unwrap()
}

const NONE: [(&str, &str); 3] = [
    ("OTEL_TRACES_EXPORTER", "none"),
    ("OTEL_METRICS_EXPORTER", "none"),
    ("OTEL_LOGS_EXPORTER", "none"),
];

/// The signals that the build has, each with where it goes.
fn signals(traces: &str, metrics: &str, logs: &str) -> String {
    let mut line = format!("telemetry: traces → {traces}");
    if cfg!(feature = "metrics") {
        line += &format!(" · metrics → {metrics}");
    }
    if cfg!(feature = "logs") {
        line += &format!(" · logs → {logs}");
    }
    line
}

#[test]
fn says_where_each_signal_goes() {
    let line = printed(
        "init",
        &[
            ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"),
            ("OTEL_TRACES_SAMPLER_ARG", "0.1"),
            ("OTEL_RESOURCE_ATTRIBUTES", "service.version=1.2.0"),
            ("OTEL_METRICS_EXPORTER", "none"),
        ],
    );
    let receiver = "OTLP http://localhost:4318";
    let expected = format!(
        "{} · service shop 1.2.0 · sampling parentbased_traceidratio 0.1",
        signals(receiver, "off", receiver)
    );
    assert_eq!(line.lines().next(), Some(&*expected), "{line}");
}

#[test]
fn secrets_are_not_printed() {
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://user:s3cret@127.0.0.1:9/s3cret?key=s3cret"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=s3cret"),
        ("OTEL_METRICS_EXPORTER", "none"),
        ("OTEL_LOGS_EXPORTER", "none"),
    ];
    let line = printed("init", &variables);
    let line = line.lines().next().unwrap();
    assert!(line.starts_with(&signals("OTLP http://127.0.0.1:9", "off", "off")), "{line}");
    assert!(!line.contains("s3cret"), "{line}");
}

#[test]
fn what_is_off_and_what_comes_from_outside() {
    assert_eq!(
        printed("init", &NONE),
        format!(
            "{} · service shop · sampling parentbased_always_on\n",
            signals("off", "off", "off")
        )
    );
    let line = printed("builder", &NONE);
    let service = r"service checkout\n\u{1b}[2J 1.2.0";
    assert_eq!(
        line,
        format!("{} · {service} · sampling parentbased_always_on\n", signals("null", "off", "off"))
    );
}

#[cfg(feature = "prometheus")]
#[test]
fn prometheus_has_an_address() {
    let mut variables = NONE.to_vec();
    variables[1].1 = "prometheus";
    variables.push(("OTEL_EXPORTER_PROMETHEUS_PORT", "0"));
    let line = printed("init", &variables);
    assert!(line.contains("metrics → Prometheus http://127.0.0.1:"), "{line}");
    assert!(line.contains("/metrics · "), "{line}");
}

#[test]
fn it_can_be_silent() {
    for (mode, variables) in [
        ("init", [("TRACE_RUNTIME_STARTUP_LINE", "false")]),
        ("init", [("OTEL_SDK_DISABLED", "true")]),
        ("silent", [("OTEL_LOG_LEVEL", "info")]),
        ("capture", [("OTEL_LOG_LEVEL", "info")]),
        ("tapped", [("OTEL_LOG_LEVEL", "info")]),
    ] {
        let variables: Vec<_> = NONE.into_iter().chain(variables).collect();
        assert_eq!(printed(mode, &variables), "", "{mode} {variables:?}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn patterns_that_match_no_function_but_nearly_do_are_reported() {
    let stderr = printed("rules", &NONE);
    let warnings: Vec<_> = stderr.lines().filter(|line| line.contains("pattern")).collect();
    assert_eq!(
        warnings,
        [
            "trace-runtime: the sampler's pattern `chekout` matches no function's spans; the most similar \
             name is `checkout`",
            "trace-runtime: the sampler's pattern `pla?e_ordr*` matches no function's spans; the most \
             similar name is `place_order`",
        ]
    );
    // Their sites are in the binary.
    checkout();
    place_order();
}

/// Returns the warning about a ratio that decides about children, which is printed once.
#[track_caller]
fn warning_of_ratio(mode: &str, variables: &[(&str, &str)]) -> String {
    let printed = printed(mode, &[&NONE, variables].concat());
    let warnings: Vec<_> = printed.lines().filter(|it| it.contains("have a parent")).collect();
    let [warning] = warnings[..] else { panic!("{printed}") };
    warning.to_owned()
}

#[test]
fn a_ratio_that_decides_about_children_is_reported_once_with_its_place() {
    let warning = warning_of_ratio("called", &[("OTEL_TRACES_SAMPLER", "traceidratio")]);
    assert_eq!(
        warning,
        "trace-runtime: OTEL_TRACES_SAMPLER=traceidratio decides about spans that have a parent, which breaks \
         traces between services that decide otherwise; decide about roots only (`parentbased_traceidratio`), or \
         by `probability/development`"
    );
    let warning = warning_of_ratio("called with a sampler", &[]);
    assert!(
        warning.starts_with("trace-runtime: the program's `TraceIdRatio` decides"),
        "{warning}"
    );
    let of_roots = [("OTEL_TRACES_SAMPLER", "parentbased_traceidratio")];
    let printed = printed("called", &[&NONE[..], &of_roots[..]].concat());
    assert!(!printed.contains("have a parent"), "{printed}");
}

#[cfg(feature = "config-file")]
#[test]
fn a_ratio_of_a_file_is_reported_with_its_line() {
    let path = std::env::temp_dir().join(format!("trace-ratio-{}.yaml", std::process::id()));
    let text = "file_format: '1.2'\ntracer_provider:\n  processors: [{ simple: { exporter: { console: } } }]\n  \
                sampler:\n    trace_id_ratio_based: { ratio: 0 }\n";
    std::fs::write(&path, text).unwrap();
    let warning = warning_of_ratio("called", &[("OTEL_CONFIG_FILE", path.to_str().unwrap())]);
    std::fs::remove_file(&path).unwrap();
    let place = format!("`trace_id_ratio_based` in {}, line 5 decides", path.display());
    assert!(warning.contains(&place), "{warning}");
}
