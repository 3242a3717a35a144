//! Overloads the recorder.

use crate::runtime;
use std::marker::PhantomData;
use std::sync::MutexGuard;
use trace_runtime::Span;

/// Makes the calling thread's ring appear full until the guard is dropped, as if it recorded faster
/// than the collector reads: spans, events and attributes are dropped and counted, and only the ends
/// of open spans are recorded. Other threads, and so other tests, are not affected.
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
/// If this thread records nothing: there is neither a capture nor a pipeline, or an attribute value
/// is being formatted.
///
/// ```should_panic
/// let _full = trace_testkit::force::fill_ring();
/// ```
#[track_caller]
#[must_use = "the ring is full until the guard is dropped"]
pub fn fill_ring() -> FullRingGuard {
    assert!(
        runtime::hold_ring(true),
        "this thread has no ring to fill: begin a capture or install a pipeline first, and do not \
         fill it from within a value that is being formatted"
    );
    FullRingGuard { _stays: PhantomData }
}

/// A guard that makes the ring appear full until it is dropped; returned by [`fill_ring`].
#[derive(Debug)]
pub struct FullRingGuard {
    /// Not `Send`: the ring belongs to this thread.
    _stays: PhantomData<MutexGuard<'static, ()>>,
}

impl Drop for FullRingGuard {
    fn drop(&mut self) {
        runtime::hold_ring(false);
    }
}

/// Records `spans` spans named `flood` in a row, as children of the current span, to test behaviour
/// under load. What the ring and the queues cannot hold is dropped and counted.
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
