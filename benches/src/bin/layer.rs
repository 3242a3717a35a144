//! A span of `tracing` with three fields under a recorded parent: through the layer and the
//! subscriber of this workspace, and through tracing-opentelemetry.
//!
//! Each is the global default of a separate process, as in a program, for one that holds for a
//! thread makes all of them slower. Rounds interleave the processes.

use std::error::Error;

use trace_benches::candidate::{Burst, Candidate, Load};
use trace_benches::export::count::Counts;
use trace_benches::operation::{Operation, body, timed};
use trace_benches::ours::Ours;
use trace_benches::peers::tracing_otel;
use trace_benches::report::table::{Style, nanoseconds, table};
use trace_benches::round::{Case, per_call, quartiles};
use tracing::{Dispatch, dispatcher, info_span, instrument};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::Registry;

const HELP: &str = "\
What a span of `tracing` with three fields costs the thread that makes it.

Usage: layer [OPTIONS]

  --rounds N     processes per candidate (default 9)
  --quick        one round: does it run at all?
";

/// Bursts of a process, of which the median counts.
const BURSTS: usize = 101;

#[inline(never)]
#[instrument(skip_all, fields(id = id, size = size, tier = tier))]
fn child(id: u64, size: u64, tier: &str) -> u64 {
    body(id, size, tier)
}

/// Who takes the spans, and who receives them in the end.
struct Taker {
    name: &'static str,
    dispatch: fn() -> Dispatch,
    pipeline: Option<&'static dyn Candidate>,
}

const TAKERS: [Taker; 5] = [
    Taker {
        name: "registry without a layer",
        dispatch: || Dispatch::new(Registry::default()),
        pipeline: None,
    },
    Taker {
        name: "trace-tracing, subscriber",
        dispatch: || Dispatch::new(trace_tracing::subscriber()),
        pipeline: Some(&Ours),
    },
    Taker {
        name: "trace-tracing, layer",
        dispatch: || Dispatch::new(Registry::default().with(trace_tracing::layer())),
        pipeline: Some(&Ours),
    },
    Taker {
        name: "tracing-opentelemetry, all optional parts off",
        dispatch: || tracing_otel::subscriber(Load::Burst, true),
        pipeline: Some(&tracing_otel::Lean),
    },
    Taker {
        name: "tracing-opentelemetry, defaults",
        dispatch: || tracing_otel::subscriber(Load::Burst, false),
        pipeline: Some(&tracing_otel::Defaults),
    },
];

impl Candidate for Taker {
    fn name(&self) -> &'static str {
        self.name
    }

    fn burst(&self, _: Operation, calls: u32) -> Option<Burst> {
        if self.pipeline.is_none() {
            return Some(Burst::unrecorded(timed(calls, child)));
        }
        let parent = info_span!(parent: None, "parent");
        Some(Burst::recorded(parent.in_scope(|| timed(calls, child)), 1))
    }

    fn settle(&self) {
        if let Some(pipeline) = self.pipeline {
            pipeline.settle();
        }
    }

    fn received(&self) -> Counts {
        self.pipeline.map(Candidate::received).unwrap_or_default()
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    use lexopt::prelude::*;

    let mut rounds = 9;
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("rounds") => rounds = parser.value()?.parse()?,
            Long("quick") => rounds = 1,
            Long("worker") => return work(parser.value()?.parse()?),
            Short('h') | Long("help") => {
                print!("{HELP}");
                return Ok(());
            }
            other => return Err(other.unexpected().into()),
        }
    }
    measure(rounds)
}

/// One process: prints the nanoseconds of a span and how many spans were lost.
fn work(number: usize) -> Result<(), Box<dyn Error>> {
    let taker = TAKERS.get(number).ok_or("there is no such candidate")?;
    if let Some(pipeline) = taker.pipeline.filter(|pipeline| pipeline.name() == Ours.name()) {
        pipeline.install(Load::Burst);
    }
    dispatcher::set_global_default((taker.dispatch)())?;
    let case = Case { operation: Operation::ChildAttributes, threads: 1 };
    let (mut ns, mut lost) = (Vec::new(), 0);
    for _ in 0..BURSTS {
        taker.settle();
        let before = taker.received().records();
        let burst = per_call(taker, case).ok_or("nothing was measured")?;
        taker.settle();
        lost += burst.records - (taker.received().records() - before);
        ns.push(burst.ns);
    }
    println!("{}", serde_json::to_string(&(quartiles(&ns).0, lost))?);
    Ok(())
}

fn measure(rounds: usize) -> Result<(), Box<dyn Error>> {
    let mut figures: [(Vec<f64>, u64); TAKERS.len()] = Default::default();
    for _ in 0..rounds {
        for (number, (ns, lost)) in figures.iter_mut().enumerate() {
            let (one, also_lost): (f64, u64) =
                trace_benches::child::run(&["--worker", &number.to_string()])?;
            ns.push(one);
            *lost += also_lost;
        }
    }
    let medians = figures.each_ref().map(|(ns, _)| quartiles(ns));
    let header =
        ["a span of tracing, 3 fields", "ns", "±", "× the subscriber", "× the layer", "lost"];
    let mut rows = table(Style::Terminal, &header, 1);
    for ((taker, (ns, spread)), (_, lost)) in TAKERS.iter().zip(medians).zip(&figures) {
        rows.add_row([
            taker.name.to_owned(),
            nanoseconds(ns),
            nanoseconds(spread),
            format!("{:.1}", ns / medians[1].0),
            format!("{:.1}", ns / medians[2].0),
            lost.to_string(),
        ]);
    }
    println!("{rows}");
    Ok(())
}
