//! Tests metrics that other code records through OpenTelemetry's API, read by readers of the pipeline.
#![cfg(feature = "metrics")]

use crate::support::is_alone;
use opentelemetry::global;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::metrics::{PeriodicReader, Temporality};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};
use trace_runtime::Telemetry;
use trace_runtime::export::NullExporter;

/// Names the metrics that it receives; hangs for the given duration.
struct Names(Sender<Vec<String>>, Duration);

impl Names {
    fn reader(pause: Duration) -> (PeriodicReader<Self>, Receiver<Vec<String>>) {
        let (names, named) = channel();
        let reader = PeriodicReader::builder(Self(names, pause))
            .with_interval(Duration::from_secs(3_600))
            .build();
        (reader, named)
    }
}

impl PushMetricExporter for Names {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        std::thread::sleep(self.1);
        let metrics = metrics.scope_metrics().flat_map(|scope| scope.metrics());
        self.0.send(metrics.map(|metric| metric.name().to_owned()).collect()).unwrap();
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

fn builder() -> trace_runtime::TelemetryBuilder {
    Telemetry::builder().without_env().with_exporter(NullExporter::new())
}

#[test]
fn the_global_meters_are_read() {
    if !is_alone("the_global_meters_are_read") {
        return;
    }
    let (reader, named) = Names::reader(Duration::ZERO);
    let telemetry = builder().with_metric_reader(reader).install().unwrap();
    global::meter("shop").u64_counter("orders").build().add(1, &[]);
    telemetry.force_flush(Duration::from_secs(10)).unwrap();
    assert!(named.recv().unwrap().contains(&"orders".to_owned()));
    telemetry.shutdown(Duration::from_secs(10));
    assert!(named.recv().unwrap().contains(&"orders".to_owned()));
}

#[test]
fn a_reader_that_hangs_holds_nobody_up() {
    if !is_alone("a_reader_that_hangs_holds_nobody_up") {
        return;
    }
    let (reader, _named) = Names::reader(Duration::from_secs(3_600));
    let telemetry = builder().with_metric_reader(reader).install().unwrap();
    global::meter("shop").u64_counter("orders").build().add(1, &[]);
    let start = Instant::now();
    telemetry.force_flush(Duration::from_millis(50)).unwrap_err();
    telemetry.shutdown(Duration::from_millis(50));
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

#[test]
fn metrics_can_be_turned_off() {
    if !is_alone("metrics_can_be_turned_off") {
        return;
    }
    let (reader, named) = Names::reader(Duration::ZERO);
    let telemetry = builder().with_metric_reader(reader).without_metrics().install().unwrap();
    global::meter("shop").u64_counter("orders").build().add(1, &[]);
    telemetry.force_flush(Duration::from_secs(10)).unwrap();
    assert!(named.try_recv().is_err());
}
