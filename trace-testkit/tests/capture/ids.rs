//! Tests that ids count up, and that code which uses ids keeps working.

use super::one;
use trace_runtime::{
    Span, SpanContext, in_span,
    propagation::{SpanId, TraceFlags, TraceId},
    trace,
};
use trace_testkit::{Capture, capture};

#[trace]
fn outer() {
    inner();
    inner();
}

#[trace]
fn inner() {}

fn ids(t: &Capture) -> Vec<(u128, u64, u64)> {
    let spans = t.spans().into_iter();
    let ids = spans.map(|span| (span.trace_id, span.span_id, span.parent_span_id));
    ids.map(|(trace, span, parent)| (trace.to_u128(), span.to_u64(), parent.to_u64())).collect()
}

#[test]
fn they_count_up_from_one() {
    for _ in 0..2 {
        let t = capture();
        outer();
        inner();
        assert_eq!(ids(&t), [(1, 1, 0), (1, 2, 1), (1, 3, 1), (2, 4, 0)]);
    }
}

#[test]
fn a_context_contains_them_and_leads_back() {
    let t = capture();
    let context = in_span("first", |span| span.context());
    assert_eq!(context.trace_id(), TraceId::from_u128(1));
    assert_eq!(context.span_id(), SpanId::from_u64(1));
    Span::builder("second").with_parent(&context).with_link(&context).start().end();
    // As from code that passes on ids only.
    let bare = SpanContext::new(context.trace_id(), context.span_id(), context.trace_flags());
    assert_eq!(bare, context);
    Span::builder("third").with_parent(&bare).start().end();
    assert_eq!(ids(&t), [(1, 1, 0), (1, 2, 1), (1, 3, 1)]);
    assert_eq!(one(&t, "second").links[0].context, context);
}

#[test]
fn those_of_others_stay_as_they_are() {
    let t = capture();
    let (trace_id, span_id) = (TraceId::from_u128(7), SpanId::from_u64(1));
    let incoming = SpanContext::remote(trace_id, span_id, TraceFlags::SAMPLED);
    Span::builder("handle").with_parent(&incoming).start().end();
    let attached = incoming.attach();
    inner();
    drop(attached);
    let foreign = SpanId::from_u64(0xf067_aa0b_a902_00b7);
    let local = SpanContext::new(trace_id, foreign, TraceFlags::SAMPLED);
    Span::builder("local").with_parent(&local).start().end();
    let expected = [(7, 1, 1), (7, 2, 1), (7, 3, foreign.to_u64())];
    assert_eq!(ids(&t), expected);
    assert!(one(&t, "handle").parent_is_remote && one(&t, "inner").parent_is_remote);
    assert!(!one(&t, "local").parent_is_remote);
}

#[test]
fn a_live_capture_has_random_ones() {
    let t = Capture::builder().live().start();
    outer();
    outer();
    let ids = ids(&t);
    assert_eq!(ids.len(), 6);
    assert!(ids.iter().all(|(trace, span, _)| *trace > 1 << 64 && *span > 1 << 16));
    let order: Vec<_> = t.spans().into_iter().map(|span| span.name).collect();
    assert_eq!(order, ["outer", "inner", "inner", "outer", "inner", "inner"]);
}
