//! Records a share of the traces that begin, and nothing at all of the others.

use super::threshold::{Randomness, Threshold};
use super::trace_state::OtState;
use super::{Decision, Sampler, SamplerNeeds, SamplingInput, SamplingResult};
use crate::context::is_recorded_here;
use crate::sampler::unrecorded;
use crate::site::SiteInfo;
use std::sync::Arc;

/// The sampler in force, for a share of the traces.
#[derive(Debug)]
pub(crate) struct Canary {
    /// `None` records nothing.
    threshold: Option<Threshold>,
    sampler: Arc<dyn Sampler>,
}

impl Canary {
    /// Lets `sampler` decide about this share of the traces.
    pub(crate) fn new(share: f64, sampler: Arc<dyn Sampler>) -> Self {
        Self { threshold: Threshold::of_probability(share), sampler }
    }

    /// Returns whether a trace is among the share: by its randomness, so that all services with the same
    /// share record the same traces. Spans follow a parent that is recorded, although the share may have
    /// changed since.
    fn is_chosen(&self, input: &SamplingInput<'_>) -> bool {
        let parent = input.parent().filter(|parent| parent.is_valid());
        if parent.is_some_and(is_recorded_here) {
            return true;
        }
        let state = OtState::read(parent.map_or("", |parent| parent.trace_state()));
        let randomness = state.randomness.unwrap_or_else(|| Randomness::of(input.trace_id()));
        self.threshold.is_some_and(|threshold| threshold.keeps(randomness))
    }
}

impl Sampler for Canary {
    fn sample(&self, input: &SamplingInput<'_>) -> Decision {
        self.result(input).decision()
    }

    fn result(&self, input: &SamplingInput<'_>) -> SamplingResult {
        match self.is_chosen(input) {
            true => self.sampler.result(input),
            false => unrecorded(),
        }
    }

    fn needs(&self) -> SamplerNeeds {
        self.sampler.needs()
    }

    fn needs_at(&self, site: &SiteInfo) -> SamplerNeeds {
        self.sampler.needs_at(site)
    }

    fn name_patterns(&self) -> Vec<String> {
        self.sampler.name_patterns()
    }

    fn description(&self) -> String {
        self.sampler.description()
    }
}
