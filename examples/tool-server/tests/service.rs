//! Runs the whole server as a user would, over HTTP, with a receiver for its telemetry.
#![cfg(unix)]

use serde_json::{Value, json};
use std::env;
use std::io::{BufRead, BufReader, Lines, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};
use trace_testkit::receiver::Receiver;

/// A server in a process.
struct Server {
    process: Child,
    /// Open, so that it can write.
    _logs: Lines<BufReader<ChildStdout>>,
    /// Its host and port.
    host: String,
    /// Those for operators.
    admin: String,
}

impl Server {
    /// Starts it with this telemetry backend, and waits until it listens.
    fn start(receiver: &Receiver, arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tool-server"));
        for (name, _) in env::vars_os() {
            if name.to_string_lossy().starts_with("OTEL_") {
                command.env_remove(name);
            }
        }
        let mut process = command
            .args([
                "--listen",
                "127.0.0.1:0",
                "--admin-listen",
                "127.0.0.1:0",
                "--metrics-port",
                "0",
            ])
            .args(arguments)
            .envs(receiver.env())
            .env("OTEL_LOGS_EXPORTER", "json")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut logs = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut address = |message| loop {
            let line: Value = serde_json::from_str(&logs.next().unwrap().unwrap()).unwrap();
            if line["message"] == message {
                let url = line["url.full"].as_str().unwrap();
                break url.strip_prefix("http://").unwrap().trim_end_matches("/mcp").to_owned();
            }
        };
        // In the order in which the server listens.
        let (admin, host) = (address("listening for operators"), address("listening"));
        Self { process, _logs: logs, host, admin }
    }

    /// Calls a tool for a customer, and returns the result.
    fn call(&self, customer: &str, tool: &str, arguments: &Value) -> Value {
        let params = json!({ "name": tool, "arguments": arguments });
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params });
        let body = body.to_string();
        let length = body.len();
        let head = format!(
            "POST /mcp HTTP/1.1\r\nx-customer: {customer}\r\n\
             accept: application/json, text/event-stream\r\ncontent-type: application/json\r\n\
             content-length: {length}\r\n"
        );
        let answer = ask(&self.host, &head, &body);
        serde_json::from_str::<Value>(&answer).expect(&answer)["result"].clone()
    }

    /// Changes or explains sampling.
    fn operate(&self, request: &str) -> String {
        ask(&self.admin, &format!("{request} HTTP/1.1\r\ncontent-length: 0\r\n"), "")
    }

    /// Asks it to end, and waits until it has: all telemetry has been sent then.
    fn end(mut self) {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        assert!(self.process.wait().unwrap().success());
    }
}

/// Sends a request, and returns the body of the answer.
fn ask(host: &str, head: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(host).unwrap();
    let request = format!("{head}host: {host}\r\nconnection: close\r\n\r\n{body}");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200"), "{answer}");
    body.to_owned()
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn all_errors_are_kept_and_metrics_are_exact_whatever_the_rates_are() {
    let t = Receiver::start().unwrap();
    let server = Server::start(&t, &["--sampling", "production"]);
    let change = json!({ "zone": "globex.locked", "record": "@ A 192.0.2.1" });
    for _ in 0..100 {
        assert_eq!(server.call("globex", "dns.change", &change)["isError"], true);
    }
    for _ in 0..200 {
        let list = json!({ "contract": "ctr_1" });
        assert_eq!(server.call("globex", "property.list", &list)["isError"], false);
    }
    for _ in 0..10 {
        server.call("initech", "changes.list", &json!({}));
    }
    server.end();

    let failed = t.span("tools/call dns.change").with("error.type", "tool_error");
    failed.with("sampling.reason", "error").count(100);
    // Whole traces are kept.
    t.span("change record").count(100);
    // 1 in 100. Others may have been slow.
    t.span("tools/call property.list").with("sampling.reason", "probability").at_most(20);
    // A customer has opted in.
    t.span("tools/call changes.list").with("tenant", "initech").count(10);
    let duration = t.histogram("mcp.server.operation.duration");
    duration.with("gen_ai.tool.name", "property.list").count(200);
    let duration = t.histogram("mcp.server.operation.duration");
    duration.with("error.type", "tool_error").with("gen_ai.tool.name", "dns.change").count(100);
}

#[test]
fn a_noisy_customer_takes_nothing_from_others() {
    let t = Receiver::start().unwrap();
    let server = Server::start(&t, &["--sampling", "production"]);
    let change = json!({ "zone": "any.locked", "record": "@ A 192.0.2.1" });
    for _ in 0..50 {
        for customer in ["acme", "acme", "acme", "acme", "globex"] {
            assert_eq!(server.call(customer, "dns.change", &change)["isError"], true);
        }
    }
    server.end();

    // All are errors, which are kept unless a quota is used up.
    let calls = t.span("tools/call dns.change");
    calls.clone().with("tenant", "globex").count(50);
    calls.with("tenant", "acme").at_most(199);
    // Metrics know all calls.
    let counts =
        t.histogram("function.calls.duration").with("function", "Operations::change_record");
    counts.with("tenant", "acme").count(200);
}

#[test]
fn sampling_changes_while_the_server_runs() {
    let t = Receiver::start().unwrap();
    let server = Server::start(&t, &["--sampling", "canary"]);
    let list = |calls| {
        (0..calls).for_each(|_| drop(server.call("globex", "changes.list", &json!({}))));
    };
    list(100);
    let canary = server.operate("GET /sampling?name=tools/call%20changes.list&tenant=globex");
    assert!(canary.contains("0.1"), "{canary}");
    assert!(server.operate("PUT /sampling/development").contains("AlwaysOn"));
    list(100);
    server.end();
    // 10 % of the first half, and all of the second.
    t.span("tools/call changes.list").at_least(100);
    t.span("tools/call changes.list").with("sampling.reason", "probability").at_most(140);
}
