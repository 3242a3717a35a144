//! The sampler in force.

use super::{Decision, Sampler, SamplingInput};
use crate::caught::caught;
use crate::in_force::{InForce, Seen};
use std::sync::Arc;

thread_local! {
    static SEEN: Seen<Arc<dyn Sampler>> = const { Seen::nothing() };
}
static SAMPLER: InForce<Arc<dyn Sampler>> = InForce::new(&SEEN);

/// Holds this lock across forks.
pub fn keep_over_forks() {
    SAMPLER.keep_over_forks();
}

/// Puts `sampler` in force; `None` records everything.
pub fn install(sampler: Option<Arc<dyn Sampler>>) {
    SAMPLER.set(sampler.map(Arc::new));
}

/// Returns the decision of the sampler in force. If the sampler panics, the trace is recorded.
pub(crate) fn decide(input: &SamplingInput<'_>) -> Decision {
    SAMPLER.with(|sampler| match sampler {
        Some(sampler) => caught(|| sampler.sample(input)).unwrap_or(Decision::RecordAndSample),
        None => Decision::RecordAndSample,
    })
}
