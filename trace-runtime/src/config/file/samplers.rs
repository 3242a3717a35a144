//! Maps samplers.

use super::mapper::Mapper;
use crate::SpanKind;
use crate::plugin::Kind;
use crate::sampling::{
    AlwaysOff, AlwaysOn, AlwaysRecord, Composable, Composite, ConfiguredRatio, ParentBased,
    ParentKind, ParentThreshold, Probability, Rule, RuleBased, Sampler, SamplingError,
};
use trace_config::model::Place;
use trace_config::model::sampler::{
    ComposableRule, ComposableRuleBasedSampler, ComposableSampler, ParentBasedSampler,
    Sampler as Section, SpanKind as KindSection, SpanParent,
};

/// Returns the sampler of a section at this place; `None` for what is done without a sampler.
pub(super) fn sampler(
    mapper: &Mapper<'_>,
    at: Place,
    section: &Section,
) -> Option<Box<dyn Sampler>> {
    match section {
        Section::ParentBased(section) if follows_all(section) => None,
        section => Some(plain(mapper, at, section)),
    }
}

/// Returns whether a sampler keeps all traces, and each of them whole.
fn follows_all(section: &ParentBasedSampler) -> bool {
    let is_on = section.root.as_deref().is_none_or(|root| matches!(root, Section::AlwaysOn(_)));
    let others = [
        &section.remote_parent_sampled,
        &section.remote_parent_not_sampled,
        &section.local_parent_sampled,
        &section.local_parent_not_sampled,
    ];
    is_on && others.iter().all(|other| other.is_none())
}

fn plain(mapper: &Mapper<'_>, at: Place, section: &Section) -> Box<dyn Sampler> {
    match section {
        Section::AlwaysOn(_) => Box::new(AlwaysOn),
        Section::AlwaysOff(_) => Box::new(AlwaysOff),
        Section::AlwaysRecord(section) => {
            Box::new(AlwaysRecord::new(plain(mapper, section.at, &section.root)))
        }
        Section::TraceIdRatioBased(section) => {
            let place = format!("`trace_id_ratio_based` in {}", mapper.place(section.at));
            Box::new(ConfiguredRatio::new(section.ratio.unwrap_or(1.0), place))
        }
        Section::Probability(section) => {
            Box::new(Composite::new(share(mapper, section.at, section.ratio)))
        }
        Section::ParentBased(section) => Box::new(parent_based(mapper, section)),
        Section::Composite(section) => Box::new(Composite::new(composable(mapper, at, section))),
        Section::JaegerRemote(section) => {
            let message = "Jaeger's service is not asked; `initial_sampler` decides";
            mapper.unsupported(section.at, None, message);
            plain(mapper, section.at, &section.initial_sampler)
        }
        Section::Extension(other) => {
            let plugin = mapper.plugin(Kind::Sampler, other);
            // Nothing is installed where one is missing.
            plugin.and_then(|it| mapper.made(it.sampler())).unwrap_or_else(|| Box::new(AlwaysOff))
        }
        _ => unknown(mapper, at),
    }
}

fn unknown(mapper: &Mapper<'_>, at: Place) -> Box<dyn Sampler> {
    mapper.unsupported(at, None, "no such sampler is known; all traces are sampled");
    Box::new(ParentBased::new(AlwaysOn))
}

fn parent_based(mapper: &Mapper<'_>, section: &ParentBasedSampler) -> ParentBased {
    let of = |sampler: &Section| plain(mapper, section.at, sampler);
    let mut sampler = match section.root.as_deref() {
        Some(root) => ParentBased::new(of(root)),
        None => ParentBased::new(AlwaysOn),
    };
    if let Some(other) = &section.remote_parent_sampled {
        sampler = sampler.with_remote_parent_sampled(of(other));
    }
    if let Some(other) = &section.remote_parent_not_sampled {
        sampler = sampler.with_remote_parent_not_sampled(of(other));
    }
    if let Some(other) = &section.local_parent_sampled {
        sampler = sampler.with_local_parent_sampled(of(other));
    }
    if let Some(other) = &section.local_parent_not_sampled {
        sampler = sampler.with_local_parent_not_sampled(of(other));
    }
    sampler
}

fn share(mapper: &Mapper<'_>, at: Place, ratio: Option<f64>) -> Box<dyn Composable> {
    match Probability::new(ratio.unwrap_or(1.0)) {
        Ok(sampler) => Box::new(sampler),
        Err(error) => refused(mapper, at, Some("ratio"), &error),
    }
}

/// Reports settings of a sampler that are invalid. The sampler that stands in for it is never used.
fn refused(
    mapper: &Mapper<'_>,
    at: Place,
    key: Option<&str>,
    error: &SamplingError,
) -> Box<dyn Composable> {
    mapper.refused(at, key, error.to_string());
    Box::new(AlwaysOff)
}

pub(super) fn composable(
    mapper: &Mapper<'_>,
    at: Place,
    section: &ComposableSampler,
) -> Box<dyn Composable> {
    match section {
        ComposableSampler::AlwaysOn(_) => Box::new(AlwaysOn),
        ComposableSampler::AlwaysOff(_) => Box::new(AlwaysOff),
        ComposableSampler::ParentThreshold(section) => {
            Box::new(ParentThreshold::new(composable(mapper, section.at, &section.root)))
        }
        ComposableSampler::Probability(section) => share(mapper, section.at, section.ratio),
        ComposableSampler::RuleBased(section) => rule_based(mapper, section),
        ComposableSampler::Extension(other) => {
            let plugin = mapper.plugin(Kind::ComposableSampler, other);
            let made = plugin.and_then(|plugin| mapper.made(plugin.composable()));
            made.unwrap_or_else(|| Box::new(AlwaysOff))
        }
        _ => {
            mapper.unsupported(at, None, "no such sampler is known; it keeps all spans");
            Box::new(AlwaysOn)
        }
    }
}

fn rule_based(mapper: &Mapper<'_>, section: &ComposableRuleBasedSampler) -> Box<dyn Composable> {
    let rules = section.rules.iter().flatten().map(|section| rule(mapper, section));
    match RuleBased::new(rules) {
        Ok(sampler) => Box::new(sampler),
        Err(error) => refused(mapper, section.at, Some("rules"), &error),
    }
}

fn rule(mapper: &Mapper<'_>, section: &ComposableRule) -> Rule {
    let mut rule = Rule::new(composable(mapper, section.at, &section.sampler));
    if let Some(values) = &section.attribute_values {
        rule = rule.with_attribute_values(&values.key, &values.values);
    }
    if let Some(patterns) = &section.attribute_patterns {
        if patterns.included.is_some() || patterns.excluded.is_none() {
            let included = patterns.included.clone().unwrap_or_else(|| vec!["*".to_owned()]);
            rule = rule.with_attribute_patterns(&patterns.key, included);
        }
        if let Some(excluded) = &patterns.excluded {
            rule = rule.without_attribute_patterns(&patterns.key, excluded);
        }
    }
    if let Some(kinds) = &section.span_kinds {
        rule = rule.with_kinds(kinds.iter().copied().map(kind));
    }
    if let Some(parents) = &section.parent {
        rule = rule.with_parents(parents.iter().copied().map(parent));
    }
    rule
}

pub(super) fn kind(section: KindSection) -> SpanKind {
    match section {
        KindSection::Server => SpanKind::Server,
        KindSection::Client => SpanKind::Client,
        KindSection::Producer => SpanKind::Producer,
        KindSection::Consumer => SpanKind::Consumer,
        _ => SpanKind::Internal,
    }
}

pub(super) fn parent(section: SpanParent) -> ParentKind {
    match section {
        SpanParent::Remote => ParentKind::Remote,
        SpanParent::Local => ParentKind::Local,
        _ => ParentKind::None,
    }
}
