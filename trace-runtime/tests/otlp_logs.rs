//! Runs whole programs that export logs as the environment configures, in separate processes.
#![cfg(all(feature = "logs", feature = "otlp-http"))]

use crate::support::test_command;
use opentelemetry::logs::{AnyValue, LogRecord as _, Logger as _, LoggerProvider as _, Severity};
use std::collections::HashMap;
use std::process::Output;
use trace_runtime::{Span, in_span};
use trace_testkit::receiver::{Answer, Receiver};
#[cfg(feature = "json")]
use trace_testkit::receiver::{Signal, Transport};

/// The program; it only does something when a test below starts it.
#[test]
fn program() {
    if std::env::var_os("TRACE_RUNTIME_TEST_PROGRAM").is_none() {
        return;
    }
    let telemetry = trace_runtime::init().unwrap();
    let logger = telemetry.logger_provider().logger("shop");
    in_span("checkout", |_| {
        // First, because another thread may print the record at once.
        let context = Span::current().context();
        eprintln!("{} {}", context.trace_id(), context.span_id());
        let mut record = logger.create_log_record();
        record.set_severity_number(Severity::Warn);
        record.set_body("retry\nonce".into());
        record.add_attribute("attempt", 2);
        record.add_attribute("tags", AnyValue::from_iter(["a", "b"]));
        logger.emit(record);
    });
    let report = telemetry.shutdown(std::time::Duration::from_secs(20));
    eprintln!("{}", report.logs);
}

/// Logs by the crate `log`, as its macros do.
#[cfg(feature = "log")]
#[test]
fn program_with_log() {
    if std::env::var_os("TRACE_RUNTIME_TEST_PROGRAM").is_none() {
        return;
    }
    let telemetry = trace_runtime::init().unwrap();
    log::set_boxed_logger(Box::new(trace_runtime::logs::LogBridge::new())).unwrap();
    log::set_max_level(log::LevelFilter::Info);
    in_span("checkout", |span| {
        eprintln!("{}", span.context().span_id());
        log::warn!(target: "shop", "retry {}", 2);
        log::debug!("below the level");
    });
    telemetry.shutdown(std::time::Duration::from_secs(20));
}

#[cfg(feature = "log")]
#[test]
fn records_of_log_arrive_with_their_span_and_place() {
    let receiver = Receiver::start().unwrap();
    let environment = receiver.env().into_iter().chain(set("OTEL_LOGS_EXPORTER", "otlp,json"));
    let (stdout, stderr) = run_program("program_with_log", environment);
    let log = receiver.logs().body("retry 2").with("code.file.path", file!()).one();
    receiver.logs().count(1);
    assert_eq!(&*log.scope.name, "shop");
    let line: serde_json::Value =
        stdout.lines().find_map(|line| serde_json::from_str(line).ok()).unwrap();
    assert_eq!((&line["target"], &line["message"]), (&"shop".into(), &"retry 2".into()));
    assert_eq!((&line["severity"], &line["span_id"]), (&"WARN".into(), &(*stderr[0]).into()));
}

/// Returns a value within this many lists and maps.
fn deep(levels: usize) -> AnyValue {
    (0..levels).fold(AnyValue::from("innermost"), |inner, level| match level % 2 {
        0 => AnyValue::ListAny(Box::new(vec![inner])),
        _ => AnyValue::Map(Box::new(HashMap::from([("k".into(), inner)]))),
    })
}

/// Logs a value that is too deep to be printed, encoded or dropped recursively.
#[test]
fn deep_program() {
    if std::env::var_os("TRACE_RUNTIME_TEST_PROGRAM").is_none() {
        return;
    }
    let telemetry = trace_runtime::init().unwrap();
    let logger = telemetry.logger_provider().logger("shop");
    let mut record = logger.create_log_record();
    record.set_body(deep(20_000));
    record.add_attribute("deep", deep(20_000));
    record.add_attribute("allowed", deep(30));
    logger.emit(record);
    let report = telemetry.shutdown(std::time::Duration::from_secs(20));
    assert!(!report.is_lossless());
    eprintln!("{}", report.logs);
}

#[test]
fn values_that_are_nested_too_deeply_are_cut_and_counted() {
    let receiver = Receiver::start().unwrap();
    let everywhere = set("OTEL_LOGS_EXPORTER", "otlp,json,console");
    let (stdout, stderr) =
        run_program("deep_program", receiver.env().into_iter().chain(everywhere));
    let log = receiver.logs().one();
    let [body, attribute] = [log.body.as_ref().unwrap(), &log.attributes[0].1];
    for text in [body.to_string(), attribute.to_string(), stdout.clone(), stderr.join("\n")] {
        assert!(text.contains("… 19971 values nested deeper"), "{text}");
    }
    for text in [log.attributes[1].1.to_string(), stdout, stderr.join("\n")] {
        assert!(text.contains("innermost"), "{text}");
    }
    let books = stderr.last().unwrap();
    assert!(
        books.starts_with("1 log records emitted, 39942 deeply nested values cut; "),
        "{books}"
    );
}

/// Runs the program to its end; returns its stdout and the lines of its stderr.
fn run(variables: impl IntoIterator<Item = (&'static str, String)>) -> (String, Vec<String>) {
    run_program("program", variables)
}

fn run_program(
    program: &str,
    variables: impl IntoIterator<Item = (&'static str, String)>,
) -> (String, Vec<String>) {
    let output: Output = test_command(program)
        .env_clear()
        .env("TRACE_RUNTIME_TEST_PROGRAM", "1")
        .env("OTEL_SERVICE_NAME", "shop")
        .env("TRACE_RUNTIME_STARTUP_LINE", "false")
        .env("OTEL_METRICS_EXPORTER", "none")
        .envs(variables)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let stderr = String::from_utf8(output.stderr).unwrap();
    (String::from_utf8(output.stdout).unwrap(), stderr.lines().map(str::to_owned).collect())
}

fn set(name: &'static str, value: &str) -> [(&'static str, String); 1] {
    [(name, value.to_owned())]
}

fn assert_received(receiver: &Receiver) {
    let log = receiver.logs().in_span("checkout").body("retry\nonce").with("attempt", 2).one();
    assert_eq!((log.severity_number, &*log.scope.name), (13, "shop"));
    assert_eq!(log.attributes[1].1.to_string(), r#"["a", "b"]"#);
    assert_eq!(log.resource.attribute("service.name"), Some(&"shop".into()));
    let span = &receiver.spans()[0];
    assert_eq!((log.trace_id, log.span_id), (span.trace_id, span.span_id));
    // Sampled, and of a random id.
    assert_eq!(log.flags.to_u8(), 3);
    assert!(log.observed_unix_nanos > 0);
}

#[test]
fn logs_go_where_spans_go() {
    let receiver = Receiver::start().unwrap();
    let (_, said) = run(receiver.env());
    assert_received(&receiver);
    assert_eq!(said[1], "1 log records emitted; otlp logs: 1 exported, 0 dropped");
}

#[cfg(feature = "json")]
#[test]
fn over_http_with_json() {
    let receiver = Receiver::start().unwrap();
    let json = set("OTEL_EXPORTER_OTLP_LOGS_PROTOCOL", "http/json");
    run(receiver.env().into_iter().chain(json));
    assert_received(&receiver);
    let logs = receiver.requests();
    let logs = logs.iter().find(|request| request.signal == Some(Signal::Logs)).unwrap();
    assert_eq!(logs.transport, Some(Transport::HttpJson));
}

#[cfg(feature = "json")]
#[test]
fn a_receiver_of_json_explains_what_it_refuses() {
    let receiver = Receiver::start().unwrap();
    receiver.respond_with(Answer::partial_success(1, "too \"old\""));
    let json = [
        ("OTEL_TRACES_EXPORTER", "none".to_owned()),
        ("OTEL_LOGS_EXPORTER", "otlp".to_owned()),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json".to_owned()),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.endpoint()),
    ];
    let (_, lines) = run(json);
    let notice = "rejected 1 log records: too \"old\"";
    assert!(lines.iter().any(|line| line.contains(notice)), "{lines:?}");
    let last = lines.last().unwrap();
    let expected = "1 log records emitted; otlp logs: 0 exported, 1 dropped (export_failed 1)";
    assert!(last.starts_with(expected), "{last}");
}

#[cfg(feature = "otlp-grpc")]
#[test]
fn over_grpc() {
    let receiver = Receiver::start().unwrap();
    run(receiver.grpc_env());
    assert_received(&receiver);
}

#[test]
fn a_receiver_that_refuses_is_told_of() {
    let receiver = Receiver::start().unwrap();
    receiver.respond_with(Answer::status(400));
    let variables = [
        ("OTEL_TRACES_EXPORTER", "none".to_owned()),
        ("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", format!("{}/v1/logs", receiver.endpoint())),
    ];
    let (_, said) = run(variables);
    let notice = "trace-runtime: exporter `otlp logs`: cannot send to ";
    assert!(said.iter().any(|line| line.starts_with(notice)), "{said:?}");
    let last = said.last().unwrap();
    let expected = "1 log records emitted; otlp logs: 0 exported, 1 dropped (export_failed 1)";
    assert!(last.starts_with(expected), "{last}");
}

#[test]
fn json_lines_go_to_stdout() {
    let variables = set("OTEL_LOGS_EXPORTER", "json");
    let (stdout, said) = run(variables.into_iter().chain(set("OTEL_TRACES_EXPORTER", "none")));
    let (trace_id, span_id) = said[0].split_once(' ').unwrap();
    let line = stdout.lines().find(|line| line.starts_with('{')).unwrap();
    let after_time = line.split_once(",\"severity\"").unwrap().1;
    assert_eq!(
        after_time,
        format!(
            r#":"WARN","target":"shop","message":"retry\nonce","trace_id":"{trace_id}","span_id":"{span_id}","trace_flags":"03","attempt":2,"tags":["a","b"]}}"#
        )
    );
}

#[cfg(feature = "console")]
#[test]
fn lines_for_people_go_to_stderr() {
    let variables = set("OTEL_LOGS_EXPORTER", "console,json");
    let (stdout, said) = run(variables.into_iter().chain(set("OTEL_TRACES_EXPORTER", "none")));
    let (trace_id, span_id) = said[0].split_once(' ').unwrap();
    let end = format!(
        " WARN shop  retry\\nonce  attempt=2  tags=[a, b]  trace {trace_id} span {span_id}"
    );
    assert!(said.iter().any(|line| line.ends_with(&end)), "{said:?}");
    assert!(stdout.contains("\"message\""));
}

#[test]
fn nothing_is_exported_if_nothing_is_said_so() {
    let off =
        |name, value| run(set(name, value).into_iter().chain(set("OTEL_TRACES_EXPORTER", "none")));
    for (name, value) in
        [("OTEL_LOGS_EXPORTER", "none"), ("OTEL_SDK_DISABLED", "true"), ("OTEL_LOGS_EXPORTER", "")]
    {
        let (stdout, said) = off(name, value);
        assert_eq!(said[1], "0 log records emitted");
        assert!(!stdout.contains("retry"));
    }
}
