//! Tests baggage that labels measurements.
#![cfg(feature = "metrics")]

use crate::support::is_alone;
use crate::support::metrics::{Read, flush};
use futures_util::FutureExt as _;
use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::{Context as OtelContext, KeyValue};
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};
use tokio::task::yield_now;
use trace_runtime::export::NullExporter;
use trace_runtime::sampling::AlwaysOff;
use trace_runtime::{
    Baggage, InitError, Instrument as _, Telemetry, TelemetryBuilder, business_metric, metered,
    trace,
};
use trace_testkit::matcher::lt;
use trace_testkit::{Capture, capture};

const CALLS: &str = "function.calls";
const DURATION: &str = "function.calls.duration";
const IN_FLIGHT: &str = "function.calls.concurrent";

fn builder() -> TelemetryBuilder {
    Telemetry::builder()
        .without_env()
        .without_own_metrics()
        .with_exporter(NullExporter::new())
        .with_baggage_labels(["tenant", "tier"])
}

fn install(builder: TelemetryBuilder) -> (Telemetry, Read) {
    let (reader, read) = Read::reader();
    (builder.with_metric_reader(reader).install().unwrap(), read)
}

fn tenant(name: &str) -> Baggage {
    Baggage::new().with_entry("tenant", name).with_entry("secret", "x")
}

#[metered]
#[business_metric(counter("orders", unit = "{order}"))]
fn work() {}

#[trace]
#[metered(labels(flag), in_flight)]
#[business_metric(counter("revenue"), value = ret, labels(flag))]
#[business_metric(updown("refused"), on = error)]
fn outer(flag: bool) -> Result<u32, std::num::ParseIntError> {
    work();
    if flag { "x".parse::<u32>() } else { Ok(7) }
}

#[business_metric(gauge("depth"), value = depth)]
#[business_metric(histogram("sizes"), value = depth)]
#[business_metric(updown("balance"), value = -1)]
#[business_metric(counter("seconds"), value = 0.5)]
fn queued(depth: u32) {
    let _ = depth;
}

#[trace]
#[metered(in_flight)]
#[business_metric(counter("finished"), on = ok)]
async fn task(pauses: usize) {
    for _ in 0..pauses {
        yield_now().await;
        work();
    }
}

#[metered(name = "own", labels(tenant = known), in_flight)]
#[business_metric(counter("own.values"), labels(tenant = known))]
fn own(known: Option<bool>) {
    let _ = known;
}

/// The labels do not change with the sampler, nor with the room in the rings.
fn measures(test: &str, change: impl FnOnce(TelemetryBuilder) -> TelemetryBuilder) {
    if !is_alone(test) {
        return;
    }
    let (telemetry, read) = install(change(builder()));
    for round in 0..10 {
        let name = ["acme", "bits"][round % 2];
        let _baggage = tenant(name).attach();
        let _ = outer(round == 0);
        queued(round as u32);
        let _tier = Baggage::current().with_entry("tier", "pro").attach();
        work();
    }
    work();
    flush(&telemetry);
    let calls = |attributes: &[_]| read.sum(CALLS, attributes);
    assert_eq!(calls(&[("function", "work")]), 21.0);
    for metric in [CALLS, DURATION, "orders"] {
        let sum = |attributes: &[_]| read.sum(metric, attributes);
        let of_work = |attributes: &[_]| sum(attributes) - read_outer(&read, metric, attributes);
        assert_eq!(of_work(&[("tenant", "acme")]), 10.0, "{metric}");
        assert_eq!(of_work(&[("tenant", "acme"), ("tier", "pro")]), 5.0, "{metric}");
        assert_eq!(of_work(&[("tier", "pro")]), 10.0, "{metric}");
        assert_eq!(sum(&[("secret", "x")]), 0.0, "{metric}");
    }
    let failed = [("function", "outer"), ("tenant", "acme"), ("result", "error"), ("flag", "true")];
    assert_eq!(calls(&failed), 1.0);
    assert_eq!(calls(&[("function", "outer"), ("tenant", "bits"), ("result", "ok")]), 5.0);
    assert_eq!(calls(&[("function", "work"), ("caller.function", "outer")]), 10.0);
    assert_eq!(read.sum("revenue", &[("tenant", "acme"), ("flag", "false")]), 28.0);
    assert_eq!(read.sum("refused", &[("tenant", "acme")]), 1.0);
    assert_eq!(read.sum("refused", &[]), 1.0);
    let of = |metric, name| read.sum(metric, &[("tenant", name)]);
    assert_eq!((of("depth", "acme"), of("depth", "bits")), (8.0, 9.0));
    assert_eq!((of("sizes", "acme"), of("sizes", "bits")), (5.0, 5.0));
    assert_eq!((of("balance", "acme"), of("balance", "bits")), (-5.0, -5.0));
    assert_eq!((of("seconds", "acme"), of("seconds", "bits")), (2.5, 2.5));
    assert_eq!((of(IN_FLIGHT, "acme"), of(IN_FLIGHT, "bits")), (0.0, 0.0));
}

/// Returns the value of a metric for `outer`.
fn read_outer(read: &Read, metric: &str, attributes: &[(&str, &str)]) -> f64 {
    let mut attributes = attributes.to_vec();
    attributes.push(("function", "outer"));
    read.sum(metric, &attributes)
}

#[test]
fn calls_and_values_have_the_labels_of_their_baggage() {
    measures("calls_and_values_have_the_labels_of_their_baggage", |builder| builder);
}

#[test]
fn sampling_has_no_say() {
    measures("sampling_has_no_say", |builder| builder.with_sampler(AlwaysOff));
}

#[test]
fn a_future_keeps_the_labels_with_which_it_began() {
    if !is_alone("a_future_keeps_the_labels_with_which_it_began") {
        return;
    }
    let (telemetry, read) = install(builder());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    runtime.block_on(async {
        let spawned: Vec<_> = (0..20)
            .map(|index| {
                let _baggage = tenant(["acme", "bits"][index % 2]).attach();
                tokio::spawn(task(3).in_current_span())
            })
            .collect();
        for task in spawned {
            task.await.unwrap();
        }
    });
    // Begun in one baggage, polled again and given up in another.
    {
        let mut context = Context::from_waker(Waker::noop());
        let begun = {
            let _baggage = tenant("early").attach();
            let mut begun = Box::pin(task(5));
            assert!(begun.as_mut().poll(&mut context).is_pending());
            begun
        };
        let _baggage = tenant("late").attach();
        let mut begun = begun;
        assert!(begun.as_mut().poll(&mut context).is_pending());
        flush(&telemetry);
        assert_eq!(read.sum(IN_FLIGHT, &[("tenant", "early")]), 1.0);
        assert_eq!(read.sum(IN_FLIGHT, &[]), 1.0);
    }
    let mut finished = pin!(task(1));
    {
        let _baggage = tenant("ends").attach();
        assert!(finished.as_mut().now_or_never().is_none());
    }
    assert!(finished.now_or_never().is_some());
    flush(&telemetry);
    let tasks = |attributes: &[(&'static str, &'static str)]| {
        let all: Vec<_> = [("function", "task")].iter().chain(attributes).copied().collect();
        read.sum(CALLS, &all)
    };
    assert_eq!((tasks(&[("tenant", "acme")]), tasks(&[("tenant", "bits")])), (10.0, 10.0));
    assert_eq!(tasks(&[("tenant", "early"), ("error.type", "cancelled")]), 1.0);
    assert_eq!((tasks(&[("tenant", "late")]), tasks(&[("tenant", "ends")])), (0.0, 1.0));
    let work = |name| read.sum(CALLS, &[("function", "work"), ("tenant", name)]);
    // Its span has brought the future its baggage with each poll.
    assert_eq!((work("acme"), work("bits"), work("early")), (30.0, 30.0, 1.0));
    assert_eq!(read.sum("finished", &[("tenant", "acme")]), 10.0);
    assert_eq!(read.sum("finished", &[]), 21.0);
    for name in ["acme", "bits", "early", "late", "ends"] {
        assert_eq!(read.sum(IN_FLIGHT, &[("tenant", name)]), 0.0, "{name}");
    }
    assert_eq!(read.sum(IN_FLIGHT, &[]), 0.0);
}

#[metered(in_flight)]
fn leaves_its_guard_open(open: &mut Option<trace_runtime::span::ContextGuard>) {
    *open = Some(tenant("inner").attach());
}

#[metered]
fn drops_the_guard_around(open: &mut Option<trace_runtime::span::ContextGuard>) {
    *open = None;
}

#[test]
fn a_call_keeps_the_labels_with_which_it_began() {
    if !is_alone("a_call_keeps_the_labels_with_which_it_began") {
        return;
    }
    let (telemetry, read) = install(builder());
    let mut open = None;
    leaves_its_guard_open(&mut open);
    work();
    drops_the_guard_around(&mut open);
    work();
    flush(&telemetry);
    let calls = |function, name| read.sum(CALLS, &[("function", function), ("tenant", name)]);
    assert_eq!(calls("leaves_its_guard_open", "inner"), 0.0);
    assert_eq!(calls("drops_the_guard_around", "inner"), 1.0);
    assert_eq!((calls("work", "inner"), read.sum(CALLS, &[("function", "work")])), (1.0, 2.0));
    assert_eq!(read.sum(CALLS, &[]), 4.0);
    assert_eq!(read.sum(IN_FLIGHT, &[]), 0.0);
    assert_eq!(read.sum(DURATION, &[]), 4.0);
}

#[test]
fn values_beyond_the_cap_are_other() {
    if !is_alone("values_beyond_the_cap_are_other") {
        return;
    }
    let (telemetry, read) = install(builder().with_baggage_label_cap(2));
    for name in ["a", "b", "c", "d", "a"] {
        let _baggage = tenant(name).with_entry("tier", name).attach();
        work();
    }
    flush(&telemetry);
    let calls = |name| read.sum(CALLS, &[("tenant", name), ("tier", name)]);
    assert_eq!((calls("a"), calls("b"), calls("other")), (2.0, 1.0, 2.0));
}

#[test]
fn a_key_has_a_hundred_values() {
    if !is_alone("a_key_has_a_hundred_values") {
        return;
    }
    let (telemetry, read) = install(builder());
    for index in 0..150 {
        let _baggage = tenant(&index.to_string()).attach();
        work();
    }
    flush(&telemetry);
    assert_eq!(read.sum("orders", &[("tenant", "other")]), 50.0);
    assert_eq!(read.sum("orders", &[("tenant", "99")]), 1.0);
}

#[test]
fn the_functions_own_label_wins() {
    if !is_alone("the_functions_own_label_wins") {
        return;
    }
    let (telemetry, read) = install(builder());
    let _baggage = tenant("acme").with_entry("tier", "pro").attach();
    own(Some(true));
    own(None);
    flush(&telemetry);
    for metric in ["own.duration", "own.values"] {
        let sum = |attributes: &[_]| read.sum(metric, attributes);
        assert_eq!((sum(&[("tenant", "true")]), sum(&[("tenant", "acme")])), (1.0, 0.0));
        assert_eq!((sum(&[("tier", "pro")]), sum(&[])), (2.0, 2.0));
    }
}

#[test]
fn nothing_is_lost_where_rings_are_full() {
    if !is_alone("nothing_is_lost_where_rings_are_full") {
        return;
    }
    let (telemetry, read) = install(builder().with_ring_bytes(4_096).with_sampler(AlwaysOff));
    std::thread::scope(|scope| {
        for name in ["acme", "bits", "none", "acme"] {
            scope.spawn(move || {
                let _baggage = match name {
                    "none" => Baggage::new().with_entry("secret", "x"),
                    name => tenant(name),
                }
                .attach();
                for index in 0..20_000 {
                    let _ = outer(index % 4 == 0);
                }
            });
        }
    });
    flush(&telemetry);
    let outer = |attributes: &[_]| read_outer(&read, CALLS, attributes);
    assert_eq!((outer(&[]), outer(&[("tenant", "acme")])), (80_000.0, 40_000.0));
    assert_eq!(outer(&[("tenant", "bits"), ("result", "error")]), 5_000.0);
    assert_eq!(read.sum("orders", &[("tenant", "acme")]), 40_000.0);
    assert_eq!(read.sum("orders", &[]), 80_000.0);
    assert_eq!(read.sum("revenue", &[("tenant", "bits")]), 7.0 * 15_000.0);
    for name in ["acme", "bits"] {
        assert_eq!(read.sum(IN_FLIGHT, &[("tenant", name)]), 0.0);
    }
    assert_eq!(read.sum(IN_FLIGHT, &[]), 0.0);
}

#[test]
fn baggage_that_others_attach_counts() {
    if !is_alone("baggage_that_others_attach_counts") {
        return;
    }
    let (telemetry, read) = install(builder());
    work();
    let outer = OtelContext::current_with_baggage([KeyValue::new("tenant", "acme")]).attach();
    work();
    {
        let _inner = OtelContext::current_with_baggage([KeyValue::new("tenant", "bits")]).attach();
        work();
        let _ours = tenant("ours").attach();
        work();
    }
    drop(outer);
    work();
    flush(&telemetry);
    let calls = |name| read.sum(CALLS, &[("tenant", name)]);
    assert_eq!((calls("acme"), calls("bits"), calls("ours")), (1.0, 1.0, 1.0));
    assert_eq!(read.sum(CALLS, &[]), 5.0);
}

#[test]
fn without_a_list_baggage_labels_nothing() {
    if !is_alone("without_a_list_baggage_labels_nothing") {
        return;
    }
    let (reader, read) = Read::reader();
    let telemetry = Telemetry::builder()
        .without_env()
        .with_exporter(NullExporter::new())
        .with_metric_reader(reader)
        .install()
        .unwrap();
    let _baggage = tenant("acme").attach();
    work();
    flush(&telemetry);
    assert_eq!((read.sum(CALLS, &[]), read.sum(CALLS, &[("tenant", "acme")])), (1.0, 0.0));
}

#[test]
fn a_label_that_all_metrics_have_is_refused() {
    if !is_alone("a_label_that_all_metrics_have_is_refused") {
        return;
    }
    for (key, reason) in
        [("error.type", "every call"), ("le", "buckets"), ("otel.scope.x", "reserved")]
    {
        let error = builder().with_baggage_labels([key]).install().err().unwrap();
        assert!(matches!(&error, InitError::BaggageLabel { key: named, .. } if named == key));
        let text = error.to_string();
        assert!(text.contains(&format!("`{key}`")) && text.contains(reason), "{text}");
    }
}

#[cfg(feature = "prometheus")]
#[test]
fn prometheus_gets_the_labels() {
    if !is_alone("prometheus_gets_the_labels") {
        return;
    }
    let settings = trace_runtime::metrics::PrometheusSettings::default().without_endpoint();
    let telemetry =
        builder().with_baggage_labels(["user.plan"]).with_prometheus(settings).install().unwrap();
    let _baggage = tenant("a\"b").with_entry("user.plan", "free").attach();
    work();
    let page = telemetry.prometheus().unwrap().render(None).unwrap().body;
    let line = page.lines().find(|line| line.starts_with("orders_total{")).unwrap();
    assert!(line.contains(r#"tenant="a\"b",user_plan="free""#), "{line}");
    assert!(line.ends_with(" 1"), "{line}");
}

/// The allow-list of the process, which each test that uses the testkit sets alike.
fn allow() -> Telemetry {
    builder().install().unwrap()
}

#[test]
fn two_captures_at_once_have_their_own() {
    if !is_alone("two_captures_at_once_have_their_own") {
        return;
    }
    let (one, other) = (Capture::builder().start_elsewhere(), capture());
    let _telemetry = allow();
    let in_flight = |t: &Capture, name: &str| {
        t.up_down_counter(IN_FLIGHT).with("tenant", name).total(0);
    };
    one.in_capture(|| {
        let _baggage = tenant("acme").attach();
        let _ = outer(true);
        queued(3);
    });
    let _baggage = tenant("bits").attach();
    let _ = outer(false);
    one.counter(CALLS).with("tenant", "acme").delta(2);
    one.counter(CALLS).with("tenant", "acme").with("result", "error").delta(1);
    one.gauge("depth").with("tenant", "acme").value(3);
    other.counter(CALLS).with("tenant", "bits").delta(2);
    other.counter("revenue").with("tenant", "bits").delta(7);
    other.counter(CALLS).with("tenant", "acme").none();
    other.histogram(DURATION).with("tenant", "bits").count(2).each(lt(60));
    in_flight(&one, "acme");
    in_flight(&other, "bits");
}
