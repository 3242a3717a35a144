//! Calls with telemetry installed: not sampled, recorded, asynchronous, failing, measured, on one
//! and on several threads.

use std::thread::available_parallelism;

use criterion::{Criterion, criterion_group, criterion_main};
use trace_benches::candidate::{Candidate, Load};
use trace_benches::candidates::CANDIDATES;
use trace_benches::operation::Operation;

mod bursts;

fn candidates() -> impl Iterator<Item = &'static dyn Candidate> {
    CANDIDATES.into_iter().filter(|candidate| !candidate.is_alone())
}

fn recorded(criterion: &mut Criterion) {
    for candidate in candidates() {
        candidate.install(Load::Burst);
    }
    for operation in Operation::SPANS[1..].iter().chain(&Operation::METRICS) {
        let mut group = criterion.benchmark_group(operation.title());
        for candidate in candidates() {
            bursts::bench(&mut group, candidate, *operation);
        }
        group.finish();
    }
}

fn threads(criterion: &mut Criterion) {
    let threads = available_parallelism().map_or(1, usize::from).min(8);
    for operation in [Operation::Child, Operation::ChildAttributes, Operation::Metered] {
        let mut group =
            criterion.benchmark_group(format!("{}, {threads} threads", operation.title()));
        for candidate in candidates() {
            bursts::bench_threads(&mut group, candidate, operation, threads);
        }
        group.finish();
    }
}

criterion_group! { name = benches; config = bursts::short(); targets = recorded, threads }
criterion_main!(benches);
