//! Measures what telemetry costs a service, beside its peers: latency, processor time, throughput, memory, losses
//! and bytes sent, for traces, logs and metrics together.
//!
//! The service, the receiver and this program, which sends the requests, are separate processes and share the
//! machine. Each variant is measured in a new process; the rounds interleave the variants.

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use trace_benches::export::sink::{self, SinkProcess};
use trace_benches::report::machine;
use trace_benches::report::table::Style;
use trace_benches::service::run::{Phases, rounds};
use trace_benches::service::variants::{self, VARIANTS, Variant};
use trace_benches::service::{Route, process, table};

const HELP: &str = "\
What telemetry costs a service, beside its peers.

Usage: service [OPTIONS]

  --only NAMES       variants, separated by commas, beside the one without telemetry
  --rounds N         processes per variant and route (default 5)
  --seconds S        seconds at the fixed rate, and as many at saturation (default 3)
  --rate N           requests per second of the fixed rate (default 1000)
  --connections N    connections (default 16)
  --json             print every run as JSON instead of tables
  --markdown         print the tables as Markdown
  --quick            one round, a fifth of a second each: does it run at all?
";

/// With which this program becomes the receiver.
const SINK: &str = "--sink";

struct Options {
    variants: Vec<&'static dyn Variant>,
    rounds: usize,
    phases: Phases,
    format: Format,
    role: Role,
}

enum Format {
    Terminal,
    Markdown,
    Json,
}

enum Role {
    Measure,
    Sink,
    Serve { variant: &'static dyn Variant, stub: String },
}

impl Options {
    fn parse() -> Result<Option<Self>, lexopt::Error> {
        use lexopt::prelude::*;

        let mut options = Self {
            variants: VARIANTS.to_vec(),
            rounds: 5,
            phases: Phases {
                rate: 1_000.0,
                time: Duration::from_secs(3),
                warm_up: Duration::from_secs(1),
                connections: 16,
            },
            format: Format::Terminal,
            role: Role::Measure,
        };
        let mut parser = lexopt::Parser::from_env();
        while let Some(argument) = parser.next()? {
            match argument {
                Long("only") => {
                    let names = parser.value()?.string()?;
                    let named: Vec<_> =
                        names.split(',').map(variant_named).collect::<Result<_, _>>()?;
                    options.variants.retain(|it| {
                        !it.is_instrumented() || named.iter().any(|name| name.name() == it.name())
                    });
                }
                Long("rounds") => options.rounds = parser.value()?.parse()?,
                Long("seconds") => {
                    options.phases.time = Duration::from_secs_f64(parser.value()?.parse()?);
                }
                Long("rate") => options.phases.rate = parser.value()?.parse()?,
                Long("connections") => options.phases.connections = parser.value()?.parse()?,
                Long("json") => options.format = Format::Json,
                Long("markdown") => options.format = Format::Markdown,
                Long("quick") => {
                    options.rounds = 1;
                    options.phases.rate = 100.0;
                    options.phases.time = Duration::from_millis(200);
                    options.phases.warm_up = Duration::from_millis(50);
                }
                Long("sink") => options.role = Role::Sink,
                Long("serve") => {
                    let variant = variant_named(&parser.value()?.string()?)?;
                    options.role = Role::Serve { variant, stub: parser.value()?.string()? };
                }
                Short('h') | Long("help") => return Ok(None),
                other => return Err(other.unexpected()),
            }
        }
        Ok(Some(options))
    }
}

fn variant_named(name: &str) -> Result<&'static dyn Variant, String> {
    variants::named(name).ok_or_else(|| {
        let names = VARIANTS.map(Variant::name).join(", ");
        format!("no variant is named `{name}`; there are {names}")
    })
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let Some(options) = Options::parse()? else {
        print!("{HELP}");
        return Ok(ExitCode::SUCCESS);
    };
    match &options.role {
        Role::Measure => measure(&options)?,
        Role::Sink => sink::serve()?,
        Role::Serve { variant, stub } => process::serve(*variant, stub)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn measure(options: &Options) -> Result<(), Box<dyn Error>> {
    let sink = SinkProcess::start(SINK)?;
    let runs = rounds(&options.variants, options.rounds, &options.phases, &sink)?;
    let style = match options.format {
        Format::Terminal => Style::Terminal,
        Format::Markdown => Style::Markdown,
        Format::Json => {
            println!("{}", serde_json::to_string_pretty(&runs)?);
            return Ok(());
        }
    };
    let Phases { rate, time, connections, .. } = options.phases;
    println!(
        "{}, which the service shares with the receiver and the load generator. Medians of {} rounds; latencies and \
         processor time of a request at {rate:.0} requests per second, throughput at saturation with {connections} \
         connections, {:.1} s each. Memory at its peak; bytes of traces, logs and metrics for a request.",
        machine(),
        options.rounds,
        time.as_secs_f64(),
    );
    for route in Route::ALL {
        println!("\n{}", table::render(&options.variants, &runs, route, style));
    }
    let lacking = options.variants.iter().filter(|variant| !variant.lacks().is_empty());
    let lacking: Vec<_> =
        lacking.map(|variant| format!("{} lacks {}.", variant.name(), variant.lacks())).collect();
    if !lacking.is_empty() {
        println!("\n{}", lacking.join(" "));
    }
    Ok(())
}
