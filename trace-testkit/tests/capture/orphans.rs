//! Tests spans whose context was lost.

use super::names;
use trace_runtime::{Span, trace};
use trace_testkit::source::Home;
use trace_testkit::{Capture, capture};

#[trace(attrs(id))]
async fn webhook(id: u64) {}

#[trace_testkit::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_task_without_its_context_is_reported_to_the_test_that_spawned_it(t: Capture) {
    tokio::spawn(webhook(7)).await.unwrap();
    tokio::task::spawn_blocking(|| Span::builder("blocking").start().end()).await.unwrap();
    let snapshot = t.snapshot();
    assert!(snapshot.spans.is_empty());
    // Those of unknown home are of other tests.
    let mut orphans = snapshot.orphans;
    orphans.retain(|orphan| orphan.home == Home::Here);
    assert_eq!(orphans.len(), 2);
    orphans.sort_by(|one, other| other.span.name.cmp(&one.span.name));
    assert_eq!(orphans[0].span.name, "webhook");
    assert_eq!(orphans[0].span.attribute("id"), Some(&7.into()));
    assert_eq!(orphans[0].thread.as_deref(), Some("tokio-rt-worker"));
    assert_eq!(orphans[1].span.name, "blocking");
}

#[trace_testkit::test]
async fn so_it_is_on_the_tests_own_thread(t: Capture) {
    tokio::spawn(webhook(1)).await.unwrap();
    let orphans = t.snapshot().orphans;
    assert_eq!(orphans.iter().filter(|orphan| orphan.home == Home::Here).count(), 1);
    assert!(names(&t).is_empty());
}

#[test]
fn a_thread_without_its_context_is_reported_to_all_captures() {
    let (one, other) = (capture(), Capture::builder().start_elsewhere());
    let thread = std::thread::Builder::new().name("lost-here".to_owned());
    thread.spawn(|| Span::builder("lost").start().end()).unwrap().join().unwrap();
    for t in [&one, &other] {
        let orphans = t.snapshot().orphans;
        let mine = orphans.iter().filter(|it| it.thread.as_deref() == Some("lost-here"));
        let mine: Vec<_> = mine.map(|it| (it.span.name.as_str(), it.home)).collect();
        assert_eq!(mine, [("lost", Home::Unknown)]);
        assert!(names(t).is_empty());
    }
}
