//! Compares the tables of `docs/guide/configuration.md` with the code: environment variables, methods of
//! the builder, cargo features.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const PAGE: &str = include_str!("../docs/guide/configuration.md");

type Names = BTreeSet<String>;

/// Reports what one side has and the other lacks.
#[track_caller]
fn assert_same(what: &str, documented: &Names, implemented: &Names) {
    let missing: Vec<_> = implemented.difference(documented).collect();
    let stale: Vec<_> = documented.difference(implemented).collect();
    assert!(
        missing.is_empty() && stale.is_empty(),
        "docs/guide/configuration.md and the code differ in {what}.\n\
         In the code only: {missing:?}\nIn the page only: {stale:?}"
    );
}

/// The text of all source files below `folder`, without those that hold tests.
fn sources(folder: &str) -> String {
    fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, files);
            } else if path.extension().is_some_and(|it| it == "rs") {
                files.push(path);
            }
        }
    }
    let mut files = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut files);
    files.retain(|file| !file.to_string_lossy().ends_with("tests.rs"));
    files.iter().map(|file| fs::read_to_string(file).unwrap()).collect()
}

/// Returns the texts between backticks.
fn code_spans(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// Returns the texts between double quotes.
fn literals(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| line.split('"').skip(1).step_by(2))
}

fn section<'a>(heading: &str, next: &str) -> &'a str {
    let (_, rest) = PAGE.split_once(heading).expect("the page has the section");
    rest.split_once(next).map_or(rest, |(section, _)| section)
}

fn is_variable(text: &str) -> bool {
    let is_name = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let prefixes = ["OTEL_", "AUTOMETRICS_", "TRACE_RUNTIME_"];
    text.chars().all(is_name) && prefixes.iter().any(|prefix| text.starts_with(prefix))
}

#[test]
fn every_environment_variable_is_documented() {
    const OTLP: &str = "OTEL_EXPORTER_OTLP_";
    const SIGNALS: [&str; 3] = ["TRACES_", "METRICS_", "LOGS_"];
    let code = sources("src/config") + &sources("src/metrics/own") + &sources("src/export");
    let code = code + &sources("src/resource/detectors");
    // The variables of OTLP are put together: a prefix for the signal, and what they set.
    let suffixes = code.split("names!(\"").skip(1).filter_map(|rest| rest.split('"').next());
    let mut implemented: Names = suffixes.map(|suffix| format!("{OTLP}{suffix}")).collect();
    let whole = literals(&code).filter(|text| is_variable(text) && !text.ends_with('_'));
    implemented.extend(whole.map(str::to_owned));

    let page = section("# Environment variables", "# The builder");
    let documented = code_spans(page).filter(|text| is_variable(text)).map(|text| {
        let of_signal = |rest: &str| {
            let rest = SIGNALS.iter().find_map(|signal| rest.strip_prefix(signal))?;
            let general = format!("{OTLP}{rest}");
            implemented.contains(&general).then_some(general)
        };
        text.strip_prefix(OTLP).and_then(of_signal).unwrap_or_else(|| text.to_owned())
    });
    assert_same("environment variables", &documented.collect(), &implemented);
}

#[test]
fn every_resource_detector_is_documented() {
    use trace_runtime::resource::Detector;
    let row = |detector: &Detector| detector.name().to_owned();
    let page = section("## Resource detectors", "## OTLP");
    let documented = page.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let documented = documented.map(str::to_owned).collect();
    assert_same("resource detectors", &documented, &Detector::ALL.iter().map(row).collect());
    let defaults =
        PAGE.lines().find(|line| line.starts_with("| `OTEL_EXPERIMENTAL_RESOURCE_DETECTORS`"));
    let exceptions = Detector::ALL.iter().filter(|detector| !detector.is_default()).map(row);
    let exceptions = exceptions.collect::<Vec<_>>().join("`, `");
    assert!(defaults.unwrap().ends_with(&format!("| all but `{exceptions}` |")), "{defaults:?}");
}

#[test]
fn every_method_of_the_builder_is_documented() {
    let is_setting = |name: &str| name.starts_with("with_") || name.starts_with("without_");
    let code = sources("src/pipeline/builder");
    let name = |rest: &str| rest.split(['(', '<']).next().unwrap_or_default().to_owned();
    let implemented = code.split("pub fn ").skip(1).map(name).filter(|name| is_setting(name));

    let page = section("# The builder", "# Cargo features");
    let documented = code_spans(page).filter(|name| is_setting(name)).map(str::to_owned);
    assert_same("methods of the builder", &documented.collect(), &implemented.collect());
}

#[test]
fn every_feature_is_documented() {
    let manifest = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")).unwrap();
    let (_, features) = manifest.split_once("\n[features]\n").expect("there are features");
    let features = features.split_once("\n[").map_or(features, |(features, _)| features);
    let (_, default) = features.split_once("default = [").expect("there are default features");
    let default: Vec<_> = literals(default.split_once(']').expect("the list ends").0).collect();
    let row = |name: &str, default: &str| format!("{name}: {default}");
    let implemented = features.lines().filter_map(|line| {
        let (name, _) = line.split_once(" = ")?;
        let is_name = name.chars().all(|c| c.is_ascii_lowercase() || c == '-');
        let mark = match name {
            "enabled" => "by others",
            name if default.contains(&name) => "yes",
            _ => "",
        };
        (is_name && name != "default").then(|| row(name, mark))
    });

    let page = section("# Cargo features", "\n# ");
    let documented = page.lines().filter(|line| line.starts_with("| `")).map(|line| {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        row(cells[1].trim_matches('`'), cells[2])
    });
    assert_same("cargo features", &documented.collect(), &implemented.collect());
}
