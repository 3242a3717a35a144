//! Tests the parents of spans on one thread.

use super::{leaf, library, tracer};
use opentelemetry::Context;
use opentelemetry::trace::{
    self as otel, Span as _, SpanContext, TraceContextExt as _, TraceFlags, TraceState,
    Tracer as _, mark_span_as_active,
};
use tokio::task::yield_now;
use trace_runtime::{Span, in_span, trace};
use trace_testkit::{Capture, tree};

#[trace]
fn handle() {
    library("query", || {
        leaf();
        library("connect", leaf);
        leaf();
    });
    leaf();
    library("commit", || ());
}

#[trace_testkit::test]
fn whoever_is_innermost_is_the_parent(t: Capture) {
    library("request", handle);
    t.assert_tree(tree! {
        "request" => {
            "handle" => {
                "query" => { "leaf", "connect" => { "leaf" }, "leaf" },
                "leaf",
                "commit",
            },
        }
    });
    t.strict();
}

#[trace_testkit::test]
fn a_function_hides_the_span_around_it_until_it_returns(t: Capture) {
    library("outer", || {
        in_span("ours", |_| {
            // The context still has `outer`, which was there before.
            tracer().start("inner").end();
            let stored = Context::current();
            tracer().start_with_context("by context", &stored).end();
        });
        tracer().start("after").end();
        leaf();
    });
    t.assert_tree(tree! {
        "outer" => { "ours" => { "inner", "by context" }, "after", "leaf" }
    });
}

#[trace(root)]
fn apart() {
    library("within", leaf);
}

#[trace_testkit::test]
fn a_root_stays_one(t: Capture) {
    library("around", apart);
    t.assert_tree(tree! { "around", "apart" [root] => { "within" => { "leaf" } } });
}

fn remote(id: u64) -> SpanContext {
    SpanContext::new(
        opentelemetry::TraceId::from(0xabc << 64 | u128::from(id)),
        opentelemetry::SpanId::from(id),
        TraceFlags::SAMPLED,
        true,
        TraceState::from_key_value([("vendor", "1")]).unwrap(),
    )
}

#[trace_testkit::test]
fn a_remote_parent_is_continued_by_both(t: Capture) {
    in_span("around", |_| {
        let context = Context::new().with_remote_span_context(remote(7));
        tracer().start_with_context("given", &context).end();
        let _attached = context.attach();
        leaf();
        tracer().start("attached").end();
    });
    let around = t.span("around").one();
    for name in ["given", "leaf", "attached"] {
        let span = t.span(name).one();
        assert!(span.parent_is_remote, "{name}");
        assert_eq!(span.parent_span_id.to_u64(), 7, "{name}");
        assert_eq!(span.trace_state, "vendor=1", "{name}");
        assert_ne!(span.trace_id, around.trace_id, "{name}");
    }
    t.strict();
}

#[trace_testkit::test]
fn a_given_context_comes_before_what_is_current(t: Capture) {
    let first = Context::new().with_span(tracer().start("first"));
    library("second", || {
        tracer().start_with_context("of first", &first).end();
        tracer().start_with_context("of none", &Context::new()).end();
        tracer().start("of second").end();
    });
    drop(first);
    t.span("of first").child_of("first").one();
    t.span("of none").one().is_root();
    t.span("of second").child_of("second").one();
}

#[trace_testkit::test]
fn a_context_with_the_same_span_is_not_inside_of_ours(t: Capture) {
    #[derive(Debug)]
    struct Setting;
    library("outer", || {
        in_span("ours", |_| {
            let _attached = Context::current().with_value(Setting).attach();
            leaf();
        });
    });
    t.span("leaf").child_of("ours").one();
}

#[trace_testkit::test]
fn a_context_without_a_span_hides_the_attached_one(t: Capture) {
    library("outer", || {
        let attached = Context::new().attach();
        leaf();
        drop(attached);
        tracer().start("again").end();
    });
    t.span("leaf").one().is_root();
    t.span("again").child_of("outer").one();
}

#[trace_testkit::test]
fn guards_may_be_dropped_in_any_order(t: Capture) {
    in_span("ours", |_| {
        let first = mark_span_as_active(tracer().start("first"));
        let second = mark_span_as_active(tracer().start("second"));
        leaf();
        drop(first);
        library("in second", || ());
        drop(second);
        library("in ours", || ());
    });
    t.span("leaf").child_of("second").one();
    t.span("second").child_of("first").one();
    t.span("in second").child_of("second").one();
    t.span("in ours").child_of("ours").one();
}

#[trace_testkit::test]
fn a_context_that_is_detached_within_a_span_of_ours_does_not_come_back(t: Capture) {
    in_span("ours", |_| {
        let attached = mark_span_as_active(tracer().start("attached"));
        let mut block = Span::builder("block").start();
        block.in_scope(|_| {
            drop(attached);
            leaf();
        });
        library("later", || ());
    });
    t.span("leaf").child_of("block").one();
    t.span("later").child_of("ours").one();
    t.strict();
}

/// Detaches an earlier context within a new span.
#[trace]
fn ours(attached: impl Sized) {
    drop(attached);
    leaf();
}

#[trace]
async fn task(attached: impl Sized) {
    drop(attached);
    yield_now().await;
    leaf();
}

#[trace_testkit::test(live)]
fn what_follows_a_span_that_outlives_a_context_is_not_under_that(t: Capture) {
    for _ in 0..2 {
        let attached = mark_span_as_active(tracer().start("attached"));
        ours(attached);
        in_span("after", |_| leaf());
        assert!(!Span::current().context().is_valid());
    }
    in_span("around", |_| {
        let remote = Context::new().with_remote_span_context(remote(7));
        ours(remote.attach());
        in_span("within", |_| leaf());
    });
    t.span("ours").child_of("attached").count(2);
    for after in t.span("after").count(2) {
        after.is_root();
    }
    t.span("within").child_of("around").one();
    t.strict();
}

#[trace_testkit::test]
fn several_contexts_may_be_detached_within_one_span(t: Capture) {
    in_span("around", |_| {
        let first = mark_span_as_active(tracer().start("first"));
        let second = mark_span_as_active(tracer().start("second"));
        in_span("block", |_| {
            ours(second);
            drop(first);
            leaf();
        });
        in_span("after", |_| ());
        library("later", || ());
    });
    t.span("block").child_of("second").one();
    t.span("ours").child_of("block").one();
    t.span("after").child_of("around").one();
    t.span("later").child_of("around").one();
    t.strict();
}

#[trace_testkit::test]
async fn a_future_may_outlive_a_context_as_well(t: Capture) {
    let attached = mark_span_as_active(tracer().start("attached"));
    // It is entered and left twice.
    task(attached).await;
    in_span("after", |_| ());
    t.span("task").child_of("attached").one();
    t.span("leaf").child_of("task").one();
    t.span("after").one().is_root();
    t.strict();
}

#[trace_testkit::test]
fn a_context_that_is_attached_again_stays(t: Capture) {
    let context = Context::new().with_span(tracer().start("attached"));
    let first = context.clone().attach();
    in_span("block", |_| {
        drop(first);
        let _again = context.clone().attach();
        in_span("inner", |_| ());
        leaf();
    });
    in_span("after", |_| ());
    drop(context);
    t.span("inner").child_of("attached").one();
    t.span("leaf").child_of("attached").one();
    t.span("after").one().is_root();
    t.strict();
}

#[trace_testkit::test]
fn our_handle_speaks_of_the_attached_span(t: Capture) {
    library("outer", || {
        Span::current().set_attribute("rows", 2);
        let ours = Span::current().context();
        let theirs = otel::get_active_span(|span| span.span_context().clone());
        assert_eq!(ours.span_id().to_bytes(), theirs.span_id().to_bytes());
    });
    t.span("outer").has("rows", 2).one();
    t.strict();
}
