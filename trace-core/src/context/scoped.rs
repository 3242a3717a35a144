//! A future whose body says in its first statement what baggage it has in scope: there the arguments
//! are, which stay where they were, and are dropped in the order in which they would have been.

use super::{Baggage, Current};
use crate::recorder::attached::Polled;
use crate::recorder::task;
use pin_project_lite::pin_project;
use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

pin_project! {
    /// A future with the baggage in scope that it has asked for by [`enter`].
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

/// What the future has asked for that is polled for the first time.
struct Asked {
    baggage: Baggage,
    _current: Polled,
}

thread_local! {
    static ASKED: RefCell<Option<Asked>> = const { RefCell::new(None) };
}

impl<F> Scoped<F> {
    pub(crate) fn new(inner: F) -> Self {
        Self { inner: Some(inner), baggage: None, has_begun: false }
    }
}

/// Has this baggage in scope in the [`Scoped`] future that is polled.
pub(crate) fn enter(baggage: Baggage) {
    // A thread that ends keeps nothing.
    let _ = ASKED.try_with(|asked| {
        let current = attach(&baggage);
        *asked.borrow_mut() = Some(Asked { baggage, _current: current });
    });
}

fn attach(baggage: &Baggage) -> Polled {
    Polled::attach(Current { baggage: baggage.clone(), ..task::current() })
}

fn swap(asked: Option<Asked>) -> Option<Asked> {
    ASKED.try_with(|place| place.replace(asked)).ok().flatten()
}

/// The first poll of a future, within that of another one perhaps.
struct FirstPoll<'a> {
    baggage: &'a mut Option<Baggage>,
    outer: Option<Asked>,
}

impl Drop for FirstPoll<'_> {
    fn drop(&mut self) {
        // What was current before the poll is so again when this is dropped.
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
