//! Applies the overrides of a deployment environment.

use super::Configuration;
use super::distribution::Profile;
use super::sampler::{ParentBasedSampler, Sampler, TraceIdRatioBasedSampler};

impl Configuration {
    /// Applies the profile of a deployment environment: the value of the resource's attribute
    /// `deployment.environment.name`. Returns whether there is one.
    ///
    /// Profiles stand in `distribution`, under `trace-rs.profiles`. A key of a profile replaces the section of
    /// the same name. `share` replaces the sampler.
    ///
    /// ```
    /// use trace_config::{Format, Reader};
    ///
    /// let text = "
    /// file_format: '1.2'
    /// tracer_provider: { processors: [ { simple: { exporter: { console: } } } ] }
    /// distribution:
    ///   trace-rs:
    ///     profiles:
    ///       dev: { share: 1.0 }
    ///       prod: { share: 0.1, canary: { share: 0.5 } }
    /// ";
    /// let mut configuration = Reader::new().read_text("otel.yaml", text, Format::Yaml)?.configuration;
    /// assert!(configuration.apply_profile("prod"));
    /// assert!(configuration.tracer_provider.unwrap().sampler.is_some());
    /// # Ok::<(), trace_config::ConfigError>(())
    /// ```
    pub fn apply_profile(&mut self, environment: &str) -> bool {
        let ours = self.distribution.as_mut().and_then(|section| section.trace_rs.as_mut());
        let Some(ours) = ours else { return false };
        let profile = ours.profiles.as_ref().and_then(|profiles| profiles.get(environment));
        let Some(profile) = profile.cloned() else { return false };
        let Profile { at, share, rules, tail_sampling, canary, levels, switches } = profile;
        replace(&mut ours.rules, rules);
        replace(&mut ours.tail_sampling, tail_sampling);
        replace(&mut ours.canary, canary);
        replace(&mut ours.levels, levels);
        replace(&mut ours.switches, switches);
        if let (Some(share), Some(provider)) = (share, &mut self.tracer_provider) {
            // What is wrong with the sampler is marked at the profile.
            let ratio = TraceIdRatioBasedSampler { at, ratio: Some(share) };
            let root = Box::new(Sampler::TraceIdRatioBased(ratio));
            let parent_based = ParentBasedSampler { at, root: Some(root), ..Default::default() };
            provider.sampler = Some(Sampler::ParentBased(parent_based));
        }
        true
    }
}

/// Replaces a value by another, if there is one.
fn replace<T>(value: &mut Option<T>, by: Option<T>) {
    if by.is_some() {
        *value = by;
    }
}
