//! Tests that memory is bounded and every loss is counted, whatever holds up the collector or grows in the
//! program: measured calls, series, open spans, and the data left behind after a missed deadline.
#![cfg(feature = "metrics")]

use crate::support::metrics::Read;
use crate::support::{is_alone, record};
use opentelemetry::global;
use opentelemetry::metrics::AsyncInstrument;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};
use trace_runtime::export::NullExporter;
use trace_runtime::metrics::observe;
use trace_runtime::{
    Span, Status, Telemetry, TelemetryBuilder, business_metric, in_span,
    loss::{DropReason, LossReport},
    metered, trace,
};
use trace_testkit::force::{fill_ring, hold_collector};

const PATIENCE: Duration = Duration::from_secs(60);

#[metered(labels(tenant(cap = 20_000) = tenant, region(cap = 20_000) = region), in_flight)]
#[business_metric(counter("ordered"), value = 2, labels(tenant(cap = 20_000) = tenant))]
#[business_metric(updown("stock"), value = -1.5)]
#[business_metric(gauge("depth"), value = tenant.len())]
#[business_metric(histogram("size"), value = tenant.len())]
fn order(tenant: &str, region: &str) {
    let _ = (tenant, region);
}

#[metered(name = "checkout", labels(tenant(cap = 20_000) = tenant))]
fn checkout(tenant: &str) {
    let _ = tenant;
}

#[metered]
fn plain() {}

#[trace]
#[metered]
fn both() {}

fn builder() -> (TelemetryBuilder, Read) {
    let (reader, read) = Read::reader();
    let builder = Telemetry::builder()
        .without_env()
        .without_own_metrics()
        .with_exporter(NullExporter::new())
        .with_metric_reader(reader);
    (builder, read)
}

#[track_caller]
fn assert_balanced(report: &LossReport, spans: u64) {
    assert_eq!(report.started, spans, "{report}");
    assert_eq!(report.buffered, 0, "{report}");
    assert!(report.is_balanced(), "{report:?}");
}

#[test]
fn what_is_measured_while_its_ring_is_full_is_exact() {
    if !is_alone("what_is_measured_while_its_ring_is_full_is_exact") {
        return;
    }
    let (builder, read) = builder();
    let telemetry = builder.install().unwrap();
    let held = hold_collector();
    std::thread::scope(|scope| {
        for lane in 0..4 {
            scope.spawn(move || {
                plain();
                let full = fill_ring();
                let tenant = format!("tenant-{lane}");
                (0..5_000).for_each(|_| order(&tenant, "eu"));
                (0..1_000).for_each(|_| checkout(&tenant));
                (0..100).for_each(|_| both());
                drop(full);
            });
        }
    });
    let missed = telemetry.force_flush(Duration::from_millis(10)).unwrap_err();
    assert!(missed.report().incomplete && !missed.report().is_lossless(), "{missed}");
    drop(held);
    let report = telemetry.force_flush(PATIENCE).unwrap();
    assert_eq!(report.measurements, Default::default(), "{report}");
    assert_eq!(report.dropped[&DropReason::RingFull], 400, "{report}");
    let function = |name| ("function", name);
    assert_eq!(read.sum("function.calls", &[function("order")]), 20_000.0);
    assert_eq!(read.sum("function.calls", &[function("order"), ("tenant", "tenant-3")]), 5_000.0);
    assert_eq!(read.sum("function.calls.duration", &[function("order")]), 20_000.0);
    assert_eq!(read.sum("function.calls.concurrent", &[function("order")]), 0.0);
    assert_eq!(read.sum("function.calls", &[function("both")]), 400.0);
    assert_eq!(read.sum("function.calls", &[function("plain")]), 4.0);
    assert_eq!(read.sum("checkout.duration", &[("tenant", "tenant-0")]), 1_000.0);
    assert_eq!(read.sum("ordered", &[("tenant", "tenant-1")]), 10_000.0);
    assert_eq!(read.sum("stock", &[]), -30_000.0);
    assert_eq!(read.sum("depth", &[]), 8.0);
    assert_eq!((read.sum("size", &[]), read.sum("size.sum", &[])), (20_000.0, 160_000.0));
}

#[test]
fn more_labels_than_a_held_up_collector_has_room_for_overflow_and_are_counted() {
    if !is_alone("more_labels_than_a_held_up_collector_has_room_for_overflow_and_are_counted") {
        return;
    }
    let (builder, read) = builder();
    let telemetry = builder.with_series_limit(6_000).install().unwrap();
    plain();
    let held = hold_collector();
    let full = fill_ring();
    for n in 0..6_000 {
        order(&format!("tenant-{n}"), "eu");
    }
    drop((full, held));
    let report = telemetry.force_flush(PATIENCE).unwrap();
    assert_eq!(report.measurements.dropped, Default::default(), "{report}");
    assert!(report.measurements.overflowed > 0, "{report}");
    assert!(report.is_lossless(), "{report}");
    assert_eq!(read.sum("function.calls", &[("function", "order")]), 6_000.0);
    assert_eq!(read.sum("ordered", &[]), 12_000.0);
    let beyond = [("otel.metric.overflow", "true")];
    let overflowed = read.sum("function.calls", &beyond) + read.sum("ordered", &beyond) / 2.0;
    assert_eq!(overflowed, report.measurements.overflowed as f64);
    assert_eq!(read.sum("function.calls.concurrent", &[]), 0.0);
}

/// A callback that hangs.
struct Hanging {
    gate: Sender<()>,
    reached: Receiver<()>,
}

impl Hanging {
    fn new() -> Self {
        let ((gate, is_open), (reach, reached)) = (channel::<()>(), channel());
        let is_open = Mutex::new(is_open);
        let callback = move |_: &dyn AsyncInstrument<u64>| {
            let _ = reach.send(());
            let _ = is_open.lock().unwrap().recv();
        };
        let meter = global::meter("hangs");
        let _gauge = meter.u64_observable_gauge("hangs").with_callback(callback).build();
        Self { gate, reached }
    }

    /// Waits until it is called.
    fn wait(&self) {
        self.reached.recv_timeout(PATIENCE).unwrap();
    }

    /// It hangs no more.
    fn release(self) {
        drop(self.gate);
    }
}

#[test]
fn a_callback_that_hangs_holds_up_neither_spans_nor_calls() {
    if !is_alone("a_callback_that_hangs_holds_up_neither_spans_nor_calls") {
        return;
    }
    let (builder, read) = builder();
    let telemetry = builder.install().unwrap();
    plain();
    telemetry.force_flush(PATIENCE).unwrap();
    let hanging = Hanging::new();
    std::thread::scope(|scope| {
        scope.spawn(|| telemetry.force_flush(PATIENCE).unwrap());
        // From now on, a thread that creates an instrument waits.
        hanging.wait();
        let begun = Instant::now();
        for n in 0..20_000 {
            plain();
            order(["eu", "us"][n % 2], "eu");
        }
        record(9);
        observe("late", "", || 1.0);
        let deadline = Instant::now() + PATIENCE;
        let report = loop {
            let report = telemetry.report();
            if report.exporters[0].exported == 10 && report.measurements.buffered > 0 {
                break report;
            }
            assert!(Instant::now() < deadline, "{report}");
            std::thread::yield_now();
        };
        assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
        assert_eq!(report.total_dropped(), 0, "{report}");
        hanging.release();
    });
    let deadline = Instant::now() + PATIENCE;
    let report = loop {
        let report = telemetry.force_flush(PATIENCE).unwrap();
        if read.sum("late", &[]) == 1.0 {
            break report;
        }
        assert!(Instant::now() < deadline, "{report}");
    };
    assert!(report.is_lossless() && report.measurements.buffered == 0, "{report}");
    assert_eq!(read.sum("function.calls", &[("function", "plain")]), 20_001.0);
    assert_eq!(read.sum("function.calls", &[("function", "order")]), 20_000.0);
    assert_eq!(read.sum("function.calls.duration", &[]), 40_001.0);
    assert_eq!(read.sum("ordered", &[("tenant", "us")]), 20_000.0);
    assert_eq!(read.sum("size.sum", &[]), 40_000.0);
    assert_eq!(read.sum("function.calls.concurrent", &[]), 0.0);
}

#[test]
fn what_waits_for_its_instrument_at_the_end_is_counted() {
    if !is_alone("what_waits_for_its_instrument_at_the_end_is_counted") {
        return;
    }
    let (builder, _read) = builder();
    let telemetry = builder.install().unwrap();
    let hanging = Hanging::new();
    telemetry.force_flush(Duration::from_millis(1)).unwrap_err();
    hanging.wait();
    (0..1_000).for_each(|_| order("acme", "eu"));
    let report = telemetry.shutdown(Duration::from_millis(400));
    // The call, and four values of it.
    assert_eq!(report.measurements.dropped[&DropReason::DeadlineExceeded], 5_000, "{report}");
    assert!(report.measurements.undelivered && !report.is_lossless(), "{report}");
    assert!(report.to_string().contains("5000 measurements dropped (deadline_exceeded 5000)"));
    hanging.release();
}

#[test]
fn functions_and_instruments_have_as_many_series_as_the_limit_and_one_for_the_rest() {
    if !is_alone("functions_and_instruments_have_as_many_series_as_the_limit_and_one_for_the_rest")
    {
        return;
    }
    let (builder, read) = builder();
    let telemetry = builder.with_series_limit(20).install().unwrap();
    for n in 0..300 {
        order(&format!("tenant-{}", n % 30), &format!("region-{}", n % 50));
        checkout(&format!("tenant-{}", n % 30));
        plain();
        if n % 100 == 0 {
            telemetry.force_flush(PATIENCE).unwrap();
        }
    }
    let report = telemetry.force_flush(PATIENCE).unwrap();
    assert!(report.is_lossless(), "{report}");
    let order = ("function", "order");
    let beyond = ("otel.metric.overflow", "true");
    assert_eq!(read.sum("function.calls", &[order]), 300.0);
    assert_eq!(read.sum("function.calls", &[order, beyond, ("result", "ok")]), 300.0 - 40.0);
    assert_eq!(read.sum("function.calls.duration", &[order]), 300.0);
    assert_eq!(read.sum("function.calls.duration", &[order, beyond]), 300.0 - 40.0);
    assert_eq!(read.sum("function.calls", &[("function", "plain")]), 300.0);
    assert_eq!(read.series("function.calls"), 20 + 1 + 1);
    assert_eq!((read.series("checkout.duration"), read.series("ordered")), (21, 21));
    assert_eq!(read.sum("checkout.duration", &[beyond]), 100.0);
    assert_eq!((read.sum("ordered", &[beyond]), read.sum("ordered", &[])), (200.0, 600.0));
    assert_eq!(report.measurements.overflowed, 260 + 100 + 100);
}

#[test]
fn a_function_leaves_the_series_of_others_alone() {
    if !is_alone("a_function_leaves_the_series_of_others_alone") {
        return;
    }
    let (builder, read) = builder();
    let telemetry = builder.install().unwrap();
    for n in 0..2_500 {
        order(&format!("tenant-{n}"), "eu");
        checkout(&format!("tenant-{n}"));
    }
    plain();
    let report = telemetry.force_flush(PATIENCE).unwrap();
    assert_eq!(read.series("function.calls"), 2_000 + 1 + 1);
    assert_eq!(read.sum("function.calls", &[("function", "plain")]), 1.0);
    assert_eq!((read.series("checkout.duration"), read.series("ordered")), (2_001, 2_001));
    assert_eq!(report.measurements.overflowed, 3 * 500, "{report}");
}

#[test]
fn spans_beyond_the_limit_of_open_ones_are_dropped_and_counted() {
    if !is_alone("spans_beyond_the_limit_of_open_ones_are_dropped_and_counted") {
        return;
    }
    let telemetry = Telemetry::builder()
        .without_env()
        .with_exporter(NullExporter::new())
        .with_open_span_limits(100, usize::MAX)
        .install()
        .unwrap();
    let open: Vec<_> = (0..250).map(|_| Span::builder("open").start()).collect();
    let report = telemetry.force_flush(PATIENCE).unwrap();
    assert_eq!((report.started, report.buffered), (250, 100), "{report}");
    assert_eq!(report.dropped[&DropReason::TooManyOpen], 150, "{report}");
    assert!(report.is_balanced() && !report.is_lossless(), "{report}");
    // Data recorded on dropped spans are dropped too.
    for span in &open {
        span.span().add_event("late", &[]);
    }
    drop(open);
    let report = telemetry.force_flush(PATIENCE).unwrap();
    assert_eq!(report.exporters[0].exported, 100, "{report}");
    assert_eq!(report.dropped_details, 0, "{report}");
    // There is room again, and calls within one that was dropped find their way back.
    let crowd: Vec<_> = (0..100).map(|_| Span::builder("open").start()).collect();
    in_span("dropped", |_| record(3));
    drop(crowd);
    record(9);
    let report = telemetry.shutdown(PATIENCE);
    assert_balanced(&report, 250 + 100 + 5 + 10);
    assert_eq!(report.dropped[&DropReason::TooManyOpen], 155, "{report}");
}

#[test]
fn what_open_spans_take_is_bounded_in_bytes() {
    if !is_alone("what_open_spans_take_is_bounded_in_bytes") {
        return;
    }
    let telemetry = Telemetry::builder()
        .without_env()
        .with_exporter(NullExporter::new())
        .with_open_span_limits(usize::MAX, 1 << 20)
        .install()
        .unwrap();
    let text = "x".repeat(10_000);
    let first = Span::builder("first").start();
    for n in 0..200 {
        first.span().set_attribute("text", &text).add_event("event", &[("text", &text)]);
        first.span().set_status(Status::error(text.clone()));
        if n % 10 == 0 {
            telemetry.force_flush(PATIENCE).unwrap();
        }
    }
    let more = Span::builder("more").start();
    let report = telemetry.force_flush(PATIENCE).unwrap();
    assert_eq!(report.dropped[&DropReason::TooManyOpen], 1, "{report}");
    assert!(report.dropped_details > 450, "{report}");
    drop((first, more));
    assert!(Span::builder("again").start().span().is_recording());
    let report = telemetry.shutdown(PATIENCE);
    assert_balanced(&report, 3);
    assert_eq!(report.exporters[0].exported, 2, "{report}");
}

#[test]
fn a_missed_deadline_is_never_lossless() {
    if !is_alone("a_missed_deadline_is_never_lossless") {
        return;
    }
    let (builder, _read) = builder();
    let telemetry = builder.install().unwrap();
    let open = Span::builder("open").start();
    telemetry.force_flush(PATIENCE).unwrap();
    let held = hold_collector();
    record(999);
    let full = fill_ring();
    (0..50).for_each(|_| plain());
    drop(full);
    let begun = Instant::now();
    let report = telemetry.shutdown(Duration::from_millis(50));
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert!(report.incomplete && !report.is_lossless(), "{report}");
    assert!(report.unread_bytes >= 1_000 * 2 * 8, "{report}");
    assert_balanced(&report, 1);
    assert_eq!(report.dropped[&DropReason::DeadlineExceeded], 1, "{report}");
    assert_eq!(report.measurements.dropped[&DropReason::DeadlineExceeded], 50, "{report}");
    assert!(report.to_string().contains("bytes of records unread"), "{report}");
    assert_eq!(telemetry.report(), report);
    drop((held, open));
}
