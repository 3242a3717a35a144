//! Runs the load generator, and reads its record of what it sent.

use crate::Outcome;
use crate::support::process::{Output, Running};
use serde::Deserialize;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// How much longer than asked for it may take.
const SLACK: Duration = Duration::from_secs(40);

/// What is asked of it.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// `None`: as many as there are answers.
    pub(crate) rate: Option<u32>,
    pub(crate) time: Duration,
    pub(crate) connections: u32,
    pub(crate) is_recorded: bool,
}

/// While it runs.
pub(crate) struct Load {
    running: Running,
    json: PathBuf,
    record: Option<PathBuf>,
    patience: Duration,
}

/// A request, as the load generator has recorded it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Sent {
    pub(crate) trace_id: String,
    pub(crate) span_id: String,
    pub(crate) method: String,
    pub(crate) route: String,
    pub(crate) status: Option<u16>,
    pub(crate) latency_us: u64,
    pub(crate) started_unix_nanos: u64,
    pub(crate) order_id: Option<i64>,
}

/// The figures of a run.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Figures {
    pub(crate) requests: u64,
    pub(crate) by_route: Vec<RouteCount>,
    pub(crate) latency_us: Latency,
    pub(crate) rate_reached: f64,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct RouteCount {
    pub(crate) method: String,
    pub(crate) route: String,
    pub(crate) status: u16,
    pub(crate) count: u64,
}

/// In microseconds.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct Latency {
    pub(crate) p50: u64,
    pub(crate) p99: u64,
}

/// All of a run.
pub(crate) struct Done {
    pub(crate) figures: Figures,
    pub(crate) record: Vec<Sent>,
    /// It has reported itself that every request was answered as it had to be.
    pub(crate) is_good: bool,
    pub(crate) said: String,
}

impl Load {
    pub(crate) fn start(programs: &Path, url: &str, asked: &Asked, folder: &Path) -> Outcome<Self> {
        let (json, record) = (folder.join("load.json"), folder.join("record.jsonl"));
        for file in [&json, &record] {
            let _ = fs::remove_file(file);
        }
        let mut command = Command::new(programs.join("load"));
        command.args(["--url", url, "--duration", &format!("{}ms", asked.time.as_millis())]);
        command.args(["--connections", &asked.connections.to_string(), "--json"]).arg(&json);
        match asked.rate {
            Some(rate) => command.args(["--rate", &rate.to_string()]),
            None => command.arg("--saturate"),
        };
        let record = asked.is_recorded.then_some(record);
        if let Some(record) = &record {
            command.arg("--record").arg(record);
        }
        let running = Running::start("the load", &mut command, &Output::of(folder, "load"))?;
        Ok(Self { running, json, record, patience: asked.time + SLACK })
    }

    /// The file of its record.
    pub(crate) fn record(&self) -> Option<&Path> {
        self.record.as_deref()
    }

    /// Waits until it has had all its answers.
    pub(crate) fn finish(mut self) -> Outcome<Done> {
        let status = self.running.wait(self.patience)?;
        let log = self.json.with_extension("log");
        let said = fs::read_to_string(&log).unwrap_or_default();
        let figures = fs::read_to_string(&self.json);
        let figures =
            figures.map_err(|error| format!("the load ended with {status}: {error}: {said}"))?;
        let figures: Figures = serde_json::from_str(&figures)?;
        let record = match &self.record {
            Some(file) => fs::read_to_string(file)?
                .lines()
                .map(serde_json::from_str)
                .collect::<Result<_, _>>()?,
            None => Vec::new(),
        };
        Ok(Done { figures, record, is_good: status.success(), said })
    }
}
