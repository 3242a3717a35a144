//! Tests parents and links: of other threads, of other processes, and none.

use super::pay;
use trace_runtime::{
    Span, SpanContext, in_span,
    propagation::{SpanId, TraceFlags, TraceId},
    trace,
};
use trace_testkit::Capture;

#[trace(parent = parent, links = [first.clone(), second], attrs(worker))]
fn work(parent: SpanContext, first: SpanContext, second: SpanContext, worker: u8) {}

#[trace_testkit::test]
fn contexts_cross_threads_and_links_point_elsewhere(t: Capture) {
    let remote =
        SpanContext::remote(TraceId::from_u128(5), SpanId::from_u64(6), TraceFlags::SAMPLED);
    let here = in_span("here", |span| {
        let here = span.context();
        let (parent, link, remote) = (here.clone(), here.clone(), remote.clone());
        std::thread::spawn(move || work(parent, link, remote, 1)).join().unwrap();
        here
    });
    let work = t.span("work").one().child_of("here").links_to("here");
    assert!(!work.parent_is_remote);
    assert_eq!(work.links[0].context, here);
    assert_eq!(work.links[1].context, remote);
}

#[trace(parent = parent)]
fn handle(parent: &SpanContext) -> SpanContext {
    Span::current().context()
}

#[trace(root)]
fn apart() -> SpanContext {
    handle(&Span::current().context())
}

#[trace_testkit::test]
fn remote_parents_and_roots(t: Capture) {
    let remote = SpanContext::remote(
        TraceId::from_u128(0xabc << 64 | 1),
        SpanId::from_u64(77),
        TraceFlags::SAMPLED,
    )
    .with_trace_state("vendor=1");
    let (inside, below) = in_span("around", |_| (handle(&remote), apart()));
    assert_eq!(inside.trace_id(), remote.trace_id());
    assert_eq!(inside.trace_state(), "vendor=1");
    assert!(!inside.is_remote() && inside.is_sampled());
    let handled = t.span("handle").count(2);
    assert_eq!(handled[0].trace_id, remote.trace_id());
    assert_eq!(handled[0].parent_span_id, remote.span_id());
    assert!(handled[0].parent_is_remote);
    assert_eq!(handled[0].trace_state, "vendor=1");
    let apart = t.span("apart").one().is_root();
    assert_ne!(apart.trace_id, t.span("around").one().trace_id);
    assert_eq!(handled[1].trace_id, below.trace_id());
    handled[1].clone().is_child_of(&apart);
}

#[trace_testkit::test]
fn an_unsampled_remote_parent_holds_for_everything_below(t: Capture) {
    let remote =
        SpanContext::remote(TraceId::from_u128(1 << 90 | 9), SpanId::from_u64(8), TraceFlags::NONE);
    let attached = remote.attach();
    let inside = in_span("quiet", |span| {
        assert!(!span.is_recording());
        pay(1, &["1"]).unwrap();
        Span::current().context()
    });
    drop(attached);
    assert_eq!(inside.trace_id(), remote.trace_id());
    assert!(!inside.is_sampled());
    assert!(t.spans().is_empty());
    t.sampled("pay").never();
}
