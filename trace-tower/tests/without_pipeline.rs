//! Tests that layers measure by OpenTelemetry's global meter provider where no pipeline does.

use axum::body::Body;
use http::{Request, Response};
use http_body_util::BodyExt as _;
use opentelemetry::KeyValue;
use opentelemetry::global;
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData, ResourceMetrics};
use opentelemetry_sdk::metrics::reader::MetricReader;
use opentelemetry_sdk::metrics::{Instrument, ManualReader, SdkMeterProvider, Stream};
use std::convert::Infallible;
use std::sync::Arc;
use tower::{Layer, Service, ServiceExt as _, service_fn};
use trace_tower::{ClientLayer, ServerLayer};

async fn send(
    service: impl Service<Request<Body>, Response = Response<impl http_body::Body>, Error = Infallible>,
) {
    let request = Request::post("http://shop.test/orders").header("content-length", 4);
    let Ok(response) = service.oneshot(request.body(Body::from("four")).unwrap()).await;
    let _ = response.into_body().collect().await;
}

/// Returns name, attributes and sum of each series.
fn read(reader: &ManualReader) -> Vec<(String, Vec<KeyValue>, f64)> {
    let mut all = ResourceMetrics::default();
    reader.collect(&mut all).unwrap();
    let metrics = all.scope_metrics().flat_map(|scope| {
        assert_eq!(scope.scope().name(), "trace-tower");
        assert!(scope.scope().schema_url().is_some());
        scope.metrics()
    });
    let mut read = Vec::new();
    for metric in metrics {
        let mut put = |attributes: &mut dyn Iterator<Item = &KeyValue>, sum| {
            read.push((metric.name().to_owned(), attributes.cloned().collect(), sum));
        };
        match metric.data() {
            AggregatedMetrics::F64(MetricData::Histogram(data)) => {
                data.data_points().for_each(|it| put(&mut it.attributes(), it.count() as f64));
            }
            AggregatedMetrics::U64(MetricData::Histogram(data)) => {
                data.data_points().for_each(|it| put(&mut it.attributes(), it.sum() as f64));
            }
            AggregatedMetrics::I64(MetricData::Sum(data)) => {
                data.data_points().for_each(|it| put(&mut it.attributes(), it.value() as f64));
            }
            other => panic!("{other:?}"),
        }
    }
    read.sort_by(|(one, ..), (other, ..)| one.cmp(other));
    read
}

/// One test, because the process has one global provider.
#[test]
fn requests_are_measured_by_the_global_provider() {
    let reader = Arc::new(ManualReader::builder().build());
    let shared = Shared(reader.clone());
    global::set_meter_provider(SdkMeterProvider::builder().with_reader(shared).build());
    let echo = service_fn(async |request: Request<Body>| {
        Ok::<_, Infallible>(Response::new(request.into_body()))
    });
    let service =
        ServerLayer::new().with_route(|_| Some("/orders")).layer(ClientLayer::new().layer(echo));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for _ in 0..2 {
        runtime.block_on(send(service.clone()));
    }
    let read = read(&reader);
    let sums: Vec<_> = read.iter().map(|(name, _, sum)| (&**name, *sum)).collect();
    let expected = [
        ("http.client.request.body.size", 8.0),
        ("http.client.request.duration", 2.0),
        ("http.client.response.body.size", 8.0),
        ("http.server.active_requests", 0.0),
        ("http.server.request.body.size", 8.0),
        ("http.server.request.duration", 2.0),
        ("http.server.response.body.size", 8.0),
    ];
    assert_eq!(sums, expected);
    let (_, attributes, _) = &read[5];
    for attribute in [
        KeyValue::new("http.request.method", "POST"),
        KeyValue::new("http.response.status_code", 200),
        KeyValue::new("http.route", "/orders"),
        KeyValue::new("network.protocol.version", "1.1"),
        KeyValue::new("url.scheme", "http"),
    ] {
        assert!(attributes.contains(&attribute), "{attribute:?} is not in {attributes:?}");
    }
    assert_eq!(attributes.len(), 5);

    requests_with_too_many_attributes_are_measured_as_overflow();
}

/// More sets of attributes than the runtime keeps: every method, with every status.
fn requests_with_too_many_attributes_are_measured_as_overflow() {
    let reader = Arc::new(ManualReader::builder().build());
    let unlimited = |_: &Instrument| Stream::builder().with_cardinality_limit(100_000).build().ok();
    let provider = SdkMeterProvider::builder().with_reader(Shared(reader.clone()));
    global::set_meter_provider(provider.with_view(unlimited).build());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let methods =
        ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "CONNECT", "TRACE", "QUERY"];
    for status in 100..1000 {
        let answer = service_fn(move |_: Request<Body>| {
            std::future::ready(Response::builder().status(status).body(Body::empty()))
        });
        let service = ServerLayer::new().layer(answer);
        for method in methods {
            let request = Request::builder().method(method).uri("/").body(Body::empty());
            runtime.block_on(service.clone().oneshot(request.unwrap())).unwrap();
        }
    }
    let durations = read(&reader).into_iter().filter(|(name, ..)| name.ends_with(".duration"));
    let (mut all, mut beyond) = (0.0, 0.0);
    for (_, attributes, count) in durations {
        assert!(!attributes.is_empty());
        all += count;
        if attributes == [KeyValue::new("otel.metric.overflow", true)] {
            beyond += count;
        }
    }
    assert_eq!(all, 9000.0);
    assert!(beyond >= 9000.0 - 8192.0, "{beyond}");
}

/// A reader that the test keeps.
#[derive(Debug)]
struct Shared(Arc<ManualReader>);

impl MetricReader for Shared {
    fn register_pipeline(&self, pipeline: std::sync::Weak<opentelemetry_sdk::metrics::Pipeline>) {
        self.0.register_pipeline(pipeline);
    }

    fn collect(&self, metrics: &mut ResourceMetrics) -> opentelemetry_sdk::error::OTelSdkResult {
        self.0.collect(metrics)
    }

    fn force_flush(&self) -> opentelemetry_sdk::error::OTelSdkResult {
        self.0.force_flush()
    }

    fn shutdown_with_timeout(
        &self,
        timeout: std::time::Duration,
    ) -> opentelemetry_sdk::error::OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn temporality(
        &self,
        kind: opentelemetry_sdk::metrics::InstrumentKind,
    ) -> opentelemetry_sdk::metrics::Temporality {
        self.0.temporality(kind)
    }
}
