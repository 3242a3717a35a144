//! Holds the sampling that is in force, for those who ask.

use crate::collector;
use crate::sampling::{AlwaysOn, Canary, ParentBased, Sampler, TailSampling};
use std::sync::Arc;

/// The sampling that is in force.
pub(super) struct InForce {
    /// The description of the sampler.
    pub(super) description: String,
    /// `None`: the specification's default.
    pub(super) sampler: Option<Arc<dyn Sampler>>,
    /// The share of the traces that are recorded at all.
    pub(super) canary: f64,
    pub(super) tail: Option<TailSampling>,
}

impl InForce {
    /// Describes the sampling of a new pipeline.
    pub(super) fn new(
        description: &str,
        sampler: Option<Arc<dyn Sampler>>,
        tail: Option<TailSampling>,
    ) -> Self {
        Self { description: description.to_owned(), sampler, canary: 1.0, tail }
    }

    /// Puts the sampler in force, for the share of the traces that are recorded.
    pub(super) fn apply(&self, collector: &collector::Handle) {
        let sampler = match self.canary {
            1.0 => self.sampler.clone(),
            share => {
                let by_default = || Arc::new(ParentBased::new(AlwaysOn)) as Arc<dyn Sampler>;
                let sampler = self.sampler.clone().unwrap_or_else(by_default);
                Some(Arc::new(Canary::new(share, sampler)) as Arc<dyn Sampler>)
            }
        };
        collector.set_sampler(sampler, self.tail.is_some());
    }
}
