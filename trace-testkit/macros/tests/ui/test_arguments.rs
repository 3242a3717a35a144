//! Mistakes in the parentheses of `#[trace_testkit::test]`: all of them at once.

use trace_testkit::Capture;

#[trace_testkit::test(flavour = "multi_thread", worker_threads = 0, start_paused = "yes")]
async fn words(t: Capture) {
    let _ = t;
}

#[trace_testkit::test(flavor = "threads", unhandled_panic = "ignore", live, live)]
async fn values(t: Capture) {
    let _ = t;
}

#[trace_testkit::test(worker_threads = 2)]
async fn threads_of_one(t: Capture) {
    let _ = t;
}

#[trace_testkit::test(flavor = "multi_thread", start_paused = true)]
async fn paused_threads(t: Capture) {
    let _ = t;
}

#[trace_testkit::test(flavor = "current_thread", start_paused = true)]
fn not_async(t: Capture) {
    let _ = t;
}

#[trace_testkit::test(flavor)]
async fn unfinished(t: Capture) {
    let _ = t;
}

fn main() {}
