//! Puts secrets wherever settings can have them, and searches all output for them.
#![cfg(all(feature = "otlp-http", feature = "logs", feature = "metrics"))]

use crate::support::{record, test_command};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use trace_runtime::Telemetry;
use trace_runtime::export::{OtlpProtocol, OtlpSettings};
use trace_runtime::metrics::OtlpMetricSettings;

const PROGRAM: &str = "TRACE_RUNTIME_TEST_PROGRAM";
/// The prefix of all secrets.
const CANARY: &str = "c4n4ry";

/// The program; it only does something when a test below starts it.
#[test]
fn program() {
    if std::env::var_os(PROGRAM).is_none() {
        return;
    }
    let telemetry = match trace_runtime::init() {
        Ok(telemetry) => telemetry,
        Err(error) => {
            eprintln!("{error} {error:?}");
            std::process::exit(0);
        }
    };
    use opentelemetry::logs::{LogRecord as _, Logger as _, LoggerProvider as _};
    let logger = telemetry.logger_provider().logger("shop");
    let mut log = logger.create_log_record();
    log.set_body("hello".into());
    logger.emit(log);
    record(2);
    let flushed = telemetry.force_flush(Duration::from_secs(20));
    eprintln!("{flushed:?} {telemetry:?} {:?} {}", telemetry.report(), telemetry.report());
    drop(telemetry);
    std::process::exit(0);
}

/// Runs the program; returns all its output.
fn run(variables: &[(&str, &str)]) -> String {
    let output = test_command("program")
        .env_clear()
        .env(PROGRAM, "1")
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let [stdout, stderr] = [output.stdout, output.stderr].map(|it| String::from_utf8(it).unwrap());
    format!("{stdout}{stderr}")
}

/// Refuses each request, and echoes its head and all that it decodes of it.
fn echo() -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (heard, requests) = channel();
    std::thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            let mut head = String::new();
            let mut lines = BufReader::new(stream.try_clone().unwrap());
            while !head.ends_with("\r\n\r\n") && lines.read_line(&mut head).unwrap_or(0) > 0 {}
            let secrets: Vec<&str> =
                head.split([' ', '\r', '\n']).filter(|word| word.contains(CANARY)).collect();
            let answer = format!(
                "HTTP/1.1 401 Unauthorized\r\ncontent-type: text/plain\r\n\r\nno: {} {head}",
                secrets.join(" "),
            );
            let _ = stream.write_all(answer.as_bytes());
            let _ = heard.send(head);
        }
    });
    (address, requests)
}

fn assert_clean(said: &str) {
    // As they are, and as `Authorization` has them: `c4n4ry` begins with these digits there.
    for secret in [CANARY, "YzRuNHJ5", "M0bjRye", "jNG40cn"] {
        assert!(!said.contains(secret), "{secret} in {said}");
    }
}

#[test]
fn no_secret_comes_out_of_a_program_that_is_refused() {
    let (address, requests) = echo();
    let endpoint = format!("http://c4n4ry-user:c4n4ry%2Fword@{address}/x?key=c4n4ry-query%21");
    let said = run(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=c4n4ry-header,x-token=Bearer%20c4n4ry-token"),
        ("OTEL_EXPORTER_OTLP_LOGS_HEADERS", "authorization=Bearer%20c4n4ry-logs"),
    ]);
    assert_clean(&said);
    // It was all sent, and all three signals were refused.
    let heads: Vec<String> = requests.try_iter().collect();
    let sent = |part: &str| heads.iter().any(|head| head.contains(part));
    assert!(sent("c4n4ry-header") && sent("c4n4ry-logs") && sent("YzRuNHJ5"), "{heads:?}");
    for exporter in ["`otlp`", "`otlp logs`", "`otlp metrics`"] {
        let refused = format!("exporter {exporter}: cannot send to http://{address}/x/v1/");
        assert!(said.contains(&refused), "{said}");
    }
    assert!(said.contains("401 Unauthorized"), "{said}");
}

#[test]
fn no_secret_is_in_what_is_said_of_bad_settings() {
    const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
    for variables in [
        [(ENDPOINT, "http://c4n4ry:c4n4ry@h:99999?k=c4n4ry"), ("a", "")],
        [(ENDPOINT, "http://c4n4ry:c4/n4ry-c4n4ry@h:4318"), ("a", "")],
        [(ENDPOINT, "ftp://c4n4ry:c4n4ry@h?k=c4n4ry"), ("a", "")],
        [(ENDPOINT, "c4n4ry:c4n4ry@h"), ("a", "")],
        [(ENDPOINT, "http://u:c4n4ry%zz@h"), ("a", "")],
        [(ENDPOINT, "http://h/?c4n4ry#c4n4ry c4n4ry"), ("a", "")],
        [(ENDPOINT, "c4n4ry:c4n4ry@127.0.0.1:9?k=c4n4ry"), ("a", "")],
        [("OTEL_EXPORTER_OTLP_HEADERS", "c4n4ry"), ("a", "")],
        [("OTEL_EXPORTER_OTLP_HEADERS", "x=c4n4ry%zz"), ("a", "")],
        [("OTEL_EXPORTER_OTLP_HEADERS", "x=c4n4ry%0Ac4n4ry"), ("a", "")],
        [("OTEL_EXPORTER_OTLP_CLIENT_KEY", "-----BEGIN PRIVATE KEY----- c4n4ry"), ("a", "")],
        [(ENDPOINT, "http://h.invalid"), ("HTTP_PROXY", "socks5://c4n4ry:c4n4ry@p?c4n4ry")],
    ] {
        let quiet = [("OTEL_EXPORTER_OTLP_TIMEOUT", "300")];
        let all: Vec<_> = variables.into_iter().chain(quiet).collect();
        let said = run(&all);
        assert!(said.contains("OTEL_") || said.contains("exporter"), "{said}");
        assert_clean(&said);
    }
}

#[test]
fn no_secret_is_in_what_is_printed_of_settings() {
    for protocol in [OtlpProtocol::HttpProtobuf, OtlpProtocol::Grpc] {
        let settings = OtlpSettings::default()
            .with_protocol(protocol)
            .with_endpoint("https://c4n4ry:c4n4ry@h/x?c4n4ry=c4n4ry#c4n4ry")
            .with_header("x-key", "c4n4ry")
            .with_client_certificate("chain.pem", "-----BEGIN PRIVATE KEY-----\nc4n4ry");
        let metrics = OtlpMetricSettings::default().with_otlp(settings.clone());
        let builder = Telemetry::builder()
            .with_otlp(settings.clone())
            .with_otlp_logs(settings.clone())
            .with_otlp_metrics(metrics.clone());
        let said = format!("{settings:?} {settings:#?} {metrics:?} {builder:?} {builder:#?}");
        assert!(said.contains("h/x") && said.contains("x-key"), "{said}");
        assert_clean(&said);
        let refused = builder.without_env().install().unwrap_err();
        assert_clean(&format!("{refused} {refused:?}"));
    }
}
