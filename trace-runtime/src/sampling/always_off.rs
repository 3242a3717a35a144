use super::composable::{Composable, ForChildren, SamplingIntent};
use super::{Decision, Sampler, SamplingInput};
use crate::site::SiteInfo;

/// Records no span.
#[derive(Clone, Copy, Debug, Default)]
pub struct AlwaysOff;

impl Sampler for AlwaysOff {
    fn sample(&self, _: &SamplingInput<'_>) -> Decision {
        Decision::Drop
    }

    fn description(&self) -> String {
        "AlwaysOffSampler".to_owned()
    }
}

impl Composable for AlwaysOff {
    fn intent(&self, _: &SamplingInput<'_>) -> SamplingIntent {
        SamplingIntent::DROP
    }

    fn for_children(&self, _: Option<&SiteInfo>) -> ForChildren {
        ForChildren::Constant
    }

    fn describe(&self) -> String {
        "ComposableAlwaysOff".to_owned()
    }
}
