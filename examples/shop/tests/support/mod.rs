//! Runs the shop as a process, and sends requests over HTTP.

use serde_json::Value;
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Lines, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::{env, fs};
use trace_testkit::receiver::Receiver;

/// Both services, with a separate database.
pub(crate) struct Service {
    process: Child,
    pub(crate) logs: Lines<BufReader<ChildStdout>>,
    folder: PathBuf,
    pub(crate) shop: String,
    pub(crate) warehouse: String,
    /// The addresses of both services' metrics, the warehouse's first.
    pub(crate) metrics: [String; 2],
}

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Value,
}

impl Service {
    /// Starts it with this telemetry backend, and waits until both services listen.
    pub(crate) fn start(receiver: &Receiver) -> Self {
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let name = format!("shop-{}-{number}", std::process::id());
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        let mut command = Command::new(env!("CARGO_BIN_EXE_shop"));
        for (name, _) in env::vars_os() {
            if name.to_string_lossy().starts_with("OTEL_") {
                command.env_remove(name);
            }
        }
        let mut process = command
            .args(["--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0"])
            .args(["--users", "2", "--grace", "0"])
            .args(["--digest-every", "100", "--database"])
            .arg(folder.join("shop.db"))
            .envs(receiver.env())
            // Tests must not wait a minute for metrics, nor a second for logs.
            .env("OTEL_METRIC_EXPORT_INTERVAL", "200")
            .env("OTEL_BLRP_SCHEDULE_DELAY", "50")
            .env("OTEL_BSP_SCHEDULE_DELAY", "50")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut logs = BufReader::new(process.stdout.take().unwrap()).lines();
        // Two processes write these lines, in any order.
        let mut urls = HashMap::new();
        while urls.len() < 4 {
            let line: Value = serde_json::from_str(&logs.next().unwrap().unwrap()).unwrap();
            let text = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
            let message = text("message");
            if ["listening", "showing metrics"].contains(&message.as_str()) {
                urls.insert((text("service.name"), message), text("url.full"));
            }
        }
        let mut url = |service: &str, message: &str| {
            urls.remove(&(service.to_owned(), message.to_owned())).unwrap()
        };
        let (shop, warehouse) = (url("shop", "listening"), url("warehouse", "listening"));
        let metrics = ["warehouse", "shop"].map(|service| url(service, "showing metrics"));
        Self { process, logs, folder, shop, warehouse, metrics }
    }

    /// Sends a request to the shop.
    pub(crate) fn ask(&self, method: &str, path: &str, token: &str, body: &str) -> Answer {
        let answer = ask(&self.shop, method, path, token, body);
        answer.expect("the shop answers")
    }

    /// Logs a user in, and returns the token.
    pub(crate) fn log_in(&self, name: &str, password: &str) -> String {
        let body = format!(r#"{{"name":"{name}","password":"{password}"}}"#);
        let answer = self.ask("POST", "/login", "", &body);
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body["token"].as_str().unwrap().to_owned()
    }

    /// Places an order, and returns its id.
    pub(crate) fn order(&self, token: &str, item: u32) -> i64 {
        let body = format!(r#"{{"lines":[{{"item_id":{item},"quantity":2}}]}}"#);
        let answer = self.ask("POST", "/orders", token, &body);
        assert_eq!(answer.status, 201, "{}", answer.body);
        assert!(answer.head.contains("location: /orders/"), "{}", answer.head);
        answer.body["id"].as_i64().unwrap()
    }

    /// Sends a signal, such as `TERM`.
    pub(crate) fn signal(&self, signal: &str) {
        let process = self.process.id().to_string();
        let mut kill = Command::new("kill");
        assert!(kill.args([&format!("-{signal}"), &process]).status().unwrap().success());
    }

    /// Waits until it has ended.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        self.process.wait().unwrap()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// `None` if the connection is refused.
pub(crate) fn ask(url: &str, method: &str, path: &str, token: &str, body: &str) -> Option<Answer> {
    let host = url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).ok()?;
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\
         authorization: Bearer {token}\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let body = serde_json::from_str(body).unwrap_or(Value::from(body));
    Some(Answer { status, head: head.to_owned(), body })
}
