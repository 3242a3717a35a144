//! What a capture keeps, and what it answers while spans start in it.

use super::orphans::Orphans;
use super::pipeline;
use crate::model::SpanData;
use crate::news::News;
use crate::runtime::{Decided, Scope};
use crate::signals::Signals;
use crate::source::{Decision, Loss, OpenSpan, Orphan, Snapshot, Source};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;
use trace_runtime::TraceId;
use trace_runtime::export::FinishedSpan;
use trace_runtime::sampling::{self, Sampler, SamplingInput};

#[derive(Debug, Default)]
pub(super) struct Settings {
    pub(super) live: bool,
    pub(super) sampler: Option<Box<dyn Sampler>>,
    pub(super) seed: u64,
}

/// A capture's own.
pub(super) struct State {
    settings: Settings,
    number: OnceLock<u32>,
    spans_begun: AtomicU32,
    traces_begun: AtomicU64,
    /// Nanoseconds since the Unix epoch; 0 while the clock is the real one.
    now: AtomicU64,
    lost_spans: AtomicU64,
    lost_details: AtomicU64,
    spans: Mutex<Vec<SpanData>>,
    decisions: Mutex<Vec<Decision>>,
    pub(super) orphans: Orphans,
    news: Arc<News>,
    pub(super) signals: Arc<Signals>,
}

impl State {
    pub(super) fn new(settings: Settings) -> Self {
        let news = Arc::<News>::default();
        Self {
            settings,
            number: OnceLock::new(),
            spans_begun: AtomicU32::new(0),
            traces_begun: AtomicU64::new(0),
            now: AtomicU64::new(0),
            lost_spans: AtomicU64::new(0),
            lost_details: AtomicU64::new(0),
            spans: Mutex::default(),
            decisions: Mutex::default(),
            orphans: Orphans::default(),
            signals: Signals::new(news.clone()),
            news,
        }
    }

    pub(super) fn is_live(&self) -> bool {
        self.settings.live
    }

    /// Says under which number the capture is in force.
    pub(super) fn set_number(&self, number: u32) {
        let _ = self.number.set(number);
    }

    fn number(&self) -> u32 {
        self.number.get().copied().unwrap_or_default()
    }

    pub(super) fn clock(&self) -> &AtomicU64 {
        &self.now
    }

    /// Takes a span of this capture.
    pub(super) fn take(&self, span: SpanData) {
        lock(&self.spans).push(span);
    }

    /// Takes a span that has not reached it.
    pub(super) fn miss(&self, orphan: Orphan) {
        self.orphans.note(orphan);
        self.announce();
    }

    /// Tells those who wait.
    pub(super) fn announce(&self) {
        self.news.announce();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Scope for State {
    fn next_span(&self) -> u32 {
        self.spans_begun.fetch_add(1, Ordering::Relaxed) + 1
    }

    fn next_trace(&self) -> u64 {
        self.traces_begun.fetch_add(1, Ordering::Relaxed) + 1
    }

    fn now(&self) -> Option<u64> {
        Some(self.now.load(Ordering::Acquire)).filter(|&now| now != 0)
    }

    fn sampled_id(&self, count: u64) -> TraceId {
        let half = |salt: u64| scattered(self.settings.seed ^ salt ^ count.rotate_left(32));
        TraceId::from_u128(u128::from(half(1)) << 64 | u128::from(half(2)))
    }

    fn sample(&self, input: &SamplingInput<'_>) -> Option<sampling::Decision> {
        Some(self.settings.sampler.as_ref()?.sample(input))
    }

    fn decided(&self, decided: Decided) {
        let mut decision = Decision::new(decided.name, decided.sampled);
        decision.kind = decided.kind;
        decision.trace_id = decided.trace_id;
        if !decided.follows_parent {
            decision.sampler = self.settings.sampler.as_ref().map(|sampler| sampler.description());
        }
        lock(&self.decisions).push(decision);
        self.announce();
    }

    fn lost_span(&self) {
        self.lost_spans.fetch_add(1, Ordering::Relaxed);
    }

    fn lost_detail(&self) {
        self.lost_details.fetch_add(1, Ordering::Relaxed);
    }
}

/// A number as if by chance (splitmix64, Vigna 2015).
fn scattered(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ z >> 31
}

impl Source for State {
    fn snapshot(&self) -> Snapshot {
        let open = pipeline::flush(self.number());
        let spans = lock(&self.spans).clone();
        let mut snapshot = Snapshot::of_spans(spans);
        snapshot.open = open.iter().map(open_span).collect();
        snapshot.orphans = self.orphans.list();
        snapshot.losses = losses(&self.lost_spans, &self.lost_details);
        snapshot.decisions = lock(&self.decisions).clone();
        snapshot.virtual_clock = self.now().is_some();
        self.signals.fill(&mut snapshot);
        snapshot
    }

    fn wait_for_news(&self, seen: u64, deadline: Instant) -> u64 {
        self.news.wait(seen, deadline)
    }
}

pub(super) fn open_span(span: &FinishedSpan) -> OpenSpan {
    let mut open = OpenSpan::new(span.name.clone());
    open.kind = span.kind;
    open.trace_id = span.trace_id;
    open.span_id = span.span_id;
    open.parent_span_id = span.parent_span_id;
    open
}

fn losses(spans: &AtomicU64, details: &AtomicU64) -> Vec<Loss> {
    let counts = [("spans", spans), ("events, links or late attributes", details)];
    let counts = counts.map(|(what, count)| Loss::new(what, count.load(Ordering::Relaxed)));
    counts.into_iter().filter(|loss| loss.count > 0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_sampler_sees_is_scattered_and_the_same_each_time() {
        let (one, same) = (State::new(Settings::default()), State::new(Settings::default()));
        let other = State::new(Settings { seed: 7, ..Settings::default() });
        let low_half = (1..=1_000).filter(|&count| {
            assert_eq!(one.sampled_id(count), same.sampled_id(count));
            assert_ne!(one.sampled_id(count), other.sampled_id(count));
            one.sampled_id(count).to_u128() as u64 >> 63 == 0
        });
        assert!((400..600).contains(&low_half.count()));
    }
}
