//! Tests metrics.

use opentelemetry::metrics::{BoundCounter, Counter, MeterProvider as _};
use opentelemetry::{InstrumentationScope, KeyValue, global};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::{
    Aggregation, Instrument, SdkMeterProvider, Stream, Temporality as SdkTemporality,
};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use trace_testkit::capture;
use trace_testkit::matcher::{close_to, gt, lt, ms};
use trace_testkit::model::{AttributeValue, InstrumentKind, PointValue, Temporality};

#[test]
fn every_instrument_reaches_its_capture() {
    let t = capture();
    let scope = InstrumentationScope::builder("shop").with_version("1.2.0").build();
    let meter = t.meter_provider().meter_with_scope(scope);
    meter
        .u64_counter("orders")
        .with_unit("{order}")
        .build()
        .add(2, &[KeyValue::new("plan", "pro")]);
    meter.f64_counter("paid").build().add(1.5, &[]);
    let open = meter.i64_up_down_counter("carts.open").build();
    open.add(3, &[]);
    open.add(-1, &[]);
    meter.f64_up_down_counter("balance").build().add(-0.5, &[]);
    meter.i64_gauge("depth").with_description("of the queue").build().record(-4, &[]);
    meter.f64_gauge("heat").build().record(36.6, &[]);
    let duration = meter.f64_histogram("checkout.duration").with_unit("s");
    let duration = duration.with_boundaries(vec![0.1, 0.25]).build();
    duration.record(0.08, &[]);
    duration.record(0.2, &[]);
    meter.u64_histogram("size").build().record(7, &[]);
    let seen = AtomicU64::new(5);
    let _pages = meter.u64_observable_counter("pages");
    let _pages =
        _pages.with_callback(move |o| o.observe(seen.load(Ordering::Relaxed), &[])).build();

    t.counter("orders").with("plan", "pro").delta(2).unit("{order}").scope("shop");
    t.counter("paid").total(1.5);
    t.up_down_counter("carts.open").delta(2);
    t.up_down_counter("balance").delta(lt(0));
    t.gauge("depth").value(-4).description("of the queue");
    t.gauge("heat").value(close_to(36.6, 1e-9));
    t.histogram("checkout.duration").count(2).each(lt(ms(250))).min(0.08).max(0.2);
    t.histogram("checkout.duration").bounds(&[0.1, 0.25]).bucket(0.25, 1).sum(close_to(0.28, 1e-9));
    t.histogram("size").count(1).sum(7).each(7);
    t.counter("pages").total(5).temporality(Temporality::Cumulative);
    let orders = &t.metrics().all()[5];
    assert_eq!((orders.name.as_str(), orders.scope.version.as_str()), ("orders", "1.2.0"));
    assert_eq!(orders.kind, InstrumentKind::Counter);
    assert_eq!(orders.points[0].value, PointValue::Int(2));
    assert_eq!(orders.points[0].attribute("plan"), Some(&AttributeValue::from("pro")));
}

#[test]
fn a_baseline_separates_earlier_measurements() {
    let t = capture();
    let meter = t.meter_provider().meter("shop");
    let orders = meter.u64_counter("orders").build();
    let duration = meter.f64_histogram("duration").build();
    orders.add(3, &[]);
    [1.0, 30.0].iter().for_each(|value| duration.record(*value, &[]));
    t.metrics().baseline();
    t.counter("orders").delta(0).none().total(3);
    t.histogram("duration").count(0).none();
    orders.add(2, &[]);
    duration.record(4.0, &[]);
    t.counter("orders").delta(2).total(5);
    t.histogram("duration").count(1).sum(4).each(le_five()).each(gt(0));
    assert!(t.histogram("duration").try_each(lt(4.5)).is_err(), "the bucket is (0, 5]");
    duration.record(40.0, &[]);
    t.histogram("duration").max(40).count(2);
    assert!(t.histogram("duration").try_each(lt(40)).is_err());
}

fn le_five() -> trace_testkit::matcher::Match {
    trace_testkit::matcher::le(5)
}

static ORDERS: LazyLock<Counter<u64>> =
    LazyLock::new(|| global::meter("shop").u64_counter("orders").with_unit("{order}").build());

/// One static instrument, many captures at once, each on two threads.
#[test]
fn global_instruments_measure_in_the_capture_that_uses_them() {
    std::thread::scope(|scope| {
        for count in 1..=8_u64 {
            scope.spawn(move || {
                let t = capture();
                let handle = t.handle();
                std::thread::scope(|inner| {
                    inner.spawn(|| {
                        handle.in_capture(|| (0..count).for_each(|_| ORDERS.add(1, &[])))
                    });
                });
                ORDERS.add(1, &[]);
                t.counter("orders").total(count + 1).unit("{order}").scope("shop");
                assert_eq!(t.metrics().names(), ["orders"]);
            });
        }
    });
}

/// One instrument bound to its attributes once, in no capture.
#[test]
fn bound_global_instruments_measure_in_the_capture_that_uses_them() {
    static PAID: LazyLock<BoundCounter<u64>> =
        LazyLock::new(|| ORDERS.bind(&[KeyValue::new("state", "paid")]));
    drop(capture());
    LazyLock::force(&PAID);
    for count in 1..=3 {
        let t = capture();
        PAID.add(count);
        global::meter("shop").f64_histogram("took").build().bind(&[]).record(0.5);
        t.counter("orders").with("state", "paid").total(count);
        t.histogram("took").count(1);
    }
}

#[test]
fn global_instruments_of_all_kinds_measure() {
    let t = capture();
    let meter = global::meter("shop");
    meter.f64_counter("a").build().add(0.5, &[]);
    meter.i64_up_down_counter("b").build().add(-1, &[]);
    meter.f64_up_down_counter("c").build().add(-0.5, &[]);
    meter.u64_gauge("d").build().record(1, &[]);
    meter.i64_gauge("e").build().record(-1, &[]);
    meter.f64_gauge("f").build().record(0.5, &[]);
    meter.u64_histogram("g").with_boundaries(vec![4.0]).build().record(1, &[]);
    meter.f64_histogram("h").with_unit("s").build().record(0.5, &[]);
    let _observed = meter.i64_observable_gauge("i").with_callback(|o| o.observe(9, &[])).build();
    let _counted = meter.u64_observable_counter("j").with_callback(|o| o.observe(9, &[])).build();
    assert_eq!(t.metrics().names(), ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]);
    t.histogram("g").bounds(&[4.0]);
    t.histogram("h").unit("s");
    t.gauge("i").value(9);
}

#[test]
fn other_providers_come_in_by_a_reader() {
    let t = capture();
    let exponential = |instrument: &Instrument| {
        let aggregation = Aggregation::Base2ExponentialHistogram {
            max_size: 160,
            max_scale: 20,
            record_min_max: true,
        };
        let stream = Stream::builder().with_aggregation(aggregation).build().ok();
        stream.filter(|_| instrument.name() == "size")
    };
    let resource = Resource::builder_empty().with_service_name("worker").build();
    let provider = SdkMeterProvider::builder()
        .with_reader(t.meter_reader(SdkTemporality::Delta))
        .with_resource(resource)
        .with_view(exponential)
        .build();
    let meter = provider.meter("shop");
    let (orders, size) = (meter.u64_counter("orders").build(), meter.f64_histogram("size").build());
    for value in [1.0, 3.0, 1_000.0] {
        orders.add(1, &[]);
        size.record(value, &[]);
        t.counter("orders").at_least(1).temporality(Temporality::Delta);
    }
    t.counter("orders").total(3).delta(3);
    t.histogram("size").count(3).each(lt(1_001)).min(1).kind(InstrumentKind::ExponentialHistogram);
    orders.add(1, &[]);
    provider.shutdown().unwrap();
    drop(provider);
    t.counter("orders").total(4);
    let resource = &t.metrics().all()[0].resource;
    assert_eq!(resource.attribute("service.name"), Some(&"worker".into()));
}

#[test]
fn metrics_of_any_origin_can_be_plugged_in() {
    let t = capture();
    t.add_metrics(|| {
        let mut metric = trace_testkit::model::Metric::new("own", InstrumentKind::Counter);
        metric.points.push(trace_testkit::model::Point::new(PointValue::Int(2)));
        vec![metric]
    });
    t.counter("own").total(2);
}

/// The file is written and accepted by insta, whose macro reads it too.
#[test]
fn identities() {
    let t = capture();
    let meter = t.meter_provider().meter("shop");
    let orders = meter.u64_counter("orders").with_unit("{order}").with_description("Orders placed");
    let orders = orders.build();
    orders.add(1, &[KeyValue::new("plan", "pro"), KeyValue::new("coupon", true)]);
    orders.add(1, &[KeyValue::new("plan", "free")]);
    t.metrics().assert_identities_snapshot();
    t.metrics().follow_conventions();
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings
        .bind(|| insta::assert_snapshot!("metrics__identities.metrics", t.metrics().identities()));
}

static STRAYING: LazyLock<Counter<u64>> =
    LazyLock::new(|| global::meter("shop").u64_counter("straying").build());

#[test]
fn a_measurement_without_a_context_is_reported() {
    let t = capture();
    let _ = &*STRAYING;
    let worker = std::thread::Builder::new().name("worker".to_owned());
    worker.spawn(|| STRAYING.add(1, &[])).unwrap().join().unwrap();
    let report = t.counter("straying").try_delta(1).unwrap_err().to_string();
    let note = "`straying` was measured on thread `worker` outside of all captures";
    assert!(report.contains(note), "{report}");
}

/// Tasks of the test's own runtime can only be this test's.
#[trace_testkit::test(flavor = "multi_thread")]
async fn tasks_without_a_context_measure_for_their_test(t: trace_testkit::Capture) {
    tokio::spawn(async { ORDERS.add(3, &[]) }).await.unwrap();
    t.counter("orders").delta(3);
}
