//! The operations that every candidate offers, and the bodies that they wrap. All
//! candidates wrap equal bodies, so that what is left after subtracting the plain call is the instrumentation.

use std::fmt;
use std::future::Future;
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use trace_runtime::Label;

/// What an operation makes. The candidates for the one are not those for the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Signal {
    /// Spans alone.
    Spans,
    /// Metrics, with or without a span.
    Metrics,
    /// Log records.
    Logs,
}

/// One thing that an instrumented program does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Operation {
    /// A call while no telemetry is installed.
    Off,
    /// A child of a span that is not sampled.
    Unsampled,
    /// A recorded child without attributes.
    Child,
    /// A recorded child with three attributes: two `u64` and a `&str`.
    ChildAttributes,
    /// A recorded child like a server's span: twelve attributes, eight of them strings, and an event.
    /// Of steady loads only.
    ChildRich,
    /// A trace of [`SPANS_OF_TRACE`] spans with three attributes each; one in a thousand fails. Of steady
    /// loads only.
    Trace,
    /// A recorded span that starts a trace.
    Root,
    /// A recorded `async fn` that is ready at its first poll.
    AsyncReady,
    /// A recorded `async fn` that is pending twice before it is ready.
    AsyncPending,
    /// A recorded function that returns an error, which the span carries.
    Error,
    /// A call that is counted and timed.
    Metered,
    /// The same, with two labels: a `bool` and an enum.
    MeteredLabels,
    /// A call that adds to a counter, and is not timed.
    Counted,
    /// A recorded child that is counted and timed, and adds to a counter.
    ChildMeteredCounted,
    /// A line of `tracing` in a recorded span, with two fields.
    LogTracing,
    /// A line of `log` in a recorded span, with two values in its message.
    LogLog,
}

impl Operation {
    /// The operations of spans, in the order of their table.
    pub const SPANS: [Self; 8] = [
        Self::Off,
        Self::Unsampled,
        Self::Child,
        Self::ChildAttributes,
        Self::Root,
        Self::AsyncReady,
        Self::AsyncPending,
        Self::Error,
    ];

    /// The operations of metrics, in the order of their table.
    pub const METRICS: [Self; 4] =
        [Self::Metered, Self::MeteredLabels, Self::Counted, Self::ChildMeteredCounted];

    /// The operations of logs, in the order of their table.
    pub const LOGS: [Self; 2] = [Self::LogTracing, Self::LogLog];

    /// The operation in words.
    pub fn title(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Unsampled => "unsampled child",
            Self::Child => "child, no attributes",
            Self::ChildAttributes => "child, 3 attributes",
            Self::ChildRich => "child, 12 attributes, an event",
            Self::Trace => "traces of 10 spans, 3 attributes",
            Self::Root => "root",
            Self::AsyncReady => "async, ready at once",
            Self::AsyncPending => "async, pending twice",
            Self::Error => "error returned",
            Self::Metered => "calls and durations",
            Self::MeteredLabels => "calls and durations, 2 labels",
            Self::Counted => "a counter",
            Self::ChildMeteredCounted => "child, calls, durations, a counter",
            Self::LogTracing => "a line of tracing in a span, 2 fields",
            Self::LogLog => "a line of log in a span, 2 values",
        }
    }

    /// What the operation makes.
    pub fn signal(self) -> Signal {
        if Self::METRICS.contains(&self) {
            Signal::Metrics
        } else if Self::LOGS.contains(&self) {
            Signal::Logs
        } else {
            Signal::Spans
        }
    }

    /// Whether it reads a clock twice; comparing others with the floor means nothing.
    pub fn takes_time(self) -> bool {
        !matches!(
            self,
            Self::Off | Self::Unsampled | Self::Counted | Self::LogTracing | Self::LogLog
        )
    }

    /// The plain function that this operation wraps.
    pub fn shape(self) -> Shape {
        match self {
            Self::AsyncReady => Shape::AsyncReady,
            Self::AsyncPending => Shape::AsyncPending,
            Self::Error => Shape::Error,
            _ => Shape::Call,
        }
    }
}

/// The number of spans of [`Operation::Trace`].
pub const SPANS_OF_TRACE: u32 = 10;

/// The kinds of plain function; each has its own cost to subtract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shape {
    /// A synchronous call.
    Call,
    /// An `async fn`, polled once.
    AsyncReady,
    /// An `async fn`, polled three times.
    AsyncPending,
    /// A synchronous call that returns `Err`.
    Error,
}

/// The error of [`Operation::Error`].
#[derive(Debug, Clone, Copy)]
pub struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the order was refused")
    }
}

impl std::error::Error for Refused {}

/// The enum among the labels of [`Operation::MeteredLabels`].
#[derive(Debug, Clone, Copy, Label)]
pub enum Plan {
    /// For half of the ids.
    Free,
    /// For the others.
    Paid,
}

impl Plan {
    /// The plan of an id, as cheap as can be: finding out is the program's work.
    #[inline(always)]
    pub fn of(id: u64) -> Self {
        if id & 2 == 0 { Self::Free } else { Self::Paid }
    }

    /// Its name, for those who have no derived labels.
    #[inline(always)]
    pub fn name(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Paid => "paid",
        }
    }
}

/// The `bool` among the labels.
#[inline(always)]
pub fn is_even(id: u64) -> bool {
    id & 1 == 0
}

/// The work of every function here: next to nothing, and nothing that can be optimised away.
#[inline(always)]
pub fn body(id: u64, size: u64, tier: &str) -> u64 {
    black_box(id) ^ black_box(size) ^ black_box(tier).len() as u64
}

/// The same, failing.
#[inline(always)]
pub fn failing_body(id: u64, size: u64, tier: &str) -> Result<u64, Refused> {
    match body(id, size, tier) {
        u64::MAX => Ok(0),
        _ => Err(Refused),
    }
}

/// Pending the given number of times, then ready.
#[derive(Debug)]
pub struct PendingTimes(pub u32);

impl Future for PendingTimes {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        match black_box(self.0) {
            0 => Poll::Ready(()),
            left => {
                self.0 = left - 1;
                Poll::Pending
            }
        }
    }
}

/// Polls a future until it is ready, as the smallest executor there is.
#[inline(always)]
pub fn poll_to_end<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}

/// The time of a burst, and how many calls were made in it, warm-up included.
#[derive(Debug, Clone, Copy)]
pub struct Timed {
    /// Time of the timed calls alone.
    pub elapsed: Duration,
    /// Timed calls and warm-up calls.
    pub made: u64,
}

/// How many calls warm up before `calls` are timed.
pub const fn warm_up(calls: u32) -> u32 {
    calls / 16 + 1
}

/// Times `calls` calls after a short warm-up.
#[inline(always)]
pub fn timed<R>(calls: u32, mut call: impl FnMut(u64, u64, &str) -> R) -> Timed {
    let warm_up = warm_up(calls);
    for id in 0..warm_up {
        black_box(call(u64::from(id), 4096, "gold"));
    }
    let start = Instant::now();
    for id in 0..calls {
        black_box(call(u64::from(id), 4096, "gold"));
    }
    let elapsed = start.elapsed();
    Timed { elapsed, made: u64::from(warm_up) + u64::from(calls) }
}
