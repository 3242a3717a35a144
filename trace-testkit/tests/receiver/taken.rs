//! Tests that telemetry arrives as it was sent, over every transport.

use super::client::*;
use flate2::Compression;
use flate2::write::GzEncoder;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::logs::v1::logs_service_client::LogsServiceClient;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::metrics_service_client::MetricsServiceClient;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::metrics::v1 as metrics;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{Span, Status};
use prost::Message;
use std::io::Write;
use tonic::codec::CompressionEncoding;
use trace_runtime::{
    SpanKind,
    propagation::{SpanId, TraceFlags, TraceId},
};
use trace_testkit::model::{InstrumentKind, Point, PointValue, SpanData, Temporality};
use trace_testkit::receiver::{Receiver, Signal, Transport};

fn whole_span() -> Span {
    Span {
        trace_id: 0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c_u128.to_be_bytes().to_vec(),
        span_id: 0xb7ad_u64.to_be_bytes().to_vec(),
        parent_span_id: 0x00f0_u64.to_be_bytes().to_vec(),
        trace_state: "vendor=1".to_owned(),
        flags: 0x301,
        name: "POST /checkout".to_owned(),
        kind: 2,
        start_time_unix_nano: 1_700_000_000_000_000_001,
        end_time_unix_nano: 1_700_000_000_500_000_002,
        attributes: vec![attribute("order.id", Value::IntValue(7)), attribute("plan", text("pro"))],
        dropped_attributes_count: 4,
        events: vec![Event {
            name: "exception".to_owned(),
            time_unix_nano: 5,
            attributes: vec![attribute("exception.type", text("E"))],
            dropped_attributes_count: 1,
        }],
        dropped_events_count: 5,
        links: vec![Link {
            trace_id: vec![9; 16],
            span_id: vec![8; 8],
            trace_state: "other=2".to_owned(),
            flags: 1,
            attributes: vec![attribute("why", text("retry"))],
            dropped_attributes_count: 2,
        }],
        dropped_links_count: 6,
        status: Some(Status { code: 2, message: "no stock".to_owned() }),
    }
}

fn assert_whole(span: &SpanData) {
    assert_eq!(span.trace_id.to_string(), "0af7651916cd43dd8448eb211c80319c");
    assert_eq!(span.span_id, SpanId::from_u64(0xb7ad));
    assert_eq!(span.parent_span_id, SpanId::from_u64(0xf0));
    assert!(span.parent_is_remote);
    assert_eq!(span.flags, TraceFlags::SAMPLED);
    assert_eq!((&*span.trace_state, &*span.name), ("vendor=1", "POST /checkout"));
    assert_eq!(span.kind, SpanKind::Server);
    assert_eq!(span.start_unix_nanos, 1_700_000_000_000_000_001);
    assert_eq!(span.duration().as_nanos(), 500_000_001);
    assert_eq!(span.attribute("order.id"), Some(&7.into()));
    assert_eq!(span.attribute("plan"), Some(&"pro".into()));
    assert_eq!(span.status, trace_runtime::Status::error("no stock"));
    assert_eq!((span.dropped_attributes, span.dropped_events, span.dropped_links), (4, 5, 6));
    let event = span.event("exception").unwrap();
    assert_eq!((event.unix_nanos, event.dropped_attributes), (5, 1));
    assert_eq!(event.attribute("exception.type"), Some(&"E".into()));
    let link = &span.links[0];
    assert_eq!(link.context.trace_id(), TraceId::from_bytes([9; 16]));
    assert_eq!(link.context.span_id(), SpanId::from_bytes([8; 8]));
    assert!(link.context.is_sampled() && !link.context.is_remote());
    assert_eq!((link.context.trace_state(), link.dropped_attributes), ("other=2", 2));
    assert_eq!(link.attribute("why"), Some(&"retry".into()));
    assert_eq!((&*span.scope.name, &*span.scope.version), ("shop::cart", "1.2.3"));
    assert_eq!(span.scope.schema_url, "urn:scope");
    assert_eq!(span.resource.attribute("service.name"), Some(&"shop".into()));
    assert_eq!(span.resource.schema_url, "urn:resource");
    assert_eq!(span.outcome, None);
}

#[test]
fn protobuf_over_http() {
    let receiver = Receiver::start().unwrap();
    let message = request(vec![whole_span()]);
    let headers = [("content-type", "application/x-protobuf"), ("authorization", "Bearer abc")];
    let body = message.encode_to_vec();
    let mut reply = post(&receiver.http_endpoint(Signal::Traces), &headers, &body).unwrap();
    assert_eq!(reply.status(), 200);
    assert_eq!(reply.headers()["content-type"], "application/x-protobuf");
    assert_eq!(reply.body_mut().read_to_vec().unwrap(), b"");
    assert_whole(&receiver.spans()[0]);

    let [seen] = &receiver.requests()[..] else { panic!("{receiver:?}") };
    assert_eq!((seen.method.as_str(), &*seen.path), ("POST", "/v1/traces"));
    assert_eq!(seen.header("Authorization"), Some("Bearer abc"));
    assert_eq!(
        (seen.signal, seen.transport),
        (Some(Signal::Traces), Some(Transport::HttpProtobuf))
    );
    assert_eq!((seen.body_bytes, seen.taken, &seen.refused), (body.len(), 1, &None));
    assert!(!seen.is_gzip());
    let shown = format!("{seen:?}");
    assert!(shown.contains("authorization") && !shown.contains("abc"), "{shown}");
}

#[test]
fn protobuf_over_http_with_gzip() {
    let receiver = Receiver::start().unwrap();
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(&request(vec![whole_span()]).encode_to_vec()).unwrap();
    let packed = packed.finish().unwrap();
    let headers = [("content-type", "application/x-protobuf"), ("content-encoding", "gzip")];
    let reply = post(&receiver.http_endpoint(Signal::Traces), &headers, &packed).unwrap();
    assert_eq!(reply.status(), 200);
    assert_whole(&receiver.spans()[0]);
    assert!(receiver.requests()[0].is_gzip());
    assert_eq!(receiver.requests()[0].body_bytes, packed.len());
}

#[test]
fn json_over_http() {
    let receiver = Receiver::start().unwrap();
    let body = serde_json::to_vec(&request(vec![whole_span()])).unwrap();
    let headers = [("content-type", "application/json; charset=utf-8")];
    let reply = post(&receiver.http_endpoint(Signal::Traces), &headers, &body).unwrap();
    assert_eq!(
        (reply.status().as_u16(), &reply.headers()["content-type"]),
        (200, &"application/json".parse().unwrap())
    );
    assert_whole(&receiver.spans()[0]);
    assert_eq!(receiver.requests()[0].transport, Some(Transport::HttpJson));
}

#[test]
fn grpc_with_gzip_and_without() {
    let receiver = Receiver::start().unwrap();
    runtime().block_on(async {
        let mut plain = grpc(&receiver).await;
        let mut packed = grpc(&receiver).await.send_compressed(CompressionEncoding::Gzip);
        for client in [&mut plain, &mut packed] {
            let mut call = tonic::Request::new(request(vec![whole_span()]));
            call.metadata_mut().insert("authorization", "Bearer abc".parse().unwrap());
            let response = client.export(call).await.unwrap().into_inner();
            assert_eq!(response.partial_success, None);
        }
    });
    assert_eq!(receiver.spans().len(), 2);
    receiver.spans().iter().for_each(assert_whole);
    let requests = receiver.requests();
    assert!(requests.iter().all(|seen| seen.transport == Some(Transport::Grpc)));
    assert!(requests.iter().all(|seen| seen.header("authorization") == Some("Bearer abc")));
    assert_eq!(requests.iter().map(|seen| seen.is_gzip()).collect::<Vec<_>>(), [false, true]);
}

fn logs() -> ExportLogsServiceRequest {
    let record = LogRecord {
        time_unix_nano: 5,
        observed_time_unix_nano: 6,
        severity_number: 13,
        severity_text: "WARN".to_owned(),
        body: attribute("", text("retry 2")).value,
        attributes: vec![attribute("plan", text("pro"))],
        dropped_attributes_count: 1,
        flags: 1,
        trace_id: vec![1; 16],
        span_id: vec![2; 8],
        event_name: "retried".to_owned(),
    };
    let scope_logs =
        vec![ScopeLogs { scope: scope(), log_records: vec![record], ..ScopeLogs::default() }];
    let resource_logs = ResourceLogs { resource: resource(), scope_logs, ..<_>::default() };
    ExportLogsServiceRequest { resource_logs: vec![resource_logs] }
}

fn metrics() -> ExportMetricsServiceRequest {
    let attributes = vec![attribute("plan", text("pro"))];
    let number = metrics::NumberDataPoint {
        attributes: attributes.clone(),
        time_unix_nano: 9,
        value: Some(metrics::number_data_point::Value::AsInt(3)),
        exemplars: vec![metrics::Exemplar {
            trace_id: vec![1; 16],
            span_id: vec![2; 8],
            value: Some(metrics::exemplar::Value::AsDouble(0.5)),
            ..metrics::Exemplar::default()
        }],
        ..metrics::NumberDataPoint::default()
    };
    let histogram = metrics::HistogramDataPoint {
        attributes,
        count: 3,
        sum: Some(0.6),
        bucket_counts: vec![1, 2],
        explicit_bounds: vec![0.1],
        ..metrics::HistogramDataPoint::default()
    };
    let metric = |name: &str, data| metrics::Metric {
        name: name.to_owned(),
        unit: "s".to_owned(),
        data: Some(data),
        ..metrics::Metric::default()
    };
    let sum =
        metrics::Sum { data_points: vec![number], aggregation_temporality: 2, is_monotonic: true };
    let histogram = metrics::Histogram { data_points: vec![histogram], aggregation_temporality: 1 };
    let scope_metrics = metrics::ScopeMetrics {
        scope: scope(),
        metrics: vec![
            metric("orders", metrics::metric::Data::Sum(sum)),
            metric("duration", metrics::metric::Data::Histogram(histogram)),
            metric("old", metrics::metric::Data::Summary(metrics::Summary::default())),
        ],
        ..metrics::ScopeMetrics::default()
    };
    let resource_metrics = metrics::ResourceMetrics {
        resource: resource(),
        scope_metrics: vec![scope_metrics],
        ..metrics::ResourceMetrics::default()
    };
    ExportMetricsServiceRequest { resource_metrics: vec![resource_metrics] }
}

/// Sends both signals over both transports.
fn send_metrics_and_logs(receiver: &Receiver) {
    let kind = [("content-type", "application/x-protobuf")];
    let send = |signal, body: Vec<u8>| {
        let reply = post(&receiver.http_endpoint(signal), &kind, &body).unwrap();
        assert_eq!(reply.status(), 200);
    };
    send(Signal::Metrics, metrics().encode_to_vec());
    send(Signal::Logs, logs().encode_to_vec());
    runtime().block_on(async {
        let channel = tonic::transport::Endpoint::from_shared(receiver.grpc_endpoint()).unwrap();
        let channel = channel.connect().await.unwrap();
        MetricsServiceClient::new(channel.clone()).export(metrics()).await.unwrap();
        LogsServiceClient::new(channel).export(logs()).await.unwrap();
    });
}

#[test]
fn metrics_and_logs_over_http_and_grpc() {
    let receiver = Receiver::start().unwrap();
    send_metrics_and_logs(&receiver);
    let snapshot = receiver.snapshot();

    let [one, other] = &snapshot.logs[..] else { panic!("{snapshot:?}") };
    assert_eq!(one, other);
    assert_eq!((one.unix_nanos, one.observed_unix_nanos, one.severity_number), (5, 6, 13));
    assert_eq!((&*one.severity_text, &one.body), ("WARN", &Some("retry 2".into())));
    assert_eq!(one.attribute("plan"), Some(&"pro".into()));
    assert_eq!(one.trace_id, TraceId::from_bytes([1; 16]));
    assert_eq!(one.span_id, SpanId::from_bytes([2; 8]));
    assert_eq!((&*one.event_name, one.flags), ("retried", TraceFlags::SAMPLED));
    assert_eq!(one.resource.attribute("service.name"), Some(&"shop".into()));

    let [orders, duration] = &snapshot.metrics[..] else { panic!("{snapshot:?}") };
    assert_eq!(
        (&*orders.name, &*orders.unit, orders.kind),
        ("orders", "s", InstrumentKind::Counter)
    );
    assert_eq!(orders.temporality, Some(Temporality::Cumulative));
    assert_eq!(orders.scope.name, "shop::cart");
    // The same export twice: what is cumulative stays, what is delta adds up.
    let [Point { value: PointValue::Int(3), exemplars, .. }] = &orders.points[..] else {
        panic!("{orders:?}")
    };
    assert_eq!((exemplars[0].span_id, exemplars[0].value), (SpanId::from_bytes([2; 8]), 0.5));
    assert_eq!(
        (duration.kind, duration.temporality),
        (InstrumentKind::Histogram, Some(Temporality::Delta))
    );
    let [Point { value: PointValue::Histogram(histogram), .. }] = &duration.points[..] else {
        panic!("{duration:?}")
    };
    assert_eq!((histogram.count, histogram.sum), (6, 1.2));
    assert_eq!(histogram.bucket_counts, [2, 4]);

    // A kind of metric that only other systems have is not lost silently.
    let noted = receiver.requests().into_iter().find_map(|seen| seen.refused);
    assert_eq!(noted.as_deref(), Some("1 metrics are summaries or empty, which are not kept"));
}
