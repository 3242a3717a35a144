//! More than the recorder can hold.

use crate::runtime;
use std::marker::PhantomData;
use std::sync::MutexGuard;
use trace_runtime::Span;

/// Has the calling thread find its ring full until the guard is dropped, as it would if it recorded
/// faster than the collector reads: spans, events and attributes are dropped and counted, and only
/// the ends of spans that have begun find room. Other threads, and so other tests, are not touched.
///
/// ```
/// use trace_runtime::in_span;
/// use trace_testkit::force::fill_ring;
///
/// let t = trace_testkit::capture();
/// in_span("before", |_| {
///     let full = fill_ring();
///     in_span("lost", |_| ());
///     drop(full);
///     in_span("after", |_| ());
/// });
/// t.span("lost").none();
/// t.span("after").one().child_of("before");
/// ```
///
/// # Panics
/// When nothing records on this thread: no capture and no pipeline is there, or it is called while
/// the value of an attribute is being formatted.
///
/// ```should_panic
/// let _full = trace_testkit::force::fill_ring();
/// ```
#[track_caller]
#[must_use = "the ring is full until the guard is dropped"]
pub fn fill_ring() -> FullRing {
    assert!(
        runtime::hold_ring(true),
        "this thread has no ring to fill: begin a capture or install a pipeline first, and do not \
         fill it from within a value that is being formatted"
    );
    FullRing { _stays: PhantomData }
}

/// A ring that is full until this is dropped; made by [`fill_ring`].
#[derive(Debug)]
pub struct FullRing {
    /// It speaks of its own thread.
    _stays: PhantomData<MutexGuard<'static, ()>>,
}

impl Drop for FullRing {
    fn drop(&mut self) {
        runtime::hold_ring(false);
    }
}

/// Records `spans` spans named `flood` in a row, within the current one: for what happens under
/// load. What the ring and the queues cannot hold is dropped, and counted.
///
/// ```
/// use trace_testkit::force::flood;
///
/// let t = trace_testkit::capture();
/// flood(1_000);
/// t.span("flood").count(1_000);
/// ```
pub fn flood(spans: usize) {
    for _ in 0..spans {
        Span::builder("flood").in_scope(|_| ());
    }
}
