//! Keeps what a capture records, and decides for its spans while they start.

use super::flush::{flush, open_spans};
use super::orphans::Orphans;
use super::waiting::{Waiting, data};
use crate::model::{ResourceData, SpanData};
use crate::news::News;
use crate::runtime::{self, CaptureHooks, CapturedSpans, Decided};
use crate::signals::Signals;
use crate::source::{Decision, Loss, Orphan, Snapshot, Source, Verdict};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use trace_runtime::Level;
use trace_runtime::export::{FinishedSpan, FinishedSpans, SiteInfo};
use trace_runtime::propagation::TraceId;
use trace_runtime::sampling::{Sampler, SamplerNeeds, SamplingInput, SamplingResult, TailSampling};

#[derive(Debug, Default)]
pub(super) struct CaptureSettings {
    pub(super) live: bool,
    pub(super) sampler: Option<Box<dyn Sampler>>,
    /// Valid settings of tail sampling.
    pub(super) tail: Option<TailSampling>,
    /// The level that is on.
    pub(super) level: Option<Level>,
    pub(super) seed: u64,
}

/// The state of one capture.
pub(super) struct CaptureState {
    settings: CaptureSettings,
    number: OnceLock<u32>,
    spans_begun: AtomicU32,
    traces_begun: AtomicU64,
    /// Nanoseconds since the Unix epoch; 0 while the clock is the real one.
    now: AtomicU64,
    lost_spans: AtomicU64,
    lost_details: AtomicU64,
    spans: Mutex<Vec<SpanData>>,
    /// Where there is tail sampling, spans wait here.
    waiting: Mutex<Waiting>,
    decisions: Mutex<Vec<Decision>>,
    pub(super) orphans: Orphans,
    news: Arc<News>,
    pub(super) signals: Arc<Signals>,
}

impl CaptureState {
    pub(super) fn new(settings: CaptureSettings) -> Self {
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
            waiting: Mutex::default(),
            decisions: Mutex::default(),
            orphans: Orphans::default(),
            signals: Signals::new(news.clone()),
            news,
        }
    }

    pub(super) fn is_live(&self) -> bool {
        self.settings.live
    }

    /// Sets the number under which the runtime has registered the capture.
    pub(super) fn set_number(&self, number: u32) {
        let _ = self.number.set(number);
    }

    fn number(&self) -> u32 {
        self.number.get().copied().unwrap_or_default()
    }

    pub(super) fn clock(&self) -> &AtomicU64 {
        &self.now
    }

    /// Returns whether tail sampling decides about its traces.
    pub(super) fn is_judged(&self) -> bool {
        self.settings.tail.is_some()
    }

    pub(super) fn level(&self) -> Option<Level> {
        self.settings.level
    }

    /// Takes a span of this capture.
    pub(super) fn take(&self, span: FinishedSpan<'_>, resource: &Arc<ResourceData>) {
        match self.is_judged() {
            true => lock(&self.waiting).add(span, resource),
            false => lock(&self.spans).push(data(span, resource)),
        }
    }

    /// Decides about the traces of this capture: keeps their spans, and completes the decisions.
    fn judge(&self, settings: &TailSampling, open: &FinishedSpans, snapshot: &mut Snapshot) {
        let random_id = |id: TraceId| match u64::try_from(id.to_u128()) {
            Ok(count) if !self.is_live() => self.sampled_id(count),
            _ => id,
        };
        let waiting = lock(&self.waiting);
        let judged = CapturedSpans {
            settings,
            bytes: runtime::UNDECIDED_BYTES,
            head_keeps_all: self.settings.sampler.is_none(),
            finished: waiting.pages(),
            open,
            is_stepped: self.now().is_some(),
            now: self.now().unwrap_or_else(wall_clock),
            random_id: &random_id,
        }
        .judge();
        let kept = judged.kept.iter().flat_map(FinishedSpans::iter);
        snapshot.spans = kept.map(|span| data(span, waiting.resource())).collect();
        for decision in &mut snapshot.decisions {
            decision.verdict = judged.verdicts.get(&decision.trace_id).copied().map(Verdict::from);
        }
    }

    /// Notes a span that did not reach the capture.
    pub(super) fn miss(&self, orphan: Orphan) {
        self.orphans.note(orphan);
        self.announce();
    }

    /// Wakes the threads that wait for news.
    pub(super) fn announce(&self) {
        self.news.announce();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns the time in nanoseconds since the Unix epoch.
fn wall_clock() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

impl CaptureHooks for CaptureState {
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

    fn sample(&self, input: &SamplingInput<'_>) -> Option<SamplingResult> {
        Some(self.settings.sampler.as_ref()?.result(input))
    }

    fn needs(&self, site: Option<&SiteInfo>) -> Option<SamplerNeeds> {
        let sampler = self.settings.sampler.as_ref()?;
        Some(site.map_or_else(|| sampler.needs(), |site| sampler.needs_at(site)))
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

/// Scatters a number as if at random (splitmix64, Vigna 2015).
fn scattered(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ z >> 31
}

impl Source for CaptureState {
    fn snapshot(&self) -> Snapshot {
        let open = flush(self.number());
        let spans = lock(&self.spans).clone();
        let mut snapshot = Snapshot::of_spans(spans);
        snapshot.open = open_spans(&open);
        snapshot.orphans = self.orphans.list();
        snapshot.losses = losses(&self.lost_spans, &self.lost_details);
        snapshot.decisions = lock(&self.decisions).clone();
        if let Some(settings) = &self.settings.tail {
            self.judge(settings, &open, &mut snapshot);
        }
        snapshot.virtual_clock = self.now().is_some();
        self.signals.fill(&mut snapshot);
        snapshot
    }

    fn wait_for_news(&self, seen: u64, deadline: Instant) -> u64 {
        self.news.wait(seen, deadline)
    }
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
    fn sampled_ids_look_random_and_repeat() {
        let (one, same) = (
            CaptureState::new(CaptureSettings::default()),
            CaptureState::new(CaptureSettings::default()),
        );
        let other = CaptureState::new(CaptureSettings { seed: 7, ..CaptureSettings::default() });
        let low_half = (1..=1_000).filter(|&count| {
            assert_eq!(one.sampled_id(count), same.sampled_id(count));
            assert_ne!(one.sampled_id(count), other.sampled_id(count));
            one.sampled_id(count).to_u128() as u64 >> 63 == 0
        });
        assert!((400..600).contains(&low_half.count()));
    }
}
