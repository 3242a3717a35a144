//! The sampler in force.

use super::{Decision, Sampler, SamplingInput};
use arc_swap::ArcSwapOption;
use std::sync::Arc;

static SAMPLER: ArcSwapOption<Arc<dyn Sampler>> = ArcSwapOption::const_empty();

/// Puts `sampler` in force; `None` records everything.
pub(crate) fn install(sampler: Option<Arc<dyn Sampler>>) {
    SAMPLER.store(sampler.map(Arc::new));
}

/// The decision of the sampler in force. A sampler that panics records the trace.
pub(crate) fn decide(input: &SamplingInput<'_>) -> Decision {
    match &*SAMPLER.load() {
        Some(sampler) => {
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| sampler.sample(input)))
                .unwrap_or(Decision::RecordAndSample)
        }
        None => Decision::RecordAndSample,
    }
}
