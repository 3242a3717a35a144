//! Tests that forced failures happen, and nothing else does.

use std::time::{Duration, Instant};
use trace_runtime::export::{ExportError, Exporter};
use trace_runtime::{Span, in_span, span::Outcome, trace};
use trace_testkit::force::{
    Dropped, Fault, FaultyExporter, drop_at_poll, fill_ring, flood, panic_in, panic_in_future,
    pending_times, poll_and_drop,
};
use trace_testkit::{Capture, capture};

const PATIENCE: Duration = Duration::from_secs(20);

#[trace]
async fn charge(polls: usize) -> usize {
    pending_times(polls).await;
    polls
}

#[trace_testkit::test(flavor = "multi_thread")]
async fn a_future_is_dropped_at_the_poll_that_was_named(t: Capture) {
    assert_eq!(drop_at_poll(0, charge(9)).await, Dropped::Dropped { polls: 0 });
    t.span("charge").none();
    assert_eq!(drop_at_poll(1, charge(9)).await, Dropped::Dropped { polls: 1 });
    assert_eq!(drop_at_poll(3, charge(3)).await, Dropped::Dropped { polls: 3 });
    t.span("charge").outcome(Outcome::Cancelled).count(2);
    assert_eq!(drop_at_poll(4, charge(3)).await, Dropped::Ready { polls: 4, output: 3 });
    assert_eq!(drop_at_poll(9, charge(0)).await.polls(), 1);
    t.span("charge").outcome(Outcome::Ok).count(2);
}

#[trace_testkit::test]
async fn between_polls_it_waits_for_its_wakers(t: Capture) {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let waiting = tokio::spawn(drop_at_poll(2, receiver));
    tokio::task::yield_now().await;
    sender.send(7).unwrap();
    assert_eq!(waiting.await.unwrap(), Dropped::Ready { polls: 2, output: Ok(7) });
    t.span("charge").none();
}

#[trace_testkit::test]
fn without_a_runtime_it_is_polled_in_a_row(t: Capture) {
    assert!(poll_and_drop(3, charge(5)).is_dropped());
    assert_eq!(poll_and_drop(3, charge(2)).polls(), 3);
    t.span("charge").count(2);
}

#[trace]
fn pay(amount: u64) -> u64 {
    100_u64.checked_div(amount).expect("nothing to divide by")
}

#[trace_testkit::test]
fn a_panic_is_caught_and_recorded(t: Capture) {
    assert_eq!(panic_in(|| pay(0)).message(), "nothing to divide by");
    t.span("pay").one().outcome(Outcome::Panic);
    let payload = panic_in(|| std::panic::panic_any(7)).into_payload();
    assert_eq!(payload.downcast_ref(), Some(&7));
}

#[trace_testkit::test]
async fn a_panic_of_a_future_is_caught_and_recorded(t: Capture) {
    #[trace]
    async fn declined() {
        pending_times(2).await;
        panic!("declined");
    }
    assert_eq!(panic_in_future(declined()).await.message(), "declined");
    t.span("declined").one().outcome(Outcome::Panic);
}

#[test]
#[should_panic(expected = "this was expected to panic, but returned")]
fn a_missing_panic_fails_the_test() {
    panic_in(|| pay(1));
}

/// The program; it only does something when the test below starts it.
#[test]
fn program() {
    if std::env::var_os("TRACE_TESTKIT_TEST_PROGRAM").is_some() {
        panic_in(|| panic_in(|| panic!("in the depth")).message().parse::<u64>().unwrap());
        panic_in(|| std::thread::spawn(|| panic!("elsewhere")).join().unwrap());
        panic!("afterwards");
    }
}

#[test]
fn only_panics_that_are_expected_are_silent() {
    let mut program = std::process::Command::new(std::env::current_exe().unwrap());
    let program = program.args(["--exact", "program", "--nocapture"]);
    let output = program.env("TRACE_TESTKIT_TEST_PROGRAM", "1").output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("elsewhere") && stderr.contains("afterwards"), "{stderr}");
    assert!(!stderr.contains("in the depth") && !stderr.contains("unwrap()"), "{stderr}");
}

#[trace_testkit::test]
fn a_full_ring_loses_starts_and_keeps_ends(t: Capture) {
    in_span("open", |open| {
        let full = fill_ring();
        in_span("lost", |lost| {
            lost.set_attribute("n", 1);
            Span::current().add_event("lost too", &[]);
        });
        open.set_attribute("lost", true);
        // Other threads are not touched.
        let handle = t.handle();
        std::thread::scope(|scope| {
            scope.spawn(|| handle.in_capture(|| in_span("elsewhere", |_| ())));
        });
        drop(full);
        open.set_attribute("kept", true);
        in_span("after", |_| ());
    });
    {
        let _span = Span::builder("ends while full").start();
        let _full = fill_ring();
    }
    t.span("lost").none();
    t.span("elsewhere").one();
    t.span("after").one().child_of("open");
    t.span("open").one().has("kept", true).has_no("lost").outcome(Outcome::Ok);
    t.span("ends while full").one();
    let report = t.try_strict().unwrap_err().to_string();
    assert!(report.contains("~ lost spans: 1"), "{report}");
    assert!(report.contains("~ lost events, links or late attributes: 2"), "{report}");
}

#[test]
fn full_rings_of_many_tests_do_not_mix() {
    std::thread::scope(|scope| {
        for lane in 0..8 {
            scope.spawn(move || {
                let t = capture();
                let full = (lane % 2 == 0).then(fill_ring);
                flood(100);
                drop(full);
                flood(10);
                t.span("flood").count(if lane % 2 == 0 { 10 } else { 110 });
            });
        }
    });
}

/// Calls it without a span: the pipeline is not part of this.
fn call(exporter: &mut FaultyExporter) -> Result<(), ExportError> {
    exporter.export(&[])
}

#[test]
fn an_exporter_goes_by_its_script() {
    let mut exporter = FaultyExporter::new().with_name("shop");
    let handle = exporter.handle();
    handle.respond_with(Fault::fail("no route").times(2));
    handle.respond_with(Fault::none().times(0));
    handle.respond_with(Fault::reject(3, "too old").once());
    handle.respond_with(Fault::panic("on purpose").once());
    handle.respond_with(Fault::none().once());
    handle.respond_with(Fault::fail("for ever"));
    assert_eq!(exporter.name(), "shop");
    let failed = |message: &str| Err(ExportError::new(message));
    assert_eq!(call(&mut exporter), failed("no route"));
    assert_eq!(call(&mut exporter), failed("no route"));
    assert_eq!(call(&mut exporter), Err(ExportError::partial(3, "too old")));
    assert_eq!(panic_in(|| call(&mut exporter)).message(), "on purpose");
    assert_eq!(call(&mut exporter), Ok(()));
    assert_eq!(call(&mut exporter), failed("for ever"));
    assert_eq!(call(&mut exporter), failed("for ever"));
    handle.recover();
    assert_eq!(call(&mut exporter), Ok(()));
    assert_eq!((handle.calls(), handle.taken()), (8, vec![]));
}

#[test]
fn a_fault_that_is_to_happen_no_time_does_not_happen() {
    let mut exporter = FaultyExporter::always(Fault::fail("no route").times(0));
    assert_eq!(call(&mut exporter), Ok(()));
}

#[test]
fn a_hanging_call_goes_on_after_recovery() {
    let mut exporter = FaultyExporter::always(Fault::hang());
    let handle = exporter.handle();
    let hanging = std::thread::spawn(move || (call(&mut exporter), exporter));
    assert!(handle.wait_for_calls(1, PATIENCE));
    assert!(!handle.wait_for_calls(2, Duration::from_millis(1)));
    handle.recover();
    let (result, mut exporter) = hanging.join().unwrap();
    assert_eq!(result, Ok(()));

    // No handle is left that could let it recover.
    handle.respond_with(Fault::hang());
    drop((handle.clone(), handle));
    assert_eq!(call(&mut exporter), Ok(()));
}

#[test]
fn a_delay_is_kept() {
    let delay = Duration::from_millis(20);
    let mut exporter = FaultyExporter::always(Fault::slow(delay));
    let begun = Instant::now();
    assert_eq!(call(&mut exporter), Ok(()));
    assert!(begun.elapsed() >= delay);
    let mut exporter = FaultyExporter::always(Fault::slow(Duration::from_secs(3_600)));
    let handle = exporter.handle();
    let slow = std::thread::spawn(move || call(&mut exporter));
    assert!(handle.wait_for_calls(1, PATIENCE));
    handle.recover();
    assert_eq!(slow.join().unwrap(), Ok(()));
}
