//! Tests which attributes of metrics the views of a configuration file keep.
#![cfg(all(feature = "config-file", feature = "metrics", feature = "otlp-http"))]

use crate::support::files::Folder;
use crate::support::is_alone;
use opentelemetry::{KeyValue, global};
use std::time::Duration;
use trace_runtime::{business_metric, loss::LossReport};
use trace_testkit::model::{Metric, PointValue};
use trace_testkit::receiver::{Receiver, Signal};

#[business_metric(counter("restocked"), value = count, labels(shelf(cap = 4) = shelf, user(cap = 4) = user))]
fn restock(count: u64, shelf: &str, user: &str) {
    let _ = (count, shelf, user);
}

/// Runs a program with these views; returns its metrics.
fn measured(views: &str, measure: impl FnOnce()) -> Vec<Metric> {
    let receiver = Receiver::start().unwrap();
    let endpoint = receiver.http_endpoint(Signal::Metrics);
    let folder = Folder::new();
    folder.write(&format!(
        "file_format: '1.2'
meter_provider:
  readers: [{{ periodic: {{ exporter: {{ otlp_http: {{ endpoint: '{endpoint}' }} }} }} }}]
  views:
{views}
distribution: {{ trace-rs: {{ own_metrics: false }} }}
"
    ));
    let telemetry = folder.builder().install().unwrap();
    measure();
    let report: LossReport = telemetry.shutdown(Duration::from_secs(20));
    assert!(report.is_lossless(), "{report}");
    receiver.snapshot().metrics
}

/// Returns the points of a metric, as their attributes and their sum.
fn points(metrics: &[Metric], name: &str) -> Vec<String> {
    let metric = metrics.iter().find(|metric| metric.name == name);
    let metric = metric.unwrap_or_else(|| panic!("no {name} in {metrics:?}"));
    let mut points: Vec<String> = metric
        .points
        .iter()
        .map(|point| {
            let attributes = point.attributes.iter().map(|(key, value)| format!("{key}={value}"));
            let mut attributes: Vec<_> = attributes.collect();
            attributes.sort();
            let value = match &point.value {
                PointValue::Int(value) => value.to_string(),
                PointValue::Float(value) => value.to_string(),
                other => format!("{other:?}"),
            };
            format!("{} {value}", attributes.join(","))
        })
        .collect();
    points.sort();
    points
}

#[test]
fn attributes_are_included_and_excluded_by_patterns() {
    if !is_alone("attributes_are_included_and_excluded_by_patterns") {
        return;
    }
    let views = "
    - selector: { instrument_name: orders }
      stream: { attribute_keys: { excluded: ['user.*', card] } }
    - selector: { instrument_name: 'queue.*', instrument_type: observable_gauge }
      stream: { attribute_keys: { included: ['queue.*'], excluded: [queue.id] } }
    - selector: { instrument_name: exact }
      stream: { attribute_keys: { included: [tier, user.id], excluded: ['user.*'] } }
    - selector: { instrument_name: restocked }
      stream: { attribute_keys: { excluded: [user] } }";
    let metrics = measured(views, || {
        let meter = global::meter("shop");
        let attributes = |user: i64| {
            [
                KeyValue::new("user.id", user),
                KeyValue::new("card", user),
                KeyValue::new("tier", "free"),
            ]
        };
        let orders = meter.u64_counter("orders").build();
        orders.add(1, &attributes(1));
        orders.add(2, &attributes(2));
        orders.bind(&attributes(3)).add(4);
        orders.add(8, &[]);
        meter.u64_counter("exact").build().add(1, &attributes(1));
        meter.u64_counter("other").build().add(1, &attributes(1)[..1]);
        meter
            .f64_observable_gauge("queue.depth")
            .with_callback(|observer| {
                let [name, id] = [("queue.name", "mail"), ("queue.id", "7")]
                    .map(|(key, value)| KeyValue::new(key, value));
                observer.observe(2.5, &[name, id, KeyValue::new("host", "a")]);
            })
            .build();
        restock(3, "left", "ann");
        restock(4, "left", "bob");
    });
    assert_eq!(points(&metrics, "orders"), [" 8", "tier=\"free\" 7"]);
    assert_eq!(points(&metrics, "exact"), ["tier=\"free\" 1"]);
    assert_eq!(points(&metrics, "other"), ["user.id=1 1"], "no view selects it");
    assert_eq!(points(&metrics, "queue.depth"), ["queue.name=\"mail\" 2.5"]);
    let restocked = points(&metrics, "restocked");
    let [restocked] = &restocked[..] else { panic!("{restocked:?}") };
    assert!(restocked.contains("shelf=\"left\"") && restocked.ends_with(" 7"), "{restocked}");
    assert!(!restocked.contains("user"), "{restocked}");
}

/// An attribute stays out only where no view keeps it: they share the measurements.
#[test]
fn views_of_one_instrument_share_what_they_keep() {
    if !is_alone("views_of_one_instrument_share_what_they_keep") {
        return;
    }
    let views = "
    - selector: { instrument_name: orders }
      stream: { name: by_tier, attribute_keys: { included: [tier] } }
    - selector: { instrument_name: 'order*' }
      stream: { name: without_user, attribute_keys: { excluded: ['user.*'] } }";
    let metrics = measured(views, || {
        let attributes = [("user.id", "1"), ("tier", "free"), ("shop", "a")];
        let attributes = attributes.map(|(key, value)| KeyValue::new(key, value));
        global::meter("shop").u64_counter("orders").build().add(1, &attributes);
    });
    assert_eq!(points(&metrics, "by_tier"), ["tier=\"free\" 1"]);
    assert_eq!(points(&metrics, "without_user"), ["shop=\"a\",tier=\"free\" 1"]);
}
