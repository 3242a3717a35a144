//! Tests what of a file is reported, with its place.

use super::tests::{honoured, read_text, warning};
use super::*;
use crate::plugin::Plugins;
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn what_has_no_effect_is_one_warning_with_its_place() {
    let spans = |rest: &str| {
        format!(
            "tracer_provider:\n  processors: [{{ simple: {{ exporter: {{ console: }} }} }}]\n  {rest}"
        )
    };
    let cases = [
        ("log_level: error".to_owned(), "2:1: notices on stderr"),
        (
            "instrumentation/development: { rust: { sqlx: {} }, java: { jdbc: {} } }".to_owned(),
            "2:32: no library here",
        ),
        (
            "instrumentation/development: { general: { http: { semconv: { version: 2 } } } }"
                .to_owned(),
            "2:60: the latest version",
        ),
        (
            "instrumentation/development: { general: { stability_opt_in_list: http } }".to_owned(),
            "2:43: the latest version",
        ),
        ("vendor: { a: 1 }".to_owned(), "2:1: unknown key `vendor`"),
        (
            spans(
                "sampler: { jaeger_remote/development: { endpoint: 'http://j', initial_sampler: { always_on: } } }",
            ),
            "4:",
        ),
        (spans("id_generator: { xray: }"), "4:19: ids are computed from counts"),
        #[cfg(feature = "logs")]
        (
            "attribute_limits: { attribute_value_depth_limit: 64 }
logger_provider: { processors: [{ simple: { exporter: { console: } } }] }"
                .to_owned(),
            "2:21: values of log records are cut at a depth of 30",
        ),
        (
            "distribution: { trace-rs: { snapshot: { bytes: 1 } } }".to_owned(),
            "2:39: snapshots need",
        ),
    ];
    for (text, expected) in cases {
        let warning = warning(&text);
        assert!(warning.starts_with(expected), "{text}: {warning}");
    }
}

#[test]
fn errors_of_all_sections_are_reported_at_once() {
    let error = read_text(
        "tracer_provider: { processors: [{ simple: { exporter: { otlp_http: { headers_list: 'a' } } } }] }
resource: { attributes_list: 'no list' }",
    );
    let error = error.unwrap_err().to_string();
    assert!(error.starts_with("the configuration has 2 problems\n\n"), "{error}");
    assert!(error.contains(".yaml:2:70: ") && error.contains(".yaml:3:13: "), "{error}");
}

/// The official files, as the crate of the reader has them.
fn official(folder: &str) -> Vec<PathBuf> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../trace-config/tests/data");
    let files = fs::read_dir(data.join(folder)).unwrap();
    let mut files: Vec<_> = files.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|it| it == "yaml"));
    files.sort();
    files
}

#[test]
fn official_files_become_settings() {
    for file in official("examples").into_iter().chain(official("snippets")) {
        let read = read(&Source::File(file.clone()), &Plugins::default(), &|_| None);
        let read = read.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        assert!(!read.loaded.in_force().is_empty());
    }
    let migration = official("examples")
        .into_iter()
        .find(|file| file.ends_with("otel-sdk-migration-config.yaml"));
    let settings =
        read(&Source::File(migration.unwrap()), &Plugins::default(), &|_| None).unwrap().settings;
    assert_eq!(settings.spans.names(), Some(vec!["otlp"]));
}

#[test]
fn the_file_of_the_guide_has_an_effect() {
    const PAGE: &str = include_str!("../../../docs/guide/configuration-file.md");
    let (_, rest) = PAGE.split_once("```yaml\nfile_format: \"1.2\"\n").unwrap();
    let settings = honoured(rest.split_once("```").unwrap().0);
    assert_eq!(settings.spans.names(), Some(vec!["otlp"]));
    assert_eq!(settings.tail.map(|tail| tail.share), Some(0.05));
}

#[test]
fn unknown_components_are_refused() {
    let processors = "tracer_provider: { processors: [{ simple: { exporter: { console: } } }]";
    let cases = [
        (
            format!("{processors}, sampler: {{ mine: }} }}"),
            "there is no sampler `mine`; known: `always_off`, ",
        ),
        (
            "tracer_provider: { processors: [{ simple: { exporter: { mine: } } }] }".to_owned(),
            "there is no span exporter `mine`; known: `console`, `otlp_file/development`, `otlp_grpc`, `otlp_http`",
        ),
        (
            "tracer_provider: { processors: [{ mine: }] }".to_owned(),
            "there is no span processor `mine`; known: `batch`, `simple`",
        ),
        (
            "resource: { detection/development: { detectors: [{ azure: }] } }".to_owned(),
            "there is no resource detector `azure`; known: ",
        ),
        (
            "propagator: { composite: [{ ottrace: }] }".to_owned(),
            "there is no propagator `ottrace`; known: `b3`, `b3multi`, `baggage`, `jaeger`, `tracecontext`, `xray`",
        ),
    ];
    for (text, expected) in cases {
        let error = read_text(&text).unwrap_err().to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
}
