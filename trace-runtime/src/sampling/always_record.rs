//! Records the spans that another sampler drops, without exporting them.

use super::{Decision, Sampler, SamplerNeeds, SamplingInput, SamplingResult};
use crate::site::SiteInfo;

/// Records every span; those that another sampler drops are not exported
/// ([AlwaysRecord](https://opentelemetry.io/docs/specs/otel/trace/sdk/#alwaysrecord)).
///
/// Such spans have data, are not sampled for services that continue their trace, and are counted in
/// reports as `sampled_out`.
///
/// ```
/// use trace_runtime::sampling::{AlwaysRecord, ParentBased, TraceIdRatio};
///
/// let sampler = AlwaysRecord::new(ParentBased::new(TraceIdRatio::new(0.01)));
/// # let _ = sampler;
/// ```
#[derive(Clone, Copy, Debug)]
pub struct AlwaysRecord<T> {
    root: T,
}

impl<T: Sampler> AlwaysRecord<T> {
    /// Creates a sampler that records what `root` drops.
    pub fn new(root: T) -> Self {
        Self { root }
    }
}

impl<T: Sampler> Sampler for AlwaysRecord<T> {
    fn sample(&self, input: &SamplingInput<'_>) -> Decision {
        recorded(self.root.sample(input))
    }

    fn result(&self, input: &SamplingInput<'_>) -> SamplingResult {
        let result = self.root.result(input);
        let decision = recorded(result.decision());
        result.with_decision(decision)
    }

    fn needs(&self) -> SamplerNeeds {
        self.root.needs()
    }

    fn needs_at(&self, site: &SiteInfo) -> SamplerNeeds {
        self.root.needs_at(site)
    }

    fn name_patterns(&self) -> Vec<String> {
        self.root.name_patterns()
    }

    fn description(&self) -> String {
        format!("AlwaysRecord{{{}}}", self.root.description())
    }
}

fn recorded(decision: Decision) -> Decision {
    match decision {
        Decision::Drop => Decision::RecordOnly,
        other => other,
    }
}
