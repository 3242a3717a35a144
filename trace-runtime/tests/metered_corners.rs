//! Where what is measured could go wrong: code of the user's that runs while a call is being told
//! of, what is polled once more than it should be, and metrics that several functions share.
#![cfg(feature = "metrics")]

#[path = "support/metrics.rs"]
mod read;
mod support;

use futures_util::FutureExt;
use futures_util::StreamExt;
use futures_util::stream::{FuturesUnordered, Stream};
use read::Read;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use support::is_alone;
use trace_runtime::export::NullExporter;
use trace_runtime::{Telemetry, metered};

fn install() -> (Telemetry, Read) {
    let (reader, read) = Read::reader();
    let telemetry = Telemetry::builder()
        .without_env()
        .without_own_metrics()
        .with_exporter(NullExporter::new())
        .with_metric_reader(reader)
        .install()
        .unwrap();
    (telemetry, read)
}

fn flush(telemetry: &Telemetry) {
    telemetry.force_flush(Duration::from_secs(10)).unwrap();
}

#[metered(in_flight)]
fn drained(of: FuturesUnordered<std::future::Ready<()>>) -> impl Stream<Item = ()> {
    of
}

#[metered(in_flight)]
fn ready_again() -> impl Future<Output = ()> {
    poll_fn(|_| Poll::Ready(()))
}

#[metered(in_flight)]
async fn panics_later() {
    tokio::task::yield_now().await;
    panic!("as it should");
}

#[test]
fn what_is_polled_after_its_end_is_one_call() {
    if !is_alone("what_is_polled_after_its_end_is_one_call") {
        return;
    }
    let (telemetry, read) = install();
    let mut context = Context::from_waker(Waker::noop());
    let mut stream = pin!(drained(FuturesUnordered::new()));
    for _ in 0..3 {
        assert!(stream.next().now_or_never().unwrap().is_none());
    }
    let mut future = pin!(ready_again());
    for _ in 0..3 {
        assert!(future.as_mut().poll(&mut context).is_ready());
    }
    let mut future = pin!(panics_later());
    assert!(future.as_mut().poll(&mut context).is_pending());
    for _ in 0..2 {
        let poll = || assert!(future.as_mut().poll(&mut context).is_pending());
        assert!(catch_unwind(AssertUnwindSafe(poll)).is_err());
    }
    flush(&telemetry);
    let calls = |attributes: &[_]| read.sum("function.calls", attributes);
    assert_eq!(calls(&[("function", "drained")]), 1.0);
    assert_eq!(calls(&[("function", "ready_again")]), 1.0);
    assert_eq!(calls(&[("function", "panics_later"), ("error.type", "panic")]), 1.0);
    assert_eq!(calls(&[]), 3.0);
    for function in ["drained", "ready_again", "panics_later"] {
        assert_eq!(read.sum("function.calls.concurrent", &[("function", function)]), 0.0);
    }
}
