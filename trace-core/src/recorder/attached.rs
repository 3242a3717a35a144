//! Guards of contexts that are current on their thread, with or without a span.

use super::aside::Place;
use super::frames::{Key, Owner};
use super::thread::{Local, local};
use crate::context::{Baggage, Current};
use std::marker::PhantomData;
use std::sync::MutexGuard;

/// Makes `context` current until the guard is dropped.
pub fn attach_current(context: Current) -> Attached {
    Attached::frame(|local| local.push(context, Owner::Anyone))
}

/// Makes the span of `context` current until the guard is dropped; the baggage stays as it is.
pub fn attach_span(context: Current) -> Attached {
    Attached::frame(|local| local.push_span(context, Owner::Anyone))
}

/// Makes a span current that is not a call, until the guard is dropped; the baggage stays as it is.
pub fn attach_own_span(context: Current) -> Attached {
    Attached::frame(|local| local.push_span(context, Owner::Frame))
}

/// Makes the span of `context`, which is not a call, and its baggage current.
pub(crate) fn attach_shared(context: Current) -> Attached {
    Attached::frame(|local| local.push(context, Owner::Frame))
}

/// Makes the span of this serial current if nothing else of the context has to change, as reported
/// by `is_same`. The span is not a call and has no baggage.
// HOT: contexts are not moved.
#[inline]
pub(crate) fn attach_serial(
    serial: u64,
    is_same: impl FnOnce(&Current) -> bool,
) -> Option<Attached> {
    // SAFETY: the calling thread's own state.
    let is_same = unsafe { is_same(&(*local()).current) && !(*local()).has_baggage_frames() };
    is_same.then(|| Attached::frame(|local| local.push_serial(serial)))
}

/// Makes this baggage current until the guard is dropped; the span stays as it is.
pub(crate) fn attach_baggage(baggage: Baggage) -> Attached {
    Attached::new(true, |local| local.push_baggage(baggage))
}

/// Returns whether the context of this thread is at most a span: neither baggage nor a capture is
/// current.
pub fn is_span_alone() -> bool {
    // SAFETY: the calling thread's own state; no user code runs here.
    let local = unsafe { &*local() };
    local.current.capture == 0
        && local.current.baggage.is_empty()
        && !local.metering.has_attached_baggage
}

/// A guard that, when dropped, ends what it has made current. Guards may be dropped in any order.
/// Not `Send`.
#[must_use = "the context is current until the guard is dropped"]
pub struct Attached {
    key: Key,
    /// Whether this is baggage alone.
    is_baggage: bool,
    _thread: PhantomData<MutexGuard<'static, ()>>,
}

impl Attached {
    /// Returns a guard that makes nothing current.
    pub fn nothing() -> Self {
        Self::frame(|_| 0)
    }

    #[inline]
    fn frame(push: impl FnOnce(&mut Local) -> Key) -> Self {
        Self::new(false, push)
    }

    #[inline]
    fn new(is_baggage: bool, push: impl FnOnce(&mut Local) -> Key) -> Self {
        // SAFETY: the calling thread's own state; no user code runs here.
        let local = unsafe { &mut *local() };
        let key = if local.has_most_frames() { 0 } else { push(local) };
        Self { key, is_baggage, _thread: PhantomData }
    }
}

impl Drop for Attached {
    #[inline]
    fn drop(&mut self) {
        let local = local();
        // SAFETY: the calling thread's own state, whose borrow ends before anything is dropped.
        unsafe {
            if self.is_baggage {
                (*local).leave_baggage_frame(self.key);
            } else {
                drop((*local).leave_frame(self.key));
            }
        }
    }
}

/// A context that is current during one poll of a future. Guards created during the poll that
/// outlive it no longer keep anything current.
#[must_use = "the context is current until this is dropped"]
pub(crate) struct Polled {
    attached: Attached,
}

impl Polled {
    /// Makes `context` current for the rest of a poll.
    pub(crate) fn attach(context: Current) -> Self {
        Self { attached: attach_current(context) }
    }
}

impl Drop for Polled {
    fn drop(&mut self) {
        if self.attached.key != 0 {
            // SAFETY: the calling thread's own state, whose borrow ends before anything is dropped.
            unsafe { drop((*local()).end_above(Place::Frame(self.attached.key))) }
        }
    }
}
