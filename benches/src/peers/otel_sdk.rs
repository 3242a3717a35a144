//! The OpenTelemetry SDK by hand: `in_span`, a tracer that is looked up once, and the batch
//! processor.
//!
//! For bursts the batch is as large as the queue (both at the queue's default), so that no call
//! wakes the exporting thread; a sustained load gets a queue of 65,536 spans and batches of 512.

use std::sync::OnceLock;

use opentelemetry::global::{self, BoxedTracer};
use opentelemetry::trace::{
    FutureExt, SpanBuilder, SpanContext, SpanId, Status, TraceContextExt, TraceFlags, TraceId,
    TraceState, Tracer, TracerProvider,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{
    BatchConfig, BatchConfigBuilder, BatchSpanProcessor, SdkTracer, SdkTracerProvider, SpanExporter,
};

use crate::candidate::{Burst, Candidate, Load};
use crate::export::count::{Counts, NullExporter, Received};
use crate::operation::{
    Operation, PendingTimes, Refused, Timed, body, failing_body, poll_to_end, timed,
};
use crate::rich::{EVENT, EVENT_KEY, Exchange};

/// The raw SDK.
#[derive(Debug)]
pub struct OtelSdk;

/// What the exporter has received.
pub static RECEIVED: Received = Received::new();
static INSTALLED: OnceLock<(SdkTracerProvider, SdkTracer)> = OnceLock::new();

/// The batch processor's settings for a load.
pub fn batch_config(load: Load) -> BatchConfig {
    let config = BatchConfigBuilder::default();
    match load {
        Load::Burst => config.with_max_queue_size(2_048).with_max_export_batch_size(2_048).build(),
        Load::Sustained => {
            config.with_max_queue_size(65_536).with_max_export_batch_size(512).build()
        }
    }
}

fn provider_with(exporter: impl SpanExporter + 'static, config: BatchConfig) -> SdkTracerProvider {
    let processor = BatchSpanProcessor::builder(exporter).with_batch_config(config).build();
    SdkTracerProvider::builder().with_span_processor(processor).build()
}

/// A provider with the batch processor and the default sampler: parent-based, always on.
pub fn provider(exporter: impl SpanExporter + 'static, load: Load) -> SdkTracerProvider {
    provider_with(exporter, batch_config(load))
}

/// A remote parent that is not sampled.
pub fn unsampled_parent() -> Context {
    Context::new().with_remote_span_context(SpanContext::new(
        TraceId::from(0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736_u128),
        SpanId::from(0x00f0_67aa_0ba9_02b7_u64),
        TraceFlags::NOT_SAMPLED,
        true,
        TraceState::NONE,
    ))
}

/// Installs the SDK with any exporter and the batch processor's own defaults.
pub fn install_with_defaults(exporter: impl SpanExporter + 'static) {
    set(provider_with(exporter, BatchConfig::default()));
}

fn set(provider: SdkTracerProvider) {
    let tracer = provider.tracer("trace-benches");
    if INSTALLED.set((provider, tracer)).is_err() {
        panic!("the SDK is installed twice");
    }
}

fn tracer() -> &'static SdkTracer {
    match INSTALLED.get() {
        Some((_, tracer)) => tracer,
        None => panic!("the SDK is not installed"),
    }
}

/// With nothing installed the global tracer is the API's no-op.
fn idle_tracer() -> &'static BoxedTracer {
    static TRACER: OnceLock<BoxedTracer> = OnceLock::new();
    TRACER.get_or_init(|| global::tracer("trace-benches"))
}

#[inline(never)]
fn off(id: u64, size: u64, tier: &str) -> u64 {
    idle_tracer().in_span("child", |_| body(id, size, tier))
}

#[inline(never)]
fn child(id: u64, size: u64, tier: &str) -> u64 {
    tracer().in_span("child", |_| body(id, size, tier))
}

fn with_attributes(id: u64, size: u64, tier: &str) -> SpanBuilder {
    tracer().span_builder("child").with_attributes([
        KeyValue::new("id", id as i64),
        KeyValue::new("size", size as i64),
        KeyValue::new("tier", tier.to_owned()),
    ])
}

#[inline(never)]
fn child_attributes(id: u64, size: u64, tier: &str) -> u64 {
    tracer().in_span_with_builder(with_attributes(id, size, tier), |_| body(id, size, tier))
}

fn rich(it: &Exchange<'_>) -> Vec<KeyValue> {
    vec![
        KeyValue::new("http.request.method", it.method),
        KeyValue::new("url.scheme", it.scheme),
        KeyValue::new("network.protocol.version", it.version),
        KeyValue::new("http.route", it.route.to_owned()),
        KeyValue::new("url.path", it.path.to_owned()),
        KeyValue::new("server.address", it.server.to_owned()),
        KeyValue::new("client.address", it.client.to_owned()),
        KeyValue::new("user_agent.original", it.agent.to_owned()),
        KeyValue::new("server.port", it.port),
        KeyValue::new("http.response.status_code", it.status),
        KeyValue::new("http.request.body.size", it.received),
        KeyValue::new("http.response.body.size", it.sent),
    ]
}

fn in_rich(attributes: Vec<KeyValue>, it: &Exchange<'_>) -> u64 {
    let builder = tracer().span_builder("child_rich").with_attributes(attributes);
    tracer().in_span_with_builder(builder, |context| {
        let attributes = vec![KeyValue::new(EVENT_KEY, it.path.to_owned())];
        context.span().add_event(EVENT, attributes);
        body(it.received as u64, it.sent as u64, it.route)
    })
}

#[inline(never)]
fn child_rich(it: &Exchange<'_>) -> u64 {
    in_rich(rich(it), it)
}

#[inline(never)]
fn root(id: u64, size: u64, tier: &str) -> u64 {
    tracer().in_span_with_context("root", &Context::new(), |_| body(id, size, tier))
}

#[inline(never)]
fn error(id: u64, size: u64, tier: &str) -> Result<u64, Refused> {
    tracer().in_span("child", |context| {
        failing_body(id, size, tier).inspect_err(|error| {
            let span = context.span();
            span.record_error(error);
            span.set_status(Status::error(error.to_string()));
        })
    })
}

async fn async_ready(id: u64, size: u64, tier: &str) -> u64 {
    let context = Context::current_with_span(tracer().start("child"));
    async move { body(id, size, tier) }.with_context(context).await
}

async fn async_pending(id: u64, size: u64, tier: &str) -> u64 {
    let context = Context::current_with_span(tracer().start("child"));
    async move {
        PendingTimes(2).await;
        body(id, size, tier)
    }
    .with_context(context)
    .await
}

/// The raw SDK, each span carrying its source location as this workspace's spans do by
/// themselves: for comparisons in which both put the same on the wire.
#[derive(Debug)]
pub struct OtelSdkLocated;

#[inline(never)]
fn child_located(id: u64, size: u64, tier: &str) -> u64 {
    let [function, file, line] = location(concat!(module_path!(), "::child_located"));
    let builder = tracer().span_builder("child").with_attributes([
        KeyValue::new("id", id as i64),
        KeyValue::new("size", size as i64),
        KeyValue::new("tier", tier.to_owned()),
        function,
        file,
        line,
    ]);
    tracer().in_span_with_builder(builder, |_| body(id, size, tier))
}

#[inline(never)]
fn child_rich_located(it: &Exchange<'_>) -> u64 {
    let mut attributes = rich(it);
    attributes.extend(location(concat!(module_path!(), "::child_rich_located")));
    in_rich(attributes, it)
}

fn location(function: &'static str) -> [KeyValue; 3] {
    [
        KeyValue::new("code.function.name", function),
        KeyValue::new("code.file.path", file!()),
        KeyValue::new("code.line.number", i64::from(line!())),
    ]
}

impl Candidate for OtelSdkLocated {
    fn name(&self) -> &'static str {
        "opentelemetry_sdk, located"
    }

    fn burst(&self, operation: Operation, calls: u32) -> Option<Burst> {
        Some(match operation {
            Operation::ChildAttributes => recorded(|| timed(calls, child_located)),
            Operation::ChildRich => recorded_rich(calls, child_rich_located),
            _ => return None,
        })
    }

    fn settle(&self) {
        OtelSdk.settle();
    }

    fn received(&self) -> Counts {
        OtelSdk.received()
    }
}

fn recorded(run: impl FnOnce() -> Timed) -> Burst {
    let parent = Context::new().with_span(tracer().start_with_context("parent", &Context::new()));
    let guard = parent.attach();
    let timed = run();
    drop(guard);
    Burst::recorded(timed, 1)
}

fn recorded_rich(calls: u32, call: fn(&Exchange<'_>) -> u64) -> Burst {
    recorded(|| timed(calls, |id, size, _| call(&Exchange::of(id, size))))
}

impl Candidate for OtelSdk {
    fn name(&self) -> &'static str {
        "opentelemetry_sdk"
    }

    fn install(&self, load: Load) {
        set(provider(NullExporter(&RECEIVED), load));
    }

    fn burst(&self, operation: Operation, calls: u32) -> Option<Burst> {
        Some(match operation {
            Operation::Off => Burst::unrecorded(timed(calls, off)),
            Operation::Unsampled => {
                let _guard = unsampled_parent().attach();
                Burst::unrecorded(timed(calls, child))
            }
            Operation::Child => recorded(|| timed(calls, child)),
            Operation::ChildAttributes => recorded(|| timed(calls, child_attributes)),
            Operation::ChildRich => recorded_rich(calls, child_rich),
            Operation::Root => Burst::recorded(timed(calls, root), 0),
            Operation::AsyncReady => {
                recorded(|| timed(calls, |id, size, tier| poll_to_end(async_ready(id, size, tier))))
            }
            Operation::AsyncPending => recorded(|| {
                timed(calls, |id, size, tier| poll_to_end(async_pending(id, size, tier)))
            }),
            Operation::Error => recorded(|| timed(calls, error)),
            _ => return None,
        })
    }

    fn settle(&self) {
        if let Some((provider, _)) = INSTALLED.get() {
            // A flush that fails shows up as spans that were lost.
            let _ = provider.force_flush();
        }
    }

    fn received(&self) -> Counts {
        RECEIVED.counts()
    }
}
