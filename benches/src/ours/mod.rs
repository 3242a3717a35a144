//! This workspace's own attribute and runtime, with their defaults: but for the line at start-up, no setting
//! is made for the benches.

pub mod logs;
pub mod sampled;

use std::borrow::Cow;
use std::sync::OnceLock;
use std::time::Duration;

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanExporter;
use trace_runtime::export::{
    self, ExportError, Exporter, FinishedSpan, NullCount, OtlpHttpExporter, OtlpSettings,
};
use trace_runtime::loss::DropReason;
use trace_runtime::sampling::TailSampling;
use trace_runtime::{
    Span, SpanContext, Telemetry, TelemetryBuilder, business_metric, metered,
    propagation::{SpanId, TraceFlags, TraceId},
    trace,
};

use crate::candidate::{Burst, Candidate, Load};
use crate::export::count::{Counts, NullExporter, Received};
use crate::export::counters;
use crate::operation::{
    Operation, PendingTimes, Plan, Refused, SPANS_OF_TRACE, Timed, body, failing_body, is_even,
    poll_to_end, timed,
};
use crate::rich::{EVENT, EVENT_KEY, Exchange};

/// The attributes with the runtime behind them.
#[derive(Debug)]
pub struct Ours;

/// What the exporter has received.
pub static RECEIVED: Received = Received::new();

static INSTALLED: OnceLock<Telemetry> = OnceLock::new();

/// Installs the runtime with any exporter.
pub fn install(exporter: impl SpanExporter + 'static) {
    set(Telemetry::builder().with_otel_span_exporter(exporter));
}

fn set(builder: TelemetryBuilder) {
    let installed = builder.without_startup_line().install();
    let telemetry =
        installed.unwrap_or_else(|error| panic!("the runtime was not installed: {error}"));
    assert!(INSTALLED.set(telemetry).is_ok(), "the runtime is installed twice");
}

/// Installs the runtime with its own OTLP exporter, as the environment variables would.
pub fn install_otlp(endpoint: &str) {
    set(to_otlp(endpoint));
}

fn to_otlp(endpoint: &str) -> TelemetryBuilder {
    let settings = OtlpSettings::default().with_endpoint(endpoint);
    let exporter = OtlpHttpExporter::new(&settings)
        .unwrap_or_else(|error| panic!("there is no exporter: {error}"));
    Telemetry::builder().with_exporter(Counting(exporter))
}

/// Counts the spans that the runtime's own exporter has delivered.
struct Counting(OtlpHttpExporter);

impl Exporter for Counting {
    fn name(&self) -> Cow<'static, str> {
        self.0.name()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.0.set_resource(resource);
    }

    fn export(&mut self, batch: &[FinishedSpan<'_>]) -> Result<(), ExportError> {
        self.0.export(batch)?;
        RECEIVED.add(Counts { spans: batch.len() as u64, ..Counts::default() });
        Ok(())
    }

    fn shutdown(&mut self, timeout: Duration) -> Result<(), ExportError> {
        self.0.shutdown(timeout)
    }
}

/// The runtime with the stock exporter that the SDK has; only for exporting.
#[derive(Debug)]
pub struct OursStock;

impl Candidate for OursStock {
    fn name(&self) -> &'static str {
        "trace-runtime, stock exporter"
    }

    fn burst(&self, operation: Operation, calls: u32) -> Option<Burst> {
        Ours.burst(operation, calls)
    }

    fn settle(&self) {
        Ours.settle();
    }

    fn received(&self) -> Counts {
        Ours.received()
    }
}

/// The runtime with its own OTLP exporter, for traces with errors and one in a hundred others.
#[derive(Debug)]
pub struct OursTail;

impl OursTail {
    /// Installs it, with an exporter to this endpoint.
    pub fn install_otlp(endpoint: &str) {
        set(to_otlp(endpoint).with_tail_sampling(TailSampling::new(0.01)));
    }
}

impl Candidate for OursTail {
    fn name(&self) -> &'static str {
        "trace-runtime, 1 % of traces"
    }

    fn burst(&self, operation: Operation, calls: u32) -> Option<Burst> {
        Ours.burst(operation, calls)
    }

    fn settle(&self) {
        Ours.settle();
    }

    fn received(&self) -> Counts {
        let dropped = INSTALLED.get().map(|telemetry| telemetry.report().dropped);
        let left_out = dropped.and_then(|dropped| dropped.get(&DropReason::SampledOut).copied());
        let mut counts = Ours.received();
        counts.spans += left_out.unwrap_or_default();
        counts
    }
}

/// The runtime with an exporter that implements its own trait, and only counts: what spans cost before they are
/// converted or encoded.
#[derive(Debug)]
pub struct OursNull;

static NULL: OnceLock<NullCount> = OnceLock::new();

impl Candidate for OursNull {
    fn name(&self) -> &'static str {
        "trace-runtime, null exporter"
    }

    fn install(&self, _load: Load) {
        let exporter = export::NullExporter::new();
        let _ = NULL.set(exporter.count());
        set(Telemetry::builder().with_exporter(exporter));
    }

    fn burst(&self, operation: Operation, calls: u32) -> Option<Burst> {
        Ours.burst(operation, calls)
    }

    fn settle(&self) {
        Ours.settle();
    }

    fn received(&self) -> Counts {
        Counts { spans: NULL.get().map_or(0, NullCount::get), ..Counts::default() }
    }
}

#[inline(never)]
#[trace]
fn child(id: u64, size: u64, tier: &str) -> u64 {
    body(id, size, tier)
}

#[inline(never)]
#[trace(attrs(id, size, tier))]
fn child_attributes(id: u64, size: u64, tier: &str) -> u64 {
    body(id, size, tier)
}

#[inline(never)]
#[trace(attrs(
    "http.request.method" = it.method,
    "url.scheme" = it.scheme,
    "network.protocol.version" = it.version,
    "http.route" = it.route,
    "url.path" = it.path,
    "server.address" = it.server,
    "client.address" = it.client,
    "user_agent.original" = it.agent,
    "server.port" = it.port,
    "http.response.status_code" = it.status,
    "http.request.body.size" = it.received,
    "http.response.body.size" = it.sent,
))]
fn child_rich(it: &Exchange<'_>) -> u64 {
    Span::current().add_event(EVENT, &[(EVENT_KEY, &it.path)]);
    body(it.received as u64, it.sent as u64, it.route)
}

#[inline(never)]
#[trace(root, attrs(id, size, tier))]
fn trace_of_spans(id: u64, size: u64, tier: &str) -> Result<u64, Refused> {
    let sum = (1..u64::from(SPANS_OF_TRACE)).map(|n| child_attributes(id + n, size, tier)).sum();
    if id % 1_000 == 999 { Err(Refused) } else { Ok(sum) }
}

#[inline(never)]
#[trace(root)]
fn root(id: u64, size: u64, tier: &str) -> u64 {
    body(id, size, tier)
}

#[inline(never)]
#[trace]
fn error(id: u64, size: u64, tier: &str) -> Result<u64, Refused> {
    failing_body(id, size, tier)
}

#[trace]
async fn async_ready(id: u64, size: u64, tier: &str) -> u64 {
    body(id, size, tier)
}

#[trace]
async fn async_pending(id: u64, size: u64, tier: &str) -> u64 {
    PendingTimes(2).await;
    body(id, size, tier)
}

#[inline(never)]
#[metered]
fn metered_call(id: u64, size: u64, tier: &str) -> u64 {
    body(id, size, tier)
}

#[inline(never)]
#[metered(labels(even = is_even(id), plan = Plan::of(id)))]
fn metered_labels(id: u64, size: u64, tier: &str) -> u64 {
    body(id, size, tier)
}

#[inline(never)]
#[business_metric(counter("orders"))]
fn counted(id: u64, size: u64, tier: &str) -> u64 {
    body(id, size, tier)
}

#[inline(never)]
#[trace]
#[metered]
#[business_metric(counter("orders"))]
fn child_metered_counted(id: u64, size: u64, tier: &str) -> u64 {
    body(id, size, tier)
}

#[trace(root)]
fn parent(run: impl FnOnce() -> Timed) -> Timed {
    run()
}

#[trace(parent = caller)]
fn continued(caller: &SpanContext, run: impl FnOnce() -> Timed) -> Timed {
    run()
}

fn recorded(run: impl FnOnce() -> Timed) -> Burst {
    Burst::recorded(parent(run), 1)
}

fn unsampled(calls: u32) -> Burst {
    let caller = SpanContext::remote(
        TraceId::from_u128(0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736),
        SpanId::from_u64(0x00f0_67aa_0ba9_02b7),
        TraceFlags::NONE,
    );
    Burst::unrecorded(continued(&caller, || timed(calls, child)))
}

impl Candidate for Ours {
    fn name(&self) -> &'static str {
        "trace-runtime"
    }

    fn install(&self, _load: Load) {
        set(Telemetry::builder()
            .with_otel_span_exporter(NullExporter(&RECEIVED))
            .with_metric_reader(counters::reader(&RECEIVED)));
    }

    fn burst(&self, operation: Operation, calls: u32) -> Option<Burst> {
        Some(match operation {
            Operation::Off => Burst::unrecorded(timed(calls, child)),
            Operation::Unsampled => unsampled(calls),
            Operation::Child => recorded(|| timed(calls, child)),
            Operation::ChildAttributes => recorded(|| timed(calls, child_attributes)),
            Operation::ChildRich => {
                recorded(|| timed(calls, |id, size, _| child_rich(&Exchange::of(id, size))))
            }
            Operation::Trace => {
                let timed = timed(calls / SPANS_OF_TRACE, trace_of_spans);
                let records = u64::from(SPANS_OF_TRACE) * timed.made;
                Burst { records, ..Burst::recorded(timed, 0) }
            }
            Operation::Root => Burst::recorded(timed(calls, root), 0),
            Operation::AsyncReady => {
                recorded(|| timed(calls, |id, size, tier| poll_to_end(async_ready(id, size, tier))))
            }
            Operation::AsyncPending => recorded(|| {
                timed(calls, |id, size, tier| poll_to_end(async_pending(id, size, tier)))
            }),
            Operation::Error => recorded(|| timed(calls, error)),
            Operation::Metered => Burst::counted(timed(calls, metered_call)),
            Operation::MeteredLabels => Burst::counted(timed(calls, metered_labels)),
            Operation::Counted => Burst::counted(timed(calls, counted)),
            Operation::ChildMeteredCounted => {
                let timed = parent(|| timed(calls, child_metered_counted));
                // A span, a call and an order each.
                Burst { records: 3 * timed.made + 1, ..Burst::counted(timed) }
            }
            Operation::LogTracing | Operation::LogLog => return None,
        })
    }

    fn settle(&self) {
        if let Some(telemetry) = INSTALLED.get() {
            // What was not flushed in time shows up as spans that were lost.
            let _ = telemetry.force_flush(Duration::from_secs(5));
        }
    }

    fn received(&self) -> Counts {
        RECEIVED.counts()
    }
}
