//! Tests futures, tasks and threads that carry contexts of either API.

use super::{leaf, library, tracer};
use opentelemetry::Context;
use opentelemetry::context::{FutureExt, WithContext};
use opentelemetry::trace::{Span as _, TraceContextExt as _, Tracer as _};
use std::future::Future;
use std::thread;
use tokio::task::yield_now;
use trace_runtime::{Instrument as _, Span, trace};
use trace_testkit::{Capture, tree};

#[trace]
async fn step() {
    yield_now().await;
    leaf();
}

/// The future with a context of OpenTelemetry's: both traits have a method of this name.
fn within<F: Future>(context: Context, future: F) -> WithContext<F> {
    FutureExt::with_context(future, context)
}

/// A future of a library that starts a span itself.
async fn fetch() {
    let context = Context::current_with_span(tracer().start("fetch"));
    let work = async {
        step().await;
        yield_now().await;
        library("parse", || ());
    };
    within(context, work).await;
}

#[trace]
async fn handle() {
    leaf();
    fetch().await;
    step().await;
    library("commit", leaf);
}

fn expect(t: &Capture) {
    t.assert_tree(tree! {
        "request" => {
            "handle" => {
                "leaf",
                "fetch" => { "step" => { "leaf" }, "parse" },
                "step" => { "leaf" },
                "commit" => { "leaf" },
            },
        }
    });
    t.strict();
}

async fn request() {
    let context = Context::new().with_span(tracer().start("request"));
    within(context, handle()).await;
}

#[trace_testkit::test]
async fn futures_of_both_nest(t: Capture) {
    request().await;
    expect(&t);
}

#[trace_testkit::test(flavor = "multi_thread")]
async fn on_any_thread(t: Capture) {
    request().await;
    expect(&t);
}

#[trace_testkit::test]
async fn futures_that_take_turns_keep_their_parents(t: Capture) {
    let one = within(Context::new().with_span(tracer().start("one")), step());
    let two = step().instrument(Span::builder("two").start());
    let three = async {
        library("of three", || ());
        step().await;
    };
    let three = within(Context::new().with_span(tracer().start("three")), three);
    tokio::join!(one, two, three);
    t.span("step").count(3);
    for name in ["one", "two", "three"] {
        t.span("step").child_of(name).one();
    }
    t.span("of three").child_of("three").one();
    t.strict();
}

#[trace_testkit::test]
fn a_context_attached_on_a_thread_takes_the_capture_along(t: Capture) {
    let context = Context::new().with_span(tracer().start("here"));
    thread::scope(|scope| {
        for _ in 0..2 {
            let context = context.clone();
            scope.spawn(move || {
                let _attached = context.attach();
                leaf();
                library("there", leaf);
            });
        }
    });
    drop(context);
    t.span("leaf").count(4);
    t.span("leaf").child_of("here").count(2);
    t.span("there").child_of("here").count(2);
    t.strict();
}

#[trace_testkit::test]
fn a_span_may_be_given_to_a_thread(t: Capture) {
    #[trace]
    fn caller() -> Context {
        Context::current_with_span(tracer().start("sent"))
    }
    let context = caller();
    thread::spawn(move || {
        tracer().start_with_context("child", &context).end();
    })
    .join()
    .unwrap();
    t.span("sent").child_of("caller").one();
    t.span("child").child_of("sent").one();
    t.strict();
}

#[trace_testkit::test(flavor = "multi_thread")]
async fn spawned_tasks_keep_what_they_are_given(t: Capture) {
    let context = Context::new().with_span(tracer().start("request"));
    let ours = {
        let _attached = context.clone().attach();
        tokio::spawn(step().in_current_span())
    };
    let theirs = tokio::spawn(within(context, step()));
    let (ours, theirs) = tokio::join!(ours, theirs);
    ours.unwrap();
    theirs.unwrap();
    t.span("step").child_of("request").count(2);
    t.strict();
}

#[trace_testkit::test]
async fn a_future_that_is_dropped_leaves_nothing_current(t: Capture) {
    {
        let pending = async {
            library("before", || ());
            std::future::pending::<()>().await;
        };
        let context = Context::new().with_span(tracer().start("given up"));
        let mut pending = Box::pin(within(context, pending));
        assert!(futures_util::poll!(&mut pending).is_pending());
    }
    leaf();
    t.span("leaf").one().is_root();
    t.span("before").child_of("given up").one();
}
