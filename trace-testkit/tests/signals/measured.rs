//! Tests what annotated functions measure.

use std::future::Future as _;
use std::num::ParseIntError;
use std::time::Duration;
use trace_runtime::{Instrument as _, Label, Objective, business_metric, metered, trace};
use trace_testkit::matcher::{gt, ms};
use trace_testkit::{Capture, Clock, capture};

#[derive(Clone, Copy, Label)]
enum Tier {
    Free,
    Pro,
}

const API: Objective =
    Objective::new("api").success_rate(99.9).latency(Duration::from_millis(30), 99.0);

#[metered(labels(tier), slo = API)]
#[business_metric(counter("orders.revenue", unit = "{EUR}"), value = ret, labels(tier), on = ok)]
fn checkout(tier: Tier, price: &str) -> Result<u64, ParseIntError> {
    total(price)
}

#[trace]
#[metered(name = "total")]
fn total(price: &str) -> Result<u64, ParseIntError> {
    price.parse()
}

#[trace]
#[metered]
async fn wait(pause: Duration) {
    tokio::time::sleep(pause).await;
}

#[test]
fn a_capture_has_the_metrics_of_its_calls() {
    let (t, other) = (Capture::builder().start_elsewhere(), capture());
    t.in_capture(|| {
        checkout(Tier::Free, "7").unwrap();
        checkout(Tier::Pro, "8").unwrap();
        checkout(Tier::Pro, "x").unwrap_err();
    });
    checkout(Tier::Free, "100").unwrap();

    let error = "core::num::error::ParseIntError";
    t.counter("function.calls").with("function", "checkout").delta(3);
    t.counter("function.calls").with("tier", "pro").with("error.type", error).delta(1);
    t.counter("function.calls").with("objective.name", "api").delta(3);
    t.counter("orders.revenue").unit("{EUR}").delta(15);
    t.counter("orders.revenue").with("tier", "pro").delta(8);
    t.histogram("total.duration").unit("s").count(3);
    t.histogram("total.duration").with("error.type", error).count(1).each(gt(0));
    other.counter("orders.revenue").delta(100);
}

#[test]
fn a_threshold_that_is_promised_is_a_boundary() {
    let t = capture();
    checkout(Tier::Pro, "8").unwrap();
    let duration = t.histogram("function.calls.duration");
    duration.with("objective.latency.threshold", "0.03").count(1);
    let metrics = t.metrics().all();
    let duration = metrics.iter().find(|metric| metric.name == "function.calls.duration").unwrap();
    assert!(format!("{:?}", duration.points[0]).contains("0.03"), "{duration:?}");
}

#[metered(name = "step")]
fn step(clock: &Clock) {
    clock.step(ms(30));
}

#[test]
fn a_deterministic_capture_measures_by_its_clock() {
    let t = Capture::builder().start();
    step(&t.clock());
    t.histogram("step.duration").count(1).sum(0.03);
}

#[metered(in_flight)]
async fn moves() {
    tokio::task::yield_now().await;
}

#[test]
fn a_future_is_measured_in_the_capture_in_which_it_began() {
    use std::task::{Context, Waker};
    let (began, ended) =
        (Capture::builder().start_elsewhere(), Capture::builder().start_elsewhere());
    let mut future = Box::pin(moves());
    let mut poll = |t: &Capture| {
        let mut context = Context::from_waker(Waker::noop());
        t.in_capture(|| future.as_mut().poll(&mut context).is_ready())
    };
    assert!(!poll(&began));
    assert!(poll(&ended));
    began.counter("function.calls").with("function", "moves").delta(1);
    assert!(ended.metrics().all().iter().all(|metric| metric.name != "function.calls"));
}

#[trace_testkit::test]
async fn tasks_measure_in_the_capture_that_is_handed_over() {
    let t = Capture::current().unwrap();
    let task = tokio::spawn(wait(Duration::from_secs(3_600)).in_current_span());
    tokio::task::yield_now().await;
    task.abort();
    task.await.unwrap_err();
    wait(Duration::ZERO).await;
    let calls = t.counter("function.calls");
    calls.with("function", "wait").with("result", "cancelled").delta(1);
    t.counter("function.calls").with("result", "ok").delta(1);
}
