//! Measures what becomes of spans, and of memory, when a program records more than can be exported:
//!
//! - *threads*: many threads record at once, as fast as they can, in front of an exporter that only counts;
//! - *slow exporter*: bursts over half a minute, in front of an exporter that sleeps.
//!
//! Each runs in a separate process, whose memory is limited, and which is killed when it takes too long.

use std::borrow::Cow;
use std::error::Error;
use std::process::ExitCode;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::resource::{Resource, setrlimit};
use serde::{Deserialize, Serialize};
use trace_benches::candidate::Candidate;
use trace_benches::child;
use trace_benches::operation::Operation;
use trace_benches::ours::Ours;
use trace_benches::report::machine;
use trace_benches::report::table::{Style, nanoseconds, table};
use trace_benches::usage::{memory, processor_time};
use trace_runtime::Telemetry;
use trace_runtime::export::{ExportError, Exporter, FinishedSpan, NullExporter};

const HELP: &str = "\
Memory, losses and delivery when a program records more than can be exported.

Usage: overload [OPTIONS]

  --threads N    threads that record at once (default 200)
  --spans N      spans of each (default 100000)
  --bursts SECS  seconds of bursts in front of a slow exporter (default 30)
  --burst N      spans of a burst, ten of which begin each second (default 20000)
  --pause MS     milliseconds that the slow exporter takes for a batch (default 50)
  --limit GIB    address space of each process (default 4)
  --json         print JSON instead of a table
  --quick        four threads, 1000 spans, half a second: does it run at all?
";

/// How long the rest may take to be delivered, and the process to end beyond its load.
const PATIENCE: Duration = Duration::from_secs(60);

const BURSTS_PER_SECOND: u32 = 10;

struct Options {
    threads: usize,
    spans: u32,
    bursts: f64,
    burst: u32,
    pause: u64,
    limit: f64,
    json: bool,
    /// Run this scenario in this process: what the program asks of itself.
    scenario: Option<Scenario>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scenario {
    Threads,
    SlowExporter,
}

impl Scenario {
    const ALL: [Self; 2] = [Self::Threads, Self::SlowExporter];

    fn name(self) -> &'static str {
        match self {
            Self::Threads => "threads",
            Self::SlowExporter => "slow-exporter",
        }
    }
}

/// What became of the spans.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Outcome {
    spans: u64,
    exported: u64,
    lost: Vec<(String, u64)>,
    /// Until the last thread had recorded.
    recorded_seconds: f64,
    /// Until the last span had been delivered, or counted as lost.
    delivered_seconds: f64,
    processor_ns_per_span: f64,
    peak_kib: u64,
}

/// The outcome, or why there is none.
type Ended = Result<Outcome, Box<dyn Error>>;

impl Options {
    fn parse() -> Result<Option<Self>, lexopt::Error> {
        use lexopt::prelude::*;

        let mut options = Self {
            threads: 200,
            spans: 100_000,
            bursts: 30.0,
            burst: 20_000,
            pause: 50,
            limit: 4.0,
            json: false,
            scenario: None,
        };
        let mut parser = lexopt::Parser::from_env();
        while let Some(argument) = parser.next()? {
            match argument {
                Long("threads") => options.threads = parser.value()?.parse()?,
                Long("spans") => options.spans = parser.value()?.parse()?,
                Long("bursts") => options.bursts = parser.value()?.parse()?,
                Long("burst") => options.burst = parser.value()?.parse()?,
                Long("pause") => options.pause = parser.value()?.parse()?,
                Long("limit") => options.limit = parser.value()?.parse()?,
                Long("json") => options.json = true,
                Long("quick") => {
                    (options.threads, options.spans) = (4, 1_000);
                    (options.bursts, options.burst) = (0.5, 1_000);
                }
                Long("scenario") => {
                    let name = parser.value()?.string()?;
                    options.scenario = Scenario::ALL.into_iter().find(|it| it.name() == name);
                }
                Short('h') | Long("help") => return Ok(None),
                other => return Err(other.unexpected()),
            }
        }
        Ok(Some(options))
    }

    fn arguments(&self) -> impl Iterator<Item = String> {
        let pairs = [
            ("--threads", self.threads.to_string()),
            ("--spans", self.spans.to_string()),
            ("--bursts", self.bursts.to_string()),
            ("--burst", self.burst.to_string()),
            ("--pause", self.pause.to_string()),
            ("--limit", self.limit.to_string()),
        ];
        pairs.into_iter().flat_map(|(name, value)| [name.to_owned(), value])
    }

    fn title(&self, scenario: Scenario) -> String {
        match scenario {
            Scenario::Threads => format!("{} threads × {} spans at once", self.threads, self.spans),
            Scenario::SlowExporter => format!(
                "{:.1} s of {} × {} spans/s, {} ms a batch",
                self.bursts, BURSTS_PER_SECOND, self.burst, self.pause
            ),
        }
    }
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let Some(options) = Options::parse()? else {
        print!("{HELP}");
        return Ok(ExitCode::SUCCESS);
    };
    if let Some(scenario) = options.scenario {
        let bytes = (options.limit * f64::from(1 << 30)) as u64;
        setrlimit(Resource::RLIMIT_AS, bytes, bytes)?;
        let outcome = match scenario {
            Scenario::Threads => threads(&options)?,
            Scenario::SlowExporter => slow_exporter(&options)?,
        };
        println!("{}", serde_json::to_string(&outcome)?);
        return Ok(ExitCode::SUCCESS);
    }
    let outcomes = Scenario::ALL.map(|scenario| (options.title(scenario), run(scenario, &options)));
    if options.json {
        let outcomes = outcomes.map(|(title, outcome)| (title, outcome.ok()));
        println!("{}", serde_json::to_string_pretty(&outcomes)?);
        return Ok(ExitCode::SUCCESS);
    }
    let failed = outcomes.iter().any(|(_, outcome)| outcome.is_err());
    print(outcomes);
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Runs a scenario in a separate process.
fn run(scenario: Scenario, options: &Options) -> Ended {
    let mut arguments = vec!["--scenario".to_owned(), scenario.name().to_owned()];
    arguments.extend(options.arguments());
    child::run_within(&arguments, 2 * PATIENCE + Duration::from_secs_f64(options.bursts))
}

fn install(exporter: impl Exporter) -> Result<Telemetry, Box<dyn Error>> {
    let builder = Telemetry::builder().without_env().without_metrics().without_startup_line();
    Ok(builder.with_exporter(exporter).install()?)
}

fn record(spans: u32) -> u64 {
    Ours.burst(Operation::ChildAttributes, spans).map_or(0, |burst| burst.records)
}

fn threads(options: &Options) -> Result<Outcome, Box<dyn Error>> {
    let telemetry = install(NullExporter::new())?;
    let before = processor_time();
    let barrier = Barrier::new(options.threads + 1);
    let (begin, spans) = thread::scope(|scope| {
        let threads: Vec<_> = (0..options.threads)
            .map(|_| {
                scope.spawn(|| {
                    barrier.wait();
                    record(options.spans)
                })
            })
            .collect();
        barrier.wait();
        let begin = Instant::now();
        let recorded = threads.into_iter().map(|thread| thread.join().unwrap_or(0));
        (begin, recorded.sum::<u64>())
    });
    Ok(outcome(&telemetry, begin, before, spans))
}

/// Takes its time for each batch, as a receiver does that is far away.
struct Slow(Duration);

impl Exporter for Slow {
    fn name(&self) -> Cow<'static, str> {
        "slow".into()
    }

    fn export(&mut self, _: &[FinishedSpan<'_>]) -> Result<(), ExportError> {
        thread::sleep(self.0);
        Ok(())
    }
}

fn slow_exporter(options: &Options) -> Result<Outcome, Box<dyn Error>> {
    let telemetry = install(Slow(Duration::from_millis(options.pause)))?;
    let before = processor_time();
    let begin = Instant::now();
    let bursts = (options.bursts * f64::from(BURSTS_PER_SECOND)) as u32;
    let mut spans = 0;
    for number in 1..=bursts {
        spans += record(options.burst);
        let next = begin + Duration::from_secs(1) * number / BURSTS_PER_SECOND;
        thread::sleep(next.saturating_duration_since(Instant::now()));
    }
    Ok(outcome(&telemetry, begin, before, spans))
}

/// Waits until everything is delivered, and counts.
fn outcome(telemetry: &Telemetry, begin: Instant, before: Duration, spans: u64) -> Outcome {
    let recorded_seconds = begin.elapsed().as_secs_f64();
    let report = telemetry.shutdown(PATIENCE);
    let delivered_seconds = begin.elapsed().as_secs_f64();
    let used = processor_time() - before;
    let drops = report.exporters.iter().flat_map(|exporter| &exporter.dropped);
    let lost = report.dropped.iter().chain(drops);
    Outcome {
        spans,
        exported: report.exporters.iter().map(|exporter| exporter.exported).sum(),
        lost: lost.map(|(reason, count)| (reason.to_string(), *count)).collect(),
        recorded_seconds,
        delivered_seconds,
        processor_ns_per_span: used.as_secs_f64() * 1e9 / spans as f64,
        peak_kib: memory().peak_kib,
    }
}

fn print(outcomes: impl IntoIterator<Item = (String, Ended)>) {
    let header = [
        "trace-runtime",
        "lost",
        "spans",
        "exported",
        "s to record",
        "s to deliver",
        "CPU ns/span",
        "peak MiB",
    ];
    let mut table = table(Style::Terminal, &header, 2);
    for (title, outcome) in outcomes {
        let outcome = match outcome {
            Ok(outcome) => outcome,
            Err(error) => {
                table.add_row([title, format!("failed: {error}")]);
                continue;
            }
        };
        let lost = outcome.lost.iter().filter(|(_, count)| *count > 0);
        let lost: Vec<_> = lost.map(|(reason, count)| format!("{reason} {count}")).collect();
        table.add_row([
            title,
            if lost.is_empty() { "nothing".to_owned() } else { lost.join("\n") },
            outcome.spans.to_string(),
            outcome.exported.to_string(),
            format!("{:.2}", outcome.recorded_seconds),
            format!("{:.2}", outcome.delivered_seconds),
            nanoseconds(outcome.processor_ns_per_span),
            format!("{:.1}", outcome.peak_kib as f64 / 1024.0),
        ]);
    }
    println!("{}\n{table}", machine());
}
