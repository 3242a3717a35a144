//! Calls while no telemetry is installed, beside the plain call and the two clock reads.

use criterion::{Criterion, criterion_group, criterion_main};
use trace_benches::candidates::{BASELINES, CANDIDATES};
use trace_benches::operation::Operation;

mod bursts;

fn off(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("off");
    for candidate in CANDIDATES {
        bursts::bench(&mut group, candidate, Operation::Off);
    }
    group.finish();

    for operation in
        [Operation::Child, Operation::AsyncReady, Operation::AsyncPending, Operation::Error]
    {
        let mut group = criterion.benchmark_group(format!("nothing, {:?}", operation.shape()));
        for candidate in BASELINES {
            bursts::bench(&mut group, candidate, operation);
        }
        group.finish();
    }
}

criterion_group! { name = benches; config = bursts::short(); targets = off }
criterion_main!(benches);
