//! Follows the threshold of the parent; another sampler decides about roots.

use super::composable::{Composable, ForChildren, SamplingIntent};
use super::trace_state::OtState;
use super::{SamplingInput, Threshold};
use crate::site::SiteInfo;

/// Treats a span as its parent was; roots are decided by another sampler
/// ([ComposableParentThreshold](https://opentelemetry.io/docs/specs/otel/trace/sdk/#composableparentthreshold)).
///
/// A parent without a threshold in its `tracestate` was sampled in a way that cannot be counted: its
/// `sampled` flag decides, and the span has no threshold either.
///
/// ```
/// use trace_runtime::sampling::{Composite, ParentThreshold, Probability};
///
/// let sampler = Composite::new(ParentThreshold::new(Probability::new(0.1)?));
/// # let _ = sampler;
/// # Ok::<(), trace_runtime::sampling::SamplingError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ParentThreshold<T> {
    root: T,
}

impl<T: Composable> ParentThreshold<T> {
    /// Creates a sampler that asks `root` about roots.
    pub fn new(root: T) -> Self {
        Self { root }
    }
}

impl<T: Composable> Composable for ParentThreshold<T> {
    fn intent(&self, input: &SamplingInput<'_>) -> SamplingIntent {
        match intent_of_parent(input) {
            Some(intent) => intent,
            None => self.root.intent(input),
        }
    }

    fn for_children(&self, _: Option<&SiteInfo>) -> ForChildren {
        ForChildren::AsParent
    }

    fn reads_attributes(&self, site: Option<&SiteInfo>) -> bool {
        self.root.reads_attributes(site)
    }

    fn name_patterns(&self) -> Vec<String> {
        self.root.name_patterns()
    }

    fn describe(&self) -> String {
        format!("ComposableParentThreshold{{{}}}", self.root.describe())
    }
}

/// Returns the intent that treats a span as its parent was; `None`: it has no parent.
pub(super) fn intent_of_parent(input: &SamplingInput<'_>) -> Option<SamplingIntent> {
    let parent = input.parent().filter(|parent| parent.is_valid())?;
    Some(match OtState::read(parent.trace_state()).threshold {
        Some(threshold) => SamplingIntent::new(Some(threshold)),
        None if parent.is_sampled() => SamplingIntent::new(Some(Threshold::ALWAYS)).unreliable(),
        None => SamplingIntent::DROP.unreliable(),
    })
}
