//! The service that is measured.

use super::folder;
use crate::Outcome;
use crate::support::process::{Output, Running};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Until it prints where it listens.
const START: Duration = Duration::from_secs(15);

pub(super) struct Service {
    pub(super) shop: String,
    pub(super) metrics: String,
    _running: Running,
}

impl Service {
    /// Its catalog.
    pub(super) fn catalog(program: &Path) -> Outcome<Value> {
        let output = Command::new(program).args(["--catalog", "json"]).output()?;
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    pub(super) fn start(program: &Path) -> Outcome<Self> {
        fs::create_dir_all(folder())?;
        let output = Output::of(&folder(), "service");
        let mut command = Command::new(program);
        command
            .env("OTEL_TRACES_EXPORTER", "none")
            // Panics are part of the load, and to find the lines of a backtrace takes its time.
            .env("RUST_BACKTRACE", "0");
        let mut running = Running::start("the service", &mut command, &output)?;
        let mut address = |of: &str| {
            running.wait_for_line(of, START, &output.stdout, |line| {
                Some(line.strip_prefix(of)?.strip_prefix(": ")?.to_owned())
            })
        };
        Ok(Self { shop: address("shop")?, metrics: address("metrics")?, _running: running })
    }
}
