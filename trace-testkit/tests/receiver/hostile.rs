//! Tests that malformed input does not break the receiver.

use super::client::*;
use flate2::Compression;
use flate2::write::GzEncoder;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, any_value};
use opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets;
use opentelemetry_proto::tonic::metrics::v1::{self as metrics, metric::Data};
use opentelemetry_proto::tonic::trace::v1::Span;
use proptest::prelude::*;
use prost::Message;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::LazyLock;
use trace_testkit::model::PointValue;
use trace_testkit::receiver::{Receiver, Signal};

const PROTOBUF: (&str, &str) = ("content-type", "application/x-protobuf");
const GZIP: (&str, &str) = ("content-encoding", "gzip");

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

/// Whether it still takes what is right.
fn assert_alive(receiver: &Receiver) {
    let before = receiver.spans().len();
    assert_eq!(post_protobuf(receiver, &spans(&["alive"])).status(), 200);
    assert_eq!(receiver.spans().len(), before + 1);
}

#[test]
fn other_requests_are_refused_with_a_reason() {
    let receiver = Receiver::builder().with_max_body_bytes(10_000).start().unwrap();
    let traces = receiver.http_endpoint(Signal::Traces);
    let good = spans(&["charge"]).encode_to_vec();
    let huge = spans(&["charge"; 1_000]).encode_to_vec();
    let other = format!("{}/v1/profiles", receiver.endpoint());
    let json = ("content-type", "application/json");
    let deflate = ("content-encoding", "deflate");
    type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a [u8], u16, &'a str);
    let cases: &[Case<'_>] = &[
        (&traces, &[PROTOBUF], &good[..good.len() - 1], 400, "the body is not OTLP as protobuf: "),
        (&traces, &[PROTOBUF], b"\xff\xff\xff", 400, "the body is not OTLP as protobuf: "),
        (&traces, &[json], b"{\"resourceSpans\": 7}", 400, "the body is not OTLP as JSON: "),
        (&traces, &[json], b"", 400, "the body is not OTLP as JSON: "),
        (&traces, &[PROTOBUF, GZIP], &good, 400, "the body is not gzip: "),
        (&traces, &[PROTOBUF, deflate], &good, 415, "the content encoding is deflate; allowed:"),
        (&traces, &[("content-type", "text/html")], &good, 415, "the content type is Some(\"text"),
        (&traces, &[], &good, 415, "the content type is None; OTLP uses application/x-protobuf"),
        (&other, &[PROTOBUF], &good, 404, "nothing is at /v1/profiles; OTLP has /v1/traces"),
        (&traces, &[PROTOBUF], &huge, 413, "the body is more than 10000 bytes"),
        (&traces, &[PROTOBUF, GZIP], &gzip(&huge), 400, "the body is more than 10000 bytes when"),
    ];
    for (url, headers, body, status, reason) in cases {
        let reply = post(url, headers, body).unwrap();
        let refused = receiver.requests().pop().unwrap().refused.unwrap_or_default();
        assert_eq!(reply.status(), *status, "{refused}");
        assert!(refused.starts_with(reason), "{refused}, not {reason}");
    }
    let get = ureq::get(&traces).config().http_status_as_error(false).build().call().unwrap();
    assert_eq!(get.status(), 405);
    assert!(receiver.spans().is_empty());
    assert_alive(&receiver);
}

#[test]
fn grpc_that_is_not_otlp_is_refused_with_a_reason() {
    let receiver = Receiver::builder().with_max_body_bytes(10_000).start().unwrap();
    let refused = |path: &str, body: &[u8]| {
        let url = format!("{}{path}", receiver.endpoint());
        let kind = [("content-type", "application/grpc"), ("te", "trailers")];
        // Over HTTP/1.1, where gRPC has no business either.
        let reply = post(&url, &kind, body).unwrap();
        assert_eq!(reply.status(), 200, "gRPC reports errors in grpc-status");
        let seen = receiver.requests().pop().unwrap();
        assert_eq!(seen.taken, 0);
        (reply.headers()["grpc-status"].to_str().unwrap().to_owned(), seen.refused.unwrap())
    };
    let export = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
    let (status, why) = refused("/grpc.health.v1.Health/Check", b"\0\0\0\0\0");
    assert_eq!(
        (&*status, &*why),
        ("12", "Unimplemented: OTLP has no method /grpc.health.v1.Health/Check")
    );
    for body in [
        &b""[..],
        b"\0\0\0",
        b"\0\0\0\0\x09abc",
        b"\0\xff\xff\xff\xff",
        b"\x01\0\0\0\x03abc",
        b"\x07\0\0\0\x03abc",
        b"\0\0\0\0\x03\xff\xff\xff",
    ] {
        let (status, why) = refused(export, body);
        assert_ne!(status, "0", "{body:?}: {why}");
    }
    let (status, why) = refused(export, &[0; 20_000]);
    assert_eq!((&*status, &*why), ("8", "the body is more than 10000 bytes"));
    assert_alive(&receiver);
}

#[test]
fn deep_nesting_is_refused_or_taken_but_never_overflows() {
    let receiver = Receiver::start().unwrap();
    for depth in [10, 40, 90, 5_000] {
        // By hand: the encoder of the library would recurse as deeply.
        let mut value = AnyValue { value: None }.encode_to_vec();
        for _ in 0..depth {
            let array = [&[0x0a][..], &varint(value.len()), &value].concat();
            value = [&[0x2a][..], &varint(array.len()), &array].concat();
        }
        let attribute = [&[0x0a, 1, b'k', 0x12][..], &varint(value.len()), &value].concat();
        let mut span = Span::default().encode_to_vec();
        span.extend([&[0x4a][..], &varint(attribute.len()), &attribute].concat());
        let scope = [&[0x12][..], &varint(span.len()), &span].concat();
        let resource = [&[0x12][..], &varint(scope.len()), &scope].concat();
        let body = [&[0x0a][..], &varint(resource.len()), &resource].concat();
        post(&receiver.http_endpoint(Signal::Traces), &[PROTOBUF], &body).unwrap();
    }
    let taken: Vec<_> = receiver.requests().iter().map(|seen| seen.taken).collect();
    assert_eq!((taken[0], taken[3]), (1, 0), "{taken:?}");
    let array = ArrayValue { values: Vec::new() };
    let shallow = AnyValue { value: Some(any_value::Value::ArrayValue(array)) };
    assert_eq!(shallow.encode_to_vec(), [0x2a, 0], "the tag that is written by hand");
    assert_alive(&receiver);
}

fn varint(number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    prost::encoding::encode_varint(number as u64, &mut bytes);
    bytes
}

#[test]
fn ids_of_a_wrong_length_count_as_none() {
    let receiver = Receiver::start().unwrap();
    let span = Span {
        trace_id: vec![1; 15],
        span_id: vec![1; 200],
        parent_span_id: vec![1],
        kind: 77,
        flags: u32::MAX,
        start_time_unix_nano: u64::MAX,
        ..Span::default()
    };
    post_protobuf(&receiver, &request(vec![span]));
    let span = &receiver.spans()[0];
    assert_eq!((span.trace_id.to_u128(), span.span_id.to_u64()), (0, 0));
    assert!(span.is_root() && span.duration().is_zero());
}

#[test]
fn numbers_at_the_end_of_their_range_are_added() {
    let histogram = |scale, offset| metrics::ExponentialHistogramDataPoint {
        count: u64::MAX,
        scale,
        zero_count: u64::MAX,
        positive: Some(Buckets { offset, bucket_counts: vec![u64::MAX; 3] }),
        negative: Some(Buckets { offset, bucket_counts: vec![] }),
        ..<_>::default()
    };
    let explicit = metrics::HistogramDataPoint {
        count: u64::MAX,
        bucket_counts: vec![u64::MAX],
        ..<_>::default()
    };
    let receiver = Receiver::start().unwrap();
    for (scale, offset) in [(20, i32::MAX), (20, i32::MIN), (i32::MIN, 0), (i32::MAX, i32::MAX)] {
        let aggregation_temporality = 1;
        let exponential = Data::ExponentialHistogram(metrics::ExponentialHistogram {
            data_points: vec![histogram(scale, offset)],
            aggregation_temporality,
        });
        let data_points = vec![explicit.clone()];
        let explicit = Data::Histogram(metrics::Histogram { data_points, aggregation_temporality });
        let metrics = [("exponential", exponential), ("explicit", explicit)]
            .map(|(name, data)| metrics::Metric {
                name: name.to_owned(),
                data: Some(data),
                ..metrics::Metric::default()
            })
            .to_vec();
        let scope_metrics = vec![metrics::ScopeMetrics { metrics, ..<_>::default() }];
        let resource_metrics = vec![metrics::ResourceMetrics { scope_metrics, ..<_>::default() }];
        let body = ExportMetricsServiceRequest { resource_metrics }.encode_to_vec();
        let reply = post(&receiver.http_endpoint(Signal::Metrics), &[PROTOBUF], &body).unwrap();
        assert_eq!(reply.status(), 200);
    }
    let snapshot = receiver.snapshot();
    let PointValue::ExponentialHistogram(sum) = &snapshot.metrics[0].points[0].value else {
        panic!("{snapshot:?}")
    };
    assert_eq!(sum.count, u64::MAX);
    assert!(sum.positive.counts.len() < 100_000, "{}", sum.positive.counts.len());
    assert_alive(&receiver);
}

static SHARED: LazyLock<Receiver> =
    LazyLock::new(|| Receiver::builder().with_max_body_bytes(100_000).start().unwrap());

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..<_>::default() })]

    #[test]
    fn any_bytes_on_the_wire(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let mut stream = TcpStream::connect(SHARED.address()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        // A reset, at any time, is as good an answer as any.
        let _ = stream.write_all(&bytes);
        let _ = stream.shutdown(Shutdown::Write);
        let _ = stream.read_to_end(&mut Vec::new());
        prop_assert_eq!(post_protobuf(&SHARED, &spans(&["alive"])).status(), 200);
    }

    #[test]
    fn any_body_in_any_encoding(
        bytes in prop::collection::vec(any::<u8>(), 0..400),
        signal in prop::sample::select(vec![Signal::Traces, Signal::Metrics, Signal::Logs]),
        kind in prop::sample::select(vec![
            "application/x-protobuf", "application/json", "application/grpc", "application/grpc+json",
        ]),
        is_packed: bool,
    ) {
        let headers = [("content-type", kind), GZIP];
        let headers = if is_packed { &headers[..] } else { &headers[..1] };
        let body = if is_packed { gzip(&bytes) } else { bytes };
        let reply = post(&SHARED.http_endpoint(signal), headers, &body).unwrap();
        prop_assert!(matches!(reply.status().as_u16(), 200 | 400 | 415), "{}", reply.status());
    }

    #[test]
    fn right_bodies_with_wrong_bytes(at in 0_usize..200, byte: u8, cut in 0_usize..200) {
        let mut body = spans(&["charge", "ship"]).encode_to_vec();
        let at = at % body.len();
        body[at] = byte;
        body.truncate(body.len() - cut % body.len());
        let reply = post(&SHARED.http_endpoint(Signal::Traces), &[PROTOBUF], &body).unwrap();
        prop_assert!(matches!(reply.status().as_u16(), 200 | 400), "{}", reply.status());
        // Whatever was taken can be read.
        let _ = SHARED.snapshot();
    }
}
