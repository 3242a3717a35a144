//! The shop from end to end, with parts that are not ours: its telemetry goes by OTLP through a Collector of others
//! to a decoder of others, Prometheus scrapes its metrics, and all of it is held against the load generator's own
//! record of what it sent.
//!
//! | file | what it holds |
//! |---|---|
//! | `install.rs` | the parts, unpacked into the target folder |
//! | `shop.rs` | the shop and its warehouse: started, asked, ended |
//! | `rest.rs` | when it has come to rest |
//! | `load.rs` | the load generator and its record |
//! | `receiver.rs`, `receiver.py` | a receiver of OTLP that keeps requests as they came |
//! | `rotel.rs` | the Collector before it |
//! | `decoded.rs`, `decode.py` | what was received, decoded by OpenTelemetry's own Python classes |
//! | `page.rs` | a page of metrics |
//! | `pass.rs` | one run of all of them |
//! | `checks/` | the questions, and which answers are right |

mod checks;
mod decoded;
mod install;
pub(crate) mod load;
mod page;
mod pass;
pub(crate) mod receiver;
mod rest;
mod rotel;
pub(crate) mod shop;

pub(crate) use self::install::python;

use self::install::Parts;
use self::pass::{Pass, Way};
use crate::support::report::Report;
use crate::{Outcome, cargo, deploy, root, succeed, target};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Requests each second, in all passes.
const RATE: u32 = 200;

/// Where everything goes that a run leaves behind.
pub(crate) fn folder() -> PathBuf {
    target("e2e")
}

struct Options {
    rate: u32,
    seconds: u64,
    /// Takes the programs as they are in the target folder.
    is_built: bool,
}

pub(crate) fn run(arguments: Vec<OsString>) -> Outcome {
    let options = options(arguments)?;
    let begin = Instant::now();
    let parts = match install::parts()? {
        Ok(parts) => parts,
        Err(missing) => {
            println!("skipped: {missing}");
            return Ok(());
        }
    };
    if !options.is_built {
        build()?;
    }
    let mut report = Report::default();
    let done = passes(&options, &parts, &mut report);
    println!("{} s for all", begin.elapsed().as_secs());
    // What was checked before something broke is shown all the same.
    let checked = report.finish(["checked", "expected", "found", ""]);
    done.and(checked)
}

fn passes(options: &Options, parts: &Parts, report: &mut Report) -> Outcome {
    if let Some(missing) = deploy::check(report)? {
        return Err(missing.into());
    }
    let time = Duration::from_secs(options.seconds);
    let run = |name, way, time| Pass { name, way, time, rate: options.rate }.run(parts);
    let http = run("http", Way::Collector("http/protobuf"), time)?;
    checks::telemetry(&http, report)?;
    checks::metrics(&http, report)?;
    let outage = run("outage", Way::Outage, time)?;
    checks::outage(&http, &outage, report)?;
    let grpc = run("grpc", Way::Collector("grpc"), time / 2)?;
    checks::telemetry(&grpc, report)
}

fn options(arguments: Vec<OsString>) -> Outcome<Options> {
    use lexopt::prelude::*;

    let mut options = Options { rate: RATE, seconds: 12, is_built: false };
    let mut parser = lexopt::Parser::from_args(arguments);
    while let Some(argument) = parser.next()? {
        match argument {
            Long("rate") => options.rate = parser.value()?.parse::<u32>()?.max(10),
            Long("seconds") => options.seconds = parser.value()?.parse::<u64>()?.max(8),
            Long("no-build") => options.is_built = true,
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(options)
}

/// Builds the shop and its load generator.
pub(crate) fn build() -> Outcome {
    let build = ["build", "--release", "--locked", "--package", "shop", "--bins"];
    succeed(cargo().current_dir(root()).args(build))
}
