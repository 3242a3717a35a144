//! Analyses a text, traced and measured: read, split into sentences, embed, cluster, sentiment, report.
//!
//! ```text
//! cargo run --release -p trace-examples [-- FILE] [--deadline MILLISECONDS]
//! cargo run --release -p trace-examples -- --catalog json|markdown
//! ```
//!
//! The result goes to stdout, the trace to stderr as a tree, or to an OpenTelemetry backend when
//! `OTEL_EXPORTER_OTLP_ENDPOINT` names one. Metrics go there too, or to the exporter that
//! `OTEL_METRICS_EXPORTER` names: `console` prints them. The catalog lists what is traced and
//! measured, without running any of it. The stages are in `pipeline.rs`; every other file is
//! one of them.
#![forbid(unsafe_code)]

mod cluster;
mod document;
mod embed;
mod pipeline;
mod report;
mod sentiment;
mod summary;
mod words;

use std::env;
use std::error::Error;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;
use trace_runtime::{InitError, Telemetry, catalog};

const USAGE: &str =
    "usage: text-pipeline [FILE] [--deadline MILLISECONDS] | --catalog json|markdown";

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("text-pipeline: {error}");
            let mut source = error.source();
            while let Some(cause) = source {
                eprintln!("  caused by: {cause}");
                source = cause.source();
            }
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let options = Options::parse(env::args_os().skip(1))?;
    if let Some(format) = options.catalog {
        match format {
            Format::Json => println!("{}", catalog().to_json()),
            Format::Markdown => print!("{}", catalog().to_markdown()),
        }
        return Ok(());
    }
    let _telemetry = telemetry()?;
    pipeline::analyze(&options.file, options.deadline).await?;
    Ok(())
}

/// Sets up telemetry like `trace_runtime::init()`, but prints the tree even if stderr is no terminal.
fn telemetry() -> Result<Telemetry, InitError> {
    let has_endpoint = variable("OTEL_EXPORTER_OTLP_ENDPOINT").is_some()
        || variable("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT").is_some();
    let default = move |name: &str| match name {
        "OTEL_SERVICE_NAME" => Some("text-pipeline".into()),
        "OTEL_TRACES_EXPORTER" if !has_endpoint => Some("console".into()),
        _ => None,
    };
    Telemetry::builder().with_env(move |name| variable(name).or_else(|| default(name))).install()
}

fn variable(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

struct Options {
    file: PathBuf,
    deadline: Duration,
    catalog: Option<Format>,
}

/// The format of the catalog.
enum Format {
    Json,
    Markdown,
}

impl Options {
    fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Self, String> {
        let mut file = None;
        let mut deadline = Duration::from_millis(10);
        let mut catalog = None;
        let mut arguments = arguments.peekable();
        while let Some(argument) = arguments.next() {
            match argument.to_str() {
                Some("--deadline") => {
                    let value = arguments.next().unwrap_or_default();
                    let milliseconds = value.to_str().and_then(|text| text.parse().ok());
                    deadline = Duration::from_millis(milliseconds.ok_or(USAGE)?);
                }
                Some("--catalog") => {
                    let format = arguments.next().unwrap_or_default();
                    catalog = Some(match format.to_str() {
                        Some("json") => Format::Json,
                        Some("markdown") => Format::Markdown,
                        _ => return Err(USAGE.to_owned()),
                    });
                }
                Some(option) if option.starts_with('-') => return Err(USAGE.to_owned()),
                _ if file.is_none() => file = Some(argument.into()),
                _ => return Err(USAGE.to_owned()),
            }
        }
        Ok(Self { file: file.unwrap_or_else(readme), deadline, catalog })
    }
}

/// Returns the project's own README: where it was at build time, else in the current folder.
fn readme() -> PathBuf {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("README.md");
    let here = env::current_dir().unwrap_or_default();
    match readme.strip_prefix(&here) {
        Ok(short) => short.to_owned(),
        Err(_) if readme.exists() => readme,
        Err(_) => "README.md".into(),
    }
}
