//! Runs the program with a receiver for its telemetry: what it records, and what it keeps to itself.
#![cfg(feature = "telemetry")]

mod support;

use std::time::Duration;
use support::{Home, texts};
use trace_testkit::matcher::is_int;
use trace_testkit::receiver::{Receiver, Signal};
use trace_testkit::tree;

const SOON: Duration = Duration::from_secs(20);

/// Returns the variable that names the receiver.
fn to(receiver: &Receiver) -> (&'static str, String) {
    ("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.endpoint())
}

#[test]
fn a_command_is_a_trace_from_the_command_line_to_the_provider() {
    let (t, home) = (Receiver::start().unwrap(), Home::new());
    let (name, endpoint) = to(&t);
    home.run(&["add", "Buy milk"], &[(name, &endpoint)]);
    t.assert_tree(tree! {
        "todo.command.add" [
            root,
            "command" = "add",
            "operation" = "add",
            "session.id" = "shell-7",
            resource: ["service.name" = "todo-cli", "service.version" = "0.1.0", ..],
            ..
        ] => {
            "db.todo.create" [kind: Client, "db.system.name" = "sqlite", "todo.id" = 1, ..],
            "ai.enrichment.analyze" ["provider" = "openai", "confidence" = 0.95, ..] => {
                "ai.provider.openai.request" [kind: Client, "gen_ai.request.model" = "gpt-4o-mini", ..],
                "ai.response.parse" ["bytes" = is_int(), ..],
                "db.ai_enrichment.save" [kind: Client, ..],
            },
            "cli.display.results",
        },
    });
    for counter in ["todo.commands", "todos.created"] {
        t.counter(counter).total(1);
    }
    t.logs()
        .containing("AI enrichment completed")
        .in_span("ai.enrichment.analyze")
        .with("provider", "openai")
        .with("operation", "add")
        .one();
}

#[test]
fn what_is_done_is_counted_once() {
    let (t, home) = (Receiver::start().unwrap(), Home::new());
    let (name, endpoint) = to(&t);
    home.run(&["add", "--plain", "Sleep"], &[]);
    for _ in 0..2 {
        let [stdout, _] = home.run(&["complete", "1"], &[(name, &endpoint)]);
        assert_eq!(stdout, "done 1: Sleep\n");
    }
    t.counter("todos.completed").total(1);
    t.counter("todo.commands").with("command", "complete").total(2);
}

/// A process in the background runs the same program, which is no longer there.
#[cfg(target_os = "linux")]
#[test]
fn what_was_stored_is_added_even_if_nothing_can_be_suggested() {
    use std::os::fd::AsRawFd as _;
    let home = Home::new();
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_todo"));
    let link = program.with_file_name(format!("todo-{}", std::process::id()));
    std::fs::hard_link(program, &link).unwrap();
    let opened = std::fs::File::open(&link).unwrap();
    std::fs::remove_file(&link).unwrap();
    let program = format!("/proc/self/fd/{}", opened.as_raw_fd());
    let output = home.command(program, &["--verbose", "add", "--background", "Sleep"]).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{output:?}");
    let [stdout, stderr] = texts(output);
    assert_eq!(stdout, "added 1: Sleep\n");
    assert!(stderr.contains("no suggestion"), "{stderr}");
}

#[test]
fn the_next_provider_is_asked_when_one_fails() {
    let (t, home) = (Receiver::start().unwrap(), Home::new());
    let (name, endpoint) = to(&t);
    home.run(&["add", "Repair what has an outage"], &[(name, &endpoint)]);
    t.assert_tree(tree! {
        "todo.command.add" [not_failed, ..] => {
            "db.todo.create" [..],
            "ai.enrichment.analyze" [not_failed, "provider" = "anthropic", ..] => {
                "ai.provider.openai.request" [
                    error: "the AI provider answered 503",
                    "error.type" = "status",
                    ..
                ],
                "ai.provider.anthropic.request" [not_failed, ..],
                "ai.response.parse" [..],
                "db.ai_enrichment.save" [..],
            },
            "cli.display.results",
        },
    });
    // Without any provider, something is added all the same.
    let [stdout, _] = home.run(&["add", "Sit out the blackout"], &[(name, &endpoint)]);
    assert_eq!(stdout, "added 2: Sit out the blackout\n");
    t.span("ai.enrichment.analyze").with("error.type", "no_provider").one();
    t.span("todo.command.add").not_failed().count(2);
}

#[test]
fn work_in_the_background_continues_the_trace() {
    let (t, home) = (Receiver::start().unwrap(), Home::new());
    let (name, endpoint) = to(&t);
    let [stdout, _] = home.run(&["add", "--background", "Buy milk"], &[(name, &endpoint)]);
    assert_eq!(stdout, "added 1: Buy milk\n");
    t.eventually_blocking(SOON, |t| {
        t.assert_tree(tree! {
            "todo.command.add" [..] => {
                "db.todo.create" [..],
                unordered {
                    "cli.display.results",
                    "todo.background.enrich" ["session.id" = "shell-7", ..] => {
                        "db.todo.find" [..],
                        "ai.enrichment.analyze" [..] => { .. },
                    },
                },
            },
        });
    });
}

#[test]
fn nobody_is_told_what_they_did_not_ask_to_tell() {
    let (t, home) = (Receiver::start().unwrap(), Home::new());
    let (name, endpoint) = to(&t);
    let sends = (name, &*endpoint);
    home.run(&["--no-telemetry", "add", "Buy milk"], &[sends]);
    home.run(&["add", "Buy milk"], &[sends, ("DO_NOT_TRACK", "1")]);
    home.run(&["add", "Buy milk"], &[sends, ("OTEL_ENABLED", "false")]);
    home.configure("[observability]\nenabled = false");
    home.run(&["add", "Buy milk"], &[sends]);
    assert!(t.requests().is_empty());
}

#[test]
fn signals_are_rolled_out_one_by_one() {
    let (t, home) = (Receiver::start().unwrap(), Home::new());
    let (name, endpoint) = to(&t);
    let sends = (name, &*endpoint);
    let console = [("OTEL_ENABLED", "true"), ("OTEL_TRACES_EXPORTER", "console")];
    let [_, stderr] = home.run(&["list"], &console);
    assert!(stderr.contains("todo.command.list") && t.requests().is_empty(), "{stderr}");
    home.run(&["list"], &[sends, ("OTEL_ENABLED", "true")]);
    assert_eq!(signals(&t), [Signal::Traces]);
    let all = [("OTEL_ENABLE_METRICS", "true"), ("OTEL_ENABLE_LOGS", "true")];
    home.run(&["list"], &[&[sends, ("OTEL_ENABLED", "true")], &all[..]].concat());
    assert_eq!(signals(&t), [Signal::Logs, Signal::Metrics, Signal::Traces]);
}

/// Returns the signals that a receiver got.
fn signals(t: &Receiver) -> Vec<Signal> {
    let mut signals: Vec<_> = t.requests().into_iter().filter_map(|it| it.signal).collect();
    signals.sort_by_key(|signal| format!("{signal:?}"));
    signals.dedup();
    signals
}

#[test]
fn variables_of_opentelemetry_are_stronger_than_those_of_the_program() {
    let home = Home::new();
    // The staged rollout begins with traces.
    let staged = ("OTEL_ENABLED", "true");
    let logs = ("OTEL_LOGS_EXPORTER", "console");
    let [_, stderr] = home.run(&["list"], &[staged, logs]);
    assert!(stderr.contains("completed"), "{stderr}");
    let traces = ("OTEL_TRACES_EXPORTER", "console");
    let none = [("TODO_TRACE_SAMPLE_RATE", "0"), traces];
    let [_, stderr] = home.run(&["list"], &none);
    assert!(!stderr.contains("todo.command.list"), "{stderr}");
    let all = ("OTEL_TRACES_SAMPLER", "always_on");
    let [_, stderr] = home.run(&["list"], &[&[all], &none[..]].concat());
    assert!(stderr.contains("todo.command.list") && !stderr.contains("SAMPLER_ARG"), "{stderr}");
    // A variable is stronger than the file, and what is switched off stays off.
    home.configure("[observability]\nexport_logs = false");
    let [_, stderr] = home.run(&["list"], &[logs]);
    assert!(!stderr.contains("completed"), "{stderr}");
    let [_, stderr] = home.run(&["list"], &[logs, ("TODO_ENABLE_LOGS", "true")]);
    assert!(stderr.contains("completed"), "{stderr}");
    let [_, stderr] =
        home.run(&["list"], &[logs, ("TODO_ENABLE_LOGS", "true"), ("OTEL_ENABLE_LOGS", "false")]);
    assert!(!stderr.contains("completed"), "{stderr}");
}

#[test]
fn the_file_names_a_receiver_and_its_key() {
    let (t, home) = (Receiver::start().unwrap(), Home::new());
    let endpoint = t.endpoint();
    home.configure(&format!(
        "[observability]
         enabled = true
         log_level = 'INFO'
         export_traces = true
         export_metrics = true
         export_logs = true
         sample_rate = 1.0
         log_sample_rate = 0.5
         [grafana]
         endpoint = '{endpoint}'
         api_key = '${{GRAFANA_API_KEY}}'"
    ));
    home.run(&["list"], &[("GRAFANA_API_KEY", "secret")]);
    let requests = t.requests();
    assert!(!requests.is_empty());
    assert!(requests.iter().all(|it| it.header("authorization") == Some("Bearer secret")));
    t.span("todo.command.list").one();
    // Flags are stronger than the file.
    home.run(&["--no-telemetry", "list"], &[("GRAFANA_API_KEY", "secret")]);
    assert_eq!(t.requests().len(), requests.len());
}

#[test]
fn the_key_is_for_the_receiver_of_the_file_alone() {
    let (grafana, other, home) =
        (Receiver::start().unwrap(), Receiver::start().unwrap(), Home::new());
    let endpoint = grafana.endpoint();
    home.configure(&format!("[grafana]\nendpoint = '{endpoint}'\napi_key = 'secret'"));
    let elsewhere = other.endpoint();
    home.run(&["--telemetry", &elsewhere, "list"], &[]);
    home.run(&["list"], &[("OTEL_EXPORTER_OTLP_ENDPOINT", &elsewhere)]);
    assert!(grafana.requests().is_empty());
    let traces = other.http_endpoint(Signal::Traces);
    home.run(&["list"], &[("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", &traces)]);
    let requests = other.requests();
    assert_eq!(requests.iter().filter(|it| it.signal == Some(Signal::Traces)).count(), 3);
    assert!(requests.iter().all(|it| it.header("authorization").is_none()));
    home.run(&["--telemetry", &endpoint, "list"], &[]);
    let requests = grafana.requests();
    assert!(requests.iter().any(|it| it.signal == Some(Signal::Traces)));
    assert!(requests.iter().any(|it| it.signal == Some(Signal::Logs)));
    assert!(requests.iter().all(|it| it.header("authorization") == Some("Bearer secret")));
    // Headers that a variable sets take the place of the key.
    home.run(&["list"], &[("OTEL_EXPORTER_OTLP_HEADERS", "authorization=mine")]);
    let requests = &grafana.requests()[requests.len()..];
    assert!(!requests.is_empty());
    assert!(requests.iter().all(|it| it.header("authorization") == Some("mine")));
}

#[test]
fn what_is_wrong_with_the_file_is_shown_without_its_text() {
    let home = Home::new();
    home.configure("[grafana]\nendpoint = 'http://localhost:4318'\napi_key = 'secret");
    let output = home.todo(&["list"]).output().unwrap();
    let [_, stderr] = texts(output);
    assert!(stderr.contains("config.toml cannot be read: line 3: "), "{stderr}");
    assert!(!stderr.contains("secret"), "{stderr}");
}

#[test]
fn the_file_may_contain_the_configuration_of_opentelemetry() {
    let (t, home) = (Receiver::start().unwrap(), Home::new());
    let endpoint = t.http_endpoint(Signal::Traces);
    home.configure(&format!(
        "[telemetry]
         file_format = '1.2'
         resource.attributes = [{{ name = 'service.name', value = 'mine' }}]
         [[telemetry.tracer_provider.processors]]
         batch.exporter.otlp_http.endpoint = '{endpoint}'"
    ));
    home.run(&["list"], &[]);
    t.assert_tree(tree! {
        "todo.command.list" [resource: ["service.name" = "mine", ..], ..] => { .. },
    });
}

#[test]
fn what_is_switched_off_is_left_out_of_the_configuration_of_opentelemetry() {
    let home = Home::new();
    let sent = |observability: &str, arguments: &[&str], variables: &[(&str, &str)]| {
        let t = Receiver::start().unwrap();
        let otlp = |signal| format!("otlp_http.endpoint = '{}'", t.http_endpoint(signal));
        let (traces, metrics, logs) =
            (otlp(Signal::Traces), otlp(Signal::Metrics), otlp(Signal::Logs));
        home.configure(&format!(
            "[observability]
             {observability}
             [telemetry]
             file_format = '1.2'
             [[telemetry.tracer_provider.processors]]
             batch.exporter.{traces}
             [[telemetry.meter_provider.readers]]
             periodic.exporter.{metrics}
             [[telemetry.logger_provider.processors]]
             batch.exporter.{logs}"
        ));
        let [_, stderr] = home.run(arguments, variables);
        (signals(&t), stderr)
    };
    let all = [Signal::Logs, Signal::Metrics, Signal::Traces];
    assert_eq!(sent("", &["list"], &[]).0, all);
    let no_logs = "export_logs = false";
    assert_eq!(sent(no_logs, &["list"], &[]).0, [Signal::Metrics, Signal::Traces]);
    assert_eq!(sent(no_logs, &["list"], &[("TODO_ENABLE_LOGS", "true")]).0, all);
    // Flags print what is not exported.
    let (signals, stderr) = sent(no_logs, &["--verbose", "list"], &[]);
    assert_eq!(signals, [Signal::Metrics, Signal::Traces]);
    assert!(stderr.contains("completed"), "{stderr}");
    let no_traces = ("TODO_ENABLE_TRACES", "false");
    assert_eq!(sent("", &["list"], &[no_traces]).0, [Signal::Logs, Signal::Metrics]);
    assert_eq!(sent("", &["list"], &[("OTEL_ENABLED", "true")]).0, [Signal::Traces]);
    assert_eq!(sent("sample_rate = 0.0", &["list"], &[]).0, [Signal::Logs, Signal::Metrics]);
    let rate = ("TODO_TRACE_SAMPLE_RATE", "1.0");
    assert_eq!(sent("sample_rate = 0.0", &["list"], &[rate]).0, all);
}
