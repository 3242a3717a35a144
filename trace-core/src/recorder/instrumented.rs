//! Holds a future or stream with its span. The span is current when the inner future is dropped, too.

use super::inspect::Ignore;
use super::metered_task::{TaskMeter, Unmetered};
use super::task::{TaskSpan, close};
use crate::site::Site;
use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::ptr;

/// A future or stream with its own span.
///
/// The span is current whenever the inner future runs, its destructor included. It ends when
/// the future does; if dropped earlier, it ends as cancelled. The same applies to its
/// measurements.
// Each annotated function has a copy of all generic code here: it only moves data and calls.
#[must_use = "futures and streams do nothing unless polled"]
pub struct Instrumented<F, P = Ignore, M = Unmetered> {
    // Dropped together, in `Drop`.
    span: ManuallyDrop<TaskSpan>,
    inner: ManuallyDrop<F>,
    inspect: P,
    meter: M,
}

/// The parts of a future that is polled.
pub(crate) struct Parts<'a, F, P, M> {
    pub(crate) span: &'a mut TaskSpan,
    pub(crate) inner: Pin<&'a mut F>,
    pub(crate) inspect: &'a P,
    pub(crate) meter: &'a mut M,
}

/// As the inner future alone decides.
impl<F: Unpin, P, M> Unpin for Instrumented<F, P, M> {}

impl<F, P> Instrumented<F, P> {
    #[inline(always)]
    pub(crate) fn new(span: TaskSpan, inner: F, inspect: P) -> Self {
        let (span, inner) = (ManuallyDrop::new(span), ManuallyDrop::new(inner));
        Self { span, inner, inspect, meter: Unmetered }
    }

    #[inline(always)]
    pub(crate) fn waiting(site: &'static Site, inner: F, inspect: P) -> Self {
        Self::new(TaskSpan::waiting(site), inner, inspect)
    }

    /// Instruments and measures a future or stream.
    #[inline(always)]
    pub(crate) fn measured(self, meter: TaskMeter) -> Instrumented<F, P, TaskMeter> {
        let this = ManuallyDrop::new(self);
        // SAFETY: each field is moved once, and what is left is not dropped.
        unsafe {
            Instrumented {
                span: ptr::read(&this.span),
                inner: ptr::read(&this.inner),
                inspect: ptr::read(&this.inspect),
                meter,
            }
        }
    }
}

impl<F, P, M> Instrumented<F, P, M> {
    /// Returns the inner future.
    #[inline(always)]
    pub(crate) fn inner(&self) -> &F {
        &self.inner
    }

    /// Returns the parts, of which the inner future is pinned.
    #[inline(always)]
    pub(crate) fn parts(self: Pin<&mut Self>) -> Parts<'_, F, P, M> {
        // SAFETY: the inner future is pinned whenever this is: nothing moves it out of a pinned one,
        // it is dropped in place, and this is `Unpin` only if it is. Nothing else here is pinned.
        unsafe {
            let this = self.get_unchecked_mut();
            Parts {
                span: &mut this.span,
                inner: Pin::new_unchecked(&mut *this.inner),
                inspect: &this.inspect,
                meter: &mut this.meter,
            }
        }
    }
}

impl<F, P, M> Drop for Instrumented<F, P, M> {
    #[inline]
    fn drop(&mut self) {
        /// Closes the span, also if the inner destructor panics.
        struct Closing<'a>(&'a mut ManuallyDrop<TaskSpan>, (u64, u64));

        impl Drop for Closing<'_> {
            #[inline(always)]
            fn drop(&mut self) {
                let (finish, restore) = self.1;
                close(self.0, finish, restore);
            }
        }

        let entered = if self.span.is_open() { self.span.begin() } else { (0, 0) };
        let _closing = Closing(&mut self.span, entered);
        // SAFETY: it is dropped here only, and this is dropped once.
        unsafe { ManuallyDrop::drop(&mut self.inner) };
    }
}
