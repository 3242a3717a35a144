//! Tests parents, in both directions.

use crate::{capture, one};
use trace_runtime::{Instrument, Span, SpanContext, in_span, trace};
use trace_testkit::prelude::tree;
use trace_tracing::SpanExt;
use tracing::{Level, info_span, instrument, span};

#[trace]
fn ours() {
    theirs();
}

#[instrument]
fn theirs() {
    innermost();
}

#[trace]
fn innermost() {}

#[test]
fn both_kinds_nest() {
    let t = capture();
    info_span!("request").in_scope(ours);
    t.assert_tree(tree! {
        "request" => { "ours" => { "theirs" => { "innermost" } } }
    });
}

#[test]
fn a_span_that_is_not_entered_is_no_parent() {
    let t = capture();
    let waiting = info_span!("waiting");
    ours();
    drop(waiting);
    t.assert_tree(tree! { "waiting", "ours" => { "theirs" => { "innermost" } } });
}

#[test]
fn a_parent_can_be_given() {
    let t = capture();
    let parent = info_span!("parent");
    info_span!("current").in_scope(|| {
        let child = info_span!(parent: &parent, "child");
        let _root = info_span!(parent: None, "root").entered();
        drop(child);
        innermost();
    });
    drop(parent);
    t.assert_tree(tree! {
        "parent" => { "child" },
        "current",
        "root" [root] => { "innermost" },
    });
}

#[test]
fn a_child_of_a_span_of_ours_that_is_attached() {
    let t = capture();
    let mut detached = Span::builder("detached").start();
    detached.in_scope(|_| theirs());
    detached.end();
    t.assert_tree(tree! { "detached" => { "theirs" => { "innermost" } } });
}

#[test]
fn a_remote_parent_is_continued_where_it_is_attached() {
    let t = capture();
    let remote = SpanContext::remote(
        trace_runtime::propagation::TraceId::from_u128(7),
        trace_runtime::propagation::SpanId::from_u64(8),
        trace_runtime::propagation::TraceFlags::SAMPLED,
    );
    {
        let _context = remote.attach();
        theirs();
    }
    t.assert_tree(tree! { "theirs" [remote_parent: remote] => { "innermost" } });
}

#[test]
fn the_identity_of_a_span_can_be_handed_on() {
    let t = capture();
    let span = info_span!("span");
    let context = span.span_context().expect("it is recorded");
    in_span("other", |other| {
        other.add_link(&context);
    });
    drop(span);
    assert!(one(&t, "other").links[0].leads_to(&one(&t, "span")));
    assert!(tracing::Span::none().span_context().is_none());
}

#[test]
fn no_span_is_no_span() {
    let t = capture();
    tracing::Span::none().in_scope(innermost);
    let _none = tracing::Span::none().entered();
    assert!(tracing::Span::none().record("key", 1).is_none());
    info_span!("request").in_scope(|| tracing::Span::none().in_scope(innermost));
    t.assert_tree(tree! { "innermost", "request" => { "innermost" } });
}

#[test]
fn what_a_sampler_refuses_stays_refused_wherever_it_is_entered() {
    capture();
    let t =
        trace_testkit::Capture::builder().with_sampler(trace_runtime::sampling::AlwaysOff).start();
    let refused = info_span!("refused", answer = 42);
    let child = refused.in_scope(|| info_span!("child"));
    std::thread::scope(|scope| scope.spawn(|| child.in_scope(ours)).join().unwrap());
    drop((child, refused));
    assert!(t.spans().is_empty());
}

#[test]
fn follows_from_is_a_link() {
    let t = capture();
    let (cause, effect) = (info_span!("cause"), info_span!("effect"));
    effect.follows_from(&cause);
    drop((cause, effect));
    assert!(one(&t, "effect").links[0].leads_to(&one(&t, "cause")));
}

#[test]
fn a_future_of_ours_within_a_span_of_theirs() {
    let t = capture();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let span = span!(Level::DEBUG, "task");
        let future = span.in_scope(|| async { innermost() }.in_current_span());
        drop(span);
        future.await;
    });
    t.assert_tree(tree! { "task" => { "innermost" } });
}
