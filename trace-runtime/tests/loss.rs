//! Checks that every span that was started is exported, dropped for a stated reason, or buffered: the sums
//! are exact under threads that come and go, full rings, and exporters that fail, panic and stall.

use crate::support::is_alone;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use trace_runtime::export::{NullExporter, QueueSettings};
use trace_runtime::{
    Span, Telemetry,
    loss::{DropReason, LossReport},
    trace,
};
use trace_testkit::force::{Fault, FaultyExporter, fill_ring, flood};

const PATIENCE: Duration = Duration::from_secs(60);

#[trace(attrs(depth, text))]
fn dive(depth: u64, text: &str) -> u64 {
    if depth == 0 { 1 } else { 1 + dive(depth - 1, text) }
}

#[trace]
async fn drift(depth: u64) -> u64 {
    tokio::task::yield_now().await;
    if depth == 0 { 1 } else { 1 + Box::pin(drift(depth - 1)).await }
}

fn assert_balanced(report: &LossReport, calls: u64) {
    assert_eq!(report.started, calls, "{report}");
    assert!(report.is_balanced(), "{report:?}");
    assert_eq!(report.buffered, 0, "{report}");
}

#[test]
fn sums_are_exact_whatever_fails() {
    if !is_alone("sums_are_exact_whatever_fails") {
        return;
    }
    let bad = FaultyExporter::new();
    let handle = bad.handle();
    for _ in 0..1_000 {
        handle.respond_with(Fault::fail("refused").once());
        handle.respond_with(Fault::reject(1, "one was refused").once());
        handle.respond_with(Fault::slow(Duration::from_millis(5)).once());
        handle.respond_with(Fault::none().once());
    }
    let panicking = FaultyExporter::always(Fault::panic("on purpose"));
    let telemetry = Telemetry::builder()
        .without_env()
        .with_ring_bytes(8 * 1024)
        .with_span_queue(QueueSettings::default().with_max_queue(600).with_max_batch(64))
        .with_exporter(bad)
        .with_exporter(panicking)
        .with_exporter(NullExporter::new())
        .install()
        .unwrap();
    let calls = Arc::new(AtomicU64::new(0));
    // Threads that live through many short ones, and tasks that move between threads.
    std::thread::scope(|scope| {
        for lane in 0..6 {
            let calls = calls.clone();
            scope.spawn(move || {
                let text = "x".repeat(lane * 40);
                for _ in 0..60 {
                    let (calls, text) = (calls.clone(), text.clone());
                    std::thread::spawn(move || {
                        for depth in 0..40 {
                            calls.fetch_add(dive(depth, &text), Ordering::Relaxed);
                        }
                    })
                    .join()
                    .unwrap();
                }
            });
        }
        let calls = calls.clone();
        scope.spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_multi_thread().worker_threads(3).build().unwrap();
            runtime.block_on(async {
                let tasks: Vec<_> = (0..200).map(|n| tokio::spawn(drift(n % 20))).collect();
                for task in tasks {
                    calls.fetch_add(task.await.unwrap(), Ordering::Relaxed);
                }
            });
        });
    });
    let report = telemetry.shutdown(PATIENCE);
    assert_balanced(&report, calls.load(Ordering::Relaxed));
    assert!(report.dropped[&DropReason::RingFull] > 0, "{report}");
    assert!(!report.dropped.contains_key(&DropReason::NeverEnded), "{report}");
}

#[test]
fn a_ring_that_is_large_enough_loses_nothing() {
    if !is_alone("a_ring_that_is_large_enough_loses_nothing") {
        return;
    }
    let telemetry = Telemetry::builder()
        .without_env()
        .with_span_queue(QueueSettings::default().with_max_queue(1 << 20))
        .with_exporter(NullExporter::new())
        .install()
        .unwrap();
    let calls: u64 = std::thread::scope(|scope| {
        let lanes: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| (0..50).map(|depth| dive(depth, "text")).sum::<u64>()))
            .collect();
        lanes.into_iter().map(|lane| lane.join().unwrap()).sum()
    });
    let report = telemetry.shutdown(PATIENCE);
    assert_balanced(&report, calls);
    assert!(report.is_lossless(), "{report}");
}

#[test]
fn what_a_full_ring_loses_is_counted_to_the_last_span() {
    if !is_alone("what_a_full_ring_loses_is_counted_to_the_last_span") {
        return;
    }
    let telemetry =
        Telemetry::builder().without_env().with_exporter(NullExporter::new()).install().unwrap();
    flood(10);
    let full = fill_ring();
    flood(1_000);
    drop(full);
    flood(10);
    let report = telemetry.shutdown(PATIENCE);
    assert_balanced(&report, 1_020);
    assert_eq!(report.dropped[&DropReason::RingFull], 1_000);
    assert_eq!(report.exporters[0].exported, 20);
}

#[test]
fn a_span_that_never_ends_is_counted() {
    if !is_alone("a_span_that_never_ends_is_counted") {
        return;
    }
    let telemetry =
        Telemetry::builder().without_env().with_exporter(NullExporter::new()).install().unwrap();
    let open = Span::builder("open").start();
    dive(0, "");
    let report = telemetry.shutdown(PATIENCE);
    assert_eq!(report.dropped[&DropReason::NeverEnded], 1);
    assert_balanced(&report, 2);
    drop(open);
    assert_eq!(telemetry.report(), report);
}

#[test]
fn an_exporter_that_hangs_costs_its_deadline_and_no_more() {
    if !is_alone("an_exporter_that_hangs_costs_its_deadline_and_no_more") {
        return;
    }
    let hangs = FaultyExporter::always(Fault::hang());
    let _handle = hangs.handle();
    let telemetry = Telemetry::builder().without_env().with_exporter(hangs).install().unwrap();
    let calls = dive(9, "x");
    let begun = Instant::now();
    let error = telemetry.force_flush(Duration::from_millis(50)).unwrap_err();
    assert!(error.report().exporters[0].queued > 0);
    let report = telemetry.shutdown(Duration::from_millis(50));
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert_balanced(&report, calls);
    assert_eq!(report.exporters[0].dropped[&DropReason::DeadlineExceeded], calls);
}

#[test]
fn spans_of_a_thread_that_is_torn_down_are_counted() {
    if !is_alone("spans_of_a_thread_that_is_torn_down_are_counted") {
        return;
    }
    let telemetry =
        Telemetry::builder().without_env().with_exporter(NullExporter::new()).install().unwrap();
    struct Late;
    impl Drop for Late {
        fn drop(&mut self) {
            dive(2, "late");
        }
    }
    thread_local!(static LATE: Late = const { Late });
    std::thread::spawn(|| {
        LATE.with(|_| ());
        dive(0, "")
    })
    .join()
    .unwrap();
    let report = telemetry.shutdown(PATIENCE);
    assert_balanced(&report, 4);
}

#[test]
fn flushing_within_a_current_thread_runtime_does_not_deadlock() {
    if !is_alone("flushing_within_a_current_thread_runtime_does_not_deadlock") {
        return;
    }
    let telemetry =
        Telemetry::builder().without_env().with_exporter(NullExporter::new()).install().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let calls = runtime.block_on(async {
        let calls = tokio::spawn(drift(5)).await.unwrap();
        telemetry.force_flush(PATIENCE).unwrap();
        calls
    });
    assert_balanced(&telemetry.shutdown(PATIENCE), calls);
}

#[test]
fn a_second_pipeline_is_refused_and_one_after_the_other_is_fine() {
    if !is_alone("a_second_pipeline_is_refused_and_one_after_the_other_is_fine") {
        return;
    }
    for _ in 0..3 {
        let build =
            || Telemetry::builder().without_env().with_exporter(NullExporter::new()).install();
        let telemetry = build().unwrap();
        assert!(build().unwrap_err().to_string().contains("already"), "a clear error");
        let calls = dive(4, "again");
        assert_balanced(&telemetry.shutdown(PATIENCE), calls);
        assert_eq!(dive(1, "off"), 2);
    }
}
