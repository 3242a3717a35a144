//! Chores of this workspace that are programs rather than scripts. Each command is one file.

use std::error::Error;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

mod api;
mod bench;
mod bounds;
mod cold_build;
mod command_cost;
mod crates;
mod deploy;
mod e2e;
mod feature_off;
mod floors;
mod generated;
mod macro_cost;
mod markers;
mod processor;
mod prometheus;
mod scaled;
mod service_cost;
mod size;
mod sources;
mod support;
mod words;

const HELP: &str = "\
Usage: cargo xtask <COMMAND>

  api [--bless]             compare the public API with xtask/api, or write it there
  bench [OPTIONS]           run the overhead program and write its tables into the performance
                            guide and its chart into the README (options go to the program)
  bench service [OPTIONS]   run the service program and write its tables into the guide
  bounds                    memory where callbacks hang, the collector starves, labels and open spans
                            are a million, beside what is stated
  macro-cost [--rounds N] [--only calling|parsing]
                            build time and code size that the attributes add, beside the peers', in one
                            of two crates or both
  feature-off               check that without the feature attributes leave no trace in the code
  crates [--attributes trace|metered|stacked] [NAME...]
                            annotate every function of well-known crates and run their own tests
  cold-build [--rounds N]   crates and seconds of a first build with the default features
  prometheus                compare what Prometheus knows of an example with what was sent to it
  e2e [--rate N] [--seconds N] [--programs FOLDER]
                            run the shop with a Collector, a decoder and Prometheus that are not ours,
                            and compare all that they got with what was sent
  service-cost [--pairs N] [--seconds N] [--rate N] [--long SECONDS] [--dry-run]
                            what telemetry costs the shop: latency, throughput, memory; into its README
  service-cost tool-server [--pairs N] [--seconds N] [--dry-run]
                            the same of the tool server, under the load of its customers
  command-cost [--rounds N] [--profile NAME] [--dry-run]
                            what telemetry costs a command: the to-do list, from start to exit; into its README
  threads                   what beginning 20,000 threads costs, and a first span after them
  forks                     fork 1,000 times under load, and check what parent and children record
  fuzz                      read a million random configuration files of each kind
  reload                    change a configuration file 1,000 times under 50,000 spans a second
  floors [--suggest [CRATE...]]
                            check which module imports which; or print floors that fit the imports
  words [--all]             check comments and pages for words that house style avoids; or count them
                            everywhere
  deploy                    check the configurations in deploy/ as far as it goes without containers
";

/// What a command returns.
type Outcome<T = ()> = Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Outcome {
    let mut arguments = std::env::args_os().skip(1);
    let command = arguments.next().unwrap_or_default();
    let rest: Vec<OsString> = arguments.collect();
    match command.to_str() {
        Some("api") => api::run(&rest),
        Some("bench") => bench::run(&rest),
        Some("bounds") => bounds::run(),
        Some("macro-cost") => macro_cost::run(rest),
        Some("feature-off") => feature_off::run(),
        Some("crates") => crates::run(rest),
        Some("cold-build") => cold_build::run(rounds(rest, 1)?),
        Some("prometheus") => prometheus::run(),
        Some("deploy") => deploy::run(),
        Some("floors") => floors::run(&rest),
        Some("words") => words::run(&rest),
        Some("threads") => scaled::threads(),
        Some("forks") => scaled::forks(),
        Some("fuzz") => scaled::fuzz(),
        Some("reload") => scaled::reload(),
        Some("e2e") => e2e::run(rest),
        Some("service-cost") => service_cost::run(rest),
        Some("command-cost") => command_cost::run(rest),
        Some("" | "help" | "-h" | "--help") => {
            print!("{HELP}");
            Ok(())
        }
        _ => Err(format!("no command `{}`\n\n{HELP}", command.display()).into()),
    }
}

fn rounds(arguments: Vec<OsString>, default: usize) -> Outcome<usize> {
    use lexopt::prelude::*;

    let mut rounds = default;
    let mut parser = lexopt::Parser::from_args(arguments);
    while let Some(argument) = parser.next()? {
        match argument {
            Long("rounds") => rounds = parser.value()?.parse::<usize>()?.max(1),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(rounds)
}

/// The root of the workspace.
fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// A folder for generated crates in the target folder.
fn target(name: &str) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR");
    target.map_or_else(|| root().join("target"), PathBuf::from).join(name)
}

/// The cargo that runs this.
fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Runs a command and fails when it does.
fn succeed(command: &mut Command) -> Outcome {
    let status = command.status()?;
    if status.success() { Ok(()) } else { Err(format!("{command:?} ended with {status}").into()) }
}

/// The middle value, or the mean of the two in the middle.
fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    match values {
        [] => f64::NAN,
        _ => f64::midpoint(values[(values.len() - 1) / 2], values[values.len() / 2]),
    }
}

/// An empty table for a terminal, all columns but the first flush right.
fn table(header: &[&str]) -> comfy_table::Table {
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::UTF8_FULL_CONDENSED).set_header(header);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(comfy_table::CellAlignment::Right);
    }
    table
}
