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
            .args(["--listen", "127.0.0.1:0", "--metrics-port", "0"])
            .args(arguments)
            .envs(receiver.env())
            .env("OTEL_LOGS_EXPORTER", "json")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut logs = BufReader::new(process.stdout.take().unwrap()).lines();
        let url = loop {
            let line: Value = serde_json::from_str(&logs.next().unwrap().unwrap()).unwrap();
            if line["message"] == "listening" {
                break line["url.full"].clone();
            }
        };
        let host = url.as_str().unwrap().strip_prefix("http://").unwrap();
        let host = host.strip_suffix("/mcp").unwrap().to_owned();
        Self { process, _logs: logs, host }
    }

    /// Calls a tool for a customer, and returns the result.
    fn call(&self, customer: &str, tool: &str, arguments: &Value) -> Value {
        let params = json!({ "name": tool, "arguments": arguments });
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params });
        let (host, body) = (&self.host, body.to_string());
        let length = body.len();
        let mut stream = TcpStream::connect(host).unwrap();
        let request = format!(
            "POST /mcp HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\nx-customer: {customer}\r\n\
             accept: application/json, text/event-stream\r\ncontent-type: application/json\r\n\
             content-length: {length}\r\n\r\n{body}"
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        serde_json::from_str::<Value>(body).expect(&answer)["result"].clone()
    }

    /// Asks it to end, and waits until it has: all telemetry has been sent then.
    fn end(mut self) {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        assert!(self.process.wait().unwrap().success());
    }
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
    let kept = t.spans().iter().filter(|span| span.name == "tools/call property.list").count();
    assert!(kept <= 20, "1 in 100 should be kept, but {kept} of 200 are");
    // A customer has opted in.
    t.span("tools/call changes.list").with("tenant", "initech").count(10);
    let duration = t.histogram("mcp.server.operation.duration");
    duration.with("gen_ai.tool.name", "property.list").count(200);
    let duration = t.histogram("mcp.server.operation.duration");
    duration.with("error.type", "tool_error").with("gen_ai.tool.name", "dns.change").count(100);
}
