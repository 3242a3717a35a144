//! Maps what decides about roots: the sampler of the tracer provider, with the rules and the share of
//! `distribution.trace-rs`.

use super::distribution::{level, profile};
use super::mapper::Mapper;
use super::samplers;
use crate::caught::caught;
use crate::config::settings::{NamedSampler, Settings};
use crate::sampling::{
    AlwaysOn, Composable, Composite, ParentThreshold, Probability, Rule, RuleBased, Sampler,
};
use std::sync::Arc;
use trace_config::model::distribution::Rule as RuleSection;
use trace_config::model::sampler::{ComposableSampler, Sampler as SamplerSection};
use trace_config::model::{Configuration, Place};

/// A sampler, and the sections that made it.
#[derive(Clone, Debug)]
pub(crate) struct FileSampler {
    sections: Sections,
    /// `None` for what is done without a sampler.
    pub(crate) sampler: Option<NamedSampler>,
}

impl FileSampler {
    /// Returns the sampler of a file: that of an earlier version if the same sections make it, so that its state stays.
    pub(super) fn of(
        mapper: &Mapper<'_>,
        file: &Configuration,
        settings: &Settings,
        before: Option<&Self>,
    ) -> Self {
        let sections = Sections::of(file, settings);
        match before.filter(|before| before.sections == sections) {
            Some(before) => before.clone(),
            None => Self { sampler: sections.sampler(mapper), sections },
        }
    }
}

/// The sections that make a sampler, each with its place, which takes no part in comparisons.
#[derive(Clone, Debug, PartialEq)]
struct Sections {
    own: Option<(Place, SamplerSection)>,
    rules: Option<(Place, Vec<RuleSection>)>,
    share: Option<(Place, f64)>,
}

impl Sections {
    fn of(file: &Configuration, settings: &Settings) -> Self {
        let provider = file.tracer_provider.as_ref();
        let section = file.distribution.as_ref().and_then(|it| it.trace_rs.as_ref());
        let profile = section.and_then(|section| profile(settings, section));
        let rules = profile.and_then(|profile| profile.rules.as_ref());
        let rules = rules.or(section.and_then(|section| section.rules.as_ref()));
        Self {
            own: provider.and_then(|section| Some((section.at, section.sampler.clone()?))),
            rules: section.and_then(|section| Some((section.at, rules?.clone()))),
            share: profile.and_then(|profile| Some((profile.at, profile.share?))),
        }
    }

    fn sampler(&self, mapper: &Mapper<'_>) -> Option<NamedSampler> {
        let share = self.share.map(|(at, share)| probability(mapper, at, share));
        match (&self.rules, share, &self.own) {
            (Some((at, rules)), Some(share), _) => by_rules(mapper, *at, rules, share),
            (Some((at, rules)), None, own) => {
                let own = own.as_ref().map(|(_, sampler)| sampler);
                by_rules(mapper, *at, rules, otherwise(mapper, *at, own)?)
            }
            (None, Some(share), _) => {
                Some(named(Box::new(Composite::new(ParentThreshold::new(share)))))
            }
            (None, None, Some((at, own))) => samplers::sampler(mapper, *at, own).map(named),
            (None, None, None) => None,
        }
    }
}

fn named(sampler: Box<dyn Sampler>) -> NamedSampler {
    let name = caught(|| sampler.description()).unwrap_or_default();
    NamedSampler { name, sampler: Arc::from(sampler) }
}

fn probability(mapper: &Mapper<'_>, at: Place, share: f64) -> Box<dyn Composable> {
    match Probability::new(share) {
        Ok(sampler) => Box::new(sampler),
        Err(error) => {
            mapper.refused(at, Some("share"), error.to_string());
            Box::new(AlwaysOn)
        }
    }
}

/// Returns the sampler that decides about roots that no rule matches.
fn otherwise(
    mapper: &Mapper<'_>,
    at: Place,
    sampler: Option<&SamplerSection>,
) -> Option<Box<dyn Composable>> {
    Some(match sampler {
        None => Box::new(AlwaysOn),
        Some(SamplerSection::Composite(ComposableSampler::ParentThreshold(sampler))) => {
            samplers::composable(mapper, sampler.at, &sampler.root)
        }
        Some(SamplerSection::Composite(sampler)) => samplers::composable(mapper, at, sampler),
        Some(SamplerSection::Probability(sampler)) => {
            probability(mapper, sampler.at, sampler.ratio.unwrap_or(1.0))
        }
        Some(SamplerSection::ParentBased(sampler)) if sampler.root.is_none() => Box::new(AlwaysOn),
        Some(_) => {
            let message = "rules need a sampler that can be composed: composite/development, \
                           probability/development, or none";
            mapper.refused(at, Some("rules"), message);
            return None;
        }
    })
}

/// Returns the sampler that asks rules about roots, and `otherwise` about those that none matches.
fn by_rules(
    mapper: &Mapper<'_>,
    at: Place,
    rules: &[RuleSection],
    otherwise: Box<dyn Composable>,
) -> Option<NamedSampler> {
    let last = Rule::new(ParentThreshold::new(otherwise));
    match RuleBased::new(rules.iter().map(rule).chain([last])) {
        Ok(sampler) => Some(named(Box::new(Composite::new(sampler)))),
        Err(error) => {
            mapper.refused(at, Some("rules"), error.to_string());
            None
        }
    }
}

fn rule(section: &RuleSection) -> Rule {
    let mut rule = Rule::keeping(section.share);
    if let Some(section) = section.level {
        rule = rule.with_level(level(section));
    }
    if let Some(names) = &section.names {
        rule = rule.with_names(names);
    }
    if let Some(scopes) = &section.scopes {
        rule = rule.with_scopes(scopes);
    }
    if let Some(modules) = &section.modules {
        rule = rule.with_modules(modules);
    }
    if let Some(kinds) = &section.kinds {
        rule = rule.with_kinds(kinds.iter().copied().map(samplers::kind));
    }
    if let Some(parents) = &section.parents {
        rule = rule.with_parents(parents.iter().copied().map(samplers::parent));
    }
    for attribute in section.attributes.iter().flatten() {
        if let Some(values) = &attribute.values {
            rule = rule.with_attribute_values(&attribute.key, values);
        }
        if let Some(included) = &attribute.included {
            rule = rule.with_attribute_patterns(&attribute.key, included);
        }
        if let Some(excluded) = &attribute.excluded {
            rule = rule.without_attribute_patterns(&attribute.key, excluded);
        }
        if attribute.values.is_none()
            && attribute.included.is_none()
            && attribute.excluded.is_none()
        {
            rule = rule.with_attribute_patterns(&attribute.key, ["*"]);
        }
    }
    for baggage in section.baggage.iter().flatten() {
        rule = rule.with_baggage(&baggage.key, &baggage.patterns);
    }
    rule
}
