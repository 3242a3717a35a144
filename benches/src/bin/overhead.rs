//! Measures what spans, metrics and log lines cost, beside the floor and the peers, in under a minute.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::thread::available_parallelism;
use std::time::Duration;

use trace_benches::candidate::{BURST, Candidate, Load};
use trace_benches::candidates::{self, CANDIDATES};
use trace_benches::child;
use trace_benches::operation::{Operation, Signal};
use trace_benches::ours::{Ours, OursNull};
use trace_benches::report::table::{Style, matrix, render, sustained};
use trace_benches::report::{Report, chart, claims, machine};
use trace_benches::round::{Case, Figure, Rounds};
use trace_benches::sustained::{Pace, Sustained, run};

const HELP: &str = "\
What spans and metrics cost, beside the floor and the peers.

Usage: overhead [OPTIONS]

  --only NAMES       candidates, separated by commas
  --rounds N         rounds of bursts (default 200)
  --sustained SECS   seconds of steady load for trace-runtime (default 10; the peers get a third)
  --rate N           spans per second of that load (default 500000)
  --json             print JSON instead of tables
  --markdown         print the performance guide's tables alone
  --svg FILE         write a bar chart as well
  --quick            three rounds, half a second of load: does it run at all?
  --strict           fail when a figure is missed
";

struct Options {
    only: Vec<&'static dyn Candidate>,
    rounds: usize,
    sustained: f64,
    rate: f64,
    format: Format,
    svg: Option<PathBuf>,
    strict: bool,
    /// What the program asks of itself, once per candidate.
    task: Option<Task>,
}

/// What this process does for another.
enum Task {
    /// Loads the candidate and prints what became of it.
    Load(&'static dyn Candidate),
    /// Measures the candidate alone and prints its figures.
    Bursts(&'static dyn Candidate),
}

enum Format {
    Tables,
    Json,
    Markdown,
}

impl Options {
    fn pace(&self) -> Pace {
        Pace {
            operation: Operation::ChildAttributes,
            per_second: self.rate,
            seconds: self.sustained,
            tick: Duration::from_micros(500),
        }
    }

    fn parse() -> Result<Option<Self>, lexopt::Error> {
        use lexopt::prelude::*;

        let mut options = Self {
            // The lean one is the stronger peer.
            only: CANDIDATES
                .into_iter()
                .filter(|candidate| candidate.name() != "tracing-otel (defaults)")
                .collect(),
            rounds: 200,
            sustained: 10.0,
            rate: 500_000.0,
            format: Format::Tables,
            svg: None,
            strict: false,
            task: None,
        };
        let mut parser = lexopt::Parser::from_env();
        while let Some(argument) = parser.next()? {
            match argument {
                Long("only") => {
                    let names = parser.value()?.string()?;
                    options.only =
                        names.split(',').map(candidate_named).collect::<Result<_, _>>()?;
                }
                Long("rounds") => options.rounds = parser.value()?.parse()?,
                Long("sustained") => options.sustained = parser.value()?.parse()?,
                Long("rate") => options.rate = parser.value()?.parse()?,
                Long("json") => options.format = Format::Json,
                Long("markdown") => options.format = Format::Markdown,
                Long("svg") => options.svg = Some(parser.value()?.into()),
                Long("quick") => {
                    options.rounds = 3;
                    options.sustained = 0.5;
                }
                Long("strict") => options.strict = true,
                Long("load") => {
                    let candidate = candidate_named(&parser.value()?.string()?)?;
                    options.task = Some(Task::Load(candidate));
                }
                Long("bursts") => {
                    let candidate = candidate_named(&parser.value()?.string()?)?;
                    options.task = Some(Task::Bursts(candidate));
                }
                Short('h') | Long("help") => return Ok(None),
                other => return Err(other.unexpected()),
            }
        }
        Ok(Some(options))
    }
}

fn candidate_named(name: &str) -> Result<&'static dyn Candidate, String> {
    candidates::named(name).ok_or_else(|| {
        let names = CANDIDATES.map(Candidate::name).join(", ");
        format!("no candidate is named `{name}`; there are {names}")
    })
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let Some(options) = Options::parse()? else {
        print!("{HELP}");
        return Ok(ExitCode::SUCCESS);
    };
    match options.task {
        Some(Task::Load(candidate)) => {
            let outcome = run(candidate, options.pace());
            println!("{}", serde_json::to_string(&outcome)?);
            return Ok(ExitCode::SUCCESS);
        }
        Some(Task::Bursts(candidate)) => {
            let figures = bursts(&[candidate], options.rounds).figures();
            println!("{}", serde_json::to_string(&figures)?);
            return Ok(ExitCode::SUCCESS);
        }
        None => {}
    }

    let report = measure(&options)?;
    match options.format {
        Format::Tables => println!("{}", render(&report, Style::Terminal)),
        Format::Json => println!("{}", serde_json::to_string_pretty(&report)?),
        Format::Markdown => println!("{}", markdown(&report)),
    }
    if let Some(path) = &options.svg {
        std::fs::write(path, chart::draw(&report))?;
    }
    let missed = report.claims.iter().any(|claim| !claim.met);
    Ok(if options.strict && missed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn measure(options: &Options) -> Result<Report, Box<dyn Error>> {
    let mut loads = Vec::new();
    for candidate in &options.only {
        loads.extend(load(*candidate, options)?);
        if candidate.name() == Ours.name() {
            loads.extend(load(&OursNull, options)?);
        }
    }

    let (alone, together): (Vec<_>, Vec<_>) =
        options.only.iter().copied().partition(|candidate| candidate.is_alone());
    let rounds = bursts(&together, options.rounds);
    let mut figures = rounds.figures();
    for candidate in alone {
        figures.extend(bursts_alone(candidate, options.rounds)?);
    }
    let cases = CASES.into_iter().flat_map(|operations| operations.iter());
    let order: Vec<String> = cases
        .flat_map(|it| [1, 2, threads()].map(|threads| Case { operation: *it, threads }.title()))
        .collect();
    figures.sort_by_key(|figure| order.iter().position(|title| *title == figure.case));
    let (floor_ns, floor_spread_ns) = rounds.floor();
    Ok(Report {
        machine: machine(),
        floor_ns,
        floor_spread_ns,
        plain_ns: rounds.plain(),
        claims: claims::claims(&figures, &loads),
        figures,
        sustained: loads,
    })
}

/// The operations, in the order of the tables.
const CASES: [&[Operation]; 3] = [&Operation::SPANS, &Operation::METRICS, &Operation::LOGS];

/// As many as there are processors, of which some machines have too many for a burst.
fn threads() -> usize {
    available_parallelism().map_or(1, usize::from).min(8)
}

/// Runs all cases of these candidates in this process.
fn bursts<'a>(candidates: &[&'a dyn Candidate], count: usize) -> Rounds<'a> {
    let mut rounds = Rounds::new(candidates);
    let cases = |operations: &[Operation], threads| -> Vec<Case> {
        operations.iter().map(|operation| Case { operation: *operation, threads }).collect()
    };
    rounds.run(&cases(&[Operation::Off], 1), count);
    for candidate in candidates {
        candidate.install(Load::Burst);
    }
    let threads = threads();
    let mut recorded = cases(&Operation::SPANS[1..], 1);
    recorded.extend(cases(&Operation::METRICS, 1));
    recorded.extend(cases(&Operation::LOGS, 1));
    if threads > 1 {
        recorded.extend(cases(&[Operation::Child, Operation::ChildAttributes], threads));
        recorded.extend(cases(&[Operation::Metered], 2));
    }
    rounds.run(&recorded, count);
    rounds
}

/// Runs this program again for one candidate's bursts, because a process has one place for what it installs.
fn bursts_alone(candidate: &dyn Candidate, rounds: usize) -> Result<Vec<Figure>, Box<dyn Error>> {
    child::run(&["--bursts", candidate.name(), "--rounds", &rounds.to_string()])
        .map_err(|error| format!("the bursts of {} failed: {error}", candidate.name()).into())
}

/// Runs this program again for one candidate's steady load, so that the candidates share neither
/// buffers nor memory.
fn load(candidate: &dyn Candidate, options: &Options) -> Result<Option<Sustained>, Box<dyn Error>> {
    let own = [Ours.name(), OursNull.name()].contains(&candidate.name());
    let seconds = if own { options.sustained } else { options.sustained / 3.0 };
    if seconds <= 0.0 {
        return Ok(None);
    }
    let (seconds, rate) = (seconds.to_string(), options.rate.to_string());
    let pace = ["--sustained", &seconds, "--rate", &rate];
    child::run(&[&["--load", candidate.name()], &pace[..]].concat())
        .map_err(|error| format!("the load of {} failed: {error}", candidate.name()).into())
}

fn markdown(report: &Report) -> String {
    format!(
        "{}. The floor, two clock reads, is {:.1} ns. Medians of bursts of {} calls; in brackets \
         the multiple of the floor.\n\n{}\n\n{}\n\n{}\n\n{}",
        report.machine,
        report.floor_ns,
        BURST,
        matrix(&report.figures, Signal::Spans, Style::Markdown),
        matrix(&report.figures, Signal::Metrics, Style::Markdown),
        matrix(&report.figures, Signal::Logs, Style::Markdown),
        sustained(&report.sustained, Style::Markdown),
    )
}
