//! Tests the guard and the builder: installing, flushing, shutting down, and their reports of losses.
#![cfg(feature = "enabled")]

use crate::support::{is_alone, record};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use std::ffi::OsString;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};
use trace_runtime::export::{NullExporter, QueueSettings};
use trace_runtime::sampling::AlwaysOff;
use trace_runtime::{
    InitError, Span, SpanContext, Telemetry, TelemetryBuilder,
    loss::{DropReason, LossReport},
    propagation::{SpanId, TraceFlags, TraceId},
    trace,
};
use trace_testkit::force::{Fault, FaultyExporter};

const LONG: Duration = Duration::from_secs(20);

fn builder() -> TelemetryBuilder {
    Telemetry::builder().without_env().with_service_name("test")
}

fn exported(report: &LossReport) -> u64 {
    report.exporters[0].exported
}

fn dropped(report: &LossReport, reason: DropReason) -> u64 {
    report.exporters[0].dropped.get(&reason).copied().unwrap_or_default()
}

#[test]
fn what_is_recorded_is_exported() {
    if !is_alone("what_is_recorded_is_exported") {
        return;
    }
    let exporter = FaultyExporter::new();
    let handle = exporter.handle();
    let telemetry = builder().with_exporter(exporter).install().unwrap();
    record(2);
    let report = telemetry.force_flush(LONG).unwrap();
    assert_eq!((report.started, exported(&report)), (3, 3));
    assert_eq!(handle.taken(), ["inner", "inner", "outer"]);
    record(0);
    let report = telemetry.shutdown(LONG);
    assert_eq!((report.started, exported(&report)), (4, 4));
    assert!(report.is_lossless() && report.is_balanced(), "{report}");
    record(5);
    assert_eq!(telemetry.shutdown(LONG), report, "the last word");
    assert_eq!(telemetry.force_flush(LONG).unwrap(), report);
}

#[test]
fn a_second_pipeline_is_refused_and_does_no_harm() {
    if !is_alone("a_second_pipeline_is_refused_and_does_no_harm") {
        return;
    }
    let exporter = FaultyExporter::new();
    let handle = exporter.handle();
    let telemetry = builder().with_exporter(exporter).install().unwrap();
    let error = builder().with_exporter(NullExporter::new()).install().unwrap_err();
    assert!(matches!(error, InitError::AlreadyInstalled));
    assert_eq!(
        error.to_string(),
        "telemetry is already installed in this process; install it once, in `main`, and keep the \
         guard"
    );
    record(0);
    telemetry.force_flush(LONG).unwrap();
    assert_eq!(handle.taken(), ["outer"]);
    drop(telemetry);
    // When the first has ended, there may be another.
    let count = NullExporter::new();
    let seen = count.count();
    let telemetry = builder().with_exporter(count).install().unwrap();
    record(1);
    drop(telemetry);
    assert_eq!(seen.get(), 2);
}

#[derive(Debug)]
struct Stock(Sender<Vec<SpanData>>);

impl SpanExporter for Stock {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        // A future that is not ready at once.
        futures_yield().await;
        self.0.send(batch).unwrap();
        Ok(())
    }
}

async fn futures_yield() {
    let mut is_second = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut is_second, true) {
            return std::task::Poll::Ready(());
        }
        context.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .await;
}

fn stock() -> (Stock, Receiver<Vec<SpanData>>) {
    let (sender, receiver) = channel();
    (Stock(sender), receiver)
}

#[test]
fn a_stock_exporter_gets_whole_spans() {
    if !is_alone("a_stock_exporter_gets_whole_spans") {
        return;
    }
    let (exporter, batches) = stock();
    let telemetry = builder().with_otel_span_exporter(exporter).install().unwrap();
    record(1);
    let report = telemetry.shutdown(LONG);
    assert_eq!(report.exporters[0].name, "Stock");
    let spans: Vec<SpanData> = batches.try_iter().flatten().collect();
    let [inner, outer] = &spans[..] else { panic!("{spans:?}") };
    assert_eq!((&*inner.name, &*outer.name), ("inner", "outer"));
    assert_eq!(inner.parent_span_id, outer.span_context.span_id());
    assert_eq!(inner.span_context.trace_id(), outer.span_context.trace_id());
    assert!(outer.span_context.is_sampled() && !outer.parent_span_is_remote);
    assert!(outer.start_time <= inner.start_time && inner.end_time <= outer.end_time);
    assert_eq!(outer.instrumentation_scope.name(), "suite");
}

#[test]
fn failing_and_panicking_exporters_are_counted() {
    if !is_alone("failing_and_panicking_exporters_are_counted") {
        return;
    }
    let telemetry = builder()
        .with_exporter(FaultyExporter::always(Fault::fail("no")))
        .with_exporter(FaultyExporter::always(Fault::panic("oh")))
        .install()
        .unwrap();
    record(3);
    let report = telemetry.shutdown(LONG);
    assert!(report.is_balanced() && !report.is_lossless(), "{report}");
    assert_eq!(dropped(&report, DropReason::ExportFailed), 4);
    assert_eq!(report.exporters[1].dropped[&DropReason::ExporterPanicked], 4);
    assert_eq!(report.exporters[0].last_error.as_deref(), Some("no"));
}

#[test]
fn a_slow_exporter_cannot_hold_up_the_end() {
    if !is_alone("a_slow_exporter_cannot_hold_up_the_end") {
        return;
    }
    let slow = FaultyExporter::always(Fault::slow(Duration::from_secs(60)));
    let telemetry = builder()
        .with_exporter(slow)
        .with_exporter(NullExporter::new())
        .with_shutdown_timeout(Duration::from_millis(100))
        .install()
        .unwrap();
    record(3);
    let start = Instant::now();
    let error = telemetry.force_flush(Duration::from_millis(100)).unwrap_err();
    assert!(error.report().is_balanced(), "{error}");
    let report = telemetry.shutdown(Duration::from_millis(100));
    assert_eq!(dropped(&report, DropReason::DeadlineExceeded), 4);
    assert_eq!(report.exporters[1].exported, 4);
    assert!(report.is_balanced(), "{report}");
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

#[test]
fn nothing_deadlocks_in_an_async_runtime() {
    if !is_alone("nothing_deadlocks_in_an_async_runtime") {
        return;
    }
    let current = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let many = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    for runtime in [current, many] {
        // Installed within the runtime …
        runtime.block_on(async {
            let (exporter, batches) = stock();
            let telemetry = builder().with_otel_span_exporter(exporter).install().unwrap();
            record(2);
            telemetry.force_flush(LONG).unwrap();
            assert_eq!(batches.try_iter().flatten().count(), 3);
            record(0);
            drop(telemetry);
            assert_eq!(batches.try_iter().flatten().count(), 1);
        });
        // … and before it.
        let (exporter, batches) = stock();
        let telemetry = builder().with_otel_span_exporter(exporter).install().unwrap();
        runtime.block_on(async {
            tokio::task::yield_now().await;
            record(1);
            telemetry.force_flush(LONG).unwrap();
            drop(telemetry);
        });
        assert_eq!(batches.try_iter().flatten().count(), 2);
    }
}

#[test]
fn a_sampler_decides() {
    if !is_alone("a_sampler_decides") {
        return;
    }
    let exporter = FaultyExporter::new();
    let handle = exporter.handle();
    let telemetry = builder().with_exporter(exporter).with_sampler(AlwaysOff).install().unwrap();
    record(3);
    let report = telemetry.shutdown(LONG);
    assert_eq!(report.started, 0, "{report}");
    assert!(handle.taken().is_empty());
}

#[test]
fn a_queue_that_is_too_small_loses_and_counts() {
    if !is_alone("a_queue_that_is_too_small_loses_and_counts") {
        return;
    }
    let exporter = FaultyExporter::always(Fault::hang());
    let handle = exporter.handle();
    let telemetry = builder()
        .with_exporter(exporter)
        .with_span_queue(QueueSettings::default().with_max_queue(10).with_max_batch(5))
        .install()
        .unwrap();
    for _ in 0..10 {
        record(99);
    }
    // The exporter is held up, so this ends by its deadline.
    assert!(telemetry.force_flush(Duration::from_millis(200)).is_err());
    handle.recover();
    let report = telemetry.shutdown(LONG);
    assert_eq!(report.started, 1_000);
    assert!(report.is_balanced(), "{report}");
    assert!(dropped(&report, DropReason::QueueFull) >= 900, "{report}");
}

fn variables(
    pairs: &'static [(&'static str, &'static str)],
) -> impl Fn(&str) -> Option<OsString> + 'static {
    move |name| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into())
}

#[test]
fn the_environment_can_turn_it_all_off() {
    if !is_alone("the_environment_can_turn_it_all_off") {
        return;
    }
    let telemetry = Telemetry::builder()
        .with_env(variables(&[("OTEL_SDK_DISABLED", "true")]))
        .install()
        .unwrap();
    assert!(telemetry.is_disabled());
    record(2);
    assert_eq!(telemetry.shutdown(LONG), LossReport::default());
    let telemetry = Telemetry::builder()
        .with_env(variables(&[("OTEL_TRACES_EXPORTER", "none")]))
        .install()
        .unwrap();
    assert!(!telemetry.is_disabled());
    record(2);
    assert!(telemetry.shutdown(LONG).exporters.is_empty());
}

#[test]
fn a_bad_variable_is_named() {
    if !is_alone("a_bad_variable_is_named") {
        return;
    }
    let error = Telemetry::builder()
        .with_env(variables(&[("OTEL_EXPORTER_OTLP_CERTIFICATE", "/does/not/exist.pem")]))
        .install()
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "OTEL_EXPORTER_OTLP_CERTIFICATE is `/does/not/exist.pem`; allowed: the path of a readable \
         PEM file"
    );
}

#[cfg(feature = "otlp-http")]
#[test]
fn an_unreachable_endpoint_does_no_harm() {
    if !is_alone("an_unreachable_endpoint_does_no_harm") {
        return;
    }
    let telemetry = Telemetry::builder()
        // The port of the discard service, without a listener.
        .with_env(variables(&[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9"),
            ("OTEL_BSP_SCHEDULE_DELAY", "1"),
        ]))
        .install()
        .unwrap();
    for _ in 0..20 {
        record(49);
    }
    let start = Instant::now();
    let report = telemetry.shutdown(Duration::from_secs(10));
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    assert!(report.is_balanced(), "{report}");
    assert_eq!(dropped(&report, DropReason::ExportFailed), 1_000, "{report}");
    let error = report.exporters[0].last_error.as_deref().unwrap_or_default();
    assert!(error.contains("http://127.0.0.1:9/v1/traces: Connection refused"), "{error}");
}

#[trace]
fn caller(body: &mut dyn FnMut(&SpanContext)) {
    body(&Span::current().context());
}

#[trace]
fn callee() {}

#[test]
fn what_an_earlier_pipeline_saw_start_goes_on_to_be_the_parent_it_is() {
    if !is_alone("what_an_earlier_pipeline_saw_start_goes_on_to_be_the_parent_it_is") {
        return;
    }
    let first = builder().with_exporter(NullExporter::new()).install().unwrap();
    let (mut first, mut second) = (Some(first), None);
    let mut outer = None;
    caller(&mut |context| {
        outer = Some(context.span_id());
        caller(&mut |_| {
            // Another trace, so that the thread writes its position before it leaves.
            let elsewhere =
                SpanContext::new(TraceId::from_u128(1), SpanId::from_u64(2), TraceFlags::SAMPLED);
            let attached = elsewhere.attach();
            callee();
            drop(attached);
            callee();
            drop(first.take());
            let (exporter, batches) = stock();
            let telemetry = builder().with_otel_span_exporter(exporter).install().unwrap();
            second = Some((telemetry, batches));
        });
        callee();
    });
    let (telemetry, batches) = second.unwrap();
    drop(telemetry);
    let spans: Vec<SpanData> = batches.iter().flatten().collect();
    assert_eq!(spans.len(), 1);
    assert_eq!(SpanId::from_bytes(spans[0].parent_span_id.to_bytes()), outer.unwrap());
}
