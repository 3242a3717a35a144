//! Tests the functions that `#[trace_testkit::test]` accepts.

use super::names;
use std::time::Duration;
use trace_runtime::trace;
use trace_testkit::Capture;

#[trace]
fn work() {}

#[trace_testkit::test]
fn a_sync_test(t: Capture) {
    work();
    assert_eq!(names(&t), ["work"]);
}

#[trace_testkit::test]
fn one_that_only_looks(t: &Capture) {
    work();
    assert_eq!(names(t), ["work"]);
}

#[trace_testkit::test]
fn one_that_returns_a_result(_t: Capture) -> Result<(), std::num::ParseIntError> {
    let _: u8 = "7".parse()?;
    Ok(())
}

#[trace_testkit::test()]
async fn an_async_test(t: Capture) -> Result<(), Box<dyn std::error::Error>> {
    work();
    tokio::task::yield_now().await;
    work();
    assert_eq!(names(&t), ["work", "work"]);
    Ok(())
}

#[trace_testkit::test]
async fn one_without_an_argument() {
    work();
    let t = Capture::current().unwrap();
    assert_eq!(names(&t), ["work"]);
}

#[trace_testkit::test]
fn a_sync_one_without_an_argument() {
    work();
    assert_eq!(names(&Capture::current().unwrap()), ["work"]);
}

#[trace_testkit::test]
#[should_panic(expected = "on purpose")]
async fn one_that_panics(_t: Capture) {
    panic!("on purpose");
}

#[trace_testkit::test]
#[ignore = "to see that it is ignored"]
fn one_that_is_ignored() {
    unreachable!();
}

#[trace_testkit::test(start_paused = true, flavor = "current_thread")]
async fn one_whose_time_is_paused(t: Capture) {
    let before = tokio::time::Instant::now();
    tokio::time::sleep(Duration::from_secs(3_600)).await;
    assert!(before.elapsed() >= Duration::from_secs(3_600));
    assert!(t.spans().is_empty());
}

#[trace_testkit::test(live)]
fn a_live_one(t: Capture) {
    work();
    assert!(t.spans()[0].trace_id.to_u128() > 1 << 64);
}

mod elsewhere {
    pub(crate) use trace_testkit as kit;

    #[trace_testkit::test(crate = crate::capture::attribute::elsewhere::kit)]
    async fn one_that_finds_the_testkit_elsewhere(t: kit::Capture) {
        assert!(t.spans().is_empty());
    }
}
