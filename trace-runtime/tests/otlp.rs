//! Runs whole programs that send OTLP, in separate processes, and checks what a receiver gets.
#![cfg(feature = "otlp-http")]

use crate::support::{record, test_command};
use std::process::Output;
use std::time::Duration;
use trace_testkit::model::SpanData;
use trace_testkit::receiver::{Answer, Receiver, Request};

/// The program; it only does something when a test below starts it.
#[test]
fn program() {
    if std::env::var_os("TRACE_RUNTIME_TEST_PROGRAM").is_none() {
        return;
    }
    let _telemetry = trace_runtime::init().unwrap();
    record(2);
}

/// Runs the program to its end; returns its output on stderr.
fn run(variables: impl IntoIterator<Item = (&'static str, String)>) -> String {
    let output: Output = test_command("program")
        .env_clear()
        .env("TRACE_RUNTIME_TEST_PROGRAM", "1")
        .env("OTEL_SERVICE_NAME", "shop")
        .env("TRACE_RUNTIME_STARTUP_LINE", "false")
        // Metrics have separate tests.
        .env("OTEL_METRICS_EXPORTER", "none")
        .env("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20abc")
        .envs(variables)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

fn assert_received(receiver: &Receiver) {
    let spans = receiver.spans();
    let named = |name: &'static str| spans.iter().filter(move |span| span.name == name);
    let outer = named("outer").next().unwrap();
    assert_eq!(named("inner").filter(|span| span.is_child_of(outer)).count(), 2, "{spans:?}");
    assert!(outer.is_root() && spans.len() == 3);
    let is_shop = |span: &SpanData| span.resource.attribute("service.name") == Some(&"shop".into());
    assert!(spans.iter().all(is_shop));
    let is_authorized = |request: &Request| request.header("authorization") == Some("Bearer abc");
    assert!(receiver.requests().iter().all(is_authorized));
}

#[test]
fn over_http() {
    let receiver = Receiver::start().unwrap();
    assert_eq!(run(receiver.env()), "");
    assert_received(&receiver);
}

#[cfg(feature = "gzip")]
#[test]
fn over_http_with_gzip() {
    let receiver = Receiver::start().unwrap();
    let gzip = ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip".to_owned());
    assert_eq!(run(receiver.env().into_iter().chain([gzip])), "");
    assert_received(&receiver);
    assert!(receiver.requests().iter().all(Request::is_gzip));
}

#[cfg(feature = "json")]
#[test]
fn over_http_with_json() {
    let receiver = Receiver::start().unwrap();
    let json = ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json".to_owned());
    assert_eq!(run(receiver.env().into_iter().chain([json])), "");
    assert_received(&receiver);
    let is_json = |request: &Request| request.header("content-type") == Some("application/json");
    assert!(receiver.requests().iter().all(is_json), "{receiver:?}");
}

#[cfg(feature = "otlp-grpc")]
#[test]
fn over_grpc() {
    let receiver = Receiver::start().unwrap();
    assert_eq!(run(receiver.grpc_env()), "");
    assert_received(&receiver);
}

#[cfg(feature = "tls")]
#[test]
fn over_tls() {
    let receiver = Receiver::builder().with_tls().start().unwrap();
    assert_eq!(run(receiver.env()), "");
    assert_received(&receiver);
}

#[cfg(all(feature = "otlp-grpc", feature = "tls"))]
#[test]
fn over_grpc_with_tls_on_both_sides() {
    let receiver = Receiver::builder().with_client_auth().start().unwrap();
    assert_eq!(run(receiver.grpc_env()), "");
    assert_received(&receiver);
}

#[test]
fn a_receiver_that_is_busy_gets_them_later() {
    let receiver = Receiver::start().unwrap();
    receiver.respond_with(Answer::status(503).with_retry_after(Duration::ZERO).once());
    receiver.respond_with(Answer::status(429).with_retry_after(Duration::ZERO).once());
    assert_eq!(run(receiver.env()), "");
    assert_received(&receiver);
    assert_eq!(receiver.requests().len(), 3);
}

/// Checks the program's final report of spans that a receiver rejected.
fn rejected(receiver: &Receiver, variables: Vec<(&'static str, String)>) {
    receiver.respond_with(Answer::partial_success(2, "too old"));
    let said = run(variables);
    let report = said.lines().last().unwrap_or_default();
    let expected = "3 spans started, 0 dropped; otlp: 1 exported, 2 dropped (export_failed 2)";
    assert!(report.contains(expected), "{said}");
    assert!(report.ends_with("rejected 2 spans: too old"), "{said}");
    assert_eq!(receiver.spans().len(), 1);
}

#[test]
fn what_a_receiver_rejects_is_reported_as_lost() {
    let receiver = Receiver::start().unwrap();
    rejected(&receiver, receiver.env());
}

#[cfg(feature = "otlp-grpc")]
#[test]
fn what_a_receiver_rejects_over_grpc_is_reported_as_lost() {
    let receiver = Receiver::start().unwrap();
    rejected(&receiver, receiver.grpc_env());
}

/// Checks the output about a receiver whose message would move the cursor, forge a line, and fill
/// the screen.
fn hostile(receiver: &Receiver, rejected: u32, variables: Vec<(&'static str, String)>) {
    let message = format!("a\u{1b}[2Jb\nforged: c\u{9b}d\u{202e}e\u{2028}f{}", "g".repeat(20_000));
    receiver.respond_with(Answer::partial_success(rejected, &message));
    let said = run(variables);
    assert!(said.contains(r"a\u{1b}[2Jb\nforged: c\u{9b}d\u{202e}e\u{2028}fggg"), "{said:.2000}");
    assert!(said.len() < 10_000, "{} bytes", said.len());
    assert!(said.lines().all(|line| line.starts_with("trace-runtime: ")), "{said}");
}

#[test]
fn what_a_receiver_says_is_escaped_and_cut() {
    let receiver = Receiver::start().unwrap();
    hostile(&receiver, 2, receiver.env());
}

#[test]
fn what_a_receiver_remarks_is_escaped_and_cut() {
    let receiver = Receiver::start().unwrap();
    hostile(&receiver, 0, receiver.env());
}

#[cfg(feature = "otlp-grpc")]
#[test]
fn what_a_receiver_says_over_grpc_is_escaped_and_cut() {
    let receiver = Receiver::start().unwrap();
    hostile(&receiver, 2, receiver.grpc_env());
}
