//! Tests how captures are handed to other threads and tasks.

use super::{names, one};
use std::sync::mpsc;
use std::thread;
use trace_runtime::{Instrument, Span, SpanContext, in_current_span, in_span, trace};
use trace_testkit::source::Home;
use trace_testkit::{Capture, capture};

#[trace]
fn work() {
    step();
}

#[trace]
fn step() {}

#[trace(parent = parent)]
fn continued(parent: &SpanContext) {}

#[test]
fn a_context_carries_the_capture_with_and_without_a_span() {
    let t = capture();
    let nothing = Span::current().context();
    assert!(!nothing.is_valid());
    let (attached, given) = (nothing.clone(), nothing);
    thread::spawn(move || {
        let _context = attached.attach();
        work();
    })
    .join()
    .unwrap();
    thread::spawn(move || continued(&given)).join().unwrap();
    in_span("outer", |span| {
        let context = span.context();
        thread::scope(|scope| scope.spawn(|| continued(&context)).join().unwrap());
    });
    assert_eq!(names(&t), ["work", "step", "continued", "outer", "continued"]);
    let spans = t.spans();
    // What runs on another thread runs beside the others; what is under it does not.
    let parallel: Vec<_> = spans.iter().map(|span| span.parallel).collect();
    assert_eq!(parallel, [true, false, true, false, true]);
    assert!(spans[4].is_child_of(&spans[3]) && spans[2].is_root());
}

#[test]
fn a_handle_brings_it_anywhere() {
    let t = capture();
    let handle = t.handle();
    thread::spawn(move || handle.in_capture(work)).join().unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            let _capture = t.enter();
            work();
        });
    });
    // Here it is current already.
    in_span("here", |_| t.in_capture(step));
    assert!(one(&t, "here").span_id == t.spans().last().unwrap().parent_span_id);
    assert_eq!(names(&t), ["work", "step", "work", "step", "here", "step"]);
}

#[test]
fn captures_nest_and_restore_the_current_one() {
    let outer = capture();
    let inner = capture();
    work();
    drop(inner);
    in_span("around", |_| {
        let inner = capture();
        work();
        assert_eq!(names(&inner), ["work", "step"]);
        assert!(inner.spans()[0].is_root());
    });
    step();
    assert_eq!(names(&outer), ["around", "step"]);
    drop(outer);
    assert!(Capture::current().is_none());
}

#[test]
fn a_panic_that_is_caught_may_see_it() {
    let t = capture();
    let (handle, recorded) = (t.handle(), trace_testkit::Recorded::clone(&t));
    let caught = std::panic::catch_unwind(|| {
        t.in_capture(work);
        handle.in_capture(step);
        recorded.span("missing").one();
    });
    assert!(caught.is_err());
    assert_eq!(names(&t), ["work", "step", "step"]);
}

#[test]
fn a_capture_that_ends_before_a_later_one_leaves_that_current() {
    let mut t = capture();
    for _ in 0..3 {
        t = capture(); // The new one begins before the old one is dropped.
        work();
        assert_eq!(names(&t), ["work", "step"]);
    }
    let first = capture();
    let second = capture();
    let entered = t.enter();
    drop(first);
    step();
    drop(second);
    step();
    drop(entered);
    step();
    assert_eq!(names(&t), ["work", "step", "step", "step", "step"]);
    drop(t);
    assert!(Capture::current().is_none());
}

#[trace_testkit::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_carry_it(t: Capture) {
    in_span("spawner", |_| tokio::spawn(async { work() }.in_current_span())).await.unwrap();
    tokio::spawn(t.captured(async { work() })).await.unwrap();
    let handle = t.handle();
    tokio::task::spawn_blocking(move || handle.in_capture(step)).await.unwrap();
    let work: Vec<_> = t.spans().into_iter().filter(|span| span.name == "work").collect();
    assert!(work[0].is_child_of(&one(&t, "spawner")) && work[1].is_root());
    assert!(work.iter().all(|span| span.parallel));
    assert_eq!(names(&t), ["spawner", "work", "step", "work", "step", "step"]);
    assert!(t.snapshot().orphans.iter().all(|orphan| orphan.home == Home::Unknown));
}

#[trace_testkit::test]
async fn a_destructor_runs_in_it_too(t: Capture) {
    struct Traced;
    impl Drop for Traced {
        fn drop(&mut self) {
            step();
        }
    }
    let traced = Traced;
    let never = async move {
        let _traced = traced;
        std::future::pending::<()>().await;
    };
    let task = tokio::spawn(never.in_current_span());
    tokio::task::yield_now().await;
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    assert_eq!(names(&t), ["step"]);
}

#[test]
fn open_spans_are_known() {
    let t = capture();
    let upload = Span::builder("upload").start();
    let open = t.snapshot().open;
    assert_eq!((open.len(), open[0].name.as_str()), (1, "upload"));
    assert_eq!(open[0].span_id, upload.context().span_id());
    upload.end();
    assert!(t.snapshot().open.is_empty());
    assert_eq!(names(&t), ["upload"]);
}

#[test]
fn late_spans_are_dropped() {
    let t = capture();
    let late = Span::builder("late").start();
    drop(t);
    late.end();
    let t = capture();
    assert!(t.spans().is_empty());
}

#[test]
fn a_program_that_installs_telemetry_gets_along_with_it() {
    let t = capture();
    let exporter = trace_runtime::export::NullExporter::new();
    let telemetry = trace_runtime::Telemetry::builder().without_env().with_exporter(exporter);
    let telemetry = telemetry.install().unwrap();
    work();
    telemetry.force_flush(std::time::Duration::from_secs(60)).unwrap();
    drop(telemetry);
    work();
    assert_eq!(names(&t), ["work", "step", "work", "step"]);
}

#[test]
fn what_another_thread_adds_before_the_end_is_there_however_rings_are_read() {
    const PAIRS: usize = 4;
    const ROUNDS: usize = 2_000;
    let t = Capture::builder().live().start();
    thread::scope(|scope| {
        for (owner, helper) in (0..PAIRS).map(|_| pair()) {
            scope.spawn(in_current_span!(move || {
                for (round, span) in helper.handles.into_iter().enumerate() {
                    span.set_attribute("round", round);
                    helper.replies.send(()).unwrap();
                }
            }));
            scope.spawn(in_current_span!(move || (0..ROUNDS).for_each(|_| owner.call())));
        }
    });
    let owners = t.span("owner").count(PAIRS * ROUNDS);
    let missing = owners.iter().filter(|span| span.attribute("round").is_none()).count();
    assert_eq!(missing, 0);
    t.strict();
}

/// The ends of a thread that owns spans.
struct Owner {
    handles: mpsc::SyncSender<Span>,
    replies: mpsc::Receiver<()>,
}

impl Owner {
    #[trace("owner")]
    fn call(&self) {
        self.handles.send(Span::current()).unwrap();
        self.replies.recv().unwrap();
    }
}

/// The ends of a thread that adds to them.
struct Helper {
    handles: mpsc::Receiver<Span>,
    replies: mpsc::SyncSender<()>,
}

fn pair() -> (Owner, Helper) {
    let (send_handle, handles) = mpsc::sync_channel(0);
    let (reply, replies) = mpsc::sync_channel(0);
    (Owner { handles: send_handle, replies }, Helper { handles, replies: reply })
}
