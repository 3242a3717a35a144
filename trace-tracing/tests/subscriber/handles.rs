//! Tests what the subscriber does in place of a registry: ids, handles, the current span.

use crate::{capture, one};
use std::thread;
use trace_runtime::trace;
use trace_testkit::capture as bare_capture;
use trace_testkit::prelude::tree;
use tracing::{Dispatch, Span, debug_span, dispatcher, info, info_span};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::prelude::*;

#[trace]
fn step() {}

#[test]
fn filters_of_the_whole_subscriber() {
    let t = bare_capture();
    let subscriber = trace_tracing::subscriber().with(EnvFilter::new("off,subscriber=info"));
    tracing::subscriber::with_default(subscriber, || {
        info_span!("outer").in_scope(|| {
            debug_span!("hidden").in_scope(|| {
                info_span!("inner").in_scope(step);
                tracing::debug!("hidden");
                info!("shown");
            });
        });
    });
    let subscriber = trace_tracing::subscriber().with(LevelFilter::INFO);
    tracing::subscriber::with_default(subscriber, || debug_span!("hidden too").in_scope(step));
    t.assert_tree(tree! { "outer" => { "inner" => { "step" } }, "step" });
    assert_eq!(one(&t, "outer").events.len(), 1);
}

#[test]
fn a_filter_that_depends_on_the_span_around() {
    let t = bare_capture();
    let filter = EnvFilter::new("off,subscriber[request{id=7}]=debug");
    tracing::subscriber::with_default(trace_tracing::subscriber().with(filter), || {
        for id in [6, 7] {
            info_span!("request", id).in_scope(|| debug_span!("within").in_scope(step));
        }
    });
    t.assert_tree(tree! {
        "request" ["id" = 6, ..] => { "step" },
        "request" ["id" = 7, ..] => { "within" => { "step" } },
    });
}

#[test]
fn the_current_span_can_be_asked_for() {
    let t = capture();
    assert!(Span::current().is_none());
    let kept = info_span!("outer").in_scope(|| {
        let current = Span::current();
        assert_eq!(current.metadata().map(|metadata| metadata.name()), Some("outer"));
        info_span!("inner", n = tracing::field::Empty).in_scope(|| {
            Span::current().record("n", 1);
            assert_eq!(Span::current().metadata().map(|metadata| metadata.name()), Some("inner"));
        });
        assert_eq!(Span::current(), current);
        current
    });
    assert!(Span::current().is_none());
    // Kept by a handle, it can be entered again.
    kept.in_scope(step);
    drop(kept);
    t.assert_tree(tree! { "outer" => { "inner" ["n" = 1, ..], "step" } });
}

#[test]
fn subscribers_do_not_know_each_others_spans() {
    let t = bare_capture();
    let [one, other] = [(); 2].map(|()| Dispatch::new(trace_tracing::subscriber()));
    dispatcher::with_default(&one, || {
        let _outer = info_span!("outer").entered();
        dispatcher::with_default(&other, || {
            assert!(Span::current().is_none());
            let _inner = info_span!("inner").entered();
            assert_eq!(Span::current().metadata().map(|metadata| metadata.name()), Some("inner"));
        });
        assert_eq!(Span::current().metadata().map(|metadata| metadata.name()), Some("outer"));
    });
    t.assert_tree(tree! { "outer" => { "inner" } });
}

/// Handles are cloned and dropped on all threads; each span ends once, when its last one is gone.
#[test]
fn handles_on_all_threads() {
    const THREADS: usize = 4;
    const SPANS: usize = 500;
    let t = capture();
    let root = info_span!("root");
    let children: Vec<Span> =
        (0..SPANS).map(|number| info_span!(parent: &root, "child", number)).collect();
    thread::scope(|scope| {
        for _ in 0..THREADS {
            let children = children.clone();
            scope.spawn(move || {
                for child in children {
                    let again = child.clone();
                    drop(child);
                    again.in_scope(|| {});
                }
            });
        }
    });
    assert_eq!(t.spans().iter().filter(|span| span.name == "child").count(), 0);
    drop(children);
    drop(root);
    let mut numbers: Vec<i128> = t
        .spans()
        .iter()
        .filter(|span| span.name == "child")
        .filter_map(|span| span.attribute("number")?.as_int())
        .collect();
    numbers.sort_unstable();
    assert!(numbers.iter().copied().eq(0..SPANS as i128), "{numbers:?}");
}

/// Far more spans than a chunk has places, open at once; their places are used again.
#[test]
fn many_open_spans() {
    let t = capture();
    for round in 0..3 {
        let root = info_span!("root", round);
        let children: Vec<Span> = (0..1000).map(|_| info_span!(parent: &root, "child")).collect();
        thread::spawn(move || drop(children)).join().unwrap();
    }
    let spans = t.spans();
    assert_eq!(spans.iter().filter(|span| span.name == "child").count(), 3000);
    let roots: Vec<_> = spans.iter().filter(|span| span.name == "root").collect();
    for root in roots {
        let children = spans.iter().filter(|span| span.parent_span_id == root.span_id);
        assert_eq!(children.count(), 1000);
    }
}

/// An id that is kept without a handle finds nothing, even when its place is used again.
#[test]
fn the_id_of_a_span_that_is_gone() {
    let t = bare_capture();
    let dispatch = Dispatch::new(trace_tracing::subscriber());
    dispatcher::with_default(&dispatch, || {
        let gone = info_span!("gone").id().unwrap();
        let next = info_span!("next");
        assert_ne!(next.id(), Some(gone.clone()));
        dispatch.enter(&gone);
        step();
        dispatch.exit(&gone);
        assert!(!dispatch.try_close(gone));
    });
    t.assert_tree(tree! { "gone", "next", "step" });
}
