//! Calls `init` as a program does: in a separate process, with its own variables, and checks
//! its output on stderr.
#![cfg(all(feature = "console", feature = "otlp-http"))]

use crate::support::{record, test_command};
use std::process::Output;

/// The program; it only does something when a test below starts it.
#[test]
fn program() {
    if std::env::var_os("TRACE_RUNTIME_TEST_PROGRAM").is_none() {
        return;
    }
    match trace_runtime::init() {
        Ok(_telemetry) => {
            record(1);
            println!("the program ran");
        }
        Err(error) => println!("refused: {error}"),
    }
}

fn run(variables: &[(&str, &str)]) -> Output {
    test_command("program")
        .env_clear()
        .env("TRACE_RUNTIME_TEST_PROGRAM", "1")
        // Its tests are in `startup_line.rs`.
        .env("TRACE_RUNTIME_STARTUP_LINE", "false")
        .envs(variables.iter().copied())
        .output()
        .unwrap()
}

fn stderr(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn the_console_prints_a_tree_without_colours_where_there_is_no_terminal() {
    let output = run(&[("OTEL_TRACES_EXPORTER", "console")]);
    let text = stderr(&output);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 4, "{text}");
    assert!(lines[0].starts_with("trace ") && lines[0].ends_with("  2 spans"), "{text}");
    assert!(lines[1].starts_with("outer  "), "{text}");
    assert!(lines[2].starts_with("└─ inner  "), "{text}");
    assert!(!text.contains('\u{1b}'), "{text}");
    assert!(stdout(&output).contains("the program ran"));
}

#[test]
fn colours_can_be_forced_and_forbidden() {
    let console = ("OTEL_TRACES_EXPORTER", "console");
    assert!(stderr(&run(&[console, ("CLICOLOR_FORCE", "1")])).contains('\u{1b}'));
    assert!(!stderr(&run(&[console, ("NO_COLOR", "1")])).contains('\u{1b}'));
}

#[test]
fn without_a_terminal_spans_go_to_an_endpoint_and_losses_are_told_at_the_end() {
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9");
    let output = run(&[endpoint]);
    let text = stderr(&output);
    let lines: Vec<&str> = text.lines().collect();
    let (warnings, reports): (Vec<_>, Vec<_>) =
        lines.into_iter().partition(|line| line.starts_with("trace-runtime: exporter"));
    let is_metrics = cfg!(feature = "metrics");
    assert_eq!(warnings.len(), if is_metrics { 2 } else { 1 }, "one per signal: {text}");
    let warned = |of: &str, path: &str| {
        let warning = format!(
            "trace-runtime: exporter `{of}`: cannot send to http://127.0.0.1:9{path}: Connection \
             refused"
        );
        warnings.iter().any(|line| line.starts_with(&warning))
    };
    assert!(warned("otlp", "/v1/traces"), "{text}");
    assert!(!is_metrics || warned("otlp metrics", "/v1/metrics"), "{text}");
    let [report] = reports[..] else { panic!("one report: {text}") };
    assert!(report.starts_with("trace-runtime: 2 spans started, 0 dropped; otlp: 0 exported, 2 dropped (export_failed 2), last error: "), "{text}");
    assert!(stdout(&output).contains("the program ran"));
}

#[test]
fn a_value_that_must_be_ignored_is_warned_about_once() {
    let output = run(&[
        ("OTEL_TRACES_EXPORTER", "none"),
        ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"),
        ("OTEL_TRACES_SAMPLER_ARG", "half"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "many"),
        ("OTEL_PROPAGATORS", "tracecontxt,baggage"),
    ]);
    let mut warnings: Vec<_> = stderr(&output).lines().map(str::to_owned).collect();
    warnings.sort_unstable();
    assert_eq!(
        warnings,
        [
            "trace-runtime: OTEL_BSP_MAX_QUEUE_SIZE is `many`: ignored, 32768 is used; allowed: a \
             whole number from 1 to 4294967295",
            "trace-runtime: OTEL_PROPAGATORS is `tracecontxt`: ignored; did you mean \
             `tracecontext`? allowed: tracecontext, baggage, b3, b3multi, jaeger, xray, none",
            "trace-runtime: OTEL_TRACES_SAMPLER_ARG is `half`: ignored, 1 is used; allowed: a \
             number from 0 to 1",
        ]
    );
    assert!(stdout(&output).contains("the program ran"), "{output:?}");
}

#[test]
fn a_bad_value_is_an_error() {
    let output = run(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:99999")]);
    assert!(
        stdout(&output).contains(
            "refused: OTEL_EXPORTER_OTLP_ENDPOINT is `http://localhost:99999`; allowed: a URL such as"
        ),
        "{output:?}"
    );
}
