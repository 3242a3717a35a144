//! The sampler in force.

use super::{Decision, Sampler, SamplingInput};
use crate::caught::{caught, discard};
use arc_swap::ArcSwapOption;
use std::sync::Arc;

static SAMPLER: ArcSwapOption<Arc<dyn Sampler>> = ArcSwapOption::const_empty();

/// Puts `sampler` in force; `None` records everything.
pub(crate) fn install(sampler: Option<Arc<dyn Sampler>>) {
    // The one before may be dropped here, which runs code of users.
    discard(SAMPLER.swap(sampler.map(Arc::new)));
}

/// The decision of the sampler in force. A sampler that panics records the trace.
pub(crate) fn decide(input: &SamplingInput<'_>) -> Decision {
    match &*SAMPLER.load() {
        Some(sampler) => caught(|| sampler.sample(input)).unwrap_or(Decision::RecordAndSample),
        None => Decision::RecordAndSample,
    }
}
