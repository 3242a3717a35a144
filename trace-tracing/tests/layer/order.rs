//! Entering and leaving in whatever order.

use crate::{capture, one};
use trace_runtime::{in_span, span as our_span, span::SpanGuard, trace};
use trace_testkit::prelude::tree;
use tracing::info_span;

#[trace]
fn step() {}

#[test]
fn again_and_within_itself() {
    let t = capture();
    let span = info_span!("span");
    span.in_scope(step);
    step();
    span.in_scope(|| {
        span.in_scope(step);
        step();
    });
    step();
    drop(span);
    t.assert_tree(tree! { "span" => { "step" * 3 }, "step" * 2 });
}

#[test]
fn out_of_order() {
    let t = capture();
    let first = info_span!("first").entered();
    let second = info_span!("second").entered();
    let third = info_span!("third").entered();
    drop(first);
    step();
    drop(second);
    step();
    drop(third);
    step();
    t.assert_tree(tree! {
        "first" => { "second" => { "third" => { "step" * 2 } } },
        "step",
    });
}

/// Leaves what its caller has entered.
#[trace]
fn leaves(entered: tracing::span::EnteredSpan) {
    step();
    drop(entered);
    step();
}

#[test]
fn within_a_function_of_ours() {
    let t = capture();
    in_span("outer", |_| {
        leaves(info_span!("theirs").entered());
        step();
        info_span!("after").in_scope(step);
        step();
    });
    t.assert_tree(tree! {
        "outer" => {
            "theirs" => { "leaves" => { "step" * 2 } },
            "step",
            "after" => { "step" },
            "step",
        }
    });
}

#[test]
fn the_span_that_was_left_so_can_be_entered_again() {
    let t = capture();
    let theirs = info_span!("theirs");
    let entered = theirs.clone().entered();
    let ours: SpanGuard = our_span!("ours");
    drop(entered);
    theirs.in_scope(step);
    step();
    drop(ours);
    info_span!("after").in_scope(|| ());
    step();
    drop(theirs);
    t.assert_tree(tree! {
        "theirs" => { "ours" => { "step" }, "step" },
        "after",
        "step",
    });
}

#[test]
fn on_several_threads_at_once() {
    let t = capture();
    let span = info_span!("span");
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..10 {
                    span.in_scope(step);
                }
            });
        }
        span.in_scope(step);
    });
    drop(span);
    t.assert_tree(tree! { "span" => { unordered { "step" * 41 } } });
}

#[test]
fn beyond_the_thread_that_made_it() {
    let t = capture();
    let handle = t.handle();
    let span = std::thread::spawn(move || {
        handle.in_capture(|| {
            let span = info_span!("span");
            span.in_scope(step);
            span
        })
    })
    .join()
    .unwrap();
    t.open("span").one();
    span.in_scope(step);
    drop(span);
    t.assert_tree(tree! { "span" => { unordered { "step" * 2 } } });
}

#[test]
fn it_ends_when_it_was_last_left() {
    let t = capture();
    let clock = t.clock();
    let span = info_span!("request");
    span.in_scope(|| clock.step(std::time::Duration::from_millis(3)));
    let waiting = info_span!("never entered");
    clock.step(std::time::Duration::from_millis(5));
    drop((span, waiting));
    assert_eq!(one(&t, "request").duration().as_millis(), 3);
    assert_eq!(one(&t, "never entered").duration().as_millis(), 5);
}

#[test]
fn a_panic_is_noted_and_leaves_nothing_behind() {
    let t = capture();
    let unwound = std::panic::catch_unwind(|| {
        info_span!("fails").in_scope(|| std::panic::resume_unwind(Box::new("on purpose")))
    });
    unwound.unwrap_err();
    step();
    t.assert_tree(tree! { "fails" [outcome: Panic, error: "panicked"], "step" });
}
