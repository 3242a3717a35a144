//! Tests failures of assertions on metrics.

use crate::instruments::{Changing, histogram, int, metric, metrics, of, shop_metrics};
use insta::assert_snapshot;
use std::sync::Arc;
use trace_testkit::Recorded;
use trace_testkit::matcher::{gt, lt, ms, one_of, predicate};
use trace_testkit::model::{InstrumentKind, Point, PointValue, Temporality};
use trace_testkit::source::{Snapshot, Stray};

#[test]
fn another_delta() {
    assert_snapshot!(
        shop_metrics().counter("orders").with("plan", "pro").try_delta(1).unwrap_err()
    );
}

#[test]
fn no_metric_of_that_name() {
    assert_snapshot!(shop_metrics().counter("ordres").try_delta(1).unwrap_err());
}

#[test]
fn no_metrics_at_all() {
    assert_snapshot!(of(Vec::new()).gauge("depth").try_value(1).unwrap_err());
}

#[test]
fn a_metric_of_another_kind() {
    assert_snapshot!(shop_metrics().histogram("orders").try_count(1).unwrap_err());
}

#[test]
fn no_series_with_that_value() {
    assert_snapshot!(
        shop_metrics().counter("orders").with("plan", "team").try_at_least(1).unwrap_err()
    );
}

#[test]
fn no_series_with_that_key() {
    assert_snapshot!(
        shop_metrics()
            .counter("orders")
            .with("plna", "pro")
            .without("region")
            .try_total(gt(0))
            .unwrap_err()
    );
}

#[test]
fn something_where_nothing_is_expected() {
    assert_snapshot!(shop_metrics().counter("orders").with("region", "us").try_none().unwrap_err());
}

#[test]
fn another_unit() {
    assert_snapshot!(shop_metrics().histogram("checkout.duration").try_unit("ms").unwrap_err());
}

#[test]
fn another_scope() {
    assert_snapshot!(shop_metrics().metric("orders").try_scope("shpo").unwrap_err());
}

#[test]
fn not_monotonic() {
    assert_snapshot!(shop_metrics().metric("carts.open").try_monotonic().unwrap_err());
}

#[test]
fn another_temporality() {
    let t = shop_metrics();
    assert_snapshot!(t.metric("orders").try_temporality(Temporality::Delta).unwrap_err());
}

#[test]
fn other_keys() {
    assert_snapshot!(shop_metrics().metric("orders").try_keys(["plan", "tier"]).unwrap_err());
}

#[test]
fn another_value_of_a_gauge() {
    assert_snapshot!(shop_metrics().gauge("queue.depth").try_value(gt(3)).unwrap_err());
}

#[test]
fn another_count_of_values() {
    assert_snapshot!(shop_metrics().histogram("checkout.duration").try_count(2).unwrap_err());
}

#[test]
fn a_value_too_great() {
    let t = shop_metrics();
    assert_snapshot!(t.histogram("checkout.duration").try_each(lt(ms(200))).unwrap_err());
}

/// Extremes and buckets without values are all that is left.
#[test]
fn values_of_which_too_little_is_known() {
    let changing = Arc::new(Changing::default());
    let t = Recorded::new(changing.clone());
    let durations = |values: &[f64]| {
        let point = Point::new(PointValue::Histogram(histogram(values)));
        vec![metric("checkout.duration", InstrumentKind::Histogram, "s", vec![point])]
    };
    changing.set(durations(&[0.08, 0.4]));
    t.metrics().baseline();
    changing.set(durations(&[0.08, 0.4, 0.2]));
    t.histogram("checkout.duration").count(1).each(lt(0.3)).each(gt(0.1));
    assert_snapshot!(t.histogram("checkout.duration").try_each(lt(0.15)).unwrap_err());
}

#[test]
fn a_condition_that_no_histogram_can_decide() {
    let t = shop_metrics();
    let even = predicate("even", |value| value.as_int().is_some_and(|number| number % 2 == 0));
    assert_snapshot!(t.histogram("cart.size").try_each(even).unwrap_err());
}

#[test]
fn a_value_in_a_bucket_outside() {
    assert_snapshot!(shop_metrics().histogram("cart.size").try_each(lt(512)).unwrap_err());
}

#[test]
fn another_count_in_a_bucket() {
    let t = shop_metrics();
    assert_snapshot!(t.histogram("checkout.duration").try_bucket(0.25, 2).unwrap_err());
}

#[test]
fn no_such_bucket() {
    let t = shop_metrics();
    assert_snapshot!(t.histogram("checkout.duration").try_bucket(0.3, 2).unwrap_err());
}

#[test]
fn a_greatest_value_that_nobody_knows() {
    assert_snapshot!(shop_metrics().histogram("cart.size").try_max(lt(1_000)).unwrap_err());
}

#[test]
fn too_many_series() {
    let users =
        (0..9).map(|user| int(1).with_attribute("plan", "pro").with_attribute("user", user));
    let t = of(vec![metric("orders", InstrumentKind::Counter, "{order}", users.collect())]);
    assert_snapshot!(t.metrics().cardinality("orders").try_at_most(8).unwrap_err());
}

#[test]
fn too_many_values_of_a_key() {
    let t = shop_metrics();
    let cardinality = t.metrics().cardinality("orders").of("plan");
    assert_snapshot!(cardinality.try_exactly(one_of([0, 1])).unwrap_err());
}

#[test]
fn the_cardinality_of_a_metric_that_was_measured_elsewhere() {
    let mut snapshot = Snapshot::default();
    snapshot.metrics = metrics();
    let (metric, thread) = ("orders.lost".to_owned(), "worker".to_owned());
    snapshot.strays = vec![Stray::Measurement { metric, thread }];
    let t = Recorded::new(Arc::new(snapshot));
    assert_snapshot!(t.metrics().cardinality("orders.lost").try_at_most(8).unwrap_err());
}

#[test]
fn the_values_of_a_key_that_is_misspelled() {
    let t = shop_metrics();
    assert_snapshot!(t.metrics().cardinality("orders").of("plna").try_exactly(2).unwrap_err());
}

#[test]
fn unconventional_metrics() {
    use InstrumentKind::{Counter, Gauge, Histogram, UpDownCounter};
    let metric =
        |name, kind, unit| metric(name, kind, unit, vec![int(1).with_attribute("userId", 1)]);
    let t = of(vec![
        metric("OrderCount", Counter, "orders"),
        metric("http.requests_total", Counter, "{requests}"),
        metric("checkout_ms", Histogram, "ms"),
        metric("memory.utilization", Gauge, "%"),
        metric("pool.connections", UpDownCounter, "{connection}"),
        metric("upload", Counter, "MiBy"),
        metric("upload", Counter, "bytes"),
    ]);
    assert_snapshot!(t.metrics().try_follow_conventions().unwrap_err());
}

/// What passes, so that failures above are not for other reasons.
#[test]
fn as_expected() {
    let t = shop_metrics();
    t.counter("orders").with("plan", "pro").delta(3).total(3).at_least(1).unit("{order}");
    t.counter("orders").with("plan", "team").none().delta(0);
    t.counter("nothing").none().delta(0).total(0);
    t.up_down_counter("carts.open").delta(3).description("");
    t.gauge("queue.depth").with("queue", "in").value(7).value(gt(3.5));
    t.histogram("checkout.duration").count(3).each(lt(ms(400))).bounds(&[0.1, 0.25, 0.5]);
    t.histogram("checkout.duration").with("outcome", "ok").min(0.08).max(ms(210)).sum(0.29);
    t.histogram("checkout.duration").bucket(f64::INFINITY, 0).bucket(0.1, 1).at_least(3);
    t.histogram("cart.size").scale(0).each(lt(2_000)).bucket(4.0, 2).bucket(1024.0, 1);
    t.metric("orders").monotonic().keys(["plan", "region"]).series(3).scope("shop");
    t.metrics().cardinality("orders").at_most(3).of("region").exactly(2);
    let all = ["cart.size", "carts.open", "checkout.duration", "orders", "queue.depth"];
    assert_eq!(t.metrics().names(), all);
    assert_snapshot!(t.metrics().identities());
    t.metrics().assert_identities_snapshot();
    let conventional = metrics().into_iter().filter(|metric| metric.name != "carts.open");
    of(conventional.collect()).metrics().follow_conventions();
}
