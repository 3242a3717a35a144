//! Holds the sampling that is in force, for those who ask.

use crate::sampling::TailSampling;

/// The sampling that is in force.
pub(super) struct InForce {
    /// The description of the sampler.
    pub(super) sampler: String,
    pub(super) tail: Option<TailSampling>,
}
