//! Reads the counters of the benches: to a metric exporter that drops them, or on a page for
//! Prometheus.

use std::time::Duration;

use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::data::{
    AggregatedMetrics, Metric, MetricData, ResourceMetrics, ScopeMetrics, Sum,
};
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::metrics::{PeriodicReader, Temporality};

use super::count::Received;

/// The counter of calls, by the convention of autometrics.
pub const CALLS: &str = "function.calls";

/// How long calls take, likewise.
pub const DURATIONS: &str = "function.calls.duration";

/// The counter of the program's own.
pub const ORDERS: &str = "orders";

/// Reads when it is flushed, and practically never else: no reading falls into a burst.
pub fn reader(received: &'static Received) -> PeriodicReader<CounterExporter> {
    let interval = Duration::from_secs(24 * 60 * 60);
    PeriodicReader::builder(CounterExporter(received)).with_interval(interval).build()
}

/// Reports what [`CALLS`] and [`ORDERS`] come to, and drops all metrics.
#[derive(Debug)]
pub struct CounterExporter(&'static Received);

impl PushMetricExporter for CounterExporter {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        let metrics = metrics.scope_metrics().flat_map(ScopeMetrics::metrics);
        let counters = metrics.filter(|metric| [CALLS, ORDERS].contains(&metric.name()));
        self.0.set_counted(counters.map(sum).sum());
        Ok(())
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        Ok(())
    }

    fn temporality(&self) -> Temporality {
        Temporality::Cumulative
    }
}

fn sum(metric: &Metric) -> u64 {
    let of_floats = |sum: &Sum<f64>| sum.data_points().map(|point| point.value() as u64).sum();
    match metric.data() {
        AggregatedMetrics::U64(MetricData::Sum(sum)) => {
            sum.data_points().map(|point| point.value()).sum()
        }
        AggregatedMetrics::F64(MetricData::Sum(sum)) => of_floats(sum),
        _ => 0,
    }
}

/// Likewise, from the text that Prometheus gets.
pub fn on_page(page: &str) -> u64 {
    let values = page.lines().filter_map(|line| {
        let is_ours = ["function_calls", ORDERS].into_iter().any(|name| {
            line.strip_prefix(name)
                .is_some_and(|rest| rest.trim_start_matches("_total").starts_with(['{', ' ']))
        });
        is_ours.then(|| line.rsplit_once(' ')?.1.parse::<u64>().ok()).flatten()
    });
    values.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_read_from_a_page_and_nothing_else_is() {
        let page = "# TYPE function_calls_total counter\nfunction_calls_total{a=\"b c\"} 3\n\
                    orders 4\nfunction_calls_duration_seconds_count{} 5\norders_total 6\n";
        assert_eq!(on_page(page), 13);
    }
}
