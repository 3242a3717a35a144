//! Defines where observations come from: captures, receivers, and tests of the assertions themselves.

mod accumulate;

pub use accumulate::Accumulator;
pub(crate) use accumulate::{is_same_series, is_same_stream};

use crate::model::{LogData, Metric, SpanData};
use crate::names::shown;
use crate::runtime::{CapturedVerdict, escape};
use std::fmt;
use std::time::Instant;
use trace_runtime::{
    SpanKind,
    propagation::{SpanId, TraceId},
};

/// A store of observed telemetry that can be read any number of times.
///
/// [`Recorded`](crate::Recorded) reads and asserts on any source.
pub trait Source: Send + Sync {
    /// Returns everything observed so far, including all that the program recorded before the call.
    fn snapshot(&self) -> Snapshot;

    /// Waits until more than `seen` observations were made since the beginning, and returns their
    /// number; at the deadline at the latest. If that number is `seen`, there is nothing new.
    ///
    /// To wait for something, call this with 0, look, and call it again with the last result: no
    /// observation is missed, and nothing polls.
    fn wait_for_news(&self, seen: u64, deadline: Instant) -> u64 {
        // A source that does not change has nothing new.
        let _ = deadline;
        seen
    }
}

/// A snapshot is the source of itself.
impl Source for Snapshot {
    fn snapshot(&self) -> Snapshot {
        self.clone()
    }
}

/// Everything that a source had observed at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Snapshot {
    /// Spans that have ended, in any order.
    pub spans: Vec<SpanData>,
    /// Metrics; each point is the total so far, whatever its temporality.
    pub metrics: Vec<Metric>,
    /// Log records, in the order of their arrival.
    pub logs: Vec<LogData>,
    /// Spans that reached no capture, because they began without a context.
    pub orphans: Vec<Orphan>,
    /// Measurements and logs that reached no capture for the same reason.
    pub strays: Vec<Stray>,
    /// Spans that have not ended.
    pub open: Vec<OpenSpan>,
    /// What was recorded and then lost.
    pub losses: Vec<Loss>,
    /// The decisions of samplers, in order.
    pub decisions: Vec<Decision>,
    /// Whether the test steps the clock, so that durations are exact.
    pub virtual_clock: bool,
}

impl Snapshot {
    /// Creates a snapshot of these spans and nothing else.
    pub fn of_spans(spans: impl IntoIterator<Item = SpanData>) -> Self {
        Self { spans: spans.into_iter().collect(), ..Self::default() }
    }
}

/// A span that began without a context while captures were alive, so that its capture is unknown.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Orphan {
    /// The span.
    pub span: SpanData,
    /// The thread on which it began, where that is known.
    pub thread: Option<String>,
    /// The capture that it may belong to.
    pub home: Home,
}

impl Orphan {
    /// Creates an orphan of unknown home.
    #[must_use]
    pub fn new(span: SpanData) -> Self {
        Self { span, ..Self::default() }
    }
}

/// A measurement or a log record made outside of all captures while captures were alive, so that its
/// capture is unknown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Stray {
    /// A measurement.
    Measurement {
        /// The metric's name.
        metric: String,
        /// The thread on which it was made.
        thread: String,
    },
    /// A log record.
    Log {
        /// The body.
        body: String,
        /// The thread on which it was written.
        thread: String,
    },
}

impl fmt::Display for Stray {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let thread = match self {
            Self::Measurement { metric, thread } => {
                write!(f, "`{}` was measured", shown(metric))?;
                thread
            }
            Self::Log { body, thread } => {
                write!(f, "{} was logged", escape::line(body))?;
                thread
            }
        };
        write!(
            f,
            " on thread `{thread}` outside of all captures: was it started without its context? \
             It may belong to another test of this process.",
            thread = shown(thread)
        )
    }
}

/// The capture that an orphan may belong to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Home {
    /// This source's.
    Here,
    /// Perhaps another capture's.
    #[default]
    Unknown,
}

/// A span that has begun and not ended.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct OpenSpan {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: SpanKind,
    /// The trace that it belongs to.
    pub trace_id: TraceId,
    /// Its own id.
    pub span_id: SpanId,
    /// Its parent's id; invalid for a root.
    pub parent_span_id: SpanId,
}

impl OpenSpan {
    /// Creates an open span of this name; everything else is empty.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }
}

/// A number of records that were lost, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Loss {
    /// What was lost and why, such as `spans (ring_full)`.
    pub what: String,
    /// How many.
    pub count: u64,
}

impl Loss {
    /// Creates a loss of `count`.
    pub fn new(what: impl Into<String>, count: u64) -> Self {
        Self { what: what.into(), count }
    }
}

/// The verdict of tail sampling about a trace.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// Something of the trace is still open.
    Undecided,
    /// It is kept, for this reason: the value of `sampling.reason`.
    Kept(String),
    /// It is dropped, for this reason: that of reports, such as `sampled_out`.
    Dropped(String),
}

impl From<CapturedVerdict> for Verdict {
    fn from(verdict: CapturedVerdict) -> Self {
        match verdict {
            CapturedVerdict::Undecided => Self::Undecided,
            CapturedVerdict::Kept(reason) => Self::Kept(reason.to_owned()),
            CapturedVerdict::Dropped(reason) => Self::Dropped(reason.as_str().to_owned()),
        }
    }
}

/// The decision of a sampler on a local root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Decision {
    /// The span's name.
    pub name: String,
    /// Its kind.
    pub kind: SpanKind,
    /// Whether it was sampled.
    pub sampled: bool,
    /// The trace, where it is known.
    pub trace_id: TraceId,
    /// The sampler that decided, where it is known.
    pub sampler: Option<String>,
    /// The verdict about its trace, where there is tail sampling.
    pub verdict: Option<Verdict>,
}

impl Decision {
    /// Creates a decision on a span of this name.
    pub fn new(name: impl Into<String>, sampled: bool) -> Self {
        Self { name: name.into(), sampled, ..Self::default() }
    }

    /// Adds the verdict of tail sampling.
    #[must_use]
    pub fn with_verdict(mut self, verdict: Verdict) -> Self {
        self.verdict = Some(verdict);
        self
    }

    /// Returns whether the trace reaches exporters: tail sampling keeps it, or the sampler has sampled it
    /// where there is no tail sampling.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        match &self.verdict {
            None => self.sampled,
            Some(verdict) => matches!(verdict, Verdict::Kept(_)),
        }
    }
}
