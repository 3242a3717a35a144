//! Tests failures of assertions on requests.

use crate::shop::{recorded, span};
use http::Request;
use insta::assert_snapshot;
use trace_runtime::propagation::{SpanId, TraceFlags, TraceId};
use trace_testkit::assert::{Incoming, Outgoing};
use trace_testkit::matcher::starts_with;
use trace_testkit::source::{OpenSpan, Snapshot};

/// `charge` and `ship`, sampled; an audit that is not; a webhook that is open.
fn snapshot() -> Snapshot {
    let mut charge = span(1, 1, 0, "charge");
    charge.trace_state = "vendor=1,other=2".to_owned();
    let mut audit = span(1, 3, 1, "audit");
    audit.flags = TraceFlags::NONE;
    let mut snapshot = Snapshot::of_spans([charge, span(1, 2, 1, "ship"), audit]);
    let mut webhook = OpenSpan::new("webhook");
    webhook.trace_id = TraceId::from_u128(1);
    webhook.span_id = SpanId::from_u64(4);
    snapshot.open.push(webhook);
    snapshot
}

fn outgoing(headers: &[(&str, &str)]) -> Outgoing {
    let build = |request: http::request::Builder, (name, value): &(&str, &str)| {
        request.header(*name, *value)
    };
    let request = headers.iter().fold(Request::builder(), build).body(()).unwrap();
    recorded(snapshot()).outgoing(&request)
}

fn traceparent(span: u64, flags: u8) -> String {
    format!("00-{}-{span:016x}-{flags:02x}", TraceId::from_u128(1))
}

#[test]
fn what_leads_back() {
    let (charge, webhook, audit) = (traceparent(1, 1), traceparent(4, 1), traceparent(3, 0));
    outgoing(&[("traceparent", &charge), ("tracestate", "other=2, vendor=1, third=3")])
        .propagates("charge")
        .propagates(starts_with("ch"))
        .tracestate("third", "3")
        .has_no_baggage("tenant");
    outgoing(&[("traceparent", &webhook)]).propagates("webhook");
    outgoing(&[("traceparent", &audit), ("baggage", "tenant=acme%20inc")])
        .propagates("audit")
        .has_baggage("tenant", "acme inc")
        .has_baggage("tenant", starts_with("acme"));
    outgoing(&[("x-request-id", "7")]).carries_nothing();
}

#[test]
fn it_leads_to_another_span() {
    let ship = traceparent(2, 1);
    let request = outgoing(&[("traceparent", &ship), ("tracestate", "vendor=1,other=2")]);
    assert_snapshot!(request.try_propagates("charge").unwrap_err());
}

#[test]
fn everything_disagrees() {
    let other = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";
    let request =
        outgoing(&[("traceparent", other), ("tracestate", "vendor=7"), ("baggage", "a=1")]);
    assert_snapshot!(request.try_propagates("charge").unwrap_err());
}

#[test]
fn nothing_was_injected() {
    assert_snapshot!(outgoing(&[]).try_propagates("charge").unwrap_err());
}

#[test]
fn a_traceparent_that_is_none() {
    let request = outgoing(&[("traceparent", "00-XYZ-1-01")]);
    assert_snapshot!(request.try_propagates("charge").unwrap_err());
}

#[test]
fn two_traceparents() {
    let charge = traceparent(1, 1);
    let request = outgoing(&[("traceparent", &charge), ("traceparent", &charge)]);
    assert_snapshot!(request.try_propagates("charge").unwrap_err());
}

#[test]
fn no_such_span_to_lead_back_to() {
    let charge = traceparent(1, 1);
    let request = outgoing(&[("traceparent", &charge)]);
    assert_snapshot!(request.try_propagates("chrage").unwrap_err());
}

#[test]
fn another_tracestate() {
    let request = outgoing(&[("tracestate", "vendor=1,other=2")]);
    assert_snapshot!(request.try_tracestate("vendor", "2").unwrap_err());
    assert_snapshot!(request.try_tracestate("vendr", "1").unwrap_err());
    let wrong = outgoing(&[("tracestate", "VENDOR=1")]);
    assert_snapshot!(wrong.try_tracestate("vendor", "1").unwrap_err());
}

#[test]
fn other_baggage() {
    let request = outgoing(&[("baggage", "tenant=acme;private,plan=pro")]);
    assert_snapshot!(request.try_has_baggage("tenant", "umbrella").unwrap_err());
    assert_snapshot!(request.try_has_baggage("tenat", "acme").unwrap_err());
    assert_snapshot!(request.try_has_no_baggage("plan").unwrap_err());
}

#[test]
fn something_is_carried() {
    let charge = traceparent(1, 1);
    let request = outgoing(&[("traceparent", &charge), ("baggage", "tenant=acme")]);
    assert_snapshot!(request.try_carries_nothing().unwrap_err());
}

#[test]
fn incoming_that_is_none() {
    assert_snapshot!(Incoming::try_new("4bf92f3577b34da6-00f067aa0ba902b7-1").unwrap_err());
    let incoming = Incoming::new("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    assert_snapshot!(incoming.clone().try_with_tracestate("vendor").unwrap_err());
    assert_snapshot!(incoming.try_with_baggage("a b", "1").unwrap_err());
}
