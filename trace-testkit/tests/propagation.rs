//! Tests reading and writing headers, in all collections.

use http::HeaderMap;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use trace_runtime::{
    SpanKind,
    propagation::{SpanId, TraceFlags, TraceId},
    trace,
};
use trace_testkit::Recorded;
use trace_testkit::assert::{Headers, Incoming};
use trace_testkit::model::SpanData;
use trace_testkit::source::Snapshot;

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// A program whose only span is the one that `PARENT` names.
fn recorded() -> Recorded {
    let mut span = SpanData::new("charge");
    span.trace_id = TraceId::from_u128(0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736);
    span.span_id = SpanId::from_u64(0x00f0_67aa_0ba9_02b7);
    span.flags = TraceFlags::SAMPLED;
    Recorded::new(Arc::new(Snapshot::of_spans([span])))
}

fn assert_reads(headers: &(impl Headers + ?Sized)) {
    recorded().outgoing(headers).propagates("charge").has_baggage("tenant", "acme");
}

#[test]
fn headers_are_read_from_whatever_holds_them() {
    let pairs = [("Traceparent", PARENT), ("BAGGAGE", "tenant=acme")];
    assert_reads(&pairs);
    assert_reads(&pairs[..]);
    assert_reads(&pairs.to_vec());
    assert_reads(&HashMap::from(pairs));
    assert_reads(&BTreeMap::from(pairs.map(|(key, value)| (key.to_owned(), value.to_owned()))));
    let request = Incoming::new(PARENT).with_baggage("tenant", "acme").request_of("body");
    assert_reads(&request);
    assert_reads(&request.into_parts().0);
    let response = http::Response::builder().header("traceparent", PARENT);
    assert_reads(
        &response.header("baggage", "plan=pro").header("baggage", "tenant=acme").body(()).unwrap(),
    );
}

#[cfg(feature = "receiver")]
#[test]
fn headers_are_read_from_grpc() {
    let headers = Incoming::new(PARENT).with_baggage("tenant", "acme").headers();
    let metadata = tonic::metadata::MetadataMap::from_headers(headers);
    assert_reads(&metadata);
    assert_reads(&tonic::Request::from_parts(metadata, Default::default(), ()));
}

#[test]
fn a_caller_sends_its_headers() {
    let t = recorded();
    let incoming = t
        .remote_parent(&format!(" {PARENT}"))
        .with_tracestate("vendor=1,other=2")
        .with_baggage("tenant", "acme inc")
        .with_baggage("plan", "pro");
    let request = incoming.sign(http::Request::post("/checkout")).body(7).unwrap();
    assert_eq!((request.method().as_str(), request.uri().path()), ("POST", "/checkout"));
    let expected = HeaderMap::from_iter(
        [
            ("traceparent", PARENT),
            ("tracestate", "vendor=1,other=2"),
            ("baggage", "tenant=acme%20inc,plan=pro"),
        ]
        .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())),
    );
    assert_eq!(*request.headers(), expected);
    assert_eq!(incoming.request().headers(), incoming.request_of(()).headers());
    assert_eq!(incoming.to_string(), PARENT);
    let context = incoming.context();
    assert!(context.is_remote() && context.is_sampled());
    assert_eq!(context.trace_state(), "vendor=1,other=2");
    assert_eq!((context.trace_id(), context.span_id()), (incoming.trace_id(), incoming.span_id()));
}

#[trace(kind = Server, parent = incoming)]
fn handle(incoming: &Incoming) -> SpanKind {
    let _ = incoming;
    SpanKind::Server
}

#[test]
fn a_caller_can_be_the_parent_of_a_function() {
    assert_eq!(handle(&Incoming::new(PARENT)), SpanKind::Server);
}

#[test]
#[should_panic(expected = "`00-1-2-01` is not a traceparent: its trace id is `1`, not 32")]
fn an_invalid_traceparent_fails_at_once() {
    let _ = recorded().remote_parent("00-1-2-01");
}
