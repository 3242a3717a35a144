//! Tests the clock of a capture.

use super::one;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use trace_runtime::{Span, in_span};
use trace_testkit::{Capture, capture};

const BEGINNING: u64 = 946_684_800_000_000_000;

#[test]
fn it_stands_still_until_it_is_moved() {
    let t = capture();
    t.clock();
    in_span("still", |_| ());
    in_span("stepped", |_| t.clock().step(Duration::from_nanos(1)));
    let (still, stepped) = (one(&t, "still"), one(&t, "stepped"));
    assert_eq!((still.start_unix_nanos, still.end_unix_nanos), (BEGINNING, BEGINNING));
    assert_eq!(stepped.end_unix_nanos, BEGINNING + 1);
    assert!(t.snapshot().virtual_clock);
}

#[test]
fn it_can_be_set() {
    let t = capture();
    let noon = UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    t.clock().set(noon);
    assert_eq!(t.clock().now(), noon);
    in_span("noon", |_| ());
    assert_eq!(one(&t, "noon").start_unix_nanos, 1_800_000_000_000_000_000);
}

#[test]
fn events_and_errors_go_by_it() {
    let t = capture();
    t.clock();
    in_span("work", |span| {
        t.clock().step(Duration::from_millis(1));
        span.add_event("begun", &[]);
        t.clock().step(Duration::from_millis(1));
        span.record_error(&std::fmt::Error);
    });
    let times: Vec<_> = one(&t, "work").events.iter().map(|event| event.unix_nanos).collect();
    assert_eq!(times, [BEGINNING + 1_000_000, BEGINNING + 2_000_000]);
}

#[test]
fn a_span_that_another_thread_ends_goes_by_it_too() {
    let t = capture();
    t.clock();
    let upload = Span::builder("upload").start();
    t.clock().step(Duration::from_secs(1));
    std::thread::spawn(move || upload.end()).join().unwrap();
    assert_eq!(one(&t, "upload").duration(), Duration::from_secs(1));
}

#[test]
fn until_it_is_asked_for_the_real_clock_is_in_force() {
    let t = capture();
    in_span("real", |_| ());
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
    assert!(now.abs_diff(one(&t, "real").start_unix_nanos.into()) < 60_000_000_000);
    assert!(!t.snapshot().virtual_clock);
    let open = Span::builder("across").start();
    t.clock().step(Duration::from_secs(1));
    open.end();
    let across = one(&t, "across");
    assert_eq!(across.end_unix_nanos, across.start_unix_nanos);
}

#[test]
fn set_back_it_never_makes_a_length_negative() {
    let t = capture();
    t.clock();
    in_span("back", |_| t.clock().set(UNIX_EPOCH + Duration::from_secs(1)));
    assert_eq!(one(&t, "back").duration(), Duration::ZERO);
}

#[test]
#[should_panic(expected = "leave `.live()` out")]
fn a_live_capture_has_none() {
    let t = Capture::builder().live().start();
    t.clock();
}
