//! Runs whole programs in broken or slow surroundings; checks how they report that, and how fast they end.
#![cfg(all(feature = "otlp-http", unix))]

use crate::support::{record, test_command};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};
use trace_testkit::receiver::{Answer, Receiver};

const PROGRAM: &str = "TRACE_RUNTIME_TEST_PROGRAM";

/// The program; it only does something when a test below starts it.
#[test]
fn program() {
    let Some(mode) = std::env::var_os(PROGRAM) else { return };
    let timeout = match mode.to_str() {
        Some("blocked") => Duration::from_millis(500),
        _ => Duration::from_secs(5),
    };
    let builder = trace_runtime::Telemetry::builder().with_shutdown_timeout(timeout);
    let telemetry = builder.install().unwrap();
    match mode.to_str().unwrap() {
        "logs" => {
            // Until the test has closed what it reads of this.
            let _ = std::io::stdin().read(&mut [0]);
            use opentelemetry::logs::{LogRecord as _, Logger as _, LoggerProvider as _};
            let logger = telemetry.logger_provider().logger("shop");
            let mut record = logger.create_log_record();
            record.set_body("hello".into());
            logger.emit(record);
        }
        "blocked" => {
            record(2);
            // The printing thread holds the lock of stderr until the output is read.
            std::thread::spawn(|| eprintln!("{}", "x".repeat(1 << 20)));
            std::thread::sleep(Duration::from_millis(50));
        }
        "flush" => {
            record(2);
            let begin = Instant::now();
            let flushed = telemetry.force_flush(Duration::from_secs(60));
            assert!(flushed.is_err() && begin.elapsed() < Duration::from_secs(5));
        }
        _ => record(2),
    }
    let begin = Instant::now();
    drop(telemetry);
    let took = begin.elapsed().as_millis().to_string();
    if let Some(path) = std::env::var_os("TOOK") {
        std::fs::write(path, took).unwrap();
    }
    std::process::exit(0);
}

fn command(mode: &str) -> Command {
    let mut command = test_command("program");
    command.env_clear().env(PROGRAM, mode);
    command.env("TRACE_RUNTIME_STARTUP_LINE", "false");
    command
}

/// Runs the program to its end; returns its output on stderr, and how long dropping the guard took.
fn run(mode: &str, variables: &[(&str, &str)]) -> (String, Duration) {
    let path = std::env::temp_dir().join(format!("trace-runtime-took-{}", unique()));
    let output = command(mode).env("TOOK", &path).envs(variables.iter().copied()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    (String::from_utf8(output.stderr).unwrap(), took(&path))
}

fn took(path: &std::path::Path) -> Duration {
    let took = std::fs::read_to_string(path).unwrap();
    let _ = std::fs::remove_file(path);
    Duration::from_millis(took.parse().unwrap())
}

fn unique() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Returns a URL without a listener.
fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

#[test]
fn without_a_receiver_a_program_ends_at_once() {
    let mut protocols = vec!["http/protobuf"];
    if cfg!(feature = "otlp-grpc") {
        protocols.push("grpc");
    }
    for protocol in protocols {
        let (said, took) = run(
            "record",
            &[
                ("OTEL_EXPORTER_OTLP_ENDPOINT", &nobody()),
                ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
            ],
        );
        assert!(said.contains("Connection refused"), "{said}");
        assert!(said.contains("3 spans started"), "{said}");
        assert!(took < Duration::from_millis(1_000), "{protocol}: {took:?}");
    }
}

#[test]
fn a_receiver_that_wants_silence_is_not_waited_for() {
    let receiver = Receiver::start().unwrap();
    let minute = Duration::from_secs(60);
    receiver.respond_with(Answer::status(503).with_retry_after(minute).with_message("busy"));
    for mode in ["record", "flush"] {
        let before = receiver.requests().len();
        let (said, took) = run(
            mode,
            &[
                ("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.endpoint()),
                ("OTEL_METRICS_EXPORTER", "none"),
                ("OTEL_LOGS_EXPORTER", "none"),
            ],
        );
        assert!(took < Duration::from_secs(3), "{mode}: {took:?}");
        assert!(said.contains("export_failed 3"), "{said}");
        assert_eq!(receiver.requests().len() - before, 1, "{mode}: nothing more is sent");
        if mode == "flush" {
            assert_eq!(said.matches("nothing is sent for 60 s").count(), 1, "{said}");
        }
    }
}

#[test]
fn a_stderr_that_nobody_reads_does_not_hold_the_end_up() {
    // The data exported to it, and a report about an exporter.
    for exporter in ["console", "otlp"] {
        let path = std::env::temp_dir().join(format!("trace-runtime-took-{}", unique()));
        let mut child = command("blocked")
            .env("TOOK", &path)
            .env("OTEL_TRACES_EXPORTER", exporter)
            .env("OTEL_METRICS_EXPORTER", exporter)
            .env("OTEL_LOGS_EXPORTER", exporter)
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", nobody())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let ended = wait(&mut child, Duration::from_secs(30));
        assert!(ended, "it did not end");
        // The time for the end, and a moment for the report.
        let took = took(&path);
        assert!(took < Duration::from_millis(1_000), "{exporter}: {took:?}");
    }
}

/// Returns whether it ended by itself; either way its process is gone.
fn wait(child: &mut Child, most: Duration) -> bool {
    let begin = Instant::now();
    while begin.elapsed() < most {
        if child.try_wait().unwrap().is_some() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let _ = child.kill();
    let _ = child.wait();
    false
}

#[cfg(feature = "logs")]
mod streams {
    use super::*;

    const JSON: [(&str, &str); 3] = [
        ("OTEL_LOGS_EXPORTER", "json"),
        ("OTEL_TRACES_EXPORTER", "none"),
        ("OTEL_METRICS_EXPORTER", "none"),
    ];
    const LOST: &str = "json logs: 0 exported, 1 dropped (export_failed 1)";

    #[test]
    fn a_stdout_whose_reader_is_gone_is_a_failure() {
        let mut child = command("logs")
            .envs(JSON)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        while !line.starts_with("running") {
            line.clear();
            assert!(stdout.read_line(&mut line).unwrap() > 0);
        }
        drop(stdout);
        child.stdin.take().unwrap().write_all(b"\n").unwrap();
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(LOST) && said.contains("Broken pipe"), "{said}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_stdout_that_is_closed_is_a_failure() {
        let said = through_shell("exec \"$0\" \"$@\" >&-", &JSON);
        assert!(said.contains(LOST) && said.contains("it is closed"), "{said}");
        let said = through_shell("exec \"$0\" \"$@\" >/dev/null", &JSON);
        assert_eq!(said, "", "what is thrown away on purpose is no failure");
    }

    #[cfg(all(target_os = "linux", feature = "console"))]
    #[test]
    fn a_stderr_that_is_closed_is_a_failure() {
        // The report about it has nowhere to go: here to stdout, as the test's program does.
        let mut console = JSON;
        console[0].1 = "console";
        let path = std::env::temp_dir().join(format!("trace-runtime-took-{}", unique()));
        let shell = "exec \"$0\" \"$@\" 2>&-";
        let output = shell_command(shell, &console).env("TOOK", &path).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        assert!(took(&path) < Duration::from_secs(5));
    }

    fn shell_command(script: &str, variables: &[(&str, &str)]) -> Command {
        let mut shell = Command::new("/bin/sh");
        let program = test_command("program");
        shell.arg("-c").arg(script).arg(program.get_program()).args(program.get_args());
        shell.env_clear().env(PROGRAM, "logs");
        shell.env("TRACE_RUNTIME_STARTUP_LINE", "false");
        shell.envs(variables.iter().copied()).stdin(Stdio::null());
        shell
    }

    fn through_shell(script: &str, variables: &[(&str, &str)]) -> String {
        let output = shell_command(script, variables).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    }
}

mod proxies {
    use super::*;

    /// Answers one request with this; returns its address and what it hears.
    fn proxy(answer: &'static str) -> (String, std::sync::mpsc::Receiver<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (heard, requests) = channel();
        std::thread::spawn(move || {
            while let Ok((mut stream, _)) = listener.accept() {
                let mut head = String::new();
                let mut lines = BufReader::new(stream.try_clone().unwrap());
                while !head.ends_with("\r\n\r\n") && lines.read_line(&mut head).unwrap_or(0) > 0 {}
                let _ = heard.send(head);
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        (address, requests)
    }

    fn traces<'a>(endpoint: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        let mut variables = vec![
            ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint),
            ("OTEL_METRICS_EXPORTER", "none"),
            ("OTEL_LOGS_EXPORTER", "none"),
        ];
        variables.extend_from_slice(more);
        variables
    }

    #[test]
    fn plain_http_is_asked_for_by_its_whole_url() {
        let (address, requests) = proxy("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
        let endpoint = "http://collector.invalid:4318/otlp?key=1";
        let proxy = format!("http://me:s3cret@{address}");
        let (said, _) = run("record", &traces(endpoint, &[("HTTP_PROXY", &proxy)]));
        assert_eq!(said, "");
        let head = requests.recv().unwrap();
        let line = "POST http://collector.invalid:4318/otlp/v1/traces?key=1 HTTP/1.1\r\n";
        assert!(head.starts_with(line), "{head}");
        assert!(head.contains("\r\nhost: collector.invalid:4318\r\n"), "{head}");
        assert!(head.contains("\r\nproxy-authorization: Basic bWU6czNjcmV0\r\n"), "{head}");
    }

    #[test]
    fn what_is_meant_for_https_leaves_http_alone() {
        let (address, requests) = proxy("HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n");
        let receiver = Receiver::start().unwrap();
        let proxied = [("HTTPS_PROXY", &*address), ("https_proxy", &*address)];
        let (said, _) = run("record", &traces(&receiver.endpoint(), &proxied));
        assert_eq!(said, "");
        assert_eq!(receiver.spans().len(), 3);
        // This machine is never reached through one.
        let proxied = [("HTTP_PROXY", &*address), ("ALL_PROXY", &*address)];
        let (said, _) = run("record", &traces(&receiver.endpoint(), &proxied));
        assert_eq!((said.as_str(), receiver.spans().len()), ("", 6));
        assert_eq!(requests.try_iter().count(), 0);
    }

    #[cfg(feature = "tls")]
    #[test]
    fn https_is_asked_for_by_connect() {
        let (address, requests) = proxy("HTTP/1.1 407 Who are you\r\ncontent-length: 0\r\n\r\n");
        let proxy = format!("http://me:s3cret@{address}");
        let proxied = [("HTTPS_PROXY", &*proxy)];
        let (said, _) = run("record", &traces("https://collector.invalid", &proxied));
        let expected = format!("the proxy http://{address} answered 407 Who are you");
        assert!(said.contains(&expected) && !said.contains("s3cret"), "{said}");
        let head = requests.recv().unwrap();
        assert!(head.starts_with("CONNECT collector.invalid:443 HTTP/1.1\r\n"), "{head}");
        assert!(head.contains("\r\nproxy-authorization: Basic bWU6czNjcmV0\r\n"), "{head}");
    }
}

#[test]
fn an_address_without_a_scheme_works_and_is_told() {
    let receiver = Receiver::start().unwrap();
    let address = receiver.address().to_string();
    let (said, _) = run("record", &[("OTEL_EXPORTER_OTLP_ENDPOINT", &address)]);
    let expected = format!(
        "trace-runtime: OTEL_EXPORTER_OTLP_ENDPOINT is `{address}`, without a scheme: read as \
         `http://{address}`; write the scheme to be sure\n"
    );
    assert_eq!(said, expected);
    assert_eq!(receiver.spans().len(), 3);
}

#[test]
fn a_port_of_the_other_transport_gets_a_hint() {
    let quiet = [("OTEL_EXPORTER_OTLP_TIMEOUT", "200")];
    let (said, _) =
        run("record", &[quiet[0], ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4317")]);
    let expected = "trace-runtime: port 4317 of the endpoint http://127.0.0.1:4317 usually takes \
                    gRPC: if it does, set OTEL_EXPORTER_OTLP_PROTOCOL=grpc, or use port 4318\n";
    assert_eq!(said.matches(expected).count(), 1, "{said}");
    #[cfg(feature = "otlp-grpc")]
    {
        let grpc = ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");
        let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318");
        let (said, _) = run("record", &[quiet[0], grpc, endpoint]);
        let expected = "usually takes OTLP over HTTP: if it does, set \
                        OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf, or use port 4317\n";
        assert_eq!(said.matches(expected).count(), 1, "{said}");
    }
}
