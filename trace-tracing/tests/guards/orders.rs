//! Tests the orders in which programs drop guards.

use opentelemetry::global;
use opentelemetry::trace::{Tracer as _, mark_span_as_active};
use trace_runtime::{
    Baggage, Instrument as _, Span, in_current_span,
    propagation::Context,
    span,
    span::{ContextGuard, SpanGuard},
    trace,
};
use trace_testkit::{Capture, tree};
use tracing_subscriber::prelude::*;

#[trace]
fn leaf() {}

fn tenant() -> Option<String> {
    Baggage::current().get("tenant").map(str::to_owned)
}

fn of_tenant(tenant: &str) -> Baggage {
    Baggage::new().with_entry("tenant", tenant)
}

/// Asserts that the span of this name is current, in which a leaf begins.
#[track_caller]
fn nothing_is_current() {
    assert_eq!(Context::current(), Context::default());
}

/// Fields are dropped in the order in which they are declared.
struct Fields<A, B> {
    first: A,
    second: B,
}

#[trace_testkit::test(live)]
fn contexts_in_a_vec(t: Capture) {
    let x = Span::builder("x").start();
    let y = Span::builder("y").start();
    drop(vec![x.context().attach(), y.context().attach()]);
    nothing_is_current();
    leaf();
    t.span("leaf").one().is_root();
}

#[trace_testkit::test(live)]
fn spans_in_a_struct(t: Capture) {
    let Fields { first, second } = Fields { first: span!("first"), second: span!("second") };
    leaf();
    drop(Fields { first, second });
    nothing_is_current();
    leaf();
    t.assert_tree(tree! { "first" => { "second" => { "leaf" } }, "leaf" });
}

#[trace_testkit::test(live)]
fn a_span_that_ends_before_what_it_was_opened_around(t: Capture) {
    let a = span!("a");
    let b = span!("b");
    drop(a);
    leaf();
    drop(b);
    nothing_is_current();
    t.assert_tree(tree! { "a" => { "b" => { "leaf" } } });
}

#[trace_testkit::test(live)]
fn a_queue_of_spans_under_another(t: Capture) {
    let around = span!("around");
    let mut open: Option<SpanGuard> = None;
    for _ in 0..5 {
        // The next one begins before the last one ends.
        open = Some(span!("step"));
        leaf();
    }
    drop(open);
    leaf();
    drop(around);
    nothing_is_current();
    t.span("leaf").child_of("step").count(5);
    t.span("leaf").child_of("around").one();
}

#[trace_testkit::test(live)]
fn baggage_first_in_first_out(_t: Capture) {
    let first = of_tenant("first").attach();
    let second = of_tenant("second").attach();
    drop(first);
    assert_eq!(tenant().as_deref(), Some("second"));
    drop(second);
    assert_eq!(tenant(), None);
}

#[trace_testkit::test(live)]
fn baggage_that_is_dropped_under_a_span_does_not_stay(t: Capture) {
    let baggage = of_tenant("acme").attach();
    let root = span!("root");
    let child = span!("child");
    drop(baggage);
    assert_eq!(tenant(), None);
    leaf();
    drop((child, root));
    nothing_is_current();
    t.assert_tree(tree! { "root" => { "child" => { "leaf" } } });
}

#[trace_testkit::test(live)]
fn a_trace_state_goes_with_its_context(t: Capture) {
    let of_state = |state| {
        let span = Span::builder("remote").root().start().context();
        span.with_trace_state(state)
    };
    let (first, second) = (of_state("a=1").attach(), of_state("b=2").attach());
    drop(first);
    leaf();
    assert_eq!(Span::current().context().trace_state(), "b=2");
    drop(second);
    nothing_is_current();
    assert_eq!(t.span("leaf").one().trace_state, "b=2");
}

#[trace_testkit::test(live)]
fn contexts_of_opentelemetry_between_ours(t: Capture) {
    let ours = span!("ours");
    let theirs = mark_span_as_active(global::tracer("library").start("theirs"));
    let inner = span!("inner");
    drop(ours);
    leaf();
    drop(theirs);
    leaf();
    drop(inner);
    nothing_is_current();
    t.assert_tree(tree! { "ours" => { "theirs" => { "inner" => { "leaf" * 2 } } } });
}

#[trace_testkit::test(live)]
fn spans_of_tracing_that_are_left_too_early(t: Capture) {
    let subscriber = tracing_subscriber::registry().with(trace_tracing::layer());
    let _subscriber = tracing::subscriber::set_default(subscriber);
    let theirs = tracing::info_span!("theirs").entered();
    let second = tracing::info_span!("second").entered();
    let ours = span!("ours");
    drop((theirs, second));
    leaf();
    drop(ours);
    // At once, not with the next news from `tracing`.
    nothing_is_current();
    t.assert_tree(tree! { "theirs" => { "second" => { "ours" => { "leaf" } } } });
}

#[trace_testkit::test(live)]
fn the_guard_of_a_caller_may_be_dropped_within(t: Capture) {
    #[trace]
    fn takes(guard: SpanGuard) {
        drop(guard);
        leaf();
    }
    takes(span!("caller"));
    nothing_is_current();
    let guard = span!("caller of a closure");
    in_current_span(move || {
        drop(guard);
        leaf();
    })();
    nothing_is_current();
    t.span("leaf").child_of("takes").one();
    t.span("leaf").child_of("caller of a closure").one();
}

#[trace_testkit::test(live)]
fn a_guard_that_a_function_returns_outlives_it(t: Capture) {
    #[trace]
    fn opens() -> (SpanGuard, ContextGuard) {
        (span!("block"), of_tenant("acme").attach())
    }
    let opened = opens();
    leaf();
    assert_eq!(tenant().as_deref(), Some("acme"));
    drop(opened);
    nothing_is_current();
    t.assert_tree(tree! { "opens" => { "block" => { "leaf" } } });
}

#[test]
fn captures_that_end_before_what_began_in_them() {
    let (first, second) =
        (Capture::builder().start_elsewhere(), Capture::builder().start_elsewhere());
    let (in_first, in_second) = (first.enter(), second.enter());
    let span = span!("in second");
    drop(in_first);
    leaf();
    drop(in_second);
    leaf();
    drop(span);
    assert!(first.spans().is_empty());
    second.span("leaf").child_of("in second").count(2);
}

/// Spans that began within scopes which have been left lie below nothing that is current.
fn spans_outlive_blocks(t: &Capture, count: usize, open: fn() -> SpanGuard) {
    let outer = span!("outer");
    let scope = |_| Span::builder("block").start().in_scope(|_| open());
    let kept: Vec<_> = (0..count).map(scope).collect();
    let inner = span!("inner");
    drop(kept);
    let other = Span::builder("other").root().start();
    let attached = other.span().attach();
    drop((inner, outer));
    leaf();
    drop(attached);
    nothing_is_current();
    t.span("leaf").child_of("other").one();
    t.span("kept").count(count);
}

#[trace_testkit::test(live)]
fn a_span_that_outlives_the_scope_in_which_it_began(t: Capture) {
    spans_outlive_blocks(&t, 1, || span!("kept"));
}

#[trace_testkit::test(live)]
fn many_spans_that_outlive_the_blocks_in_which_they_began(t: Capture) {
    spans_outlive_blocks(&t, 1_000, || span!("kept"));
}

#[trace_testkit::test(live)]
fn a_span_that_outlives_an_attached_function_and_a_scope(t: Capture) {
    #[trace(attach)]
    fn opens() -> SpanGuard {
        span!("kept")
    }
    spans_outlive_blocks(&t, 1, opens);
}

/// What a future holds between its polls is of no concern to others.
#[trace_testkit::test(live)]
async fn guards_that_a_future_holds_between_its_polls(t: Capture) {
    #[trace]
    async fn task(name: &'static str) {
        let _tenant = of_tenant(name).attach();
        let other = Span::builder(name).root().start();
        let _other = other.span().attach();
        for _ in 0..3 {
            tokio::task::yield_now().await;
            assert_eq!(tenant().as_deref(), Some(name));
            leaf();
        }
    }
    tokio::join!(
        task("one"),
        async {
            for _ in 0..3 {
                tokio::task::yield_now().await;
                nothing_is_current();
            }
        },
        task("two").in_current_span()
    );
    nothing_is_current();
    t.span("leaf").child_of("one").count(3);
    t.span("leaf").child_of("two").count(3);
}

#[trace_testkit::test(live)]
fn more_guards_than_anybody_needs(t: Capture) {
    let span = Span::builder("span").start();
    let guards: Vec<_> = (0..100_000).map(|_| span.context().attach()).collect();
    leaf();
    // Last in, first out, but for every tenth.
    let (tenths, others): (Vec<_>, Vec<_>) =
        guards.into_iter().enumerate().partition(|(number, _)| number % 10_000 == 0);
    others.into_iter().rev().for_each(drop);
    drop(tenths);
    nothing_is_current();
    t.span("leaf").child_of("span").one();
}
