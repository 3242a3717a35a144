//! Measures what exporting costs a process: processor time per span over OTLP/HTTP to a sink on loopback,
//! processor time while idle, and memory; this workspace against the SDK's batch processor. Ours
//! comes with its own exporter, the default, and with the stock exporter that the SDK has, for which both
//! use the same HTTP library.
//!
//! Three loads: many small spans with three attributes, fewer that resemble those of a server, and whole traces,
//! all of which are exported, or one in a hundred.
//!
//! Every measurement runs in a separate process, as does the sink, whose time is not counted. Rounds
//! interleave the candidates.

use std::error::Error;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use trace_benches::candidate::Candidate;
use trace_benches::child;
use trace_benches::export::client;
use trace_benches::export::count::CountingExporter;
use trace_benches::export::sink::{self, SinkProcess, Totals};
use trace_benches::floor::Plain;
use trace_benches::operation::Operation;
use trace_benches::ours::{self, Ours, OursStock, OursTail};
use trace_benches::peers::otel_sdk::{self, OtelSdk, OtelSdkLocated};
use trace_benches::report::table::{Style, nanoseconds, table};
use trace_benches::round::quartiles;
use trace_benches::sustained::{Pace, Sustained, load};
use trace_benches::usage::{Memory, memory, processor_time};

const HELP: &str = "\
Processor time and memory of exporting over OTLP/HTTP, against the SDK's batch processor.

Usage: export_cpu [OPTIONS]

  --rounds N     processes per candidate (default 5)
  --seconds S    seconds of load in each (default 3)
  --rate N       spans per second with three attributes (default 100000)
  --rich-rate N  spans per second with twelve attributes and an event (default 10000)
  --idle S       idle seconds in each, after a second of silence (default 2)
  --json         print JSON instead of a table
  --quick        one round, half a second each: does it run at all?
  --strict       fail when the figure is missed
";

/// The share of the SDK's processor time that is asked for.
const ASKED: f64 = 0.7;

/// The share of the processor time for exporting all traces that is asked for where few are kept.
const ASKED_OF_TAIL: f64 = 0.4;

/// Idle means idle: not the last of what the warm-up has left behind.
const SILENCE: Duration = Duration::from_secs(1);

/// The tick is long: the producer's own wake-ups are processor time as well.
const TICK: Duration = Duration::from_millis(5);

struct Options {
    rounds: usize,
    seconds: f64,
    rate: f64,
    rich_rate: f64,
    idle: f64,
    json: bool,
    strict: bool,
    role: Role,
}

enum Role {
    Measure,
    Sink,
    Worker { candidate: String, endpoint: String, load: String },
}

/// The spans of a load.
#[derive(Debug, Clone, Copy)]
struct Kind {
    operation: Operation,
    rate: f64,
}

impl Options {
    fn parse() -> Result<Option<Self>, lexopt::Error> {
        use lexopt::prelude::*;

        let mut options = Self {
            rounds: 5,
            seconds: 3.0,
            rate: 100_000.0,
            rich_rate: 10_000.0,
            idle: 2.0,
            json: false,
            strict: false,
            role: Role::Measure,
        };
        let mut parser = lexopt::Parser::from_env();
        while let Some(argument) = parser.next()? {
            match argument {
                Long("rounds") => options.rounds = parser.value()?.parse()?,
                Long("seconds") => options.seconds = parser.value()?.parse()?,
                Long("rate") => options.rate = parser.value()?.parse()?,
                Long("rich-rate") => options.rich_rate = parser.value()?.parse()?,
                Long("idle") => options.idle = parser.value()?.parse()?,
                Long("json") => options.json = true,
                Long("quick") => {
                    (options.rounds, options.seconds, options.idle) = (1, 0.5, 0.5);
                }
                Long("strict") => options.strict = true,
                Long("sink") => options.role = Role::Sink,
                Long("worker") => {
                    let candidate = parser.value()?.string()?;
                    let endpoint = parser.value()?.string()?;
                    let load = parser.value()?.string()?;
                    options.role = Role::Worker { candidate, endpoint, load };
                }
                Short('h') | Long("help") => return Ok(None),
                other => return Err(other.unexpected()),
            }
        }
        Ok(Some(options))
    }

    fn kinds(&self) -> [Kind; 3] {
        [
            Kind { operation: Operation::ChildAttributes, rate: self.rate },
            Kind { operation: Operation::ChildRich, rate: self.rich_rate },
            Kind { operation: Operation::Trace, rate: self.rate },
        ]
    }
}

impl Kind {
    /// The candidates for this load: the same calls without instrumentation, for scale, and those that
    /// export.
    fn candidates(self) -> &'static [&'static dyn Candidate] {
        match self.operation {
            Operation::Trace => &[&Plain, &Ours, &OursTail],
            // The SDK comes twice, because this workspace's spans carry their source location by
            // themselves.
            _ => &[&Plain, &Ours, &OursStock, &OtelSdk, &OtelSdkLocated],
        }
    }
}

/// What one process reports.
#[derive(Debug, Serialize, Deserialize)]
struct Run {
    load: Sustained,
    idle_us_per_second: f64,
    installed: Memory,
    loaded: Memory,
}

/// What all processes of a candidate report together.
#[derive(Debug, Serialize)]
struct Summary {
    load: String,
    candidate: &'static str,
    processor_ns_per_span: f64,
    spread_ns: f64,
    spans: u64,
    lost: u64,
    requests: u64,
    bytes_per_span: f64,
    idle_us_per_second: f64,
    installed_kib: f64,
    loaded_kib: f64,
    peak_kib: f64,
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let Some(options) = Options::parse()? else {
        print!("{HELP}");
        return Ok(ExitCode::SUCCESS);
    };
    match &options.role {
        Role::Measure => measure(&options),
        Role::Sink => {
            sink::serve()?;
            Ok(ExitCode::SUCCESS)
        }
        Role::Worker { candidate, endpoint, load } => {
            let run = work(candidate, endpoint, load, &options)?;
            println!("{}", serde_json::to_string(&run)?);
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn work(
    candidate: &str,
    endpoint: &str,
    kind: &str,
    options: &Options,
) -> Result<Run, Box<dyn Error>> {
    let Some(kind) = options.kinds().into_iter().find(|known| known.operation.title() == kind)
    else {
        return Err(format!("no load is named `{kind}`").into());
    };
    let known = kind.candidates().iter().copied();
    let Some(candidate) = known.into_iter().find(|known| known.name() == candidate) else {
        return Err(format!("no candidate is named `{candidate}`").into());
    };
    if candidate.name() == Ours.name() {
        ours::install_otlp(endpoint);
    } else if candidate.name() == OursTail.name() {
        OursTail::install_otlp(endpoint);
    } else if candidate.name() == OursStock.name() {
        ours::install(CountingExporter(client::otlp(endpoint)?, &ours::RECEIVED));
    } else if candidate.name() != Plain.name() {
        let exporter = CountingExporter(client::otlp(endpoint)?, &otel_sdk::RECEIVED);
        otel_sdk::install_with_defaults(exporter);
    }
    let pace =
        |seconds| Pace { operation: kind.operation, per_second: kind.rate, seconds, tick: TICK };
    // Connections, thread stacks and buffers are there before anything is measured.
    load(candidate, pace(0.1));
    let installed = memory();
    thread::sleep(SILENCE);
    let idle_before = processor_time();
    thread::sleep(Duration::from_secs_f64(options.idle));
    let idle = processor_time() - idle_before;
    let Some(load) = load(candidate, pace(options.seconds)) else {
        return Err(format!("{} records nothing", candidate.name()).into());
    };
    Ok(Run {
        load,
        idle_us_per_second: idle.as_secs_f64() * 1e6 / options.idle,
        installed,
        loaded: memory(),
    })
}

fn measure(options: &Options) -> Result<ExitCode, Box<dyn Error>> {
    let sink = SinkProcess::start("--sink")?;
    let mut summaries = Vec::new();
    let mut met = true;
    let mut verdicts = String::new();
    for kind in options.kinds() {
        let of_kind = measure_kind(&sink, kind, options)?;
        let share = |one: &Summary, other: &Summary| {
            one.processor_ns_per_span / other.processor_ns_per_span
        };
        if let [plain, all, tail] = &of_kind[..] {
            let behind = |one: &Summary| one.processor_ns_per_span - plain.processor_ns_per_span;
            verdicts += &format!(
                "{}: with 1 % of traces kept {:.2} × the processor time of exporting all, without that of plain \
                 calls {:.2} ×, asked ≤ {ASKED_OF_TAIL}; {} lost\n",
                all.load,
                share(tail, all),
                behind(tail) / behind(all),
                tail.lost,
            );
            summaries.extend(of_kind);
            continue;
        }
        let [_, own, stock, bare, located] = &of_kind[..] else {
            return Err("a candidate is missing".into());
        };
        // What is asked for is asked for spans with three attributes.
        let asked = match kind.operation {
            Operation::ChildAttributes => {
                met = share(own, bare) <= ASKED && own.lost == 0;
                format!(", asked ≤ {ASKED}: {}", if met { "PASS" } else { "MISS" })
            }
            _ => String::new(),
        };
        verdicts += &format!(
            "{}: {:.2} × the SDK's processor time, {} lost{asked}; with the source location on the SDK's spans \
             as well {:.2} ×; behind the SDK's stock exporter {:.2} ×\n",
            own.load,
            share(own, bare),
            own.lost,
            share(own, located),
            share(stock, bare),
        );
        summaries.extend(of_kind);
    }
    if options.json {
        println!("{}", serde_json::to_string_pretty(&summaries)?);
    } else {
        print(&summaries);
        print!("{verdicts}");
    }
    Ok(if options.strict && !met { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Runs all rounds of a load, and returns what each candidate's processes report.
fn measure_kind(
    sink: &SinkProcess,
    kind: Kind,
    options: &Options,
) -> Result<Vec<Summary>, Box<dyn Error>> {
    let candidates = kind.candidates();
    let mut runs: Vec<Vec<(Run, Totals)>> = candidates.iter().map(|_| Vec::new()).collect();
    for _ in 0..options.rounds {
        for (candidate, runs) in candidates.iter().zip(&mut runs) {
            let before = sink.totals()?;
            let worker = ["--worker", candidate.name(), &sink.traces(), kind.operation.title()];
            let settings = [
                ("--seconds", options.seconds.to_string()),
                ("--rate", options.rate.to_string()),
                ("--rich-rate", options.rich_rate.to_string()),
                ("--idle", options.idle.to_string()),
            ];
            let mut arguments = worker.map(str::to_owned).to_vec();
            arguments.extend(settings.into_iter().flat_map(|(name, it)| [name.to_owned(), it]));
            let run = child::run(&arguments)
                .map_err(|error| format!("a process of {} failed: {error}", candidate.name()))?;
            runs.push((run, sink.totals()?.since(&before)));
        }
    }
    Ok(candidates
        .iter()
        .zip(&runs)
        .map(|(candidate, runs)| summarize(kind, candidate.name(), runs))
        .collect())
}

fn summarize(kind: Kind, candidate: &'static str, runs: &[(Run, Totals)]) -> Summary {
    let median = |of: &dyn Fn(&Run) -> f64| {
        quartiles(&runs.iter().map(|(run, _)| of(run)).collect::<Vec<_>>())
    };
    let (processor_ns_per_span, spread_ns) = median(&|run| run.load.processor_ns_per_span);
    let total = |of: &dyn Fn(&(Run, Totals)) -> u64| runs.iter().map(of).sum::<u64>();
    let sent = total(&|(_, sent)| sent.traces.items);
    Summary {
        load: format!("{}, {:.0}/s", kind.operation.title(), kind.rate),
        candidate,
        processor_ns_per_span,
        spread_ns,
        spans: total(&|(run, _)| run.load.spans),
        lost: total(&|(run, _)| run.load.lost),
        requests: total(&|(_, sent)| sent.traces.requests),
        bytes_per_span: total(&|(_, sent)| sent.traces.bytes) as f64 / sent.max(1) as f64,
        idle_us_per_second: median(&|run| run.idle_us_per_second).0,
        installed_kib: median(&|run| run.installed.resident_kib as f64).0,
        loaded_kib: median(&|run| run.loaded.resident_kib as f64).0,
        peak_kib: median(&|run| run.loaded.peak_kib as f64).0,
    }
}

fn print(summaries: &[Summary]) {
    let header = [
        "OTLP/HTTP",
        "",
        "CPU ns/span",
        "±",
        "spans",
        "lost",
        "requests",
        "bytes/span",
        "idle CPU µs/s",
        "MiB after start",
        "MiB after load",
        "MiB at peak",
    ];
    let mut table = table(Style::Terminal, &header, 2);
    let mib = |kib: f64| format!("{:.1}", kib / 1024.0);
    for summary in summaries {
        table.add_row([
            summary.load.clone(),
            summary.candidate.to_owned(),
            nanoseconds(summary.processor_ns_per_span),
            nanoseconds(summary.spread_ns),
            summary.spans.to_string(),
            summary.lost.to_string(),
            summary.requests.to_string(),
            format!("{:.0}", summary.bytes_per_span),
            format!("{:.0}", summary.idle_us_per_second),
            mib(summary.installed_kib),
            mib(summary.loaded_kib),
            mib(summary.peak_kib),
        ]);
    }
    println!("{table}");
}
