//! Flattens the data that a reader of metrics has read last.

use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData, ResourceMetrics};
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::metrics::{PeriodicReader, Temporality};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use trace_runtime::Telemetry;
use trace_runtime::export::NullExporter;

/// Series by metric and attributes: what was summed up, or counted. The values of all histograms of a
/// name are summed up as `<name>.sum`.
#[derive(Clone, Default)]
pub(crate) struct Read(Arc<Mutex<BTreeMap<String, f64>>>);

impl Read {
    pub(crate) fn reader() -> (PeriodicReader<Exporter>, Self) {
        let read = Self::default();
        let exporter = Exporter(read.clone());
        let hour = Duration::from_secs(3_600);
        (PeriodicReader::builder(exporter).with_interval(hour).build(), read)
    }

    /// Returns the number of series of a metric.
    pub(crate) fn series(&self, metric: &str) -> usize {
        let series = self.0.lock().unwrap();
        series.keys().filter(|key| key.starts_with(&format!("{metric}|"))).count()
    }

    /// The sum over all series of a metric that have these attributes: `metric{a="b",c="d"}`.
    pub(crate) fn sum(&self, metric: &str, attributes: &[(&str, &str)]) -> f64 {
        let series = self.0.lock().unwrap();
        let has = |key: &str| {
            let wanted = |(name, value): &(&str, &str)| key.contains(&format!("|{name}={value}|"));
            key.starts_with(&format!("{metric}|")) && attributes.iter().all(wanted)
        };
        series.iter().filter(|(key, _)| has(key)).map(|(_, value)| value).sum()
    }
}

/// Installs a pipeline whose metrics are read.
pub(crate) fn install() -> (Telemetry, Read) {
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

/// Delivers everything that was measured.
pub(crate) fn flush(telemetry: &Telemetry) {
    telemetry.force_flush(Duration::from_secs(10)).unwrap();
}

pub(crate) struct Exporter(Read);

impl PushMetricExporter for Exporter {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        let mut read = BTreeMap::new();
        for metric in metrics.scope_metrics().flat_map(|scope| scope.metrics()) {
            let mut add = |attributes: &mut dyn Iterator<Item = &opentelemetry::KeyValue>,
                           value| {
                let mut key = format!("{}|", metric.name());
                for attribute in attributes {
                    key.push_str(&format!("{}={}|", attribute.key, attribute.value));
                }
                *read.entry(key).or_default() += value;
            };
            let mut sums = Vec::new();
            macro_rules! flatten {
                ($data:expr) => {
                    match $data {
                        MetricData::Sum(sum) => sum
                            .data_points()
                            .for_each(|p| add(&mut p.attributes(), p.value() as f64)),
                        MetricData::Gauge(gauge) => gauge
                            .data_points()
                            .for_each(|p| add(&mut p.attributes(), p.value() as f64)),
                        MetricData::Histogram(histogram) => {
                            histogram.data_points().for_each(|p| {
                                add(&mut p.attributes(), p.count() as f64);
                                sums.push((metric.name(), p.sum() as f64));
                            });
                        }
                        MetricData::ExponentialHistogram(_) => {}
                    }
                };
            }
            match metric.data() {
                AggregatedMetrics::F64(data) => flatten!(data),
                AggregatedMetrics::U64(data) => flatten!(data),
                AggregatedMetrics::I64(data) => flatten!(data),
            }
            for (metric, sum) in sums {
                *read.entry(format!("{metric}.sum|")).or_default() += sum;
            }
        }
        *self.0.0.lock().unwrap() = read;
        Ok(())
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }

    fn temporality(&self) -> Temporality {
        Temporality::Cumulative
    }
}
