//! Runs commands: what they print and send, what their flags change, and how soon they end.
#![cfg(all(feature = "clap", feature = "otlp-http", unix))]

use crate::support::{is_alone, test_command};
use clap::{CommandFactory, Parser};
use std::io::Write;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::process::Output;
use std::time::{Duration, Instant};
use trace_runtime::export::OtlpSettings;
use trace_runtime::{Level, Telemetry, TelemetryArgs, trace};
use trace_testkit::receiver::{Answer, Receiver, Signal};

const ARGUMENTS: &str = "TRACE_RUNTIME_TEST_ARGUMENTS";

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    telemetry: TelemetryArgs,
    #[command(subcommand)]
    command: Option<Todo>,
}

#[derive(clap::Subcommand)]
enum Todo {
    Add,
}

#[trace]
fn add() {
    open_database();
}

#[trace(level = debug)]
fn open_database() {}

/// The command; it only does something when a test below starts it. The last line on stdout is the time that its
/// end took.
#[test]
fn command() {
    let Some(arguments) = std::env::var_os(ARGUMENTS) else { return };
    let arguments = arguments.into_string().unwrap();
    let cli = Cli::parse_from(["todo"].into_iter().chain(arguments.split_whitespace()));
    let is_server = std::env::var_os("SERVER").is_some();
    let builder = match is_server {
        true => Telemetry::builder().with_exporter(trace_runtime::export::JsonExporter::stdout()),
        false if std::env::var_os("PRINTS").is_some() => {
            let exporter = trace_runtime::export::ConsoleExporter::new();
            Telemetry::builder().without_metrics().without_logs().with_exporter(exporter)
        }
        false => Telemetry::builder().for_command_line(),
    };
    let telemetry = builder.with_args(&cli.telemetry).install().unwrap();
    add();
    log(&telemetry);
    if std::env::var_os("FLUSH").is_some() {
        // The attempt to connect is in progress when the command ends.
        let _ = telemetry.force_flush(Duration::from_millis(20));
    }
    println!("added");
    let is_off = telemetry.is_disabled();
    let begin = Instant::now();
    if std::env::var_os("DROPS").is_some() {
        drop(telemetry);
        println!("{}", begin.elapsed().as_millis());
        std::process::exit(0);
    }
    let report = telemetry.shutdown(Duration::from_secs(2));
    let took = begin.elapsed().as_millis();
    let headers = headers();
    drop(telemetry);
    let lost = !report.is_lossless();
    println!("off={is_off} headers={headers} lost={lost} {took}");
    let _ = std::io::stdout().flush();
    std::process::exit(0);
}

fn log(telemetry: &Telemetry) {
    use opentelemetry::logs::{LogRecord as _, Logger as _, LoggerProvider as _, Severity};
    let logger = telemetry.logger_provider().logger("todo");
    for (severity, text) in [(Severity::Debug, "opened"), (Severity::Warn, "slow")] {
        let mut record = logger.create_log_record();
        record.set_severity_number(severity);
        record.set_body(text.into());
        logger.emit(record);
    }
}

/// Returns the number of headers that a request would get.
fn headers() -> usize {
    let _baggage = trace_runtime::Baggage::current().with_entry("session.id", "7").attach();
    let mut headers = std::collections::HashMap::new();
    trace_runtime::propagation::inject(
        &mut headers as &mut std::collections::HashMap<String, String>,
    );
    headers.len()
}

fn run(arguments: &str, variables: &[(&str, &str)]) -> Output {
    let output = test_command("command")
        .env_clear()
        .env(ARGUMENTS, arguments)
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    output
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Returns what the command printed on stdout, without what the test harness prints.
fn stdout(output: &Output) -> String {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines().skip_while(|line| !line.starts_with("added")).map(|it| format!("{it}\n")).collect()
}

/// Returns the time that the end took.
#[track_caller]
fn took(output: &Output) -> Duration {
    let stdout = stdout(output);
    let millis = stdout.split_whitespace().next_back().unwrap_or_default();
    Duration::from_millis(millis.parse().unwrap_or_else(|_| panic!("{output:?}")))
}

#[test]
fn a_command_is_silent_and_does_nothing() {
    let output = run("", &[]);
    assert_eq!(stderr(&output), "");
    assert!(stdout(&output).starts_with("added\noff=true headers=1 lost=false"), "{output:?}");
}

#[test]
fn flags_print_on_stderr_only() {
    let tree = ["\nadd ", "└─ open_database "];
    let logs = ["slow", "opened"];
    for (arguments, shown) in [
        ("--trace", vec![tree[0]]),
        ("add --trace", vec![tree[0]]),
        ("--verbose", vec![logs[0], logs[1]]),
        ("-v --log-level warn", vec![logs[0]]),
        ("--log-format json", vec!["\"message\":\"slow\"", "\"message\":\"opened\""]),
        ("--debug", vec![tree[0], tree[1], logs[0], logs[1], "telemetry: traces → console"]),
        ("--quiet", vec![]),
    ] {
        let output = run(arguments, &[]);
        let text = stderr(&output);
        for part in shown.iter() {
            assert!(text.contains(part), "{arguments}: {part:?} in {text}");
        }
        for part in tree.iter().chain(&logs) {
            let is_shown = shown.iter().any(|shown| shown.contains(part));
            assert_eq!(text.contains(part), is_shown, "{arguments}: {part:?} in {text}");
        }
        let is_off = shown.is_empty();
        let begin = format!("added\noff={is_off} ");
        assert!(stdout(&output).starts_with(&begin), "{arguments}: {output:?}");
        assert_eq!(stdout(&output).lines().count(), 2, "{arguments}: {output:?}");
    }
}

#[test]
fn quiet_takes_precedence_over_the_environment() {
    let console = [
        ("OTEL_TRACES_EXPORTER", "console"),
        ("OTEL_LOGS_EXPORTER", "console"),
        ("OTEL_METRICS_EXPORTER", "console"),
    ];
    assert_ne!(stderr(&run("", &console)), "");
    assert_eq!(stderr(&run("-q", &console)), "");
}

#[test]
fn nothing_takes_the_place_of_what_quiet_removes() {
    let receiver = Receiver::start().unwrap();
    let endpoint = receiver.endpoint();
    let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint), ("PRINTS", "1")];
    assert!(stderr(&run("", &variables)).contains("\nadd "));
    assert_eq!(stderr(&run("--quiet", &variables)), "");
    assert!(receiver.requests().is_empty());
}

#[test]
fn flags_name_a_receiver_or_a_file() {
    let receiver = Receiver::start().unwrap();
    let arguments = format!("--telemetry {}", receiver.endpoint());
    // Above the environment, whose headers still count, and above explicit code.
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "k=v"),
    ];
    let output = run(&arguments, &variables);
    assert_eq!(stderr(&output), "");
    let requests = receiver.requests();
    assert!(requests.len() >= 3 && requests.iter().all(|it| it.header("k") == Some("v")));
    let output = run(&arguments, &[("SERVER", "1")]);
    assert!(!stdout(&output).contains("resourceSpans"), "{output:?}");
    assert!(receiver.requests().len() >= 2 * requests.len());

    let file = std::env::temp_dir().join(format!("telemetry-{}.jsonl", std::process::id()));
    let output = run(&format!("--telemetry {}", file.display()), &[]);
    assert_eq!(stderr(&output), "");
    let lines = std::fs::read_to_string(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    assert!(lines.contains("resourceSpans") && lines.contains("resourceLogs"), "{lines}");
}

#[test]
fn nothing_is_sent_where_people_do_not_want_it() {
    let receiver = Receiver::start().unwrap();
    let endpoint = receiver.endpoint();
    let sends = ("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint);
    let to = format!("--telemetry {endpoint}");
    for (arguments, variable) in [
        ("--no-telemetry", sends),
        ("", ("DO_NOT_TRACK", "1")),
        ("", ("DO_NOT_TRACK", "true")),
        (&to, ("DO_NOT_TRACK", "1")),
    ] {
        let output = run(arguments, &[sends, variable]);
        assert_eq!(stderr(&output), "", "{arguments}");
        assert!(stdout(&output).contains("off=true headers=0"), "{arguments}: {output:?}");
    }
    // Where telemetry is off, contexts go on their way all the same.
    let disabled = ("OTEL_SDK_DISABLED", "true");
    let output = run("", &[disabled]);
    assert!(stdout(&output).contains("off=true headers=1"), "{output:?}");
    for (arguments, variable) in [("--no-telemetry", sends), ("", ("DO_NOT_TRACK", "1"))] {
        let output = run(arguments, &[disabled, variable]);
        assert!(stdout(&output).contains("off=true headers=0"), "{arguments}: {output:?}");
    }
    let output = run("--trace", &[sends, ("DO_NOT_TRACK", "1")]);
    assert!(stderr(&output).contains("\nadd "), "{output:?}");
    assert!(stdout(&output).contains("off=false headers=0"), "{output:?}");
    assert!(receiver.requests().is_empty());
    for value in ["", "0", "false"] {
        run("", &[sends, ("DO_NOT_TRACK", value)]);
    }
    assert!(receiver.requests().len() >= 3);
}

/// The time that the end may take without a connection, plus what a busy machine may add.
const UNREACHED: Duration = Duration::from_millis(100 + 400);

/// Runs a command that sends to this address; asserts that it ends soon, and that losses are counted.
#[track_caller]
fn ends_soon(address: &str) {
    let endpoint = format!("http://{address}");
    let sends = ("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint);
    let grpc = match cfg!(feature = "otlp-grpc") {
        true => ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        false => sends,
    };
    let flushes = ("FLUSH", "1");
    for variables in [&[sends][..], &[sends, flushes], &[sends, grpc], &[sends, grpc, flushes]] {
        let output = run("", variables);
        assert!(took(&output) < UNREACHED, "{variables:?}: {output:?}");
        assert_eq!(stderr(&output), "", "a failure is no notice of a silent command");
        assert!(!stdout(&output).contains("lost=false"), "{output:?}");
    }
    let output = run("--verbose", &[sends, ("DROPS", "1")]);
    assert!(stderr(&output).contains("trace-runtime: "), "losses are told: {output:?}");
    assert!(took(&output) < UNREACHED, "{output:?}");
}

#[test]
fn a_receiver_that_refuses_delays_nothing() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    ends_soon(&address.to_string());
}

#[test]
fn a_receiver_that_does_not_answer_to_connections_delays_little() {
    let (_listener, _waiting, address) = deaf();
    ends_soon(&address.to_string());
}

#[test]
fn an_address_without_a_route_delays_little() {
    // Private, and unused. Where it has a route, packets are lost on it.
    ends_soon("10.255.255.1:4318");
}

#[test]
fn a_receiver_that_accepts_and_is_silent_has_two_seconds() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let output = run("", &[("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint)]);
    let took = took(&output);
    assert!(took >= Duration::from_millis(1_900), "{output:?}");
    assert!(took < Duration::from_millis(2_000 + 1_000), "{output:?}");
    assert!(!stdout(&output).contains("lost=false"), "{output:?}");
}

#[test]
fn a_receiver_that_is_slow_gets_everything() {
    let receiver = Receiver::start().unwrap();
    receiver.respond_with(Answer::accept().with_delay(Duration::from_millis(400)));
    let endpoint = receiver.endpoint();
    let output = run("", &[("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint)]);
    assert!(stdout(&output).contains("lost=false"), "{output:?}");
    assert!(receiver.requests().len() >= 2, "spans, logs");
}

/// Returns a listener that accepts nothing, whose queue is full: it does not answer to connections.
fn deaf() -> (TcpListener, Vec<TcpStream>, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    // SAFETY: the descriptor is open; the call only makes its queue shorter.
    assert_eq!(unsafe { libc::listen(listener.as_raw_fd(), 0) }, 0);
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(100)) {
        waiting.push(stream);
        assert!(waiting.len() < 1_000, "it has room for everyone");
    }
    (listener, waiting, address)
}

#[test]
fn flags_that_contradict_each_other_are_errors() {
    for arguments in [
        &["--quiet", "--trace"][..],
        &["-q", "-v"],
        &["--no-telemetry", "--trace"],
        &["--no-telemetry", "--telemetry", "file.jsonl"],
        &["--log-level", "loud"],
        &["--telemetry", ""],
        &["--telemetry", "ftp://collector"],
    ] {
        let parsed = Cli::try_parse_from(["todo"].iter().chain(arguments));
        assert!(parsed.is_err(), "{arguments:?}");
    }
}

#[test]
fn the_level_of_logs_is_that_of_the_most_exact_flag() {
    for (arguments, level) in [
        (&[][..], None),
        (&["--trace"], None),
        (&["-v"], Some(Level::Debug)),
        (&["--debug", "--log-level", "WARN"], Some(Level::Warn)),
    ] {
        let cli = Cli::try_parse_from(["todo"].iter().chain(arguments)).unwrap();
        assert_eq!(cli.telemetry.log_level(), level, "{arguments:?}");
    }
}

#[test]
fn the_ids_of_all_flags_are_listed() {
    let ids =
        Cli::command().get_arguments().map(|arg| arg.get_id().to_string()).collect::<Vec<_>>();
    assert_eq!(ids, TelemetryArgs::IDS);
    Cli::command().debug_assert();
}

#[test]
fn credentials_of_an_endpoint_are_not_shown() {
    let arguments = ["todo", "--telemetry", "https://user:password@collector:4318"];
    let shown = format!("{:?}", Cli::try_parse_from(arguments).unwrap().telemetry);
    assert!(!shown.contains("password") && shown.contains("collector:4318"), "{shown}");
}

#[test]
fn a_program_sets_the_level_of_its_logs() {
    if !is_alone("a_program_sets_the_level_of_its_logs") {
        return;
    }
    let receiver = Receiver::start().unwrap();
    let telemetry = Telemetry::builder()
        .without_env()
        .without_startup_line()
        .without_metrics()
        .with_exporter(trace_runtime::export::NullExporter::new())
        .with_otlp_logs(OtlpSettings::default().with_endpoint(receiver.http_endpoint(Signal::Logs)))
        .with_log_level(Level::Warn)
        .install()
        .unwrap();
    log(&telemetry);
    assert_eq!(telemetry.shutdown(Duration::from_secs(10)).logs.emitted, 1);
}
