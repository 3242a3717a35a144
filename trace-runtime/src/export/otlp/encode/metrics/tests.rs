//! Compares encoded metrics with the requests that opentelemetry-proto makes of them.

use super::*;
use crate::export::testing_metrics::{collected, everything};
use opentelemetry::metrics::MeterProvider;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::{metric::Data, number_data_point};
use opentelemetry_sdk::metrics::Temporality;
use prost::Message;

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
