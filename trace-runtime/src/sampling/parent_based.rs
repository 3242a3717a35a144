//! Keeps traces whole: children follow their parent, and a sampler of one's choice decides roots.

use super::{AlwaysOff, AlwaysOn, Decision, Sampler, SamplerNeeds, SamplingInput, SamplingResult};
use crate::site::SiteInfo;

/// Follows the parent's decision; roots are decided by another sampler
/// ([ParentBased](https://opentelemetry.io/docs/specs/otel/trace/sdk/#parentbased)).
#[derive(Debug)]
pub struct ParentBased {
    root: Box<dyn Sampler>,
    remote_sampled: Box<dyn Sampler>,
    remote_not_sampled: Box<dyn Sampler>,
    local_sampled: Box<dyn Sampler>,
    local_not_sampled: Box<dyn Sampler>,
    /// Whether spans with a parent in this process do not just follow it.
    decides_locally: bool,
}

impl ParentBased {
    /// Decides roots by `root`; all others follow their parent.
    pub fn new(root: impl Sampler) -> Self {
        Self {
            root: Box::new(root),
            remote_sampled: Box::new(AlwaysOn),
            remote_not_sampled: Box::new(AlwaysOff),
            local_sampled: Box::new(AlwaysOn),
            local_not_sampled: Box::new(AlwaysOff),
            decides_locally: false,
        }
    }

    /// Decides spans whose parent is in another process and sampled.
    #[must_use]
    pub fn with_remote_parent_sampled(mut self, sampler: impl Sampler) -> Self {
        self.remote_sampled = Box::new(sampler);
        self
    }

    /// Decides spans whose parent is in another process and not sampled.
    #[must_use]
    pub fn with_remote_parent_not_sampled(mut self, sampler: impl Sampler) -> Self {
        self.remote_not_sampled = Box::new(sampler);
        self
    }

    /// Decides spans whose parent is in this process and sampled. No call then takes the fast path.
    #[must_use]
    pub fn with_local_parent_sampled(mut self, sampler: impl Sampler) -> Self {
        self.local_sampled = Box::new(sampler);
        self.decides_locally = true;
        self
    }

    /// Decides spans whose parent is in this process and not sampled. No call then takes the fast path.
    #[must_use]
    pub fn with_local_parent_not_sampled(mut self, sampler: impl Sampler) -> Self {
        self.local_not_sampled = Box::new(sampler);
        self.decides_locally = true;
        self
    }
}

impl Sampler for ParentBased {
    fn sample(&self, input: &SamplingInput<'_>) -> Decision {
        self.sampler_for(input).sample(input)
    }

    fn result(&self, input: &SamplingInput<'_>) -> SamplingResult {
        self.sampler_for(input).result(input)
    }

    fn needs(&self) -> SamplerNeeds {
        self.needs_of(|sampler| sampler.needs())
    }

    fn needs_at(&self, site: &SiteInfo) -> SamplerNeeds {
        self.needs_of(|sampler| sampler.needs_at(site))
    }

    fn name_patterns(&self) -> Vec<String> {
        self.samplers().iter().flat_map(|sampler| sampler.name_patterns()).collect()
    }

    fn description(&self) -> String {
        format!(
            "ParentBased{{root={},remoteParentSampled={},remoteParentNotSampled={},\
             localParentSampled={},localParentNotSampled={}}}",
            self.root.description(),
            self.remote_sampled.description(),
            self.remote_not_sampled.description(),
            self.local_sampled.description(),
            self.local_not_sampled.description(),
        )
    }
}

impl ParentBased {
    fn samplers(&self) -> [&dyn Sampler; 5] {
        [
            &*self.root,
            &*self.remote_sampled,
            &*self.remote_not_sampled,
            &*self.local_sampled,
            &*self.local_not_sampled,
        ]
    }

    fn needs_of(&self, of: impl Fn(&dyn Sampler) -> SamplerNeeds) -> SamplerNeeds {
        let mut needs = SamplerNeeds::NONE;
        if self.samplers().iter().any(|sampler| of(*sampler).attributes()) {
            needs = needs.with_attributes();
        }
        if self.decides_locally {
            needs = needs.with_children();
        }
        needs
    }

    fn sampler_for(&self, input: &SamplingInput<'_>) -> &dyn Sampler {
        let sampler = match input.parent().filter(|parent| parent.is_valid()) {
            None => &self.root,
            Some(parent) => match (parent.is_remote(), parent.is_sampled()) {
                (true, true) => &self.remote_sampled,
                (true, false) => &self.remote_not_sampled,
                (false, true) => &self.local_sampled,
                (false, false) => &self.local_not_sampled,
            },
        };
        &**sampler
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sampling::testing::{child, parent, root};

    #[test]
    fn children_follow_their_parent_and_roots_the_root_sampler() {
        let sampler = ParentBased::new(AlwaysOff);
        assert_eq!(sampler.sample(&root(1)), Decision::Drop);
        for remote in [false, true] {
            let sampled = parent(remote, true);
            assert_eq!(sampler.sample(&child(7, Some(&sampled))), Decision::RecordAndSample);
        }
        let sampler = ParentBased::new(AlwaysOn);
        assert_eq!(sampler.sample(&root(1)), Decision::RecordAndSample);
        for remote in [false, true] {
            let unsampled = parent(remote, false);
            assert_eq!(sampler.sample(&child(7, Some(&unsampled))), Decision::Drop);
        }
    }

    #[test]
    fn each_branch_can_be_replaced() {
        let sampler = ParentBased::new(AlwaysOff)
            .with_remote_parent_sampled(AlwaysOff)
            .with_remote_parent_not_sampled(AlwaysOn)
            .with_local_parent_sampled(AlwaysOff)
            .with_local_parent_not_sampled(AlwaysOn);
        for remote in [false, true] {
            for sampled in [false, true] {
                let parent = parent(remote, sampled);
                let kept = sampler.sample(&child(7, Some(&parent))) == Decision::RecordAndSample;
                assert_eq!(kept, !sampled, "remote {remote}");
            }
        }
    }

    #[test]
    fn an_invalid_parent_is_none() {
        let invalid = crate::SpanContext::default();
        let sampler = ParentBased::new(AlwaysOn);
        assert_eq!(sampler.sample(&child(7, Some(&invalid))), Decision::RecordAndSample);
    }
}
