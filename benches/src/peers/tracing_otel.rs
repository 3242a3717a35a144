//! `tracing` with `tracing-opentelemetry`: `#[instrument]`, a registry with nothing but the
//! OpenTelemetry layer, installed as the global default, over the same SDK and batch processor.
//!
//! The layer's defaults add the source location, the thread, the target and the busy and idle times to every
//! span. [`Lean`] has that switched off, which is the fastest this pair can be; [`Defaults`] is
//! the layer as its documentation shows it. A process has one global subscriber, so a process
//! measures one of the two.

use std::sync::OnceLock;

use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::{Dispatch, Span, Subscriber, info_span, instrument};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::{LookupSpan, Registry};

use super::otel_sdk;
use crate::candidate::{Burst, Candidate, Load};
use crate::export::count::{Counts, NullExporter, Received};
use crate::operation::{
    Operation, PendingTimes, Refused, Timed, body, failing_body, poll_to_end, timed,
};

/// The layer with everything optional switched off.
#[derive(Debug)]
pub struct Lean;

/// The layer with its defaults.
#[derive(Debug)]
pub struct Defaults;

static RECEIVED: Received = Received::new();
static PROVIDER: OnceLock<SdkTracerProvider> = OnceLock::new();

fn install(load: Load, lean: bool) {
    if tracing::dispatcher::set_global_default(subscriber(load, lean)).is_err() {
        panic!("one process measures one configuration of tracing");
    }
}

/// The layer, lean or with its defaults, for threads that ask for it.
pub fn subscriber(load: Load, lean: bool) -> Dispatch {
    Dispatch::new(registry(load, lean))
}

/// A registry with the layer, lean or with its defaults.
pub(super) fn registry(
    load: Load,
    lean: bool,
) -> impl Subscriber + for<'a> LookupSpan<'a> + Send + Sync {
    let provider = PROVIDER.get_or_init(|| otel_sdk::provider(NullExporter(&RECEIVED), load));
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("trace-benches"));
    let layer = if lean {
        layer
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false)
    } else {
        layer
    };
    Registry::default().with(layer)
}

#[inline(never)]
#[instrument(skip_all)]
fn child(id: u64, size: u64, tier: &str) -> u64 {
    body(id, size, tier)
}

#[inline(never)]
#[instrument(skip_all, fields(id = id, size = size, tier = tier))]
fn child_attributes(id: u64, size: u64, tier: &str) -> u64 {
    body(id, size, tier)
}

#[inline(never)]
#[instrument(skip_all, parent = None)]
fn root(id: u64, size: u64, tier: &str) -> u64 {
    body(id, size, tier)
}

#[inline(never)]
#[instrument(skip_all, err)]
fn error(id: u64, size: u64, tier: &str) -> Result<u64, Refused> {
    failing_body(id, size, tier)
}

#[instrument(skip_all)]
async fn async_ready(id: u64, size: u64, tier: &str) -> u64 {
    body(id, size, tier)
}

#[instrument(skip_all)]
async fn async_pending(id: u64, size: u64, tier: &str) -> u64 {
    PendingTimes(2).await;
    body(id, size, tier)
}

fn recorded(run: impl FnOnce() -> Timed) -> Burst {
    let timed = info_span!(parent: None, "parent").in_scope(run);
    Burst::recorded(timed, 1)
}

fn unsampled(calls: u32) -> Burst {
    let parent: Span = info_span!(parent: None, "parent");
    if let Err(error) = parent.set_parent(otel_sdk::unsampled_parent()) {
        panic!("the parent was not set: {error}");
    }
    Burst::unrecorded(parent.in_scope(|| timed(calls, child)))
}

pub(super) fn burst(operation: Operation, calls: u32) -> Option<Burst> {
    Some(match operation {
        Operation::Off => Burst::unrecorded(timed(calls, child)),
        Operation::Unsampled => unsampled(calls),
        Operation::Child => recorded(|| timed(calls, child)),
        Operation::ChildAttributes => recorded(|| timed(calls, child_attributes)),
        Operation::Root => Burst::recorded(timed(calls, root), 0),
        Operation::AsyncReady => {
            recorded(|| timed(calls, |id, size, tier| poll_to_end(async_ready(id, size, tier))))
        }
        Operation::AsyncPending => {
            recorded(|| timed(calls, |id, size, tier| poll_to_end(async_pending(id, size, tier))))
        }
        Operation::Error => recorded(|| timed(calls, error)),
        _ => return None,
    })
}

fn settle() {
    if let Some(provider) = PROVIDER.get() {
        // A flush that fails shows up as spans that were lost.
        let _ = provider.force_flush();
    }
}

macro_rules! candidate {
    ($type:ident, $name:literal, lean: $lean:literal, alone: $alone:literal) => {
        impl Candidate for $type {
            fn name(&self) -> &'static str {
                $name
            }

            fn is_alone(&self) -> bool {
                $alone
            }

            fn install(&self, load: Load) {
                install(load, $lean);
            }

            fn burst(&self, operation: Operation, calls: u32) -> Option<Burst> {
                burst(operation, calls)
            }

            fn settle(&self) {
                settle();
            }

            fn received(&self) -> Counts {
                RECEIVED.counts()
            }
        }
    };
}

candidate!(Lean, "tracing-otel", lean: true, alone: false);
candidate!(Defaults, "tracing-otel (defaults)", lean: false, alone: true);
