use super::{Decision, Sampler, SamplingInput};

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
