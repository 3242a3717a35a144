use super::{Decision, Sampler, SamplingInput};

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
