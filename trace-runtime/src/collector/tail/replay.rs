//! Decides about the traces of a capture when its test reads them.
//!
//! The collector decides while records arrive, in an order that depends on threads. A test expects the
//! same verdicts in every run. So the spans of a capture wait in the test, and are taken here in the order
//! of the capture's clock. What decides is the same: [`Tail`].

use super::verdicts::Verdict;
use super::versions::{Pending, Version};
use super::{OtState, Randomness, Tail, TailSampling, TraceFlags, TraceId};
use crate::collector::pace::INTERVALS;
use crate::loss::DropReason;
use crate::recorder::pages::{FinishedSpan, FinishedSpans};
use std::collections::HashMap;
use std::time::Duration;

/// The spans of a capture, and what decides about them.
pub struct CapturedSpans<'a> {
    /// The settings, which are valid.
    pub settings: &'a TailSampling,
    /// The bytes that undecided spans may take unless the settings contain a limit.
    pub bytes: usize,
    /// Whether the capture has no sampler, so that all traces that begin in it are sampled.
    pub head_keeps_all: bool,
    /// The spans that have ended.
    pub finished: &'a [FinishedSpans],
    /// Those that have not.
    pub open: &'a FinishedSpans,
    /// Whether the test steps the clock, so that nothing happens between two times.
    pub is_stepped: bool,
    /// The time of the capture, in nanoseconds since the Unix epoch.
    pub now: u64,
    /// Returns the id that stands for the randomness of a trace.
    pub random_id: &'a dyn Fn(TraceId) -> TraceId,
}

/// What was decided about the traces of a capture.
pub struct Judged {
    /// The spans of the traces that are kept, as exporters get them.
    pub kept: Vec<FinishedSpans>,
    /// The verdict about each trace.
    pub verdicts: HashMap<TraceId, CapturedVerdict>,
}

/// The verdict about a trace of a capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CapturedVerdict {
    /// Something of it is open.
    Undecided,
    /// It is kept, for this value of `sampling.reason`.
    Kept(&'static str),
    /// It is dropped, and its spans are counted as this.
    Dropped(DropReason),
}

impl From<Verdict> for CapturedVerdict {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Undecided => Self::Undecided,
            Verdict::Kept(reason) => Self::Kept(reason.as_str()),
            Verdict::Dropped(cause) => Self::Dropped(cause.reason()),
        }
    }
}

/// The start or the end of a span.
struct Step<'a> {
    span: FinishedSpan<'a>,
    /// In nanoseconds since the Unix epoch.
    at: u64,
    is_end: bool,
    /// The order of its trace among those of the capture.
    trace: u64,
}

impl Step<'_> {
    /// Orders steps: by time, and at one time trace by trace. A trace starts its spans in their order, and
    /// ends inner ones first.
    fn key(&self) -> (u64, u64, bool, u64) {
        let order = self.span.order();
        (self.at, self.trace, self.is_end, if self.is_end { u64::MAX - order } else { order })
    }
}

impl CapturedSpans<'_> {
    /// Decides about the traces, as far as they have ended.
    pub fn judge(&self) -> Judged {
        let steps = self.steps();
        let mut replay = Replay::new(self, steps.first().map_or(self.now, |step| step.at));
        for steps in steps.chunk_by(|one, other| (one.at, one.trace) == (other.at, other.trace)) {
            replay.advance(steps[0].at);
            steps.iter().for_each(|step| replay.take(step));
            if self.is_stepped {
                replay.sweep();
            }
        }
        replay.advance(self.now);
        replay.sweep();
        let begun = self.spans().map(|(span, _)| (span.trace_id(), CapturedVerdict::Undecided));
        let mut verdicts: HashMap<_, _> = begun.collect();
        let decided = replay.tail.decided.take().into_iter().flatten();
        verdicts.extend(decided.map(|(trace, verdict)| (trace, verdict.into())));
        replay.kept.push(replay.output);
        Judged { kept: replay.kept, verdicts }
    }

    /// Returns the starts and ends of all spans, in order.
    fn steps(&self) -> Vec<Step<'_>> {
        let mut traces = HashMap::new();
        for (span, _) in self.spans() {
            let first = traces.entry(span.trace_id()).or_insert(u64::MAX);
            *first = span.order().min(*first);
        }
        let mut steps = Vec::new();
        for (span, has_ended) in self.spans() {
            let trace = traces.get(&span.trace_id()).copied().unwrap_or_default();
            let (start, end) = (span.start_unix_nanos(), span.end_unix_nanos());
            steps.push(Step { span, at: start, is_end: false, trace });
            steps.extend(has_ended.then_some(Step { span, at: end, is_end: true, trace }));
        }
        steps.sort_by_key(Step::key);
        steps
    }

    /// Returns all spans, and whether they have ended.
    fn spans(&self) -> impl Iterator<Item = (FinishedSpan<'_>, bool)> {
        let finished = self.finished.iter().flat_map(FinishedSpans::iter);
        finished.map(|span| (span, true)).chain(self.open.iter().map(|span| (span, false)))
    }
}

/// The state of a replay.
struct Replay<'a> {
    captured: &'a CapturedSpans<'a>,
    tail: Tail,
    /// When the first span started, in nanoseconds since the Unix epoch.
    origin: u64,
    output: FinishedSpans,
    kept: Vec<FinishedSpans>,
}

impl<'a> Replay<'a> {
    fn new(captured: &'a CapturedSpans<'a>, origin: u64) -> Self {
        let output = captured.finished.first().unwrap_or(captured.open).empty_like();
        // Snapshots come from the pipeline.
        let settings = captured.settings.clone().without_recent_spans();
        let head_keeps_all = captured.head_keeps_all;
        let version = Version { number: 0, settings, head_keeps_all, is_for_all: true };
        let mut tail = Tail::new(version, Pending::default(), captured.bytes, &output);
        tail.decided = Some(Vec::new());
        Self { captured, tail, origin, output, kept: Vec::new() }
    }

    /// Passes to a time. What was over before is decided first, with what was left of budgets then.
    fn advance(&mut self, unix_nanos: u64) {
        let now = Duration::from_nanos(unix_nanos.saturating_sub(self.origin));
        let now = now.max(self.tail.now);
        if self.captured.is_stepped || now - self.tail.now >= *INTERVALS.end() {
            self.sweep();
            self.tail.now = now;
            // Some may have waited for too long.
            self.sweep();
        }
        self.tail.now = now;
    }

    /// Decides about traces that are over.
    fn sweep(&mut self) {
        self.tail.begin_sweep(self.tail.now);
        self.tail.settle();
        while !self.tail.move_kept(&mut self.output) {
            let next = self.output.empty_like();
            self.kept.push(std::mem::replace(&mut self.output, next));
        }
    }

    fn take(&mut self, step: &Step<'_>) {
        if step.is_end {
            self.tail.page().push_copy(step.span);
            // As if other threads had known it: then its trace is decided by a sweep.
            self.tail.take_newest(true, &mut self.output);
            return;
        }
        let (span, id) = (step.span, step.span.trace_id());
        let is_sampled = span.trace_flags().contains(TraceFlags::SAMPLED);
        let trace = self.tail.begun(id, is_sampled, span.parent_is_remote());
        let explicit = OtState::read(span.trace_state()).randomness;
        trace.randomness = trace.randomness.or(explicit);
        trace.randomness.get_or_insert_with(|| Randomness::of((self.captured.random_id)(id)));
        if span.is_local_root() && self.tail.has_tenants() {
            self.tail.describe_root(id, span.recorded_attributes());
        }
    }
}
