//! Prometheus on a free port, which scrapes every second.

use super::debian::Tools;
use super::process::{Output, Running};
use crate::Outcome;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Until it reports that it runs.
const START: Duration = Duration::from_secs(15);

pub(crate) struct Prometheus {
    pub(crate) url: String,
    log: PathBuf,
    _running: Running,
}

impl Prometheus {
    /// `jobs`: a name, and the URL of the metrics that are scraped. `rules`: a file of rules.
    pub(crate) fn start(
        tools: &Tools,
        folder: &Path,
        jobs: &[(&str, &str)],
        rules: Option<&Path>,
    ) -> Outcome<Self> {
        let (config, data) = (folder.join("prometheus.yml"), folder.join("data"));
        let mut text =
            "global: { scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s }\n"
                .to_owned();
        if let Some(rules) = rules {
            text += &format!("rule_files: ['{}']\n", fs::canonicalize(rules)?.display());
        }
        text += "scrape_configs:\n";
        for (job, metrics) in jobs {
            let target = metrics.trim_start_matches("http://").trim_end_matches("/metrics");
            text +=
                &format!("- job_name: {job}\n  static_configs: [{{ targets: ['{target}'] }}]\n");
        }
        fs::create_dir_all(folder)?;
        fs::write(&config, text)?;
        // Another run's samples would be found by the same questions.
        let _ = fs::remove_dir_all(&data);
        let mut command = Command::new(&tools.prometheus);
        command
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.tsdb.path={}", data.display()))
            .arg("--web.listen-address=127.0.0.1:0");
        let output = Output::of(folder, "prometheus");
        let log = output.stderr.clone();
        let mut running = Running::start("Prometheus", &mut command, &output)?;
        let address = running.wait_for_line("address", START, &log, |line| {
            let listening = line.contains("msg=\"Listening on\"").then_some(line)?;
            Some(listening.split("address=").nth(1)?.trim().to_owned())
        })?;
        let ready = |line: &str| line.contains("Server is ready").then_some(());
        running.wait_for_line("readiness", START, &log, ready)?;
        Ok(Self { url: format!("http://{address}"), log, _running: running })
    }

    /// What it has logged so far.
    pub(crate) fn log(&self) -> Outcome<String> {
        Ok(fs::read_to_string(&self.log)?)
    }
}
