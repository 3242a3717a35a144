use super::composable::{Composable, ForChildren, SamplingIntent};
use super::{Decision, Sampler, SamplingInput, Threshold};
use crate::site::SiteInfo;

/// Records every span.
#[derive(Clone, Copy, Debug, Default)]
pub struct AlwaysOn;

impl Sampler for AlwaysOn {
    fn sample(&self, _: &SamplingInput<'_>) -> Decision {
        Decision::RecordAndSample
    }

    fn description(&self) -> String {
        "AlwaysOnSampler".to_owned()
    }
}

impl Composable for AlwaysOn {
    fn intent(&self, _: &SamplingInput<'_>) -> SamplingIntent {
        SamplingIntent::new(Some(Threshold::ALWAYS))
    }

    fn for_children(&self, _: Option<&SiteInfo>) -> ForChildren {
        ForChildren::Constant
    }

    fn describe(&self) -> String {
        "ComposableAlwaysOn".to_owned()
    }
}
