//! Measures the tool server with telemetry and without it, under the load of its three customers.

use super::pairs::{self, Figure};
use super::sink::Sink;
use crate::e2e::shop::peak_memory;
use crate::support::process::{Output, Running};
use crate::{Outcome, cargo, processor, root, succeed};
use serde::Deserialize;
use std::fmt::Write;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

const WARM_UP: Duration = Duration::from_secs(1);
const START: Duration = Duration::from_secs(10);
const END: Duration = Duration::from_secs(20);
/// How much longer than asked for the load may take.
const SLACK: Duration = Duration::from_secs(20);

/// What a server has shown.
#[derive(Clone, Copy, Debug)]
struct Seen {
    throughput: f64,
    /// Processor time of the server for a request, in microseconds.
    processor: f64,
    /// In MiB.
    memory: f64,
}

/// What the load reports.
#[derive(Debug, Deserialize)]
struct Served {
    requests: u64,
}

const FIGURES: [Figure<Seen>; 3] = [
    ("requests per second", |seen| seen.throughput, 0),
    ("processor time per request, in µs", |seen| seen.processor, 0),
    ("peak memory, in MiB", |seen| seen.memory, 1),
];

/// Builds the server, optimized.
pub(super) fn build() -> Outcome {
    let build = ["build", "--release", "--locked", "--package", "tool-server"];
    succeed(cargo().current_dir(root()).args(build))
}

/// Measures pairs, and returns a table in Markdown.
pub(super) fn measure(
    program: &Path,
    folder: &Path,
    count: usize,
    time: Duration,
) -> Outcome<String> {
    let sink = Sink::start()?;
    let run = Run { program, folder, time, sink: &sink };
    let pairs = pairs::measure(count, |is_on| run.seen(is_on))?;
    let mut page = String::new();
    writeln!(
        page,
        "{count} pairs, {} s each, with the configuration `production`; medians, and the middle half of the pairs' \
         ratios. The upstream API is another process.\n",
        time.as_secs()
    )?;
    pairs::table(&mut page, &pairs, &FIGURES)?;
    Ok(page)
}

struct Run<'a> {
    program: &'a Path,
    folder: &'a Path,
    time: Duration,
    sink: &'a Sink,
}

impl Run<'_> {
    fn seen(&self, is_on: bool) -> Outcome<Seen> {
        let (upstream, upstream_address) = self.listening("upstream", &["upstream"], &[])?;
        let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", self.sink.url.as_str());
        let off = ("OTEL_SDK_DISABLED", "true");
        let upstream_url = format!("http://{upstream_address}");
        let arguments = [
            "--admin-listen",
            "127.0.0.1:0",
            "--metrics-port",
            "0",
            "--sampling",
            "production",
            "--upstream",
            &upstream_url,
        ];
        let variables = [if is_on { endpoint } else { off }];
        let (server, address) = self.listening("tool-server", &arguments, &variables)?;
        self.load(&address, WARM_UP)?;
        let before = processor::used(server.id())?;
        let served = self.load(&address, self.time)?;
        let used = processor::used(server.id())? - before;
        let memory = peak_memory(server.id())? as f64 / 1024.0;
        for running in [server, upstream] {
            let status = running.terminate(END)?;
            if !status.success() {
                return Err(format!("a process ended with {status}; see {:?}", self.folder).into());
            }
        }
        Ok(Seen {
            throughput: served.requests as f64 / self.time.as_secs_f64(),
            processor: used.as_secs_f64() * 1e6 / served.requests as f64,
            memory,
        })
    }

    /// Starts the program on a port that is free now, and waits until it listens.
    fn listening(
        &self,
        name: &str,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Outcome<(Running, String)> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
        let mut command = Command::new(self.program);
        // The environment may have variables of telemetry.
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(|name| name.starts_with("OTEL_")) {
                command.env_remove(name);
            }
        }
        command.args(arguments).args(["--listen", &address]).envs(variables.iter().copied());
        let mut running = Running::start(name, &mut command, &Output::of(self.folder, name))?;
        running.wait_for("connection", START, || {
            Ok(TcpStream::connect(&address).is_ok().then_some(()))
        })?;
        Ok((running, address))
    }

    fn load(&self, address: &str, time: Duration) -> Outcome<Served> {
        let output = Output::of(self.folder, "tool-server-load");
        let mut command = Command::new(self.program);
        command.args(["load", "--json", "--seconds", &time.as_secs().to_string()]);
        command.args(["--url", &format!("http://{address}/mcp")]);
        let mut running = Running::start("the load", &mut command, &output)?;
        let status = running.wait(time + SLACK)?;
        if !status.success() {
            return Err(format!("the load ended with {status}; see {:?}", self.folder).into());
        }
        Ok(serde_json::from_str(&std::fs::read_to_string(&output.stdout)?)?)
    }
}
