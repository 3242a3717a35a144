//! Runs the service as a user would.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_metered-service"));
    command.env_clear().env("OTEL_TRACES_EXPORTER", "none");
    command
}

/// The answer to a request for `http://HOST/PATH`.
fn ask(method: &str, url: &str) -> String {
    let (host, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    let request = format!("{method} /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn its_metrics_tell_what_it_was_asked() {
    let mut service = program()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(service.stdout.take().unwrap()).lines();
    let mut address =
        |of: &str| lines.next().unwrap().unwrap().strip_prefix(of).unwrap().to_owned();
    let (shop, metrics) = (address("shop: "), address("metrics: "));
    for (method, path, status) in [
        ("POST", "checkout?tier=pro&items=2&price=1999&ms=0", "200"),
        ("POST", "checkout?tier=pro&items=1&price=100&ms=0&fault=declined", "402"),
        ("POST", "checkout?tier=free&items=1&price=100&ms=0&fault=panic", "500"),
        ("GET", "search?hits=3&ms=60000&deadline=0", "504"),
        ("PUT", "stock?items=7", "204"),
    ] {
        let answer = ask(method, &format!("{shop}/{path}"));
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{path}: {answer}");
    }
    let page = ask("GET", &metrics);
    for (series, value) in [
        ("shop_revenue_total{tier=\"pro\"}", 1_999),
        ("shop_orders_refused_total{}", 1),
        ("shop_stock{}", 7),
        ("function_calls_total{function=\"checkout\",result=\"ok\"}", 1),
        ("function_calls_total{error_type=\"panic\",tier=\"free\"}", 1),
        ("function_calls_total{function=\"search\",result=\"cancelled\"}", 1),
    ] {
        let (metric, labels) = series.trim_end_matches('}').split_once('{').unwrap();
        let is_it = |line: &&str| {
            line.starts_with(&format!("{metric}{{"))
                && labels.split(',').all(|label| line.contains(label))
                && line.ends_with(&format!(" {value}"))
        };
        assert_eq!(page.lines().filter(is_it).count(), 1, "{series} in {page}");
    }
    // It ends with its input.
    drop(service.stdin.take());
    assert!(service.wait().unwrap().success());
}

#[test]
fn its_catalog_needs_no_call() {
    for (format, expected) in [
        ("json", "\"function\": \"metered_service::shop::checkout\""),
        ("markdown", "| `shop.revenue` | counter | {cent} |"),
    ] {
        let output = program().args(["--catalog", format]).output().unwrap();
        let catalog = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && catalog.contains(expected), "{catalog}");
    }
}
