//! A receiver of OTLP that keeps requests as they came (`receiver.py`). It can be killed and started again.

use crate::support::process::{Output, Running};
use crate::support::python::Python;
use crate::{Outcome, root};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Until it prints where it listens.
const START: Duration = Duration::from_secs(15);

pub(crate) struct Receiver<'a> {
    python: &'a Python,
    /// Where it keeps requests.
    stored: PathBuf,
    output: Output,
    grpc: u16,
    http: u16,
    running: Option<Running>,
}

impl<'a> Receiver<'a> {
    /// On free ports, with nothing stored yet.
    pub(crate) fn start(python: &'a Python, folder: &Path) -> Outcome<Self> {
        let stored = folder.join("stored");
        let _ = fs::remove_dir_all(&stored);
        fs::create_dir_all(&stored)?;
        let output = Output::of(folder, "receiver");
        let mut receiver = Self { python, stored, output, grpc: 0, http: 0, running: None };
        receiver.start_again()?;
        Ok(receiver)
    }

    /// On the ports that it had.
    pub(crate) fn start_again(&mut self) -> Outcome {
        let mut command = self.python.command();
        command.arg(root().join("xtask/src/e2e/receiver.py")).arg("--folder").arg(&self.stored);
        command.args(["--grpc", &self.grpc.to_string(), "--http", &self.http.to_string()]);
        let mut running = Running::start("the receiver", &mut command, &self.output)?;
        let listening = |line: &str| serde_json::from_str::<Value>(line).ok();
        let ports = running.wait_for_line("ports", START, &self.output.stdout, listening)?;
        let port = |of: &str| ports[of].as_u64().and_then(|port| u16::try_from(port).ok());
        let ports = port("grpc").zip(port("http")).ok_or("the receiver says no ports")?;
        (self.grpc, self.http) = ports;
        self.running = Some(running);
        Ok(())
    }

    /// Ends it by SIGKILL.
    pub(crate) fn kill(&mut self) {
        if let Some(running) = self.running.take() {
            running.kill();
        }
    }

    pub(crate) fn grpc(&self) -> String {
        format!("http://127.0.0.1:{}", self.grpc)
    }

    pub(crate) fn http(&self) -> String {
        format!("http://127.0.0.1:{}", self.http)
    }

    pub(crate) fn stored(&self) -> &Path {
        &self.stored
    }

    /// How many bytes have come in.
    pub(crate) fn received(&self) -> Outcome<u64> {
        let files = fs::read_dir(&self.stored)?;
        files.map(|file| Ok(file?.metadata()?.len())).sum()
    }
}
