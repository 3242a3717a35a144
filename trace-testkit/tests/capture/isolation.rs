//! Tests that many captures of one process stay separate, by a distinct mark on the spans of each.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use trace_runtime::{Instrument, Span, in_span, trace};
trace_runtime::__versioned! {
    use trace_testkit::__private::{Runtime, run};
}
use trace_testkit::{Capture, capture};

const TESTS: usize = 64;
const RUNS: usize = 50;

#[trace(attrs(mark, place))]
fn step(mark: u64, place: &str) {
    leaf(mark);
}

#[trace(attrs(mark))]
fn leaf(mark: u64) {}

#[trace(attrs(mark, place))]
async fn task(mark: u64, place: &str) {
    tokio::task::yield_now().await;
    leaf(mark);
}

/// A mark that no other run has.
fn next_mark() -> u64 {
    static MARKS: AtomicUsize = AtomicUsize::new(1);
    MARKS.fetch_add(1, Ordering::Relaxed) as u64
}

/// Asserts that every span has the mark, and compares their names.
fn check(t: &Capture, mark: u64, places: &[&str]) {
    let snapshot = t.snapshot();
    for span in &snapshot.spans {
        assert_eq!(span.attribute("mark"), Some(&mark.into()), "a foreign span: {span:?}");
    }
    let text = |span: &trace_testkit::model::SpanData| {
        span.attribute("place").and_then(|place| place.as_str()).map(str::to_owned)
    };
    let seen: BTreeSet<_> = snapshot.spans.iter().filter_map(text).collect();
    assert_eq!(seen, places.iter().map(|&place| place.to_owned()).collect::<BTreeSet<_>>());
    // Each place has its leaf.
    assert_eq!(snapshot.spans.len(), 2 * places.len());
    assert!(snapshot.open.is_empty() && snapshot.losses.is_empty());
    let ids: BTreeSet<_> = snapshot.spans.iter().map(|span| span.span_id.to_u64()).collect();
    assert_eq!(ids, (1..=snapshot.spans.len() as u64).collect::<BTreeSet<_>>());
}

fn plain_threads() {
    let (t, mark) = (capture(), next_mark());
    step(mark, "here");
    let context = Span::current().context();
    let other = thread::spawn(move || {
        let _context = context.attach();
        step(mark, "thread");
    });
    thread::scope(|scope| {
        scope.spawn(|| t.in_capture(|| step(mark, "captured")));
    });
    other.join().unwrap();
    check(&t, mark, &["here", "thread", "captured"]);
}

fn pool(pool: &rayon::ThreadPool) {
    let (t, mark) = (capture(), next_mark());
    let (one, other) =
        pool.join(|| t.in_capture(|| step(mark, "left")), || t.in_capture(|| step(mark, "right")));
    let ((), ()) = (one, other);
    check(&t, mark, &["left", "right"]);
}

async fn tasks(t: Capture) {
    let mark = next_mark();
    task(mark, "here").await;
    let one = tokio::spawn(t.captured(task(mark, "task")));
    let two = tokio::spawn(task(mark, "carried").in_current_span());
    let handle = t.handle();
    let three = tokio::task::spawn_blocking(move || handle.in_capture(|| step(mark, "blocking")));
    let instrumented = tokio::spawn(async move { step(mark, "nested") }.in_current_span());
    one.await.unwrap();
    two.await.unwrap();
    three.await.unwrap();
    instrumented.await.unwrap();
    check(&t, mark, &["here", "task", "carried", "blocking", "nested"]);
}

/// As `#[trace_testkit::test]` runs them, called by hand.
fn runtime(multi_thread: bool) {
    let worker_threads = multi_thread.then_some(2);
    run(Runtime { multi_thread, worker_threads, ..Runtime::default() }, tasks);
}

fn live() {
    let (t, mark) = (Capture::builder().live().start(), next_mark());
    in_span("root", |span| {
        span.set_attribute("mark", mark);
        (0..50).for_each(|_| leaf(mark));
    });
    let spans = t.spans();
    assert_eq!(spans.len(), 51);
    assert!(spans.iter().all(|span| span.attribute("mark") == Some(&mark.into())));
}

/// What belongs to no test, all the while.
fn noise(over: &AtomicUsize) {
    while over.load(Ordering::Relaxed) < TESTS {
        in_span("noise", |_| leaf(0));
        thread::yield_now();
    }
}

/// 64 tests that run 50 times each, all at the same time, beside code that no test has started.
#[test]
fn no_capture_ever_sees_a_foreign_span() {
    let rayon = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    let over = AtomicUsize::new(0);
    thread::scope(|scope| {
        scope.spawn(|| noise(&over));
        for test in 0..TESTS {
            let (rayon, over) = (&rayon, &over);
            scope.spawn(move || {
                // Over even if it panics.
                let _over = Over(over);
                for run in 0..RUNS {
                    match (test + run) % 5 {
                        0 => plain_threads(),
                        1 => pool(rayon),
                        2 => runtime(false),
                        3 => runtime(true),
                        _ => live(),
                    }
                }
            });
        }
    });
    assert_eq!(over.load(Ordering::Relaxed), TESTS);
}

struct Over<'a>(&'a AtomicUsize);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}
