//! Adds attributes to the spans that another sampler keeps.

use super::composable::{Composable, ForChildren, SamplingIntent};
use super::{SamplingAttributes, SamplingInput};
use crate::site::SiteInfo;

/// Adds attributes to the spans that another sampler keeps
/// ([ComposableAnnotating](https://opentelemetry.io/docs/specs/otel/trace/sdk/#composableannotating)).
///
/// It adds them to every span about which it is asked. Within
/// [`ParentThreshold`](super::ParentThreshold), these are the roots.
///
/// ```
/// use trace_runtime::sampling::{
///     AlwaysOn, Annotating, Composite, ParentThreshold, SamplingAttribute,
/// };
///
/// let why = [SamplingAttribute::new("sampling.reason", "all")];
/// let sampler = Composite::new(ParentThreshold::new(Annotating::new(AlwaysOn, why)));
/// # let _ = sampler;
/// ```
#[derive(Clone, Debug)]
pub struct Annotating<T> {
    delegate: T,
    attributes: SamplingAttributes,
}

impl<T: Composable> Annotating<T> {
    /// Creates a sampler that adds these attributes to the spans that `delegate` keeps.
    pub fn new(delegate: T, attributes: impl Into<SamplingAttributes>) -> Self {
        Self { delegate, attributes: attributes.into() }
    }
}

impl<T: Composable> Composable for Annotating<T> {
    fn intent(&self, input: &SamplingInput<'_>) -> SamplingIntent {
        let intent = self.delegate.intent(input);
        let attributes = match intent.attributes().as_slice() {
            [] => self.attributes.clone(),
            others => others.iter().chain(self.attributes.as_slice()).cloned().collect(),
        };
        intent.with_attributes(attributes)
    }

    fn for_children(&self, _: Option<&SiteInfo>) -> ForChildren {
        ForChildren::Own
    }

    fn reads_attributes(&self, site: Option<&SiteInfo>) -> bool {
        self.delegate.reads_attributes(site)
    }

    fn name_patterns(&self) -> Vec<String> {
        self.delegate.name_patterns()
    }

    fn describe(&self) -> String {
        let keys: Vec<_> = self.attributes.as_slice().iter().map(|it| it.key()).collect();
        format!("ComposableAnnotating{{{},{}}}", self.delegate.describe(), keys.join(","))
    }
}
