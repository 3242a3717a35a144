//! User code panics wherever telemetry calls it, with payloads whose destructors record and
//! panic again: memory stays intact, no panic escapes, and the counts stay exact.
#![cfg(all(feature = "logs", feature = "metrics"))]
#![forbid(unsafe_code)]

use crate::support::is_alone;
use crate::support::metrics::Read;
use opentelemetry::InstrumentationScope;
use opentelemetry::logs::{Logger as _, LoggerProvider as _, Severity};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{LogProcessor, SdkLogRecord};
use opentelemetry_sdk::metrics::{Instrument as Metric, Stream};
use std::any::Any;
use std::cell::Cell;
use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use trace_runtime::export::{ExportError, Exporter, FinishedSpan, NullExporter};
use trace_runtime::propagation::{self, Extractor, Injector, Propagator};
use trace_runtime::sampling::{Decision, Sampler, SamplingInput};
use trace_runtime::{
    Span, SpanContext, Telemetry, ToValue, Value, in_span,
    loss::DropReason,
    metered,
    propagation::{Context, SpanId, TraceFlags, TraceId},
    span, trace,
};

thread_local! {
    /// Calls on this thread that are spans. Exporting threads record none.
    static CALLS: Cell<u64> = const { Cell::new(0) };
    static MEASURED: Cell<u64> = const { Cell::new(0) };
}

fn count() {
    CALLS.set(CALLS.get() + 1);
}

#[trace(attrs(depth, text = "text"))]
fn traced(depth: u32) -> u32 {
    count();
    if depth == 0 { 0 } else { 1 + traced(depth - 1) }
}

/// The work of a user's destructor.
fn record_much() {
    traced(3);
    in_span("closure", |span| {
        count();
        span.set_attribute("text", "as long as it needs to be, which is longer than a word or two");
    });
    measured(1);
}

#[metered(labels(even = number.is_multiple_of(2)))]
fn measured(number: u32) -> u32 {
    MEASURED.set(MEASURED.get() + 1);
    number
}

/// The payload of a panic.
#[derive(Clone, Copy, Debug)]
enum Payload {
    Records,
    Panics,
    RecordsAndPanics,
}

const PAYLOADS: [Payload; 3] = [Payload::Records, Payload::Panics, Payload::RecordsAndPanics];

struct Thrown(Payload);

impl Drop for Thrown {
    fn drop(&mut self) {
        if !matches!(self.0, Payload::Panics) {
            record_much();
        }
        if !matches!(self.0, Payload::Records) {
            panic_any(Self(self.0));
        }
    }
}

impl Payload {
    fn throw(self) -> ! {
        panic_any(Thrown(self));
    }
}

/// Panics whatever it is asked.
#[derive(Clone, Copy)]
struct Hostile(Payload);

impl fmt::Display for Hostile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "begun, and long enough for some words")?;
        record_much();
        self.0.throw();
    }
}

impl fmt::Debug for Hostile {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.throw();
    }
}

impl Error for Hostile {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        record_much();
        self.0.throw();
    }
}

/// Describes itself; only its cause is hostile.
#[derive(Debug)]
struct Caused(Hostile);

impl fmt::Display for Caused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "caused")
    }
}

impl Error for Caused {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

#[trace("named {value}", attrs(%value, debug = ?value))]
fn formats(value: Hostile) {
    count();
    let _block = span!("block", attrs(?value));
    count();
}

#[trace(attrs(%value))]
async fn formats_later(value: Hostile) {
    count();
}

#[trace]
#[metered]
fn fails(value: Hostile) -> Result<(), Hostile> {
    count();
    Err(value)
}

#[trace]
fn fails_with_a_cause(value: Hostile) -> Result<(), Caused> {
    count();
    Err(Caused(value))
}

#[trace(ret(value = %ret))]
fn returns(value: Hostile) -> Hostile {
    count();
    value
}

/// All ways to have something formatted.
fn format_everywhere(value: Hostile) {
    formats(value);
    futures_util::FutureExt::now_or_never(formats_later(value)).unwrap();
    let _ = fails(value);
    let _ = fails_with_a_cause(value);
    returns(value);
    let span = Span::current();
    span.record_error(&value).record_error(&Caused(value));
    span.set_attribute("text", "before");
    tracing::subscriber::with_default(tracing_subscriber::registry(), || {
        tracing::info!(?value, "nothing listens");
    });
}

static SAMPLER_PANICS: AtomicBool = AtomicBool::new(false);

#[derive(Debug)]
struct HostileSampler(Payload);

impl Sampler for HostileSampler {
    fn sample(&self, _: &SamplingInput<'_>) -> Decision {
        if SAMPLER_PANICS.load(Ordering::Relaxed) {
            record_much();
            self.0.throw();
        }
        Decision::RecordAndSample
    }
}

impl Drop for HostileSampler {
    fn drop(&mut self) {
        panic_any(Thrown(self.0));
    }
}

/// Panics when it exports, and when it is dropped.
struct HostileExporter(Payload);

impl Exporter for HostileExporter {
    fn name(&self) -> std::borrow::Cow<'static, str> {
        "hostile".into()
    }

    fn export(&mut self, _: &[FinishedSpan<'_>]) -> Result<(), ExportError> {
        traced_in_exporter();
        self.0.throw();
    }

    fn shutdown(&mut self, _: Duration) -> Result<(), ExportError> {
        self.0.throw();
    }
}

impl Drop for HostileExporter {
    fn drop(&mut self) {
        self.0.throw();
    }
}

/// Not recorded: exporting threads do not feed themselves.
#[trace]
fn traced_in_exporter() {}

#[derive(Debug)]
struct HostilePropagator(Payload);

impl Propagator for HostilePropagator {
    fn inject(&self, _: &Context, _: &mut dyn Injector) {
        self.0.throw();
    }

    fn extract(&self, _: Context, _: &dyn Extractor) -> Context {
        self.0.throw();
    }

    fn fields(&self) -> &[&'static str] {
        &["hostile"]
    }
}

#[derive(Debug)]
struct HostileProcessor(Payload);

impl LogProcessor for HostileProcessor {
    fn emit(&self, _: &mut SdkLogRecord, _: &InstrumentationScope) {
        self.0.throw();
    }

    fn event_enabled(&self, _: Severity, _: &str, _: Option<&str>) -> bool {
        self.0.throw();
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.throw();
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        self.0.throw();
    }
}

impl ToValue for Hostile {
    fn to_value(&self) -> Value<'_> {
        self.0.throw();
    }
}

impl AsRef<str> for Hostile {
    fn as_ref(&self) -> &str {
        self.0.throw();
    }
}

/// Converted by code of users, which the caller of the function hears of.
#[trace(attrs(value))]
fn converts(value: Hostile) {
    let _ = value;
}

#[trace(ret(value = *ret))]
fn converts_what_it_returns(value: Hostile) -> Hostile {
    count();
    value
}

#[metered(labels(value(cap = 2) = value))]
fn converts_a_label(value: Hostile) {
    let _ = value;
}

fn convert_everywhere(value: Hostile) {
    assert!(catch_unwind(|| converts(value)).is_err_and(|it| it.is::<Thrown>() && drops(it)));
    let _ = catch_unwind(|| converts_what_it_returns(value)).map_err(drops);
    let _ = catch_unwind(|| converts_a_label(value)).map_err(drops);
}

/// Drops what was panicked with as its owner would have to.
fn drops(payload: Box<dyn Any + Send>) -> bool {
    if let Err(another) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(another);
    }
    true
}

/// A value of others in a context: its last owner may be a span of ours.
struct Kept(Payload);

impl Drop for Kept {
    fn drop(&mut self) {
        self.0.throw();
    }
}

#[trace(attach)]
fn attached(payload: Payload, guard: Option<opentelemetry::ContextGuard>) {
    count();
    // What the span has attached keeps the value from here on.
    drop(guard);
    let _ = payload;
}

fn probe() {
    let outer = traced(0);
    assert_eq!(outer, 0);
    assert!(!Span::current().context().is_valid(), "something is still current");
}

/// Prints what the test itself has to say.
fn silence_others() {
    std::panic::set_hook(Box::new(|panic| {
        if panic.payload().is::<String>() {
            eprintln!("{panic}");
        }
    }));
}

#[test]
fn books_are_exact_whatever_user_code_panics_with() {
    if !is_alone("books_are_exact_whatever_user_code_panics_with") {
        return;
    }
    silence_others();
    for payload in PAYLOADS {
        let (reader, read) = Read::reader();
        CALLS.set(0);
        MEASURED.set(0);
        SAMPLER_PANICS.store(false, Ordering::Relaxed);
        let view = move |_: &Metric| -> Option<Stream> { payload.throw() };
        let telemetry = Telemetry::builder()
            .without_env()
            .with_sampler(HostileSampler(payload))
            .with_exporter(NullExporter::new())
            .with_exporter(HostileExporter(payload))
            .with_propagator(HostilePropagator(payload))
            .with_log_processor(HostileProcessor(payload))
            .with_metric_reader(reader)
            .with_metric_view(view)
            .install()
            .unwrap();
        trace_runtime::metrics::observe("hostile", "1", move || payload.throw());
        let hostile = Hostile(payload);
        // As roots, and as children.
        format_everywhere(hostile);
        probe();
        in_span("outer", |_| {
            count();
            let outer = Span::current().context();
            format_everywhere(hostile);
            assert_eq!(Span::current().context(), outer);
        });
        probe();
        // While the thread panics already.
        let unwound = catch_unwind(AssertUnwindSafe(|| {
            struct Late(Hostile);
            impl Drop for Late {
                fn drop(&mut self) {
                    format_everywhere(self.0);
                }
            }
            let _late = Late(hostile);
            panic!("on purpose");
        }));
        assert!(unwound.is_err());
        probe();
        // The sampler, at roots and under what is not sampled.
        SAMPLER_PANICS.store(true, Ordering::Relaxed);
        for _ in 0..100 {
            probe();
        }
        format_everywhere(hostile);
        SAMPLER_PANICS.store(false, Ordering::Relaxed);
        probe();
        // Formats of contexts.
        let mut carrier = std::collections::HashMap::new();
        let context =
            SpanContext::new(TraceId::from_u128(1), SpanId::from_u64(2), TraceFlags::SAMPLED);
        propagation::inject_context(&Context::from(context), &mut carrier);
        let _ = propagation::extract(&carrier);
        probe();
        // Log processors.
        let logger = telemetry.logger_provider().logger("hostile");
        assert!(!logger.event_enabled(Severity::Info, "target", None));
        logger.emit(logger.create_log_record());
        probe();
        // Conversions.
        convert_everywhere(hostile);
        in_span("converting", |_| {
            count();
            convert_everywhere(hostile);
        });
        probe();
        // Values in the contexts of others.
        let kept = opentelemetry::Context::current().with_value(Kept(payload)).attach();
        attached(payload, Some(kept));
        probe();
        let _ = telemetry.force_flush(Duration::from_secs(20));
        let of_measured = [("function", "measured"), ("even", "false")];
        let calls = read.sum("function.calls", &of_measured);
        assert_eq!(calls as u64, MEASURED.get(), "{payload:?}");
        let report = telemetry.shutdown(Duration::from_secs(20));
        assert_eq!(report.started, CALLS.get(), "{payload:?}: {report}");
        assert!(report.is_balanced(), "{payload:?}: {report:?}");
        assert_eq!(report.buffered, 0, "{payload:?}: {report}");
        assert!(report.dropped[&DropReason::Reentrant] > 0, "{payload:?}: {report}");
        assert_eq!(report.dropped.len(), 1, "{payload:?}: {report}");
    }
}
