//! Drops futures before they are done, and delays them.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// Drops `future` at its `n`-th poll, if it is not ready by then: as a timeout, a `select!` or a
/// disconnecting client would. With 0 it is dropped without having been polled.
///
/// Awaiting it returns what happened. Between polls it waits for the future's wakers.
///
/// ```
/// use trace_runtime::{trace, span::Outcome};
/// use trace_testkit::force::{drop_at_poll, pending_times};
///
/// #[trace]
/// async fn charge() {
///     pending_times(2).await;
/// }
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// let t = trace_testkit::capture();
/// assert!(drop_at_poll(2, charge()).await.is_dropped());
/// t.span("charge").one().outcome(Outcome::Cancelled);
/// # });
/// ```
pub fn drop_at_poll<F: Future>(n: usize, future: F) -> DropAtPoll<F> {
    DropAtPoll { future: Some(Box::pin(future)), n, polls: 0 }
}

/// Polls `future` up to `n` times in a row and drops it: [`drop_at_poll`] without a runtime. Only
/// for futures that can be polled without having been woken.
///
/// ```
/// use trace_testkit::force::{Dropped, pending_times, poll_and_drop};
///
/// assert_eq!(poll_and_drop(2, pending_times(5)), Dropped::Dropped { polls: 2 });
/// assert_eq!(poll_and_drop(2, pending_times(1)), Dropped::Ready { polls: 2, output: () });
/// ```
pub fn poll_and_drop<F: Future>(n: usize, future: F) -> Dropped<F::Output> {
    let mut polled = drop_at_poll(n, future);
    loop {
        if let Poll::Ready(dropped) =
            Pin::new(&mut polled).poll(&mut Context::from_waker(Waker::noop()))
        {
            return dropped;
        }
    }
}

/// A future that drops another; returned by [`drop_at_poll`].
#[must_use = "futures do nothing unless they are awaited"]
#[derive(Debug)]
pub struct DropAtPoll<F> {
    future: Option<Pin<Box<F>>>,
    n: usize,
    polls: usize,
}

/// The result of [`drop_at_poll`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dropped<T> {
    /// It was dropped; every poll had returned pending.
    Dropped {
        /// The number of polls.
        polls: usize,
    },
    /// It was ready first.
    Ready {
        /// The number of polls.
        polls: usize,
        /// What it returned.
        output: T,
    },
}

impl<T> Dropped<T> {
    /// Whether it was dropped before it was ready.
    #[must_use]
    pub fn is_dropped(&self) -> bool {
        matches!(self, Self::Dropped { .. })
    }

    /// Returns the number of polls.
    #[must_use]
    pub fn polls(&self) -> usize {
        match *self {
            Self::Dropped { polls } | Self::Ready { polls, .. } => polls,
        }
    }
}

impl<F: Future> Future for DropAtPoll<F> {
    type Output = Dropped<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        if let Some(future) = this.future.as_mut().filter(|_| this.polls < this.n) {
            this.polls += 1;
            let polls = this.polls;
            match future.as_mut().poll(context) {
                Poll::Ready(output) => {
                    this.future = None;
                    return Poll::Ready(Dropped::Ready { polls, output });
                }
                Poll::Pending if polls < this.n => return Poll::Pending,
                Poll::Pending => {}
            }
        }
        this.future = None;
        Poll::Ready(Dropped::Dropped { polls: this.polls })
    }
}

/// Returns a future that is pending `n` times, and then ready. It wakes its task at once each time.
///
/// ```
/// # use trace_testkit::force::pending_times;
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// pending_times(3).await;
/// # });
/// ```
pub fn pending_times(n: usize) -> PendingTimes {
    PendingTimes { left: n }
}

/// A future that is pending a number of times; returned by [`pending_times`].
#[must_use = "futures do nothing unless they are awaited"]
#[derive(Debug)]
pub struct PendingTimes {
    left: usize,
}

impl Future for PendingTimes {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let Some(left) = self.left.checked_sub(1) else { return Poll::Ready(()) };
        self.left = left;
        context.waker().wake_by_ref();
        Poll::Pending
    }
}
