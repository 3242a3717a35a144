//! OpenTelemetry's instruments by hand: a counter and a histogram with the default boundaries of
//! this workspace, given their attributes with each call, or bound to them beforehand.

use std::sync::OnceLock;
use std::time::Instant;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{
    BoundCounter, BoundHistogram, Counter, Histogram, Meter, MeterProvider,
};
use opentelemetry_sdk::metrics::SdkMeterProvider;

use crate::candidate::{Burst, Candidate, Load};
use crate::export::count::{Counts, Received};
use crate::export::counters::{CALLS, DURATIONS, ORDERS, reader};
use crate::operation::{Operation, Plan, body, is_even, timed};

/// As many boundaries as the specification advises for durations in seconds.
pub const BOUNDARIES: [f64; 14] =
    [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// Instruments that get their attributes with each call.
#[derive(Debug)]
pub struct Unbound;

/// Instruments that were bound to their attributes.
#[derive(Debug)]
pub struct Bound;

static UNBOUND: OnceLock<(SdkMeterProvider, Instruments)> = OnceLock::new();
static BOUND: OnceLock<(SdkMeterProvider, BoundInstruments)> = OnceLock::new();
static RECEIVED_UNBOUND: Received = Received::new();
static RECEIVED_BOUND: Received = Received::new();

struct Instruments {
    calls: Counter<u64>,
    durations: Histogram<f64>,
    orders: Counter<u64>,
}

impl Instruments {
    fn of(meter: &Meter) -> Self {
        let durations = meter.f64_histogram(DURATIONS).with_unit("s");
        Self {
            calls: meter.u64_counter(CALLS).build(),
            durations: durations.with_boundaries(BOUNDARIES.to_vec()).build(),
            orders: meter.u64_counter(ORDERS).build(),
        }
    }

    fn bind(&self, attributes: &[KeyValue]) -> BoundCall {
        BoundCall { calls: self.calls.bind(attributes), durations: self.durations.bind(attributes) }
    }
}

struct BoundCall {
    calls: BoundCounter<u64>,
    durations: BoundHistogram<f64>,
}

impl BoundCall {
    #[inline]
    fn record(&self, start: Instant) {
        self.durations.record(start.elapsed().as_secs_f64());
        self.calls.add(1);
    }
}

struct BoundInstruments {
    plain: BoundCall,
    /// By the last two bits of the id, of which the labels are made.
    labelled: [BoundCall; 4],
    orders: BoundCounter<u64>,
}

impl BoundInstruments {
    fn of(meter: &Meter) -> Self {
        let all = Instruments::of(meter);
        Self {
            plain: all.bind(&function("metered")),
            labelled: std::array::from_fn(|id| all.bind(&labels(id as u64))),
            orders: all.orders.bind(&[]),
        }
    }
}

fn function(name: &'static str) -> [KeyValue; 2] {
    [KeyValue::new("function", name), KeyValue::new("module", module_path!())]
}

fn labels(id: u64) -> [KeyValue; 4] {
    let [function, module] = function("metered_labels");
    let even = KeyValue::new("even", is_even(id));
    [function, module, even, KeyValue::new("plan", Plan::of(id).name())]
}

fn unbound() -> &'static Instruments {
    match UNBOUND.get() {
        Some((_, instruments)) => instruments,
        None => panic!("the meter provider is not installed"),
    }
}

fn bound() -> &'static BoundInstruments {
    match BOUND.get() {
        Some((_, instruments)) => instruments,
        None => panic!("the meter provider is not installed"),
    }
}

#[inline(never)]
fn metered(id: u64, size: u64, tier: &str) -> u64 {
    let start = Instant::now();
    let result = body(id, size, tier);
    let attributes = function("metered");
    unbound().durations.record(start.elapsed().as_secs_f64(), &attributes);
    unbound().calls.add(1, &attributes);
    result
}

#[inline(never)]
fn metered_labels(id: u64, size: u64, tier: &str) -> u64 {
    let start = Instant::now();
    let result = body(id, size, tier);
    let attributes = labels(id);
    unbound().durations.record(start.elapsed().as_secs_f64(), &attributes);
    unbound().calls.add(1, &attributes);
    result
}

#[inline(never)]
fn counted(id: u64, size: u64, tier: &str) -> u64 {
    unbound().orders.add(1, &[]);
    body(id, size, tier)
}

#[inline(never)]
fn metered_bound(id: u64, size: u64, tier: &str) -> u64 {
    let start = Instant::now();
    let result = body(id, size, tier);
    bound().plain.record(start);
    result
}

#[inline(never)]
fn metered_labels_bound(id: u64, size: u64, tier: &str) -> u64 {
    let start = Instant::now();
    let result = body(id, size, tier);
    bound().labelled[id as usize % 4].record(start);
    result
}

#[inline(never)]
fn counted_bound(id: u64, size: u64, tier: &str) -> u64 {
    bound().orders.add(1);
    body(id, size, tier)
}

fn provider(received: &'static Received) -> (SdkMeterProvider, Meter) {
    let provider = SdkMeterProvider::builder().with_reader(reader(received)).build();
    let meter = provider.meter("trace-benches");
    (provider, meter)
}

fn flush(provider: Option<&SdkMeterProvider>) {
    if let Some(provider) = provider {
        // A flush that fails shows up as calls that were lost.
        let _ = provider.force_flush();
    }
}

impl Candidate for Unbound {
    fn name(&self) -> &'static str {
        "otel instruments"
    }

    fn install(&self, _load: Load) {
        let (provider, meter) = provider(&RECEIVED_UNBOUND);
        let installed = UNBOUND.set((provider, Instruments::of(&meter)));
        assert!(installed.is_ok(), "the meter provider is installed twice");
    }

    fn burst(&self, operation: Operation, calls: u32) -> Option<Burst> {
        Some(Burst::counted(match operation {
            Operation::Metered => timed(calls, metered),
            Operation::MeteredLabels => timed(calls, metered_labels),
            Operation::Counted => timed(calls, counted),
            _ => return None,
        }))
    }

    fn settle(&self) {
        flush(UNBOUND.get().map(|(provider, _)| provider));
    }

    fn received(&self) -> Counts {
        RECEIVED_UNBOUND.counts()
    }
}

impl Candidate for Bound {
    fn name(&self) -> &'static str {
        "otel instruments, bound"
    }

    fn install(&self, _load: Load) {
        let (provider, meter) = provider(&RECEIVED_BOUND);
        let installed = BOUND.set((provider, BoundInstruments::of(&meter)));
        assert!(installed.is_ok(), "the meter provider is installed twice");
    }

    fn burst(&self, operation: Operation, calls: u32) -> Option<Burst> {
        Some(Burst::counted(match operation {
            Operation::Metered => timed(calls, metered_bound),
            Operation::MeteredLabels => timed(calls, metered_labels_bound),
            Operation::Counted => timed(calls, counted_bound),
            _ => return None,
        }))
    }

    fn settle(&self) {
        flush(BOUND.get().map(|(provider, _)| provider));
    }

    fn received(&self) -> Counts {
        RECEIVED_BOUND.counts()
    }
}
