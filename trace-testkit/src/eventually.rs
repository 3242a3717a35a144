//! Waits for assertions to hold on telemetry that is still being recorded.
//!
//! Assertions run again when something new was observed, not after some time: nothing polls or
//! sleeps.

use crate::recorded::Recorded;
use crate::report::{self, Report};
use pin_project_lite::pin_project;
use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

impl Recorded {
    /// Waits until the assertions in `check` hold, and returns what it returns.
    ///
    /// Use assertions that panic in `check`: a `try_` twin returns, and so ends the waiting.
    ///
    /// It works on any async runtime, and measures real time even where tokio's clock is paused.
    /// Assertions that fail in the meantime are not printed.
    ///
    /// ```
    /// use std::time::Duration;
    /// use trace_runtime::{Instrument, trace};
    ///
    /// #[trace]
    /// async fn webhook() {}
    ///
    /// #[trace_testkit::test]
    /// async fn the_webhook_is_called(t: trace_testkit::Capture) {
    ///     tokio::spawn(webhook().in_current_span());
    ///     t.eventually(Duration::from_secs(2), |t| t.span("webhook").one()).await;
    /// }
    /// # fn main() {}
    /// ```
    ///
    /// # Panics
    /// When they still do not hold after `timeout`, with the last report.
    #[track_caller]
    pub fn eventually<R, F: FnMut(&Self) -> R>(
        &self,
        timeout: Duration,
        check: F,
    ) -> Eventually<F> {
        Eventually { inner: self.try_eventually(timeout, check) }
    }

    /// Like [`eventually`](Self::eventually), but returns the report.
    #[track_caller]
    pub fn try_eventually<R, F: FnMut(&Self) -> R>(
        &self,
        timeout: Duration,
        check: F,
    ) -> TryEventually<F> {
        let waiting = Waiting::new(timeout);
        TryEventually { recorded: self.clone(), check, waiting, watch: None }
    }

    /// Like [`eventually`](Self::eventually), but blocks this thread: for tests that are not async.
    ///
    /// ```
    /// use std::time::Duration;
    /// use trace_runtime::in_span;
    ///
    /// let t = trace_testkit::capture();
    /// let handle = t.handle();
    /// std::thread::spawn(move || handle.in_capture(|| in_span("webhook", |_| ())));
    /// t.eventually_blocking(Duration::from_secs(2), |t| t.span("webhook").one());
    /// ```
    ///
    /// # Panics
    /// When they still do not hold after `timeout`, with the last report.
    #[track_caller]
    pub fn eventually_blocking<R>(&self, timeout: Duration, check: impl FnMut(&Self) -> R) -> R {
        report::hold(self.try_eventually_blocking(timeout, check))
    }

    /// Like [`eventually_blocking`](Self::eventually_blocking), but returns the report.
    ///
    /// # Errors
    /// When they still do not hold after `timeout`, with the last report.
    #[track_caller]
    pub fn try_eventually_blocking<R>(
        &self,
        timeout: Duration,
        mut check: impl FnMut(&Self) -> R,
    ) -> Result<R, Report> {
        let mut waiting = Waiting::new(timeout);
        loop {
            if let Some(result) = waiting.look(self, &mut check) {
                return result;
            }
            waiting.wait(self);
        }
    }
}

/// A wait with a deadline.
pub(crate) struct Waiting {
    timeout: Duration,
    /// Set at the first check.
    deadline: Option<Instant>,
    seen: u64,
    caller: &'static Location<'static>,
}

impl Waiting {
    #[track_caller]
    pub(crate) fn new(timeout: Duration) -> Self {
        Self { timeout, deadline: None, seen: 0, caller: Location::caller() }
    }

    fn deadline(&mut self) -> Instant {
        let now = Instant::now();
        // A timeout like `Duration::MAX` stands for no timeout.
        let far = Duration::from_secs(365 * 24 * 3_600);
        *self.deadline.get_or_insert_with(|| now + self.timeout.min(far))
    }

    /// Whether the deadline has passed, so that the next check is the last.
    pub(crate) fn is_over(&mut self) -> bool {
        Instant::now() >= self.deadline()
    }

    /// Blocks until there is something new to check, or the deadline has passed.
    pub(crate) fn wait(&mut self, recorded: &Recorded) {
        self.seen = recorded.wait_for_news(self.seen, self.deadline());
    }

    /// Checks once; `None`: there is time to check again.
    fn look<R>(
        &mut self,
        recorded: &Recorded,
        check: &mut impl FnMut(&Recorded) -> R,
    ) -> Option<Result<R, Report>> {
        let is_last = self.is_over();
        match report::attempt(|| check(recorded)) {
            Err(_) if !is_last => None,
            Err(report) => {
                let Self { timeout, caller, .. } = self;
                Some(Err(report.with_note(format!("{caller} has waited {timeout:?} for it"))))
            }
            Ok(value) => Some(Ok(value)),
        }
    }
}

pin_project! {
    /// A future that waits for assertions to hold; returned by [`Recorded::try_eventually`].
    #[must_use = "futures do nothing unless polled"]
    pub struct TryEventually<F> {
        recorded: Recorded,
        check: F,
        waiting: Waiting,
        watch: Option<Arc<Watch>>,
    }
}

impl<R, F: FnMut(&Recorded) -> R> Future for TryEventually<F> {
    type Output = Result<R, Report>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        loop {
            if let Some(watch) = this.watch {
                match watch.news(cx.waker()) {
                    Some(seen) => this.waiting.seen = seen,
                    None => return Poll::Pending,
                }
            }
            if let Some(result) = this.waiting.look(this.recorded, this.check) {
                return Poll::Ready(result);
            }
            let deadline = this.waiting.deadline();
            *this.watch = Some(Watch::start(this.recorded, this.waiting.seen, deadline));
        }
    }
}

impl<F> fmt::Debug for TryEventually<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TryEventually")
            .field("timeout", &self.waiting.timeout)
            .finish_non_exhaustive()
    }
}

pin_project! {
    /// A future that waits for assertions to hold; returned by [`Recorded::eventually`].
    #[must_use = "futures do nothing unless polled"]
    #[derive(Debug)]
    pub struct Eventually<F> {
        #[pin]
        inner: TryEventually<F>,
    }
}

impl<R, F: FnMut(&Recorded) -> R> Future for Eventually<F> {
    type Output = R;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<R> {
        self.project().inner.poll(cx).map(report::hold)
    }
}

/// A thread that waits on behalf of a task, because sources wake threads.
struct Watch(Mutex<Watched>);

struct Watched {
    news: Option<u64>,
    waker: Option<Waker>,
}

impl Watch {
    fn start(recorded: &Recorded, seen: u64, deadline: Instant) -> Arc<Self> {
        let watch = Arc::new(Self(Mutex::new(Watched { news: None, waker: None })));
        let (recorded, mine) = (recorded.clone(), watch.clone());
        let wait = move || {
            let news = recorded.wait_for_news(seen, deadline);
            let waker = {
                let mut watched = mine.lock();
                watched.news = Some(news);
                watched.waker.take()
            };
            if let Some(waker) = waker {
                waker.wake();
            }
        };
        if let Err(error) = thread::Builder::new().name("trace-testkit".to_owned()).spawn(wait) {
            panic!("no thread can be started to wait for telemetry: {error}");
        }
        watch
    }

    /// Returns what has arrived; if nothing has, registers `waker` for it.
    fn news(&self, waker: &Waker) -> Option<u64> {
        let mut watched = self.lock();
        if watched.news.is_none() {
            watched.waker = Some(waker.clone());
        }
        watched.news
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Watched> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
