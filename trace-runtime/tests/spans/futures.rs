//! Tests futures and their spans.

use futures_util::stream::{self, StreamExt as _};
use trace_runtime::{Instrument, Span, Status, in_span, span::Outcome, trace};
use trace_testkit::Capture;
use trace_testkit::force::drop_at_poll;

#[trace(attrs(id))]
async fn fetch(id: u32) -> Result<u32, String> {
    tokio::task::yield_now().await;
    decode(id)?;
    tokio::task::yield_now().await;
    Ok(id)
}

#[trace]
fn decode(id: u32) -> Result<(), String> {
    if id.is_multiple_of(2) { Ok(()) } else { Err(format!("{id} is odd")) }
}

#[trace_testkit::test(flavor = "multi_thread", worker_threads = 2)]
async fn futures_keep_their_spans_apart(t: Capture) {
    let (one, two) = tokio::join!(fetch(1), fetch(2));
    assert!(one.is_err() && two.is_ok());
    assert_eq!(
        t.render(),
        "\
fetch [error.type=\"alloc::string::String\", id=1] error: \"1 is odd\"
│  • exception [exception.message=\"1 is odd\", exception.type=\"alloc::string::String\"]
└─ decode [error.type=\"alloc::string::String\"] error: \"1 is odd\"
      • exception [exception.message=\"1 is odd\", exception.type=\"alloc::string::String\"]
fetch [id=2]
└─ decode
"
    );
}

#[trace_testkit::test]
async fn a_future_dropped_early_is_cancelled(t: Capture) {
    struct Traced;
    impl Drop for Traced {
        fn drop(&mut self) {
            in_span("cleanup", |_| ());
        }
    }
    #[trace]
    async fn endless() {
        let _traced = Traced;
        std::future::pending::<()>().await;
    }
    assert_eq!(drop_at_poll(0, endless()).await.polls(), 0);
    assert!(drop_at_poll(1, endless()).await.is_dropped());
    t.span("endless")
        .one()
        .outcome(Outcome::Cancelled)
        .has("cancelled", true)
        .status(Status::Unset);
    // Its destructors ran within it.
    t.span("cleanup").one().child_of("endless");
}

#[trace_testkit::test]
async fn a_panic_within_a_future_is_a_panic(t: Capture) {
    #[trace]
    async fn panics() {
        tokio::task::yield_now().await;
        panic!("on purpose");
    }
    let task = panics().instrument(Span::builder("task").start());
    assert!(tokio::spawn(task).await.is_err());
    t.span("task").one().outcome(Outcome::Panic);
    t.span("panics").one().outcome(Outcome::Panic).child_of("task");
    assert!(!Span::current().context().is_valid());
}

#[trace_testkit::test(flavor = "multi_thread", worker_threads = 1)]
async fn futures_and_streams_carry_their_callers_span(t: Capture) {
    #[trace]
    async fn checkout() {
        let items = stream::iter([1, 2]).map(decode).in_current_span();
        let all = tokio::spawn(items.collect::<Vec<_>>());
        assert_eq!(all.await.unwrap().len(), 2);
        let not_in_any = std::thread::spawn(|| fetch(4).in_current_span()).join().unwrap();
        not_in_any.await.unwrap();
    }
    checkout().await;
    assert_eq!(t.span("decode").child_of("checkout").count(2).len(), 2);
    // Made where there is no span, it takes the one where it is polled.
    t.span("fetch").one().child_of("checkout");
}
