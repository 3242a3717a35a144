//! Measures a call whose baggage gives it labels, beside calls with other baggage and with none.

use criterion::{Criterion, criterion_group, criterion_main};
use opentelemetry_sdk::metrics::ManualReader;
use std::hint::black_box;
use std::time::{Duration, Instant};
use trace_runtime::export::NullExporter;
use trace_runtime::{Baggage, Telemetry, in_span, metered, trace};

const LONG: Duration = Duration::from_secs(10);
/// Calls between two flushes, which are not measured. No ring overflows.
const BURST: u64 = 10_000;

#[metered]
#[inline(never)]
fn measured(number: u64) -> u64 {
    black_box(number) + 1
}

#[trace]
#[metered]
#[inline(never)]
fn measured_with_span(number: u64) -> u64 {
    black_box(number) + 1
}

type Function = fn(u64) -> u64;

/// The time of that many calls under this baggage.
fn call(count: u64, function: Function, baggage: &Baggage, telemetry: &Telemetry) -> Duration {
    let mut time = Duration::ZERO;
    let mut left = count;
    while left > 0 {
        let burst = left.min(BURST);
        left -= burst;
        let _attached = (!baggage.is_empty()).then(|| baggage.clone().attach());
        time += in_span("bench", |_| {
            // The first call looks the labels up.
            function(0);
            let begin = Instant::now();
            (0..burst).for_each(|number| _ = black_box(function(number)));
            begin.elapsed()
        });
        telemetry.force_flush(LONG).unwrap();
    }
    time
}

fn baggage(criterion: &mut Criterion) {
    let telemetry = Telemetry::builder()
        .without_env()
        .with_exporter(NullExporter::new())
        .with_metric_reader(ManualReader::builder().build())
        .with_baggage_labels(["tenant", "tier"])
        .install()
        .unwrap();
    let tenant = Baggage::new().with_entry("tenant", "acme");
    let cases = [
        ("none", Baggage::new()),
        ("without a label", Baggage::new().with_entry("request", "7")),
        ("with a label", tenant.clone()),
        ("with 2 labels", tenant.with_entry("tier", "gold")),
    ];
    let functions: [(&str, Function); 2] =
        [("a measured call", measured), ("a measured call with a span", measured_with_span)];
    for (title, function) in functions {
        let mut group = criterion.benchmark_group(format!("{title}, baggage"));
        for (name, baggage) in &cases {
            group.bench_function(*name, |bencher| {
                bencher.iter_custom(|count| call(count, function, baggage, &telemetry));
            });
        }
    }
    let report = telemetry.shutdown(LONG);
    assert!(report.is_lossless(), "{report}");
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    targets = baggage
}
criterion_main!(benches);
