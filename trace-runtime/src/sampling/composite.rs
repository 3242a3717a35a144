//! Turns the intent of a composable sampler into a decision, by the randomness of the trace.

use super::composable::{Composable, ForChildren, Thin};
use super::threshold::Randomness;
use super::trace_state::OtState;
use super::{Decision, Sampler, SamplerNeeds, SamplingInput, SamplingResult};
use crate::site::SiteInfo;

/// Decides as a [composable](Composable) sampler intends
/// ([CompositeSampler](https://opentelemetry.io/docs/specs/otel/trace/sdk/#compositesampler)).
///
/// A span is kept if the randomness of its trace reaches the threshold of the intent. The threshold
/// travels in `tracestate` (`ot=th:…`), so that every service can count the spans that a kept one
/// stands for. Where that number is unknown, `th` is removed. An explicit randomness (`rv`) and
/// everything else in `tracestate` is passed on.
///
/// ```
/// use trace_runtime::sampling::{Composite, ParentThreshold, Probability};
///
/// let sampler = Composite::new(ParentThreshold::new(Probability::new(0.1)?));
/// # let _ = sampler;
/// # Ok::<(), trace_runtime::sampling::SamplingError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Composite<T> {
    delegate: T,
}

impl<T: Composable> Composite<T> {
    /// Creates a sampler that decides as `delegate` intends.
    pub fn new(delegate: T) -> Self {
        Self { delegate }
    }

    fn needs_for(&self, site: Option<&SiteInfo>) -> SamplerNeeds {
        let mut needs = SamplerNeeds::NONE;
        // A span whose parent was decided by the same intent needs no decision.
        if self.delegate.for_children(site) == ForChildren::Own {
            needs = needs.with_children();
        }
        if self.delegate.reads_attributes(site) {
            needs = needs.with_attributes();
        }
        needs
    }
}

impl<T: Composable> Sampler for Composite<T> {
    fn sample(&self, input: &SamplingInput<'_>) -> Decision {
        self.result(input).decision()
    }

    fn result(&self, input: &SamplingInput<'_>) -> SamplingResult {
        let intent = self.delegate.intent(input);
        let parents = input.parent().map_or("", |parent| parent.trace_state());
        let by_id = || Randomness::of(input.trace_id());
        // HOT: before anything else is read, because inner spans are left out by the thousand.
        if let Some(Thin(threshold)) = intent.thin
            && !threshold.is_some_and(|threshold| {
                threshold.keeps(OtState::randomness_in(parents).unwrap_or_else(by_id))
            })
        {
            return SamplingResult::left_out();
        }
        let state = OtState::read(parents);
        let randomness = state.randomness.unwrap_or_else(by_id);
        let kept = intent.threshold.filter(|threshold| threshold.keeps(randomness));
        let counted = kept.filter(|_| intent.is_reliable);
        let decision = if kept.is_some() { Decision::RecordAndSample } else { Decision::Drop };
        let mut result = SamplingResult::from(decision);
        if let Some(level) = intent.level {
            result = result.with_level(level);
        }
        if kept.is_some() {
            result = result.with_attributes(intent.attributes);
        }
        match intent.trace_state {
            None => match state.with_threshold(counted) {
                Some(changed) => result.with_trace_state(changed),
                None => result,
            },
            Some(update) => {
                let updated = update(parents);
                match OtState::read(&updated).with_threshold(counted) {
                    Some(changed) => result.with_trace_state(changed),
                    None => result.with_trace_state(updated),
                }
            }
        }
    }

    fn needs(&self) -> SamplerNeeds {
        self.needs_for(None)
    }

    fn needs_at(&self, site: &SiteInfo) -> SamplerNeeds {
        self.needs_for(Some(site))
    }

    fn name_patterns(&self) -> Vec<String> {
        self.delegate.name_patterns()
    }

    fn description(&self) -> String {
        format!("CompositeSampler{{{}}}", self.delegate.describe())
    }
}
