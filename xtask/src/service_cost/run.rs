//! One shop, with telemetry or without it, from a new database through warm-up, a fixed rate and saturation.

use super::folder;
use super::pairs::{self, Figure};
use super::sink::Sink;
use crate::e2e;
use crate::e2e::load::{Asked, Done, Load};
use crate::e2e::shop::Shop;
use crate::processor;
use crate::{Outcome, median};
use std::fmt::Write;
use std::time::Duration;

const WARM_UP: Duration = Duration::from_secs(2);
const CONNECTIONS: u32 = 16;

pub(super) struct Phases {
    /// Requests each second, in the first of the two.
    pub(super) rate: u32,
    /// Of each.
    pub(super) time: Duration,
}

/// What a shop has shown.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    /// At the fixed rate, in milliseconds.
    pub(super) p50: f64,
    pub(super) p99: f64,
    /// Processor time of both services for a request at the fixed rate, in microseconds.
    pub(super) processor: f64,
    /// Requests each second at saturation.
    pub(super) throughput: f64,
    /// Of both services, in MiB.
    pub(super) memory: f64,
    /// Of the machine's processors at the fixed rate: the load generator, the receiver, and others
    /// that have nothing to do with this.
    pub(super) shares: [f64; 3],
}

impl Seen {
    pub(super) fn of(phases: &Phases, sink: &Sink, is_on: bool) -> Outcome<Self> {
        let shop = start(sink, is_on)?;
        load(&shop, Some(phases.rate), WARM_UP)?;

        let before = used(&shop)?;
        let fixed = load(&shop, Some(phases.rate), phases.time)?.figures;
        let after = used(&shop)?;
        let took = |of: usize| (after[of] - before[of]).as_secs_f64();
        let processors = std::thread::available_parallelism()?.get() as f64;
        let share = |took: f64| took.max(0.0) / (phases.time.as_secs_f64() * processors);
        let others = took(3) - took(0) - took(1) - took(2);

        let saturated = load(&shop, None, phases.time)?.figures;
        let memory = shop.peak_memory()?.iter().sum::<u64>() as f64 / 1024.0;
        let said = shop.end()?;
        if !said.trim().is_empty() {
            eprintln!("{}", said.trim());
        }
        Ok(Self {
            p50: fixed.latency_us.p50 as f64 / 1e3,
            p99: fixed.latency_us.p99 as f64 / 1e3,
            processor: took(0) * 1e6 / fixed.requests as f64,
            throughput: saturated.rate_reached,
            memory,
            shares: [share(took(1)), share(took(2)), share(others)],
        })
    }
}

const FIGURES: [Figure<Seen>; 5] = [
    ("p50, in ms", |seen| seen.p50, 2),
    ("p99, in ms", |seen| seen.p99, 2),
    ("processor time per request, in µs", |seen| seen.processor, 0),
    ("requests per second at saturation", |seen| seen.throughput, 0),
    ("peak memory of both services, in MiB", |seen| seen.memory, 1),
];

/// Measures pairs, and returns a table in Markdown.
pub(super) fn measure(count: usize, phases: &Phases, sink: &Sink) -> Outcome<String> {
    let pairs = pairs::measure(count, |is_on| Seen::of(phases, sink, is_on))?;
    let mut page = String::new();
    writeln!(
        page,
        "{} pairs, {} s each at {} requests per second and at saturation; medians, and the middle half of the \
         pairs' ratios.\n",
        pairs.len(),
        phases.time.as_secs(),
        phases.rate
    )?;
    pairs::table(&mut page, &pairs, &FIGURES)?;
    let share = |of: usize| {
        let shares = pairs.iter().map(|[on, _]| on.shares[of] * 100.0);
        median(&mut shares.collect::<Vec<_>>())
    };
    let processors = std::thread::available_parallelism()?;
    writeln!(
        page,
        "\nAll on {processors} processors, of which the load generator takes {:.0} %, the receiver {:.1} % and what \
         else runs on the machine {:.0} % at the fixed rate.",
        share(0),
        share(1),
        share(2)
    )?;
    Ok(page)
}

/// What the shop serves without telemetry, in requests each second.
pub(super) fn sustainable(sink: &Sink) -> Outcome<u32> {
    let shop = start(sink, false)?;
    load(&shop, None, WARM_UP)?;
    let reached = load(&shop, None, WARM_UP)?.figures.rate_reached;
    shop.end()?;
    Ok(reached as u32)
}

fn start(sink: &Sink, is_on: bool) -> Outcome<Shop> {
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", sink.url.as_str());
    let off = ("OTEL_SDK_DISABLED", "true");
    Shop::start_quietly(&e2e::programs(), &folder(), &[if is_on { endpoint } else { off }])
}

pub(super) fn load(shop: &Shop, rate: Option<u32>, time: Duration) -> Outcome<Done> {
    let asked = Asked { rate, time, connections: CONNECTIONS, is_recorded: false };
    let done = Load::start(&e2e::programs(), &shop.url, &asked, &folder())?.finish()?;
    if done.is_good { Ok(done) } else { Err(done.said.into()) }
}

/// Processor time so far: of both services, of the load generator, of this program, which receives, of all.
fn used(shop: &Shop) -> Outcome<[Duration; 4]> {
    let [one, other] = shop.ids()?;
    let services = processor::used(one)? + processor::used(other)?;
    let receiver = processor::used(std::process::id())?;
    Ok([services, processor::used_by_children()?, receiver, processor::used_by_all()?])
}
