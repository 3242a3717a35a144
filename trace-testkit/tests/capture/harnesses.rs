//! Tests captures under harnesses that generate test functions.

use super::names;
use rstest::{fixture, rstest};
use test_case::test_case;
use trace_runtime::trace;
use trace_testkit::Capture;

#[trace(attrs(id))]
async fn work(id: u64) {
    tokio::task::yield_now().await;
}

/// The capture that the attribute has begun.
#[fixture]
fn t() -> Capture {
    Capture::current().expect("a test has a capture")
}

#[rstest]
#[case(1)]
#[case(2)]
#[trace_testkit::test]
async fn cases_of_rstest(t: Capture, #[case] id: u64) {
    work(id).await;
    assert_eq!(t.spans()[0].attribute("id"), Some(&id.into()));
    assert_eq!(names(&t), ["work"]);
}

#[test_case(1)]
#[test_case(2)]
#[trace_testkit::test(flavor = "multi_thread", worker_threads = 1)]
async fn cases_of_test_case(id: u64) {
    let t = t();
    work(id).await;
    assert_eq!(t.spans()[0].attribute("id"), Some(&id.into()));
}

#[rstest]
#[case("seven", 7)]
#[trace_testkit::test]
fn sync_cases(#[case] _name: &str, #[case] id: u64, t: Capture) {
    trace_runtime::in_span("work", |span| drop(span.set_attribute("id", id).context()));
    t.span("work").one().has("id", id);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_capture_by_hand_in_a_test_of_tokio() {
    let t = trace_testkit::capture();
    work(7).await;
    tokio::task::yield_now().await;
    work(8).await;
    assert_eq!(names(&t), ["work", "work"]);
}
