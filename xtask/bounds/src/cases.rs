//! The ways in which telemetry may grow, and the bounds that are stated of them.

use crate::memory::{forget_peak, peak, resident};
use opentelemetry::global;
use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};
use trace_runtime::export::NullExporter;
use trace_runtime::metrics::PrometheusSettings;
use trace_runtime::sampling::TailSampling;
use trace_runtime::{
    Span, Telemetry, TelemetryBuilder, business_metric,
    loss::{DropReason, LossReport},
    metered, trace,
};
use trace_testkit::force::hold_collector;

/// One of them.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    pub(crate) run: fn() -> Took,
}

/// What it took.
pub(crate) struct Took {
    /// Resident bytes beyond those before, less what the program itself holds.
    pub(crate) peak: usize,
    pub(crate) bound: usize,
    /// What was counted.
    pub(crate) counted: String,
    /// What was not.
    pub(crate) fault: Option<String>,
}

pub(crate) const CASES: [Case; 7] = [
    Case { name: "callback", what: "hanging callback, 8 s of calls", run: callback },
    Case { name: "starved", what: "starved collector, 8 s of calls", run: starved },
    Case { name: "labels", what: "1,000,000 label sets", run: labels },
    Case { name: "open", what: "1,000,000 open spans", run: open },
    Case { name: "all-open", what: "1,000,000 open spans, all kept", run: all_open },
    Case { name: "undecided", what: "100,000 undecided traces, 2,100,000 spans", run: undecided },
    Case { name: "all-limited", what: "the same, within 32 MiB for everything", run: all_limited },
];

const MIB: usize = 1 << 20;
const SECONDS: Duration = Duration::from_secs(8);
const PATIENCE: Duration = Duration::from_secs(120);
/// The ring of a thread, and what is merged when rings are full.
const RING: usize = 4 * MIB;
const MERGED: usize = 10 * MIB;
/// A series of a histogram or a counter, with what the SDK keeps of it.
const SERIES: usize = 2 << 10;
/// What the collector keeps of one sweep, and what is resident of code and stacks that run first here.
const SWEEP: usize = 8 * MIB;
/// Series of a function or an instrument.
const LIMIT: usize = 2_000;
/// Label text of the process.
const TEXT: usize = 4 * MIB;

#[trace]
#[metered]
fn request(calls: u64) -> u64 {
    1 + (1..calls).map(call).sum::<u64>()
}

#[metered]
fn call(_: u64) -> u64 {
    1
}

#[metered(labels(one(cap = 1_000) = one, other(cap = 1_000) = other))]
#[business_metric(counter("orders"), labels(one(cap = 1_000) = one, other(cap = 1_000) = other))]
fn labelled(one: &str, other: &str) {
    let _ = (one, other);
}

fn builder() -> TelemetryBuilder {
    Telemetry::builder()
        .without_env()
        .without_own_metrics()
        .with_exporter(NullExporter::new())
        .with_prometheus(PrometheusSettings::default().without_endpoint())
}

/// The sum of all series of a metric whose lines begin so.
fn sum(telemetry: &Telemetry, series: &str) -> f64 {
    let page = telemetry.prometheus().expect("it is shown").render(None).expect("a page").body;
    let values = page.lines().filter(|line| line.starts_with(series));
    values.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
}

fn unless(is_so: bool, fault: impl FnOnce() -> String) -> Option<String> {
    (!is_so).then(fault)
}

fn balance(report: &LossReport, spans: u64) -> Option<String> {
    unless(report.is_balanced() && report.started == spans, || format!("books: {report}"))
}

/// Calls, each thousandth with a span, until the time is over; how many.
fn call_for(time: Duration) -> u64 {
    let end = Instant::now() + time;
    let mut calls = 0;
    while Instant::now() < end {
        calls += request(PER_SPAN);
    }
    calls
}

/// Calls for each span.
const PER_SPAN: u64 = 1_000;

fn callback() -> Took {
    let telemetry = builder().install().expect("a pipeline");
    let gate: &'static Mutex<()> = Box::leak(Box::default());
    let closed = gate.lock().expect("nobody panics");
    let (reached, is_reached) = channel();
    let _gauge = global::meter("hangs")
        .u64_observable_gauge("hangs")
        .with_callback(move |_| {
            let _ = reached.send(());
            drop(gate.lock());
        })
        .build();
    let prometheus = telemetry.prometheus().expect("it is shown").clone();
    std::thread::spawn(move || prometheus.render(None));
    is_reached.recv().expect("it is called");
    let before = resident();
    forget_peak();
    // The first call needs an instrument.
    let calls = call_for(SECONDS);
    let peak = peak() - before;
    let waiting = telemetry.report().measurements.buffered;
    drop(closed);
    let report = telemetry.force_flush(PATIENCE).expect("all is read");
    let counted = sum(&telemetry, "function_calls_total{");
    Took {
        peak,
        bound: RING + MERGED + SWEEP,
        counted: format!("{calls} calls; {waiting} of them waited; {counted} in the metric"),
        fault: balance(&report, calls / PER_SPAN)
            .or(unless(counted == calls as f64, || "calls are missing".to_owned())),
    }
}

fn starved() -> Took {
    let telemetry = builder().install().expect("a pipeline");
    let before = resident();
    forget_peak();
    let held = hold_collector();
    let calls = call_for(SECONDS);
    let peak = peak() - before;
    drop(held);
    let report = telemetry.force_flush(PATIENCE).expect("all is read");
    let counted = sum(&telemetry, "function_calls_total{");
    let dropped = report.dropped.get(&DropReason::RingFull).copied().unwrap_or_default();
    Took {
        peak,
        bound: RING + MERGED + SWEEP,
        counted: format!("{calls} calls; {counted} in the metric; {dropped} spans dropped"),
        fault: balance(&report, calls / PER_SPAN)
            .or(unless(counted == calls as f64, || "calls are missing".to_owned())),
    }
}

fn labels() -> Took {
    let telemetry = builder().install().expect("a pipeline");
    let texts: Vec<String> = (0..1_000).map(|n| format!("value number {n}")).collect();
    let before = resident();
    forget_peak();
    for one in &texts {
        texts.iter().for_each(|other| labelled(one, other));
    }
    let report = telemetry.force_flush(PATIENCE).expect("all is read");
    let peak = peak() - before;
    let overflowed = report.measurements.overflowed;
    let totals =
        ["function_calls_total{", "function_calls_duration_seconds_count{", "orders_total{"];
    let totals = totals.map(|series| sum(&telemetry, series));
    let expected = 2 * (1_000_000 - LIMIT as u64);
    Took {
        peak,
        bound: RING + MERGED + SWEEP + TEXT + 3 * LIMIT * SERIES,
        counted: format!("{:.0} calls; {overflowed} measurements beyond the limit", totals[0]),
        fault: unless(totals == [1e6; 3], || format!("totals are {totals:?}"))
            .or(unless(overflowed >= expected, || format!("{overflowed} of {expected} counted"))),
    }
}

const SPANS: usize = 1_000_000;

fn open() -> Took {
    let took = open_in(builder());
    // What the documentation states of the defaults; the parents of those that were dropped.
    Took { bound: 128 * MIB + 18 * MIB + RING + SWEEP, ..took }
}

fn all_open() -> Took {
    let took = open_in(builder().with_open_span_limits(2 * SPANS, usize::MAX));
    let each = took.peak / SPANS;
    let counted = format!("{}; {each} bytes each", took.counted);
    Took { bound: SPANS * 400 + RING + SWEEP, counted, ..took }
}

fn open_in(builder: TelemetryBuilder) -> Took {
    let telemetry = builder.install().expect("a pipeline");
    let mut spans = Vec::with_capacity(SPANS);
    let before = resident();
    forget_peak();
    for n in 0..SPANS {
        spans.push(Span::builder("open").with_attribute("n", &n).start());
        // The collector keeps up, so that it is the open spans that count.
        if n.is_multiple_of(1_000) {
            telemetry.force_flush(PATIENCE).expect("all is read");
        }
    }
    let report = telemetry.force_flush(PATIENCE).expect("all is read");
    let peak = peak() - before - size_of_val(&*spans);
    let dropped = report.dropped.get(&DropReason::TooManyOpen).copied().unwrap_or_default();
    let kept = report.buffered;
    let fault = unless(kept + dropped == SPANS as u64, || format!("others are dropped: {report}"));
    drop(spans);
    let report = telemetry.shutdown(PATIENCE);
    Took {
        peak,
        bound: 0,
        counted: format!("{kept} kept, {dropped} dropped (too_many_open)"),
        fault: fault.or_else(|| balance(&report, SPANS as u64)),
    }
}

const TRACES: usize = 100_000;
const LIMITED: usize = 32 * MIB;
/// What an open span takes, as the documentation states it, with twice the room in tables.
const OPEN: usize = 400;

fn undecided() -> Took {
    let tail = TailSampling::new(0.0).with_bytes(LIMITED).without_recent_spans();
    let took = undecided_in(
        builder().with_tail_sampling(tail).with_open_span_limits(2 * TRACES, usize::MAX),
    );
    Took { bound: LIMITED + TRACES * OPEN + SWEEP, ..took }
}

fn all_limited() -> Took {
    let tail = TailSampling::new(0.0).without_recent_spans();
    let took = undecided_in(builder().with_tail_sampling(tail).with_memory_limit(LIMITED));
    Took { bound: LIMITED + SWEEP, ..took }
}

/// Keeps the roots of many traces open while each gets twenty spans with twelve attributes.
fn undecided_in(builder: TelemetryBuilder) -> Took {
    const KEYS: [&str; 12] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];
    let telemetry = builder.install().expect("a pipeline");
    let mut roots = Vec::with_capacity(TRACES);
    let before = resident();
    forget_peak();
    let flush = |n: usize| {
        if n.is_multiple_of(1_000) {
            telemetry.force_flush(PATIENCE).expect("all is read");
        }
    };
    for n in 0..TRACES {
        roots.push(Span::builder("root").start());
        flush(n);
    }
    for _ in 0..20 {
        for (n, root) in roots.iter().enumerate() {
            let mut child = Span::builder("child").with_parent(root.context());
            for key in KEYS {
                child = child.with_attribute(key, "a value");
            }
            drop(child.start());
            flush(n);
        }
    }
    let peak = peak() - before - size_of_val(&*roots);
    drop(roots);
    let report = telemetry.shutdown(PATIENCE);
    let count = |reason| report.dropped.get(&reason).copied().unwrap_or_default();
    let [evicted, sampled_out, too_many] =
        [DropReason::Evicted, DropReason::SampledOut, DropReason::TooManyOpen].map(count);
    let all = 21 * TRACES as u64;
    let fault = unless(evicted > 0, || format!("nothing was evicted: {report}"))
        .or_else(|| {
            let ring = count(DropReason::RingFull);
            unless(evicted + sampled_out + too_many + ring == all, || format!("counts: {report}"))
        })
        .or_else(|| balance(&report, all));
    Took {
        peak,
        bound: 0,
        counted: format!("{evicted} evicted, {sampled_out} sampled out, {too_many} too many open"),
        fault,
    }
}
