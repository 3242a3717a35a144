//! Futures and their spans.

use trace_runtime::{Instrument, Outcome, Span, Status, in_span, trace};
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
