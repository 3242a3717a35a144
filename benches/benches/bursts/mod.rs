//! Criterion over bursts: as many as it asks for, each settled before the next, the settling
//! outside the timing.

use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion};
use trace_benches::candidate::{BURST, Candidate};
use trace_benches::operation::Operation;
use trace_benches::round::{Case, per_call};

/// One operation of one candidate on this thread.
pub(crate) fn bench(
    group: &mut BenchmarkGroup<'_, WallTime>,
    candidate: &dyn Candidate,
    operation: Operation,
) {
    bench_threads(group, candidate, operation, 1);
}

/// One operation of one candidate on several threads at once.
pub(crate) fn bench_threads(
    group: &mut BenchmarkGroup<'_, WallTime>,
    candidate: &dyn Candidate,
    operation: Operation,
    threads: usize,
) {
    let case = Case { operation, threads };
    if per_call(candidate, case).is_none() {
        return;
    }
    // Losses are counted by the overhead program; here they would only look like speed.
    let mut lost = 0;
    group.bench_function(candidate.name(), |bencher| {
        bencher.iter_custom(|calls| {
            let bursts = calls.div_ceil(u64::from(BURST));
            let mut ns = 0.0;
            for _ in 0..bursts {
                candidate.settle();
                let before = candidate.received().records();
                let Some(burst) = per_call(candidate, case) else { continue };
                candidate.settle();
                lost += burst.records - (candidate.received().records() - before);
                ns += burst.ns;
            }
            Duration::from_nanos((ns / bursts as f64 * calls as f64) as u64)
        });
    });
    if lost > 0 {
        println!("{}: {lost} records lost", candidate.name());
    }
}

/// Short runs: a burst varies little, and there are many of them.
pub(crate) fn short() -> Criterion {
    Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .without_plots()
}
