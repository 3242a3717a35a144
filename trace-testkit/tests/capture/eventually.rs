//! Tests assertions that wait, and check only when there is something new.

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};
use trace_runtime::{Instrument, Span, in_span, trace};
use trace_testkit::{Capture, capture};

const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(20);

#[trace]
async fn webhook(gate: tokio::sync::oneshot::Receiver<()>) {
    gate.await.unwrap();
}

async fn waits(t: Capture) {
    let (open, gate) = tokio::sync::oneshot::channel();
    let task = tokio::spawn(webhook(gate).in_current_span());
    let mut looks = 0;
    let before = Instant::now();
    let waited = t.eventually(LONG, |t| {
        looks += 1;
        t.span("webhook").one()
    });
    let opens = async {
        tokio::task::yield_now().await;
        open.send(()).unwrap();
    };
    let (webhook, ()) = tokio::join!(waited, opens);
    assert_eq!(webhook.name, "webhook");
    assert!(before.elapsed() < LONG / 2);
    assert!(looks < 10, "it looks only when there is news, not {looks} times");
    task.await.unwrap();
}

#[trace_testkit::test]
async fn on_one_thread(t: Capture) {
    waits(t).await;
}

#[trace_testkit::test(flavor = "multi_thread")]
async fn on_several_threads(t: Capture) {
    waits(t).await;
}

#[trace_testkit::test(start_paused = true)]
async fn while_time_is_paused(t: Capture) {
    waits(t).await;
}

#[test]
fn on_a_plain_thread() {
    let t = capture();
    let (go, gate) = mpsc::channel::<()>();
    let handle = t.handle();
    let thread = thread::spawn(move || {
        gate.recv().unwrap();
        handle.in_capture(|| in_span("webhook", |_| ()));
    });
    let mut go = Some(go);
    t.eventually_blocking(LONG, |t| {
        // The first look finds nothing.
        let _ = go.take().map(|go| go.send(()));
        t.span("webhook").one()
    });
    thread.join().unwrap();
}

#[trace_testkit::test]
async fn a_timeout_shows_the_recorded_spans(t: Capture) {
    in_span("web_hook", |_| ());
    let _open = Span::builder("still-open").start();
    let report = t.try_eventually(SHORT, |t| t.span("webhook").one()).await.unwrap_err();
    let text = report.to_string();
    for part in ["webhook", "web_hook", "still-open", "eventually.rs", "has waited 20ms"] {
        assert!(text.contains(part), "no {part} in\n{text}");
    }
    let blocking = t.try_eventually_blocking(SHORT, |t| t.span("webhook").one()).unwrap_err();
    assert!(blocking.to_string().contains("has waited 20ms"));
}

#[trace_testkit::test]
async fn other_assertions_may_fail_meanwhile_too(t: Capture) {
    let mut left = 3;
    t.eventually(LONG, |_| {
        in_span("news", |_| ());
        left -= 1;
        assert_eq!(left, 0, "none must be left");
    })
    .await;
    let report = t.try_eventually(SHORT, |_| panic!("on {}", "purpose")).await;
    let report: Result<(), _> = report;
    assert!(report.unwrap_err().to_string().contains("on purpose"));
}

#[test]
#[should_panic(expected = "has waited 20ms for it")]
fn when_the_time_is_over_the_test_fails() {
    capture().eventually_blocking(SHORT, |t| t.span("webhook").one());
}
