//! The two programs. Each ends when its value is dropped, and so when anything fails; the service
//! also ends with its input, and so when this program is killed.

use super::install::{Tools, folder};
use crate::Outcome;
use serde_json::Value;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Until a program says that it runs.
const START: Duration = Duration::from_secs(15);

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The service that is measured.
pub(super) struct Service {
    pub(super) shop: String,
    pub(super) metrics: String,
    _running: Running,
}

impl Service {
    /// What it says of itself.
    pub(super) fn catalog(program: &Path) -> Outcome<Value> {
        let output = Command::new(program).args(["--catalog", "json"]).output()?;
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    pub(super) fn start(program: &Path) -> Outcome<Self> {
        let log = folder().join("service.log");
        let mut running = Command::new(program)
            .env("OTEL_TRACES_EXPORTER", "none")
            // Panics are part of the load, and to find the lines of a backtrace takes its time.
            .env("RUST_BACKTRACE", "0")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::create(&log)?)
            .spawn()
            .map(Running)?;
        // It says all or ends: this does not wait for long.
        let mut said = BufReader::new(running.0.stdout.take().ok_or("no output")?).lines();
        let mut address = |of: &str| -> Outcome<String> {
            let line = said.next().transpose()?.unwrap_or_default();
            let address = line.strip_prefix(of).and_then(|line| line.strip_prefix(": "));
            let address = address.ok_or_else(|| format!("no {of}; see {}", log.display()))?;
            Ok(address.to_owned())
        };
        Ok(Self { shop: address("shop")?, metrics: address("metrics")?, _running: running })
    }
}

/// Prometheus, which scrapes the service every second.
pub(super) struct Prometheus {
    pub(super) url: String,
    log: PathBuf,
    _running: Running,
}

impl Prometheus {
    pub(super) fn start(tools: &Tools, metrics: &str) -> Outcome<Self> {
        let (config, data) = (folder().join("prometheus.yml"), folder().join("data"));
        let log = folder().join("prometheus.log");
        let target = metrics.trim_start_matches("http://").trim_end_matches("/metrics");
        let text = format!(
            "global: {{ scrape_interval: 1s, scrape_timeout: 1s }}\n\
             scrape_configs:\n- job_name: shop\n  static_configs: [{{ targets: ['{target}'] }}]\n"
        );
        fs::write(&config, text)?;
        // Another run's samples would be found by the same questions.
        let _ = fs::remove_dir_all(&data);
        let running = Command::new(&tools.prometheus)
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.tsdb.path={}", data.display()))
            .arg("--web.listen-address=127.0.0.1:0")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log)?)
            .spawn()
            .map(Running)?;
        let deadline = Instant::now() + START;
        while Instant::now() < deadline {
            let said = fs::read_to_string(&log)?;
            let listening = said.lines().find(|line| line.contains("msg=\"Listening on\""));
            let address = listening.and_then(|line| line.split("address=").nth(1));
            if let Some(address) = address.filter(|_| said.contains("Server is ready")) {
                let url = format!("http://{}", address.trim());
                return Ok(Self { url, log, _running: running });
            }
            sleep(Duration::from_millis(20));
        }
        Err(format!("Prometheus does not listen; see {}", log.display()).into())
    }

    /// What it has said so far.
    pub(super) fn log(&self) -> Outcome<String> {
        Ok(fs::read_to_string(&self.log)?)
    }
}
