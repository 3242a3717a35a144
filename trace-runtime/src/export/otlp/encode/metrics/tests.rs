//! Compares encoded metrics with the requests that opentelemetry-proto makes of them.

use super::*;
use opentelemetry::metrics::MeterProvider;
use opentelemetry::{Array, InstrumentationScope, KeyValue, StringValue, Value};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::{metric::Data, number_data_point};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::reader::MetricReader;
use opentelemetry_sdk::metrics::{
    Aggregation, Instrument, ManualReader, Pipeline, SdkMeterProvider, Stream,
};
use prost::Message;
use std::sync::{Arc, Weak};
use std::time::Duration;

/// A reader that the provider and the test share.
#[derive(Clone, Debug)]
struct Shared(Arc<ManualReader>);

impl MetricReader for Shared {
    fn register_pipeline(&self, pipeline: Weak<Pipeline>) {
        self.0.register_pipeline(pipeline);
    }

    fn collect(&self, metrics: &mut ResourceMetrics) -> opentelemetry_sdk::error::OTelSdkResult {
        self.0.collect(metrics)
    }

    fn force_flush(&self) -> opentelemetry_sdk::error::OTelSdkResult {
        self.0.force_flush()
    }

    fn shutdown_with_timeout(&self, time: Duration) -> opentelemetry_sdk::error::OTelSdkResult {
        self.0.shutdown_with_timeout(time)
    }

    fn temporality(&self, kind: opentelemetry_sdk::metrics::InstrumentKind) -> Temporality {
        self.0.temporality(kind)
    }
}

/// Collects the measurements of `measure` with this temporality.
fn collected(temporality: Temporality, measure: impl Fn(&SdkMeterProvider)) -> ResourceMetrics {
    let reader = Shared(Arc::new(ManualReader::builder().with_temporality(temporality).build()));
    let exponential = |instrument: &Instrument| {
        let aggregation = Aggregation::Base2ExponentialHistogram {
            max_size: 160,
            max_scale: 20,
            record_min_max: true,
        };
        let is_exponential = instrument.name().starts_with("exponential");
        is_exponential.then(|| Stream::builder().with_aggregation(aggregation).build())?.ok()
    };
    let resource = Resource::builder_empty()
        .with_schema_url([KeyValue::new("service.name", "shop")], "https://a/schema")
        .build();
    let provider = SdkMeterProvider::builder()
        .with_resource(resource)
        .with_reader(reader.clone())
        .with_view(exponential)
        .build();
    measure(&provider);
    let mut metrics = ResourceMetrics::default();
    reader.collect(&mut metrics).unwrap();
    metrics
}

fn everything(provider: &SdkMeterProvider) {
    let scope = InstrumentationScope::builder("shop")
        .with_version("1.2")
        .with_schema_url("https://a/scope")
        .with_attributes([KeyValue::new("team", "a")])
        .build();
    let meter = provider.meter_with_scope(scope);
    let list = Value::Array(Array::String(vec![StringValue::from("a"), StringValue::from("ü")]));
    let all = [
        KeyValue::new("text", "ü"),
        KeyValue::new("whole", -1),
        KeyValue::new("real", 0.5),
        KeyValue::new("flag", true),
        KeyValue::new("list", list),
        KeyValue::new("", ""),
    ];
    let counter = meter.u64_counter("orders").with_unit("{order}").with_description("How many");
    let counter = counter.build();
    counter.add(3, &all);
    counter.add(i64::MAX as u64, &[]);
    meter.f64_up_down_counter("stock").build().add(-1.5, &all);
    meter.i64_gauge("depth").build().record(i64::MIN, &[]);
    meter.f64_gauge("load").build().record(f64::NEG_INFINITY, &[]);
    for name in ["histogram", "exponential", "exponential.negative"] {
        let histogram = meter.f64_histogram(name).build();
        histogram.record(0.0, &all);
        (0..400).for_each(|value| histogram.record(f64::from(value) * 1.7, &[]));
        if name.ends_with("negative") {
            (0..40).for_each(|value| histogram.record(f64::from(value) * -0.3, &[]));
        }
    }
    meter.u64_histogram("sizes").with_boundaries(vec![]).build().record(7, &[]);
    provider.meter("other").u64_counter("few").build().add(1, &[]);
}

#[test]
fn a_request_matches_the_stock_exporter() {
    for temporality in [Temporality::Cumulative, Temporality::Delta, Temporality::LowMemory] {
        let metrics = collected(temporality, everything);
        let mut encoder = MetricEncoder::default();
        let (points, request) = encoder.encode(&metrics);
        let request = ExportMetricsServiceRequest::decode(request).unwrap();
        assert_eq!(request, ExportMetricsServiceRequest::from(&metrics));
        // The SDK omits infinite values.
        assert_eq!(points, 12);
    }
}

#[test]
fn a_sum_beyond_signed_integers_keeps_its_size() {
    let metrics = collected(Temporality::Cumulative, |provider| {
        provider.meter("shop").u64_counter("many").build().add(u64::MAX, &[]);
    });
    let mut encoder = MetricEncoder::default();
    let request = ExportMetricsServiceRequest::decode(encoder.encode(&metrics).1).unwrap();
    let metric = &request.resource_metrics[0].scope_metrics[0].metrics[0];
    let Some(Data::Sum(sum)) = &metric.data else { panic!("{metric:?}") };
    let expected = Some(number_data_point::Value::AsDouble(u64::MAX as f64));
    assert_eq!(sum.data_points[0].value, expected);
}

#[test]
fn nothing_is_a_request_too() {
    let metrics = collected(Temporality::Cumulative, |_| {});
    let mut encoder = MetricEncoder::default();
    let (points, request) = encoder.encode(&metrics);
    assert_eq!(points, 0);
    let request = ExportMetricsServiceRequest::decode(request).unwrap();
    assert_eq!(request, ExportMetricsServiceRequest::from(&metrics));
}

#[test]
fn parts_of_a_collection_have_each_point_once() {
    let metrics = collected(Temporality::Delta, everything);
    let flat = |request: &[u8]| -> Vec<String> {
        let request = ExportMetricsServiceRequest::decode(request).unwrap();
        let scopes = request.resource_metrics.into_iter().flat_map(|it| it.scope_metrics);
        let metrics = scopes.flat_map(|scope| scope.metrics);
        let points = |metric: opentelemetry_proto::tonic::metrics::v1::Metric| {
            fn all<T: std::fmt::Debug>(points: &[T]) -> Vec<String> {
                points.iter().map(|point| format!("{point:?}")).collect()
            }
            let (kind, points) = match metric.data.as_ref().unwrap() {
                Data::Gauge(gauge) => ("gauge", all(&gauge.data_points)),
                Data::Sum(sum) => ("sum", all(&sum.data_points)),
                Data::Histogram(histogram) => ("histogram", all(&histogram.data_points)),
                Data::ExponentialHistogram(histogram) => {
                    ("exponential", all(&histogram.data_points))
                }
                Data::Summary(_) => panic!("the SDK has none"),
            };
            assert!(!points.is_empty(), "{metric:?}");
            points.into_iter().map(move |point| format!("{} {kind} {point}", metric.name))
        };
        metrics.flat_map(points).collect()
    };
    let mut encoder = MetricEncoder::default();
    let whole = flat(encoder.encode(&metrics).1);
    for limit in [0, 500, 2_000, usize::MAX] {
        assert_eq!(encoder.begin(&metrics), whole.len());
        let mut parts = Vec::new();
        while parts.len() < whole.len() {
            let (count, request) = encoder.encode_part(&metrics, parts.len(), limit);
            assert!(count == 1 || request.len() <= limit.saturating_add(200), "{limit}");
            let part = flat(request);
            assert!(count > 0 && part.len() == count);
            parts.extend(part);
        }
        assert_eq!(parts, whole);
    }
}
