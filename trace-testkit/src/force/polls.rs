//! Futures that are dropped before they are done, and futures that take their time.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// Drops `future` at its `n`-th poll, if it is not ready by then: what a timeout, a `select!` or a
/// client that goes away does to it. With 0 it is dropped without having been polled.
///
/// Awaited, it says what happened. Between the polls it waits for its wakers, as it would alone.
///
/// ```
/// use trace_runtime::{Outcome, trace};
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

/// A future that drops another; made by [`drop_at_poll`].
#[must_use = "futures do nothing unless they are awaited"]
#[derive(Debug)]
pub struct DropAtPoll<F> {
    future: Option<Pin<Box<F>>>,
    n: usize,
    polls: usize,
}

/// What became of a future that was to be dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dropped<T> {
    /// It was dropped after so many polls, in each of which it was pending.
    Dropped {
        /// How often it was polled.
        polls: usize,
    },
    /// It was ready before.
    Ready {
        /// How often it was polled.
        polls: usize,
        /// What it returned.
        output: T,
    },
}

impl<T> Dropped<T> {
    /// Whether it was dropped, and not ready before.
    #[must_use]
    pub fn is_dropped(&self) -> bool {
        matches!(self, Self::Dropped { .. })
    }

    /// How often it was polled.
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

/// A future that is pending `n` times, and then ready. It wakes its task at once each time.
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

/// A future that takes its time; made by [`pending_times`].
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
