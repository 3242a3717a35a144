//! The shop and the warehouse that it starts.

use super::page::Page;
use super::rest::{Look, Verdict, Watch};
use crate::Outcome;
use crate::support::process::{Output, Running};
use serde_json::Value;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// Until both services say that they listen: a new database is filled before.
const START: Duration = Duration::from_secs(30);
/// Between two looks at what it does.
const LOOK: Duration = Duration::from_millis(100);
const END: Duration = Duration::from_secs(20);

pub(crate) struct Shop {
    pub(crate) url: String,
    /// Where the metrics of both services are, the shop's first.
    pub(crate) metrics: [String; 2],
    pub(crate) database: PathBuf,
    output: Output,
    running: Running,
}

/// A shop that has come to rest.
pub(crate) struct Rest {
    /// The shop's, and the warehouse's.
    pub(crate) books: [Books; 2],
    /// Jobs that were neither done nor dead when the waiting began.
    pub(crate) backlog: u64,
    /// Until there were none.
    pub(crate) took: Duration,
}

/// What a service reports of its telemetry.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Books {
    pub(crate) started: u64,
    pub(crate) exported: u64,
    pub(crate) dropped: u64,
    /// Open, or on their way.
    pub(crate) unsettled: u64,
}

impl Shop {
    /// With a new database in a folder, and telemetry by these variables. It reports where it listens, in its
    /// logs.
    pub(crate) fn start(
        programs: &Path,
        folder: &Path,
        env: &[(&str, &str)],
        arguments: &[&str],
    ) -> Outcome<Self> {
        let (mut running, output, database) =
            spawn(programs, folder, "127.0.0.1:0", env, arguments)?;
        let mut address = |what, service, message| {
            running.wait_for(what, START, || {
                let log = fs::read_to_string(&output.stdout)?;
                Ok(log.lines().find_map(|line| told(line, service, message)))
            })
        };
        let warehouse = address("metrics of the warehouse", "warehouse", "showing metrics")?;
        let shop = address("metrics of the shop", "shop", "showing metrics")?;
        let url = address("address of the shop", "shop", "listening")?;
        Ok(Self { url, metrics: [shop, warehouse], database, output, running })
    }

    /// Likewise without logs, on a port that is free now; where the metrics are is not known.
    pub(crate) fn start_quietly(
        programs: &Path,
        folder: &Path,
        env: &[(&str, &str)],
    ) -> Outcome<Self> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
        let (mut running, output, database) = spawn(programs, folder, &address, env, &[])?;
        let url = format!("http://{address}");
        let health = format!("{url}/health");
        running
            .wait_for("answer", START, || Ok(ureq::get(&health).call().is_ok().then_some(())))?;
        Ok(Self { url, metrics: Default::default(), database, output, running })
    }

    /// The processes of both services.
    pub(crate) fn ids(&self) -> Outcome<[u32; 2]> {
        let id = self.running.id();
        Ok([id, child_of(id)?])
    }

    /// The services, and where their metrics are.
    pub(crate) fn services(&self) -> [(&'static str, &str); 2] {
        let [shop, warehouse] = &self.metrics;
        [("shop", shop), ("warehouse", warehouse)]
    }

    /// The pages of metrics of both services; the shop's first.
    pub(crate) fn pages(&self) -> Outcome<[Page; 2]> {
        let [shop, warehouse] = &self.metrics;
        Ok([Page::get(shop)?, Page::get(warehouse)?])
    }

    /// Waits until all jobs are done or dead, and all spans exported or dropped: for as long as there is anything
    /// that moves, within bounds.
    pub(crate) fn wait_for_rest(&self) -> Outcome<Rest> {
        let begin = Instant::now();
        let (first, _) = self.look()?;
        let (mut watch, mut last_work) = (Watch::new(first, begin), begin);
        loop {
            std::thread::sleep(LOOK);
            let (seen, books) = self.look()?;
            let now = Instant::now();
            if seen.jobs > 0 {
                last_work = now;
            }
            let why = match watch.look(seen, now) {
                Verdict::Wait => continue,
                Verdict::Rests => {
                    let (backlog, took) = (first.jobs, last_work - begin);
                    return Ok(Rest { books, backlog, took });
                }
                Verdict::IsStuck => "nothing moves any more",
                Verdict::NeverEnds => "it goes on and on",
            };
            return Err(
                format!("the shop does not come to rest, {why}: {seen:?}, {books:?}").into()
            );
        }
    }

    fn look(&self) -> Outcome<(Look, [Books; 2])> {
        let [shop, warehouse] = self.pages()?;
        let books = [Books::of(&shop), Books::of(&warehouse)];
        let sum = |of: fn(&Books) -> u64| books.iter().map(of).sum();
        let look = Look {
            jobs: shop.sum("jobs_queue_depth", &[], &[]).round() as u64,
            started: sum(|books| books.started),
            unsettled: sum(|books| books.unsettled),
        };
        Ok((look, books))
    }

    /// Asks it to end; returns what it has written to stderr.
    pub(crate) fn end(self) -> Outcome<String> {
        let status = self.running.terminate(END)?;
        let said = fs::read_to_string(&self.output.stderr)?;
        if status.success() {
            Ok(said)
        } else {
            Err(format!("the shop ended with {status}: {said}").into())
        }
    }

    /// The file of its logs.
    pub(crate) fn log(&self) -> PathBuf {
        self.output.stdout.clone()
    }

    /// The most memory that each service has had, in KiB.
    pub(crate) fn peak_memory(&self) -> Outcome<[u64; 2]> {
        let [shop, warehouse] = self.ids()?;
        Ok([peak_memory(shop)?, peak_memory(warehouse)?])
    }
}

impl Books {
    fn of(page: &Page) -> Self {
        let sum = |metric: &str, with: &[&str], without: &[&str]| {
            page.sum(metric, with, without).round() as u64
        };
        let error = ["error_type="];
        let exported = "otel_sdk_exporter_span_exported_total";
        let refused = sum("otel_sdk_processor_span_processed_total", &error, &[]);
        Self {
            started: sum("otel_sdk_span_started_total", &[], &[]),
            exported: sum(exported, &[], &error),
            dropped: sum("trace_runtime_span_dropped_total", &[], &[])
                + sum(exported, &error, &[])
                + refused,
            unsettled: sum("otel_sdk_span_live", &[], &[])
                + sum("otel_sdk_processor_span_queue_size", &[], &[]),
        }
    }
}

fn spawn(
    programs: &Path,
    folder: &Path,
    listen: &str,
    env: &[(&str, &str)],
    arguments: &[&str],
) -> Outcome<(Running, Output, PathBuf)> {
    let database = folder.join("shop.db");
    for file in ["shop.db", "shop.db-wal", "shop.db-shm"] {
        let _ = fs::remove_file(folder.join(file));
    }
    let mut command = Command::new(programs.join("shop"));
    // The environment may have variables of telemetry.
    for (name, _) in std::env::vars_os().filter(|(name, _)| is_telemetry(name)) {
        command.env_remove(name);
    }
    command.envs(env.iter().copied()).env_remove("RUST_LOG");
    command
        .args(["--listen", listen, "--metrics-listen", "127.0.0.1:0", "--database"])
        .arg(&database)
        .args(arguments);
    let output = Output::of(folder, "shop");
    let running = Running::start("the shop", &mut command, &output)?;
    Ok((running, output, database))
}

fn is_telemetry(name: &std::ffi::OsStr) -> bool {
    name.to_str().is_some_and(|name| name.starts_with("OTEL_"))
}

/// The URL in a line of a log that is this service's and has this message.
fn told(line: &str, service: &str, message: &str) -> Option<String> {
    let record: Value = serde_json::from_str(line).ok()?;
    let url = record["url.full"].as_str()?;
    let matches = record["service.name"] == service && record["message"] == message;
    matches.then(|| url.to_owned())
}

fn child_of(parent: u32) -> Outcome<u32> {
    for task in fs::read_dir(format!("/proc/{parent}/task"))? {
        let children = fs::read_to_string(task?.path().join("children"))?;
        if let Some(child) = children.split_whitespace().next() {
            return Ok(child.parse()?);
        }
    }
    Err("the shop has no child".into())
}

/// The most memory that a process has had, in KiB.
pub(crate) fn peak_memory(id: u32) -> Outcome<u64> {
    let status = fs::read_to_string(format!("/proc/{id}/status"))?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    Ok(peak.ok_or("no VmHWM")?.trim().trim_end_matches(" kB").parse()?)
}
