//! Tests the translation of OpenTelemetry's names.

use super::{get, page, start};
use crate::support::is_alone;
use opentelemetry::{InstrumentationScope, KeyValue, global};

#[test]
fn what_has_one_name_in_prometheus_is_merged_or_counted() {
    if !is_alone("what_has_one_name_in_prometheus_is_merged_or_counted") {
        return;
    }
    let (telemetry, address) = start();
    let meter = global::meter("shop");
    let of = |key: &'static str, value: &'static str| [KeyValue::new(key, value)];
    // One name: counts and histograms are added up, and other labels are other series.
    meter.u64_counter("a.b").build().add(1, &of("x", "1"));
    meter.u64_counter("a_b").build().add(2, &of("x", "1"));
    meter.u64_counter("a_b").build().add(4, &of("x", "2"));
    let latency = |name| meter.f64_histogram(name).with_boundaries(vec![1.0]).build();
    latency("c.d").record(0.5, &[]);
    latency("c_d").record(2.5, &[]);
    // One label set of two, and one label of two.
    let hello = meter.u64_counter("hello").build();
    hello.add(1, &of("hello.world", "x"));
    hello.add(2, &of("hello_world", "x"));
    hello.add(4, &[KeyValue::new("hello_world", "2"), KeyValue::new("hello.world", "1")]);
    // What is no sum is there once, and another kind is not.
    meter.u64_gauge("level").build().record(7, &of("p.q", "1"));
    meter.u64_gauge("level").build().record(7, &of("p_q", "1"));
    meter.u64_gauge("e.f").build().record(1, &[]);
    meter.f64_histogram("e_f").build().record(1.0, &of("y", "1"));
    let (_, page) = get(address, "");
    let scope = r#"otel_scope_name="shop""#;
    for (line, start) in [
        (format!("a_b_total{{{scope},x=\"1\"}} 3"), "a_b_total{"),
        (format!("a_b_total{{{scope},x=\"2\"}} 4"), "a_b_total{"),
        (format!("c_d_bucket{{{scope},le=\"1\"}} 1"), "c_d_bucket{"),
        (format!("c_d_count{{{scope}}} 2"), "c_d_count{"),
        (format!("c_d_sum{{{scope}}} 3"), "c_d_sum{"),
        (format!("hello_total{{hello_world=\"x\",{scope}}} 3"), "hello_total{"),
        (format!("hello_total{{hello_world=\"1;2\",{scope}}} 4"), "hello_total{"),
        (format!("level{{{scope},p_q=\"1\"}} 7"), "level{"),
    ] {
        let found: Vec<_> = page.lines().filter(|line| line.starts_with(start)).collect();
        assert!(found.contains(&&*line), "{line} in {found:?}");
        assert_eq!(
            found.iter().filter(|it| it.split(' ').next() == line.split(' ').next()).count(),
            1
        );
    }
    let kinds = page.lines().filter(|line| line.starts_with("# TYPE e_f ")).count();
    assert_eq!(kinds, 1, "{page}");
    // One series of `level`, and one of `e.f` or `e_f`.
    let page = super::page(&telemetry);
    let omitted =
        page.lines().find(|it| it.starts_with("trace_runtime_prometheus_series_omitted{"));
    assert!(omitted.is_some_and(|line| line.ends_with(" 2")), "{omitted:?}");
}

#[test]
fn a_scope_says_itself_what_it_is_called() {
    if !is_alone("a_scope_says_itself_what_it_is_called") {
        return;
    }
    let (telemetry, _) = start();
    let attributes = ["name", "version", "schema_url", "schema.url", "team"];
    let scope = InstrumentationScope::builder("shop")
        .with_version("1.2")
        .with_attributes(attributes.map(|key| KeyValue::new(key, "other")));
    let meter = global::meter_with_scope(scope.build());
    meter.u64_counter("orders").build().add(1, &[]);
    let labels = r#"{otel_scope_name="shop",otel_scope_team="other",otel_scope_version="1.2"}"#;
    let page = page(&telemetry);
    assert!(page.contains(&format!("orders_total{labels} 1\n")), "{page}");
}
