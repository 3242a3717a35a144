//! Futures whose body sets its baggage in its first statement. The arguments are available there;
//! they stay where they were, and are dropped in their usual order.

use crate::context::{Baggage, Current};
use crate::recorder::attached::Polled;
use crate::recorder::task;
use pin_project_lite::pin_project;
use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

pin_project! {
    /// A future with the baggage that its body has set by [`enter`].
    #[must_use = "futures do nothing unless polled"]
    pub struct Scoped<F> {
        // An `Option` so that it can be dropped while the baggage is current.
        #[pin]
        inner: Option<F>,
        baggage: Option<Baggage>,
        has_begun: bool,
    }

    impl<F> PinnedDrop for Scoped<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let _current = this.baggage.as_ref().map(attach);
            this.inner.set(None);
        }
    }
}

/// The request of the future that is polled for the first time.
struct Requested {
    baggage: Baggage,
    _current: Polled,
}

thread_local! {
    static REQUESTED: RefCell<Option<Requested>> = const { RefCell::new(None) };
}

impl<F> Scoped<F> {
    pub(crate) fn new(inner: F) -> Self {
        Self { inner: Some(inner), baggage: None, has_begun: false }
    }
}

/// Makes this baggage current in the [`Scoped`] future that is being polled.
pub(crate) fn enter(baggage: Baggage) {
    // A thread that ends keeps nothing.
    let _ = REQUESTED.try_with(|asked| {
        let current = attach(&baggage);
        *asked.borrow_mut() = Some(Requested { baggage, _current: current });
    });
}

fn attach(baggage: &Baggage) -> Polled {
    Polled::attach(Current { baggage: baggage.clone(), ..task::current() })
}

fn swap(asked: Option<Requested>) -> Option<Requested> {
    REQUESTED.try_with(|place| place.replace(asked)).ok().flatten()
}

/// The first poll of a future, possibly within that of another one.
struct FirstPoll<'a> {
    baggage: &'a mut Option<Baggage>,
    outer: Option<Requested>,
}

impl Drop for FirstPoll<'_> {
    fn drop(&mut self) {
        // Dropping this restores what was current before the poll.
        *self.baggage = swap(self.outer.take()).map(|asked| asked.baggage);
    }
}

impl<F: Future> Future for Scoped<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let inner = this.inner.as_pin_mut().expect("the inner future lives until the drop");
        if std::mem::replace(this.has_begun, true) {
            let _current = this.baggage.as_ref().map(attach);
            return inner.poll(cx);
        }
        let _first = FirstPoll { baggage: this.baggage, outer: swap(None) };
        inner.poll(cx)
    }
}
