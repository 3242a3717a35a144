//! Uses telemetry in destructors of thread-locals while their thread ends, in separate
//! processes, in which every span is attached for OpenTelemetry too. Nothing panics, not even a panic
//! that is caught: panic hooks would see it.
#![cfg(feature = "enabled")]

use crate::support::is_alone;
use opentelemetry::global;
use opentelemetry::trace::{Tracer as _, get_active_span, mark_span_as_active};
use std::any::Any;
use std::cell::RefCell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use trace_runtime::{
    Baggage, Instrument as _, Span, Telemetry, in_current_span, in_span, propagation::Context,
    span, trace,
};
use trace_testkit::force::FaultyExporter;

static PANICS: AtomicUsize = AtomicUsize::new(0);

/// Runs `threads` with a pipeline that attaches all spans; all that began has ended then.
fn in_pipeline(threads: impl FnOnce()) {
    std::panic::set_hook(Box::new(|panic| {
        PANICS.fetch_add(1, Ordering::Relaxed);
        eprintln!("{panic}");
    }));
    let exporter = FaultyExporter::new();
    let telemetry = Telemetry::builder()
        .without_env()
        .with_service_name("test")
        .with_exporter(exporter)
        .with_attached_contexts()
        .install()
        .unwrap();
    threads();
    let report = telemetry.shutdown(Duration::from_secs(20));
    assert!(report.is_balanced(), "{report}");
    assert_eq!(PANICS.load(Ordering::Relaxed), 0);
}

/// The parts that are dropped, or run, when their thread ends.
#[derive(Default)]
struct AtExit(RefCell<Vec<Box<dyn Any>>>);

struct Run(fn());

impl Drop for Run {
    fn drop(&mut self) {
        (self.0)();
    }
}

thread_local! {
    // Destroyed in the reverse order of their first use.
    static FIRST: AtExit = AtExit::default();
    static SECOND: AtExit = AtExit::default();
}

impl AtExit {
    fn keep(&self, thing: impl Any) {
        self.0.borrow_mut().push(Box::new(thing));
    }
}

/// Runs a thread that uses telemetry between the first use of two thread-locals.
fn thread(body: fn(), at_exit: fn()) {
    let thread = move || {
        FIRST.with(|first| first.keep(Run(at_exit)));
        body();
        SECOND.with(|second| second.keep(Run(at_exit)));
    };
    std::thread::spawn(thread).join().unwrap();
}

#[trace]
fn leaf() {
    Span::current().set_attribute("seen", true);
}

#[trace(attach)]
async fn task() {
    leaf();
}

/// All that can be done.
fn use_everything() {
    let _ = (Baggage::current(), Context::current(), Span::current());
    leaf();
    in_span("span", |span| {
        let guards = (span.attach(), span!("block"), Baggage::current().attach());
        leaf();
        in_current_span(leaf)();
        drop(guards);
    });
    futures_util::FutureExt::now_or_never(task().in_current_span());
    let mut detached = Span::builder("detached").start();
    detached.in_scope(|_| leaf());
    let _guards = (Context::current().attach(), detached.context().attach(), span!("kept"));
    let _ = (Baggage::current(), Context::current());
}

/// Nothing is left of what the thread had current, whatever guards are still there.
fn nothing_is_current() {
    assert_eq!(Context::current(), Context::default());
}

#[test]
fn everything_can_be_done_while_a_thread_ends() {
    if !is_alone("everything_can_be_done_while_a_thread_ends") {
        return;
    }
    in_pipeline(|| {
        // Never used before, by us, by OpenTelemetry alone, by guards without a span.
        thread(|| (), use_everything);
        thread(use_everything, use_everything);
        thread(leaf, use_everything);
        thread(|| drop(Baggage::current()), use_everything);
        thread(|| drop(Context::default().attach()), use_everything);
        let theirs = || drop(mark_span_as_active(global::tracer("library").start("theirs")));
        thread(theirs, use_everything);
    });
}

#[test]
fn guards_are_kept_until_a_thread_ends() {
    if !is_alone("guards_are_kept_until_a_thread_ends") {
        return;
    }
    fn keep(keeper: &AtExit) {
        // Dropped in this order.
        keeper.keep(span!("first"));
        keeper.keep(Baggage::new().with_entry("tenant", "acme").attach());
        keeper.keep(span!("second"));
        keeper.keep(Span::builder("detached").start().context().attach());
        keeper.keep(Run(leaf));
        keeper.keep(Context::default().attach());
        keeper.keep(Run(use_everything));
    }
    in_pipeline(|| {
        std::thread::spawn(|| FIRST.with(keep)).join().unwrap();
        std::thread::spawn(|| SECOND.with(keep)).join().unwrap();
        let both = || {
            FIRST.with(|first| first.keep(Run(nothing_is_current)));
            FIRST.with(|_| ());
            leaf();
            SECOND.with(keep);
        };
        std::thread::spawn(both).join().unwrap();
        let before = || {
            FIRST.with(|_| ());
            leaf();
            FIRST.with(keep);
            FIRST.with(|first| first.keep(Run(nothing_is_current)));
        };
        std::thread::spawn(before).join().unwrap();
    });
}

#[test]
fn a_function_that_is_attached_may_be_called_while_the_context_is_looked_at() {
    if !is_alone("a_function_that_is_attached_may_be_called_while_the_context_is_looked_at") {
        return;
    }
    in_pipeline(|| {
        let theirs = mark_span_as_active(global::tracer("library").start("theirs"));
        // Of another thread, which has not looked before.
        let elsewhere = || get_active_span(|_| use_everything());
        std::thread::spawn(elsewhere).join().unwrap();
        get_active_span(|_| use_everything());
        get_active_span(|_| get_active_span(|_| use_everything()));
        opentelemetry::Context::map_current(|_| use_everything());
        // A guard may also end there, and is detached later.
        let ended_there = span!("ended there");
        get_active_span(|_| drop(ended_there));
        leaf();
        let id = |id: trace_runtime::propagation::SpanId| id.to_bytes();
        let attached = get_active_span(|span| span.span_context().span_id().to_bytes());
        assert_eq!(attached, id(Span::current().context().span_id()));
        in_span("attached again", |span| {
            let attached = get_active_span(|span| span.span_context().span_id().to_bytes());
            assert_eq!(attached, id(span.context().span_id()));
        });
        drop(theirs);
        nothing_is_current();
    });
}
