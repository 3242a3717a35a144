//! Measures a scrape of 10,000 series, in both formats.

use criterion::Criterion;
use opentelemetry::{KeyValue, global};
use trace_runtime::Telemetry;
use trace_runtime::export::NullExporter;
use trace_runtime::metrics::PrometheusSettings;

fn main() {
    let telemetry = Telemetry::builder()
        .without_env()
        .with_exporter(NullExporter::new())
        .with_prometheus(PrometheusSettings::default().without_endpoint())
        .install()
        .expect("nothing else is installed");
    // 4,000 counters, 2,000 gauges, and 250 histograms of 16 series.
    let meter = global::meter("bench");
    let labels = |number: usize| {
        [
            KeyValue::new("function", format!("function_{number}")),
            KeyValue::new("module", "shop::checkout"),
            KeyValue::new("result", ["ok", "error"][number % 2]),
        ]
    };
    for name in ["calls", "orders"] {
        let counter = meter.u64_counter(name).build();
        (0..2_000).for_each(|number| counter.add(number as u64, &labels(number)));
    }
    let gauge = meter.f64_gauge("depth").with_unit("s").build();
    (0..2_000).for_each(|number| gauge.record(number as f64 / 7.0, &labels(number)));
    let histogram = meter.f64_histogram("latency").with_unit("s");
    let bounds = (0..13).map(|power| 0.001 * f64::from(1 << power)).collect();
    let histogram = histogram.with_boundaries(bounds).build();
    (0..250).for_each(|number| histogram.record(number as f64 / 100.0, &labels(number)));

    let prometheus = telemetry.prometheus().expect("was asked for");
    let mut criterion = Criterion::default().sample_size(20).configure_from_args();
    for (name, accept) in [("text", None), ("openmetrics", Some("application/openmetrics-text"))] {
        let page = prometheus.render(accept).expect("a page");
        let series = page.body.lines().filter(|line| !line.starts_with('#')).count();
        criterion.bench_function(&format!("a scrape of {series} series, {name}"), |bencher| {
            bencher.iter(|| prometheus.render(accept));
        });
    }
}
