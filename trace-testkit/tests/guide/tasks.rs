use trace_runtime::{Instrument, trace};
use trace_testkit::Capture;

#[trace]
async fn email() {
    tokio::task::yield_now().await;
}

#[trace]
async fn confirm() {
    tokio::spawn(email().in_current_span()).await.unwrap();
}

#[trace_testkit::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_email_belongs_to_the_confirmation(t: Capture) {
    confirm().await;
    t.span("email").one().child_of("confirm");
}
