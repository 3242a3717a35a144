//! Decides when a trace is printed: spans wait here for their local root, and for a moment after it.
//!
//! It depends on ids and times, not on how traces are printed.

use crate::context::{SpanId, TraceId};
use crate::escape;
use crate::export::{FinishedSpan, FinishedSpans};
use std::collections::{HashMap, HashSet, VecDeque};
use std::time::{Duration, Instant};

/// The time without new spans, after its root, before a trace is printed.
const QUIET: Duration = Duration::from_millis(60);
/// The longest wait after the root.
const MAX_AFTER_ROOT: Duration = Duration::from_millis(500);
/// The time for which parts that follow a printed root are gathered.
const LATER: Duration = Duration::from_millis(300);
/// The number of printed spans whose names are kept, to relate later spans to them.
const MAX_TOLD: usize = 10_000;

/// Spans that are printed together.
pub(super) struct Story {
    pub(super) trace_id: TraceId,
    /// The reason why this is not a whole trace.
    pub(super) note: Option<String>,
    pub(super) spans: FinishedSpans,
}

pub(super) struct Pending {
    max_wait: Duration,
    max_spans: usize,
    traces: HashMap<TraceId, Trace>,
    waiting: usize,
    told: Told,
}

struct Trace {
    spans: FinishedSpans,
    first: Instant,
    last: Instant,
    /// The arrival of the first root that is not printed yet.
    root: Option<Instant>,
}

impl Pending {
    pub(super) fn new(max_wait: Duration, max_spans: usize) -> Self {
        // Added to a moment; an endless wait would overflow the clock.
        let max_wait = max_wait.min(Duration::from_secs(365 * 24 * 3_600));
        Self { max_wait, max_spans, traces: HashMap::new(), waiting: 0, told: Told::default() }
    }

    pub(super) fn add(&mut self, span: FinishedSpan<'_>, now: Instant) {
        let trace = self.traces.entry(span.trace_id()).or_insert_with(|| Trace {
            spans: FinishedSpans::default(),
            first: now,
            last: now,
            root: None,
        });
        trace.last = now;
        if is_local_root(span) {
            trace.root.get_or_insert(now);
        }
        trace.spans.push_copy(span);
        self.waiting += 1;
    }

    /// Returns the next moment at which a trace may have to be printed.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.traces.iter().map(|(id, trace)| self.due(*id, trace)).min()
    }

    fn due(&self, id: TraceId, trace: &Trace) -> Instant {
        match trace.root {
            Some(root) => (trace.last + QUIET).min(root + MAX_AFTER_ROOT),
            None if self.told.knows_trace(id) => trace.first + LATER,
            None => trace.first + self.max_wait,
        }
    }

    /// Takes the traces to be printed by now.
    pub(super) fn take_due(&mut self, now: Instant) -> Vec<Story> {
        let due = self.traces.iter().filter(|(id, trace)| self.due(**id, trace) <= now);
        let mut due: Vec<_> = due.map(|(id, trace)| (trace.first, *id)).collect();
        due.sort();
        let mut stories = Vec::new();
        for (_, id) in due {
            stories.extend(self.take(id));
        }
        while self.waiting > self.max_spans {
            let oldest = self.traces.iter().min_by_key(|(_, trace)| trace.first);
            let Some(id) = oldest.map(|(id, _)| *id) else { break };
            stories.extend(self.take(id));
        }
        stories
    }

    /// Takes everything, because there may be no other chance.
    pub(super) fn take_all(&mut self) -> Vec<Story> {
        let mut all: Vec<_> = self.traces.iter().map(|(id, trace)| (trace.first, *id)).collect();
        all.sort();
        all.into_iter().filter_map(|(_, id)| self.take(id)).collect()
    }

    fn take(&mut self, id: TraceId) -> Option<Story> {
        let trace = self.traces.remove(&id)?;
        self.waiting -= trace.spans.len();
        let note = self.note(&trace);
        self.told.remember(id, &trace.spans);
        Some(Story { trace_id: id, note, spans: trace.spans })
    }

    fn note(&self, trace: &Trace) -> Option<String> {
        let ids: HashSet<SpanId> = trace.spans.iter().map(|span| span.span_id()).collect();
        let mut tops = trace.spans.iter().filter(|span| !ids.contains(&span.parent_span_id()));
        let top = tops.find(|span| !is_local_root(*span))?;
        if trace.root.is_some() {
            return None; // A root, and spans whose parents were lost or run on.
        }
        Some(match self.told.name(top.trace_id(), top.parent_span_id()) {
            Some(name) => format!("later, from `{}`", escape::line(name).cut(256)),
            None => "a part; the rest has not ended yet, or was lost".to_owned(),
        })
    }
}

fn is_local_root(span: FinishedSpan<'_>) -> bool {
    span.parent_span_id() == SpanId::INVALID || span.parent_is_remote()
}

/// The names of printed spans.
#[derive(Default)]
struct Told {
    names: HashMap<(TraceId, SpanId), String>,
    order: VecDeque<(TraceId, SpanId)>,
    traces: HashMap<TraceId, usize>,
}

impl Told {
    fn remember(&mut self, trace: TraceId, spans: &FinishedSpans) {
        for span in spans.iter().take(MAX_TOLD) {
            let key = (trace, span.span_id());
            if self.names.insert(key, span.name().to_owned()).is_none() {
                self.order.push_back(key);
                *self.traces.entry(trace).or_default() += 1;
            }
        }
        while self.order.len() > MAX_TOLD {
            let Some(key) = self.order.pop_front() else { break };
            self.names.remove(&key);
            if let Some(count) = self.traces.get_mut(&key.0) {
                *count -= 1;
                if *count == 0 {
                    self.traces.remove(&key.0);
                }
            }
        }
    }

    fn knows_trace(&self, trace: TraceId) -> bool {
        self.traces.contains_key(&trace)
    }

    fn name(&self, trace: TraceId, span: SpanId) -> Option<&str> {
        self.names.get(&(trace, span)).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::testing::{BuiltSpan, SpanMaker};

    fn span(trace: u128, id: u64, parent: u64) -> BuiltSpan {
        SpanMaker::new("work").ids(trace, id, parent).build(|_| {})
    }

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn told(stories: &[Story]) -> Vec<(usize, Option<&str>)> {
        stories.iter().map(|story| (story.spans.len(), story.note.as_deref())).collect()
    }

    #[test]
    fn a_trace_is_told_a_moment_after_its_root() {
        let mut pending = Pending::new(ms(10_000), 100);
        let start = Instant::now();
        pending.add(span(1, 2, 1).view(), start);
        assert!(told(&pending.take_due(start + ms(9_000))).is_empty());
        let root = start + ms(9_000);
        pending.add(span(1, 1, 0).view(), root);
        // A child from another thread is still to come.
        assert_eq!(pending.next_due(), Some(root + QUIET));
        pending.add(span(1, 3, 1).view(), root + ms(50));
        assert!(told(&pending.take_due(root + QUIET)).is_empty());
        assert_eq!(told(&pending.take_due(root + ms(50) + QUIET)), [(3, None)]);
        assert_eq!(pending.next_due(), None);
    }

    #[test]
    fn a_busy_trace_does_not_wait_forever_after_its_root() {
        let mut pending = Pending::new(ms(10_000), 100);
        let start = Instant::now();
        pending.add(span(1, 1, 0).view(), start);
        for step in 0..12 {
            pending.add(span(1, 10 + step, 1).view(), start + ms(50 * step));
        }
        assert_eq!(pending.next_due(), Some(start + MAX_AFTER_ROOT));
    }

    #[test]
    fn stragglers_say_where_they_belong() {
        let mut pending = Pending::new(ms(10_000), 100);
        let start = Instant::now();
        pending.add(span(1, 1, 0).view(), start);
        assert_eq!(told(&pending.take_due(start + QUIET)), [(1, None)]);
        let later = start + ms(2_000);
        pending.add(span(1, 2, 1).view(), later);
        pending.add(span(1, 3, 2).view(), later);
        assert_eq!(pending.next_due(), Some(later + LATER));
        assert_eq!(told(&pending.take_due(later + LATER)), [(2, Some("later, from `work`"))]);
    }

    #[test]
    fn a_long_root_is_not_waited_for_forever() {
        let mut pending = Pending::new(ms(1_000), 100);
        let start = Instant::now();
        pending.add(span(1, 2, 1).view(), start);
        let part = Some("a part; the rest has not ended yet, or was lost");
        assert_eq!(told(&pending.take_due(start + ms(1_000))), [(1, part)]);
        // Their number is bounded, too.
        for id in 10..111 {
            pending.add(span(2, id, 1).view(), start);
        }
        assert_eq!(told(&pending.take_due(start)), [(101, part)]);
    }

    #[test]
    fn at_the_end_everything_is_told() {
        let mut pending = Pending::new(ms(10_000), 100);
        let start = Instant::now();
        pending.add(span(2, 1, 9).view(), start + ms(1));
        pending.add(span(1, 1, 0).view(), start);
        assert_eq!(pending.take_all().len(), 2);
        assert!(pending.take_all().is_empty());
    }
}
