//! The sampler in force.

use super::{Decision, Sampler, SamplingInput};
use crate::caught::caught;
use crate::context::SpanContext;
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

/// Puts `sampler` in force; `None`: the specification's default, which follows the parent and
/// records all traces that begin here.
pub fn install(sampler: Option<Arc<dyn Sampler>>) {
    SAMPLER.set(sampler.map(Arc::new));
}

/// Returns whether the default is in force: no user code decides.
// HOT: one load.
#[inline]
pub(crate) fn is_default() -> bool {
    SAMPLER.is_nothing()
}

/// Returns the decision of the sampler in force. If the sampler panics, the trace is recorded.
pub(crate) fn decide(input: &SamplingInput<'_>) -> Decision {
    SAMPLER.with(|sampler| match sampler {
        Some(sampler) => caught(|| sampler.sample(input)).unwrap_or(Decision::RecordAndSample),
        None => default_for(input.parent),
    })
}

fn default_for(parent: Option<&SpanContext>) -> Decision {
    match parent.filter(|parent| parent.is_valid()) {
        Some(parent) if !parent.is_sampled() => Decision::Drop,
        _ => Decision::RecordAndSample,
    }
}
