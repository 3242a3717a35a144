//! Spans that are recorded, and neither exported nor marked as sampled.

use super::{names, passed_on};
use crate::support::is_alone;
use opentelemetry::trace::{Span as _, TraceContextExt as _, Tracer as _};
use opentelemetry::{Context, global};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use trace_runtime::export::{AllSpans, NullExporter};
use trace_runtime::loss::DropReason;
use trace_runtime::sampling::{
    AlwaysOff, AlwaysRecord, Decision, ParentBased, Sampler, SamplingInput,
};
use trace_runtime::{Instrument, Span, Telemetry, trace};
use trace_testkit::Capture;

static EVALUATED: AtomicU32 = AtomicU32::new(0);

#[trace(attrs(a = EVALUATED.fetch_add(1, Ordering::Relaxed)))]
fn evaluates() -> bool {
    Span::current().is_recording()
}

#[trace]
fn outer() -> [bool; 3] {
    let context = Span::current().context();
    let elsewhere = std::thread::scope(|scope| scope.spawn(|| under(context).0).join().unwrap());
    [Span::current().is_recording(), evaluates(), elsewhere]
}

#[trace(parent = context)]
fn under(context: trace_runtime::SpanContext) -> (bool, bool) {
    (Span::current().is_recording(), passed_on().0)
}

#[trace]
async fn asynchronous() -> (bool, bool) {
    (Span::current().is_recording(), passed_on().0)
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

#[test]
fn what_another_sampler_drops_is_recorded_and_not_exported() {
    let t = Capture::builder().with_sampler(AlwaysRecord::new(AlwaysOff)).start();
    assert_eq!(outer(), [true; 3]);
    assert_eq!(run(asynchronous()), (true, false));
    let detached = Span::builder("detached").start();
    assert!(detached.span().is_recording() && !detached.context().is_sampled());
    assert_eq!(run(asynchronous().instrument(detached)), (true, false));
    assert!(names(&t).is_empty());
    assert!(t.snapshot().decisions.iter().all(|decision| !decision.sampled));
}

#[test]
fn it_follows_spans_through_opentelemetrys_api() {
    let t = Capture::builder().with_sampler(AlwaysRecord::new(AlwaysOff)).start();
    let mut span = global::tracer("api").start("api");
    assert!(span.is_recording() && !span.span_context().is_sampled());
    span.set_attribute(opentelemetry::KeyValue::new("a", 1));
    let _attached = Context::current_with_span(span).attach();
    assert!(evaluates());
    assert!(names(&t).is_empty());
}

/// Records every other trace without sampling it.
#[derive(Debug, Default)]
struct EveryOther(AtomicU32);

impl Sampler for EveryOther {
    fn sample(&self, _: &SamplingInput<'_>) -> Decision {
        match self.0.fetch_add(1, Ordering::Relaxed) % 2 {
            0 => Decision::RecordAndSample,
            _ => Decision::RecordOnly,
        }
    }
}

#[test]
fn reports_count_them_and_they_are_not_lost() {
    if !is_alone("reports_count_them_and_they_are_not_lost") {
        return;
    }
    let telemetry = Telemetry::builder()
        .without_env()
        .with_sampler(ParentBased::new(EveryOther::default()))
        .with_exporter(NullExporter::new())
        .with_exporter(AllSpans(NullExporter::new()))
        .install()
        .unwrap();
    for round in 0..5_000 {
        assert_eq!(outer(), [true; 3], "{round}");
    }
    let report = telemetry.shutdown(Duration::from_secs(60));
    assert_eq!(report.started, 15_000, "{report}");
    let exported: Vec<_> = report.exporters.iter().map(|it| it.exported).collect();
    assert_eq!(exported, [7_500, 15_000], "{report}");
    assert_eq!(report.dropped[&DropReason::SampledOut], 7_500, "{report}");
    assert_eq!(report.total_dropped(), 0, "{report}");
    assert!(report.is_balanced() && report.is_lossless(), "{report}");
    assert!(report.to_string().contains("sampled_out 7500"), "{report}");
}
