//! What is measured of functions, whatever becomes of their spans.
#![cfg(feature = "metrics")]

#[path = "support/metrics.rs"]
mod read;
mod support;

use read::Read;
use std::time::Duration;
use support::is_alone;
use trace_runtime::__private_0_1_0 as rt;
use trace_runtime::Telemetry;
use trace_runtime::export::NullExporter;
use trace_runtime::sampling::AlwaysOff;

static SITE: rt::Site = rt::Site::new("work\0metered\0f.rs\x001.0.0\0", 1);
static METER: rt::Meter = rt::Meter::new(&SITE, "");
static OUTER_SITE: rt::Site = rt::Site::new("outer\0metered\0f.rs\x001.0.0\0", 1);
static OUTER: rt::Meter = rt::Meter::new(&OUTER_SITE, "\0flag").in_flight();
static ORDERS: rt::Instrument = rt::Instrument::counter(&SITE, "orders\0{order}\0");

fn work() {
    let call = rt::metered(&METER, rt::Labels::NONE);
    rt::measure(&ORDERS, rt::Labels::NONE, rt::amount(&2_u64));
    rt::MeteredCall::leave(call);
}

fn outer(flag: bool) -> Result<u32, std::num::ParseIntError> {
    let labels = rt::Labels::new([rt::label(&flag)]);
    let mut call = rt::metered_call(rt::call(&OUTER_SITE), &OUTER, labels);
    work();
    let result = if flag { "x".parse::<u32>() } else { Ok(7) };
    {
        use rt::probe::tiers::*;
        (&&&&&rt::Probe(&result)).__record_error(rt::MeteredCall::finish(&mut call));
    }
    rt::MeteredCall::leave(call);
    result
}

async fn task(pauses: usize) {
    let future = rt::instrument(&OUTER_SITE, async move {
        rt::meter_labels(&OUTER, rt::Labels::new([rt::label(&true)]));
        work();
        for _ in 0..pauses {
            tokio::task::yield_now().await;
        }
    });
    rt::metered_future(future, &OUTER).await;
}

fn install(read: opentelemetry_sdk::metrics::PeriodicReader<read::Exporter>) -> Telemetry {
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
    let panicked = std::panic::catch_unwind(|| {
        let _call = rt::metered_call(rt::call(&OUTER_SITE), &OUTER, rt::Labels::NONE);
        panic!("as it should");
    });
    assert!(panicked.is_err());
    work();
    telemetry.force_flush(Duration::from_secs(10)).unwrap();
    println!("{:#?}", read.series());
    let calls = |attributes: &[_]| read.sum("function.calls", attributes);
    assert_eq!(calls(&[("function", "work")]), 11.0);
    assert_eq!(calls(&[("function", "work"), ("caller.function", "outer")]), 10.0);
    assert_eq!(calls(&[("function", "outer"), ("result", "ok"), ("flag", "false")]), 8.0);
    assert_eq!(calls(&[("function", "outer"), ("result", "error"), ("flag", "true")]), 2.0);
    let error = "core::num::error::ParseIntError";
    assert_eq!(calls(&[("function", "outer"), ("error.type", error)]), 2.0);
    assert_eq!(calls(&[("function", "outer"), ("error.type", "panic")]), 1.0);
    assert_eq!(read.sum("function.calls.duration", &[("service.name", "shop")]), 22.0);
    assert_eq!(read.sum("function.calls.concurrent", &[]), 0.0);
    assert_eq!(read.sum("orders", &[]), 22.0);
    assert_eq!(telemetry.report().started, 11);
}

#[test]
fn nothing_measured_is_lost() {
    if !is_alone("nothing_measured_is_lost") {
        return;
    }
    const CALLS: usize = 50_000;
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
        for thread in 0..8 {
            scope.spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                for index in 0..CALLS {
                    match index % 4 {
                        0 => drop(outer(index % 8 == 0)),
                        1 => runtime.block_on(task(index % 3)),
                        2 => runtime.block_on(async {
                            let mut task = Box::pin(task(1 + index % 3));
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
                let _ = thread;
            });
        }
    });
    telemetry.force_flush(Duration::from_secs(60)).unwrap();
    let total = (8 * CALLS) as f64;
    let calls = |attributes: &[_]| read.sum("function.calls", attributes);
    assert_eq!(calls(&[("function", "work")]), total);
    assert_eq!(read.sum("orders", &[]), 2.0 * total);
    assert_eq!(calls(&[("function", "outer"), ("result", "ok"), ("flag", "true")]), total / 4.0);
    assert_eq!(calls(&[("function", "outer"), ("result", "cancelled")]), total / 4.0);
    assert_eq!(calls(&[("function", "outer"), ("result", "error")]), total / 8.0);
    assert_eq!(read.sum("function.calls.duration", &[("function", "work")]), total);
    assert_eq!(read.sum("function.calls.concurrent", &[]), 0.0);
}
