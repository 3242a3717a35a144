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
use std::path::{Path, PathBuf};
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
    /// The folder of the shop and its load generator; `None` builds them.
    programs: Option<PathBuf>,
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
    let programs = match &options.programs {
        Some(programs) => programs.canonicalize()?,
        None => build()?,
    };
    let mut report = Report::default();
    let done = passes(&options, &programs, &parts, &mut report);
    println!("{} s for all", begin.elapsed().as_secs());
    // What was checked before something broke is shown all the same.
    let checked = report.finish(["checked", "expected", "found", ""]);
    done.and(checked)
}

fn passes(options: &Options, programs: &Path, parts: &Parts, report: &mut Report) -> Outcome {
    if let Some(missing) = deploy::check(report)? {
        return Err(missing.into());
    }
    let time = Duration::from_secs(options.seconds);
    let run = |name, way, time| Pass { name, programs, way, time, rate: options.rate }.run(parts);
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

    let mut options = Options { rate: RATE, seconds: 12, programs: None };
    let mut parser = lexopt::Parser::from_args(arguments);
    while let Some(argument) = parser.next()? {
        match argument {
            Long("rate") => options.rate = parser.value()?.parse::<u32>()?.max(10),
            Long("seconds") => options.seconds = parser.value()?.parse::<u64>()?.max(8),
            Long("programs") => options.programs = Some(parser.value()?.into()),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(options)
}

/// Builds the shop and its load generator, optimized; returns their folder.
pub(crate) fn build() -> Outcome<PathBuf> {
    let build = ["build", "--release", "--locked", "--package", "shop", "--bins"];
    succeed(cargo().current_dir(root()).args(build))?;
    Ok(programs())
}

/// Returns the folder of the optimized programs.
pub(crate) fn programs() -> PathBuf {
    target("release")
}
