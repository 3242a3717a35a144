//! Keeps a share of all traces, consistently across services.

use super::composable::{Composable, ForChildren, SamplingIntent};
use super::error::SamplingError;
use super::{SamplingInput, Threshold};
use crate::site::SiteInfo;

/// Keeps a share of all traces, by their randomness
/// ([ComposableProbability](https://opentelemetry.io/docs/specs/otel/trace/sdk/#composableprobability)).
///
/// Services with the same or a higher share keep the same traces.
///
/// ```
/// use trace_runtime::sampling::{Composite, Probability};
///
/// let sampler = Composite::new(Probability::new(0.25)?);
/// # let _ = sampler;
/// # Ok::<(), trace_runtime::sampling::SamplingError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Probability {
    share: f64,
    threshold: Option<Threshold>,
}

impl Probability {
    /// Creates a sampler that keeps this share of all traces, from 0 to 1.
    ///
    /// # Errors
    /// If `share` is not from 0 to 1.
    pub fn new(share: f64) -> Result<Self, SamplingError> {
        SamplingError::check_share(share)?;
        Ok(Self { share, threshold: Threshold::of_probability(share) })
    }
}

impl Composable for Probability {
    fn intent(&self, _: &SamplingInput<'_>) -> SamplingIntent {
        SamplingIntent::new(self.threshold)
    }

    fn for_children(&self, _: Option<&SiteInfo>) -> ForChildren {
        ForChildren::Constant
    }

    fn describe(&self) -> String {
        format!("ComposableProbability{{{}}}", self.share)
    }
}
