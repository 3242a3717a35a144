//! A span of `tracing` with three fields under a recorded parent, made by the layer of this workspace
//! and by tracing-opentelemetry. All get their spans through a default of the thread, because a process
//! has one global one.

use criterion::{Criterion, criterion_group, criterion_main};
use trace_benches::candidate::{Burst, Candidate, Load};
use trace_benches::export::count::Counts;
use trace_benches::operation::{Operation, body, timed};
use trace_benches::ours::Ours;
use trace_benches::peers::tracing_otel;
use tracing::{Dispatch, dispatcher, info_span, instrument};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::Registry;

mod bursts;

#[inline(never)]
#[instrument(skip_all, fields(id = id, size = size, tier = tier))]
fn child(id: u64, size: u64, tier: &str) -> u64 {
    body(id, size, tier)
}

/// A layer, and who receives its spans.
struct Layered<C> {
    name: &'static str,
    dispatch: Dispatch,
    pipeline: C,
}

impl<C: Candidate> Candidate for Layered<C> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn burst(&self, _: Operation, calls: u32) -> Option<Burst> {
        Some(dispatcher::with_default(&self.dispatch, || {
            let parent = info_span!(parent: None, "parent");
            Burst::recorded(parent.in_scope(|| timed(calls, child)), 1)
        }))
    }

    fn settle(&self) {
        self.pipeline.settle();
    }

    fn received(&self) -> Counts {
        self.pipeline.received()
    }
}

/// The registry alone, which both layers need: to be subtracted from the others.
struct Bare(Dispatch);

impl Candidate for Bare {
    fn name(&self) -> &'static str {
        "registry without a layer"
    }

    fn burst(&self, _: Operation, calls: u32) -> Option<Burst> {
        Some(dispatcher::with_default(&self.0, || Burst::unrecorded(timed(calls, child))))
    }
}

fn layers(criterion: &mut Criterion) {
    Ours.install(Load::Burst);
    let theirs = |name, lean| Layered {
        name,
        dispatch: tracing_otel::subscriber(Load::Burst, lean),
        pipeline: tracing_otel::Lean,
    };
    let candidates: [&dyn Candidate; 4] = [
        &Bare(Dispatch::new(Registry::default())),
        &Layered {
            name: "trace-tracing",
            dispatch: Dispatch::new(Registry::default().with(trace_tracing::layer())),
            pipeline: Ours,
        },
        &theirs("tracing-opentelemetry (lean)", true),
        &theirs("tracing-opentelemetry (defaults)", false),
    ];
    let mut group = criterion.benchmark_group("a span of tracing, 3 fields");
    for candidate in candidates {
        bursts::bench(&mut group, candidate, Operation::ChildAttributes);
    }
    group.finish();
}

criterion_group! { name = benches; config = bursts::short(); targets = layers }
criterion_main!(benches);
