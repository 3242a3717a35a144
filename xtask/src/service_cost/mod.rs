//! Measures what telemetry costs a service as a whole: the shop, or the tool server, with everything on (each request sampled, traces, metrics
//! and logs by OTLP) beside the same with `OTEL_SDK_DISABLED=true`, in pairs whose order alternates.
//!
//! All share the machine: the load generator, both services, and this program, which receives.
//! The processor time of each of them is reported.
//!
//! | file | what it holds |
//! |---|---|
//! | `run.rs` | one shop, with telemetry or without, through warm-up, a fixed rate, and saturation |
//! | `tool_server.rs` | the tool server, under the load of its customers |
//! | `pairs.rs` | many runs, and what is typical |
//! | `sink.rs` | a receiver that drops what it gets |
//! | `long.rs` | a minute of saturation, whose traces are counted |

mod long;
mod pairs;
mod run;
mod sink;
mod tool_server;

use self::run::Phases;
pub(crate) use self::sink::Sink;
use crate::e2e;
use crate::{Outcome, markers, target};
use std::ffi::OsString;
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

const README: &str = "examples/shop/README.md";
const README_OF_TOOL_SERVER: &str = "examples/tool-server/README.md";
const MARKER: &str = "service-cost";

struct Options {
    /// The tool server instead of the shop.
    is_tool_server: bool,
    pairs: usize,
    seconds: u64,
    /// Requests each second; by default a part of what the shop can do.
    rate: Option<u32>,
    long: u64,
    is_written: bool,
    is_built: bool,
}

/// Where everything goes that a run leaves behind.
fn folder() -> PathBuf {
    target("service-cost")
}

pub(crate) fn run(arguments: Vec<OsString>) -> Outcome {
    let options = options(arguments)?;
    if options.is_tool_server {
        return run_tool_server(&options);
    }
    if options.is_written {
        markers::check(README, MARKER)?;
    }
    let python = if options.long > 0 {
        match e2e::python()? {
            Ok(python) => Some(python),
            Err(missing) => {
                println!(
                    "skipped: the receiver of the long run is Python with packages from PyPI, and {missing}; \
                     `--long 0` does without"
                );
                return Ok(());
            }
        }
    } else {
        None
    };
    if !options.is_built {
        e2e::build()?;
    }
    fs::create_dir_all(folder())?;
    let sink = Sink::start()?;
    let rate = match options.rate {
        Some(rate) => rate,
        None => run::sustainable(&sink)? * 2 / 5,
    };
    let phases = Phases { rate, time: Duration::from_secs(options.seconds) };
    let mut page = run::measure(options.pairs, &phases, &sink)?;
    // The long run may fail; what is measured is shown all the same.
    println!("{page}");
    if let Some(python) = python {
        let long = long::measure(&python, Duration::from_secs(options.long))?;
        println!("{long}");
        write!(page, "\n{long}")?;
    }
    if options.is_written {
        markers::write(README, MARKER, &page)?;
    }
    Ok(())
}

fn run_tool_server(options: &Options) -> Outcome {
    if options.is_written {
        markers::check(README_OF_TOOL_SERVER, MARKER)?;
    }
    if !options.is_built {
        tool_server::build()?;
    }
    fs::create_dir_all(folder())?;
    let program = e2e::programs().join("tool-server");
    let time = Duration::from_secs(options.seconds);
    let page = tool_server::measure(&program, &folder(), options.pairs, time)?;
    println!("{page}");
    match options.is_written {
        true => markers::write(README_OF_TOOL_SERVER, MARKER, &page),
        false => Ok(()),
    }
}

fn options(arguments: Vec<OsString>) -> Outcome<Options> {
    use lexopt::prelude::*;

    let mut options = Options {
        is_tool_server: false,
        pairs: 9,
        seconds: 8,
        rate: None,
        long: 60,
        is_written: true,
        is_built: false,
    };
    let mut parser = lexopt::Parser::from_args(arguments);
    while let Some(argument) = parser.next()? {
        match argument {
            Value(service) if service == "tool-server" => options.is_tool_server = true,
            Long("pairs") => options.pairs = parser.value()?.parse::<usize>()?.max(1),
            Long("seconds") => options.seconds = parser.value()?.parse::<u64>()?.max(1),
            Long("rate") => options.rate = Some(parser.value()?.parse::<u32>()?.max(1)),
            Long("long") => options.long = parser.value()?.parse()?,
            Long("dry-run") => options.is_written = false,
            Long("no-build") => options.is_built = true,
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(options)
}
