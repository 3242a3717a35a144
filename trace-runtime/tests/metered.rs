//! Tests measurements of functions, with and without their spans.
#![cfg(feature = "metrics")]

use crate::support::is_alone;
use crate::support::metrics::{Exporter, Read};
use std::time::Duration;
use trace_runtime::export::NullExporter;
use trace_runtime::sampling::AlwaysOff;
use trace_runtime::{Telemetry, business_metric, metered, trace};

#[metered]
#[business_metric(counter("orders", unit = "{order}"), value = 2)]
fn work() {}

#[trace]
#[metered(labels(flag), in_flight)]
#[business_metric(counter("paid", unit = "{EUR}"), value = ret, labels(flag))]
#[business_metric(histogram("parsed", buckets = [1.0, 2.0]), value = 1.5, on = error)]
fn outer(flag: bool) -> Result<u32, std::num::ParseIntError> {
    work();
    if flag { "x".parse::<u32>() } else { Ok(7) }
}

#[business_metric(gauge("queue.depth"), value = depth, labels(name(cap = 2) = name))]
fn queued(name: &str, depth: usize) {
    let _ = depth;
}

#[trace]
#[metered(labels(flag), in_flight)]
#[business_metric(updown("done"), on = ok)]
async fn task(flag: bool, pauses: usize) {
    work();
    for _ in 0..pauses {
        tokio::task::yield_now().await;
    }
}

#[trace]
#[metered]
fn panicking() {
    assert!(std::hint::black_box(false), "as it should");
}

fn install(read: opentelemetry_sdk::metrics::PeriodicReader<Exporter>) -> Telemetry {
    Telemetry::builder()
        .without_env()
        .with_service_name("shop")
        .with_exporter(NullExporter::new())
        .with_metric_reader(read)
        .install()
        .unwrap()
}

#[test]
fn calls_are_counted_by_caller_labels_and_outcome() {
    if !is_alone("calls_are_counted_by_caller_labels_and_outcome") {
        return;
    }
    let (reader, read) = Read::reader();
    let telemetry = install(reader);
    for index in 0..10 {
        let _ = outer(index % 5 == 0);
    }
    assert!(std::panic::catch_unwind(panicking).is_err());
    work();
    for (name, depth) in [("a", 3), ("b", 4), ("c", 5), ("d", 6), ("a", 7)] {
        queued(name, depth);
    }
    telemetry.force_flush(Duration::from_secs(10)).unwrap();
    let calls = |attributes: &[_]| read.sum("function.calls", attributes);
    assert_eq!(calls(&[("function", "work")]), 11.0);
    assert_eq!(calls(&[("function", "work"), ("caller.function", "outer")]), 10.0);
    assert_eq!(calls(&[("function", "outer"), ("result", "ok"), ("flag", "false")]), 8.0);
    assert_eq!(calls(&[("function", "outer"), ("result", "error"), ("flag", "true")]), 2.0);
    let error = "core::num::error::ParseIntError";
    assert_eq!(calls(&[("function", "outer"), ("error.type", error)]), 2.0);
    assert_eq!(calls(&[("function", "panicking"), ("error.type", "panic")]), 1.0);
    assert_eq!(read.sum("function.calls.duration", &[("service.name", "shop")]), 22.0);
    assert_eq!(read.sum("function.calls.concurrent", &[]), 0.0);
    assert_eq!(read.sum("orders", &[]), 22.0);
    assert_eq!(read.sum("paid", &[("flag", "false")]), 56.0);
    assert_eq!(read.sum("parsed", &[]), 2.0);
    let depth = |name| read.sum("queue.depth", &[("name", name)]);
    assert_eq!((depth("a"), depth("b"), depth("other")), (7.0, 4.0, 6.0));
    assert_eq!(telemetry.report().started, 11);
}

#[test]
fn nothing_measured_is_lost() {
    if is_alone("nothing_measured_is_lost") {
        overload(50_000);
    }
}

/// `cargo test --release -p trace-runtime --test suite metered:: -- --ignored`
#[test]
#[ignore = "takes half a minute without optimisation"]
fn nothing_of_ten_million_calls_is_lost() {
    overload(1_250_000);
}

/// Eight threads make `calls` calls each, most of which measure others: rings are too small, traces
/// are not sampled, every fourth future is given up.
fn overload(calls: usize) {
    let (reader, read) = Read::reader();
    let telemetry = Telemetry::builder()
        .without_env()
        .with_exporter(NullExporter::new())
        .with_sampler(AlwaysOff)
        .with_ring_bytes(4_096)
        .with_metric_reader(reader)
        .install()
        .unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                for index in 0..calls {
                    match index % 4 {
                        0 => drop(outer(index % 8 == 0)),
                        1 => runtime.block_on(task(true, index % 3)),
                        2 => runtime.block_on(async {
                            let mut task = Box::pin(task(false, 1 + index % 3));
                            // Given up after its first poll.
                            std::future::poll_fn(|cx| {
                                assert!(task.as_mut().poll(cx).is_pending());
                                std::task::Poll::Ready(())
                            })
                            .await;
                        }),
                        _ => work(),
                    }
                }
            });
        }
    });
    telemetry.force_flush(Duration::from_secs(60)).unwrap();
    let total = (8 * calls) as f64;
    let calls = |attributes: &[_]| read.sum("function.calls", attributes);
    assert_eq!(calls(&[("function", "work")]), total);
    assert_eq!(read.sum("orders", &[]), 2.0 * total);
    assert_eq!(calls(&[("function", "outer"), ("result", "ok")]), total / 8.0);
    assert_eq!(calls(&[("function", "task"), ("result", "ok"), ("flag", "true")]), total / 4.0);
    assert_eq!(calls(&[("function", "task"), ("result", "cancelled")]), total / 4.0);
    assert_eq!(read.sum("done", &[]), total / 4.0);
    assert_eq!(read.sum("paid", &[]), 7.0 * total / 8.0);
    assert_eq!(calls(&[("function", "outer"), ("result", "error")]), total / 8.0);
    assert_eq!(read.sum("function.calls.duration", &[("function", "work")]), total);
    assert_eq!(read.sum("function.calls.concurrent", &[]), 0.0);
}
