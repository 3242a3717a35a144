//! Futures that carry a span of `tracing`, on both flavours of tokio.

use crate::capture;
use tokio::runtime::Builder;
use trace_runtime::trace;
use trace_testkit::prelude::tree;
use tracing::{Instrument, info, info_span, instrument};

#[trace]
async fn ours(name: &'static str) {
    tokio::task::yield_now().await;
    theirs(name).await;
}

#[instrument]
async fn theirs(name: &'static str) {
    tokio::task::yield_now().await;
    info!("at last");
    leaf();
}

#[trace]
fn leaf() {}

async fn two_at_once() {
    let task = |name| tokio::spawn(ours(name).instrument(info_span!("task", name)));
    let (first, second) = (task("a"), task("b"));
    first.await.unwrap();
    second.await.unwrap();
}

fn check(mut runtime: Builder) {
    let t = capture();
    let runtime = runtime.build().unwrap();
    runtime.block_on(two_at_once().instrument(info_span!("all")));
    drop(runtime);
    t.assert_tree(tree! {
        "all" => {
            unordered {
                "task" ["name" = "a", ..] => { "ours" => { "theirs" [event: "at last"] => { "leaf" } } },
                "task" ["name" = "b", ..] => { "ours" => { "theirs" [event: "at last"] => { "leaf" } } },
            }
        }
    });
}

#[test]
fn on_one_thread() {
    check(Builder::new_current_thread());
}

#[test]
fn on_several_threads() {
    let mut runtime = Builder::new_multi_thread();
    runtime.worker_threads(2);
    check(runtime);
}

#[test]
fn a_future_that_is_dropped_has_its_span_end() {
    let t = capture();
    let runtime = Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let never = std::future::pending::<()>().instrument(info_span!("never"));
        let patience = std::time::Duration::ZERO;
        tokio::time::timeout(patience, never).await.unwrap_err();
        leaf();
    });
    t.assert_tree(tree! { "never", "leaf" });
}
