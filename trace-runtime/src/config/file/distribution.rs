//! Maps what the schema has no keys for: the section `distribution`, key `trace-rs`.

use super::mapper::{Mapper, number};
use super::{samplers, spans};
use crate::collector::OpenLimits;
use crate::config::component::Component;
use crate::config::settings::{BaggageSettings, NamedSampler, Settings, SwitchSettings};
use crate::export::table::exporter;
use crate::export::{CodeAttributes, TenantRoutes};
use crate::level::Level;
use crate::sampling::{
    AlwaysOn, Composable, Composite, ParentThreshold, Probability, Rule, RuleBased, TailSampling,
    TenantLimits, Tenants,
};
use opentelemetry::Key;
use std::time::Duration;
use trace_config::model::distribution::{
    CodeAttributes as CodeSection, Level as LevelSection, Profile, Rule as RuleSection, Snapshot,
    TailSampling as TailSection, TenantLimits as LimitSection, TenantRoutes as RouteSection,
    Tenants as TenantSection, TraceRs,
};
use trace_config::model::sampler::{ComposableSampler, Sampler as SamplerSection};
use trace_config::model::{ByName, Configuration, Place};

/// The most open spans, unless the section sets another number.
const OPEN_SPANS: usize = 1 << 18;

pub(super) fn set(mapper: &Mapper<'_>, settings: &mut Settings, file: &Configuration) {
    let Some(section) = file.distribution.as_ref().and_then(|it| it.trace_rs.as_ref()) else {
        return;
    };
    settings.memory = section.memory_limit.map(number);
    settings.ring_bytes = section.ring_bytes.map(number);
    settings.shutdown_timeout = section.shutdown_timeout.map(Duration::from_millis);
    settings.has_startup_line = section.startup_line.unwrap_or(true);
    settings.code = section.code_attributes.map(|code| match code {
        CodeSection::Always => CodeAttributes::Always,
        CodeSection::Never => CodeAttributes::Never,
        _ => CodeAttributes::Errors,
    });
    settings.open = section.open_spans.as_ref().map(|open| OpenLimits {
        spans: open.count.map_or(OPEN_SPANS, number),
        bytes: open.bytes.map_or(settings.memory.unwrap_or(crate::config::MEMORY) / 4, number),
    });
    settings.baggage = baggage(section);
    #[cfg(feature = "metrics")]
    {
        settings.metrics.is_own_off = section.own_metrics == Some(false);
        let limit = section.series_limit.map(|limit| number::<usize>(limit).clamp(1, 1 << 20));
        settings.metrics.series.default = limit.or(settings.metrics.series.default);
    }
    let environment = environment(settings);
    let profile = section.profiles.as_ref().zip(environment.as_deref());
    let profile = profile.and_then(|(profiles, environment)| profiles.get(environment));
    settings.routes = section.tenant_routes.as_ref().map(|section| routes(mapper, section));
    sample(mapper, settings, file, section, profile);
    control(mapper, settings, section, profile);
}

/// Returns the deployment environment, by which profiles are chosen.
fn environment(settings: &Settings) -> Option<String> {
    let key = Key::from_static_str("deployment.environment.name");
    let attributes = settings.resource.attributes.iter().rev();
    let found = attributes.into_iter().find(|attribute| attribute.key == key)?;
    Some(found.value.to_string())
}

/// Sets the sampler and tail sampling.
fn sample(
    mapper: &Mapper<'_>,
    settings: &mut Settings,
    file: &Configuration,
    section: &TraceRs,
    profile: Option<&Profile>,
) {
    let own = file.tracer_provider.as_ref().and_then(|it| it.sampler.as_ref());
    let share = profile.and_then(|profile| Some((profile.at, profile.share?)));
    if let Some((at, share)) = share {
        let sampler = ParentThreshold::new(probability(mapper, at, share));
        settings.sampler = Some(samplers::named(Box::new(Composite::new(sampler))));
    }
    let rules = profile.and_then(|profile| profile.rules.as_ref()).or(section.rules.as_ref());
    if let Some(rules) = rules {
        let otherwise = match share {
            Some((at, share)) => Some(probability(mapper, at, share)),
            None => otherwise(mapper, section, own),
        };
        settings.sampler =
            otherwise.and_then(|otherwise| by_rules(mapper, section, rules, otherwise));
    }
    let tail = profile.and_then(|profile| profile.tail_sampling.as_ref());
    let tail = tail.or(section.tail_sampling.as_ref());
    settings.tail = tail.and_then(|tail| {
        let settings = tail_sampling(tail, section.snapshot.as_ref());
        settings.check().map_err(|error| mapper.refused(tail.at, None, error.to_string())).ok()
    });
    if settings.tail.is_none()
        && let Some(snapshot) = &section.snapshot
    {
        let message =
            "snapshots need `tail_sampling`, without which nothing that was recorded is dropped";
        mapper.unsupported(snapshot.at, None, message);
    }
}

fn routes(mapper: &Mapper<'_>, section: &RouteSection) -> TenantRoutes {
    let mut routes = TenantRoutes::by(section.key.as_deref().unwrap_or("tenant"));
    for (tenant, section) in section.named.iter().flat_map(|named| named.iter()) {
        routes = match spans::exporter(mapper, section) {
            Some((Component::Named(exporter), settings)) => {
                routes.with_named(tenant, exporter, settings)
            }
            Some((Component::Plugin(plugin), _)) => {
                routes.with_later(tenant, Box::new(move || plugin.spans()))
            }
            None => routes,
        };
    }
    if let Some(section) = &section.each {
        match spans::exporter(mapper, &section.exporter) {
            Some((named, settings)) if named == exporter("otlp") => {
                routes = routes.with_otlp_for_each(&section.header, settings.otlp);
            }
            Some(_) => {
                let message = "only OTLP over HTTP or gRPC has headers";
                mapper.refused(section.at, Some("exporter"), message);
            }
            None => {}
        }
    }
    match section.most {
        Some(most) => routes.with_most(number(most)),
        None => routes,
    }
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
    section: &TraceRs,
    sampler: Option<&SamplerSection>,
) -> Option<Box<dyn Composable>> {
    Some(match sampler {
        None => Box::new(AlwaysOn),
        Some(SamplerSection::Composite(ComposableSampler::ParentThreshold(sampler))) => {
            samplers::composable(mapper, sampler.at, &sampler.root)
        }
        Some(SamplerSection::Composite(sampler)) => {
            samplers::composable(mapper, section.at, sampler)
        }
        Some(SamplerSection::Probability(sampler)) => {
            probability(mapper, sampler.at, sampler.ratio.unwrap_or(1.0))
        }
        Some(SamplerSection::ParentBased(sampler)) if sampler.root.is_none() => Box::new(AlwaysOn),
        Some(_) => {
            let message = "rules need a sampler that can be composed: composite/development, \
                           probability/development, or none";
            mapper.refused(section.at, Some("rules"), message);
            return None;
        }
    })
}

/// Returns the sampler that asks rules about roots, and `otherwise` about those that none matches.
fn by_rules(
    mapper: &Mapper<'_>,
    section: &TraceRs,
    rules: &[RuleSection],
    otherwise: Box<dyn Composable>,
) -> Option<NamedSampler> {
    let last = Rule::new(ParentThreshold::new(otherwise));
    match RuleBased::new(rules.iter().map(rule).chain([last])) {
        Ok(sampler) => Some(samplers::named(Box::new(Composite::new(sampler)))),
        Err(error) => {
            mapper.refused(section.at, Some("rules"), error.to_string());
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

fn tail_sampling(section: &TailSection, snapshot: Option<&Snapshot>) -> TailSampling {
    let mut tail = TailSampling::new(section.share);
    if let Some(errors) = section.errors {
        tail = tail.with_errors(errors);
    }
    for slow in section.slow_named.iter().flatten() {
        tail = tail.with_slow_named(&slow.name, Duration::from_millis(slow.limit));
    }
    if let Some(limit) = section.slow {
        tail = tail.with_slow(Duration::from_millis(limit));
    }
    if section.unusual_durations == Some(true) {
        tail = tail.with_unusual_durations();
    }
    for attribute in section.attributes.iter().flatten() {
        tail = tail.with_attribute(&attribute.key, attribute.pattern.as_deref().unwrap_or("*"));
    }
    for event in section.events.iter().flatten() {
        tail = tail.with_event(event);
    }
    if let Some(budget) = section.budget {
        tail = tail.with_budget(budget);
    }
    if let Some(reserve) = section.reserve {
        tail = tail.with_reserve(reserve);
    }
    if let Some(timeout) = section.timeout {
        tail = tail.with_timeout(Duration::from_millis(timeout));
    }
    if let Some(bytes) = section.bytes {
        tail = tail.with_bytes(number(bytes));
    }
    if let Some(section) = &section.tenants {
        tail = tail.with_tenants(tenants(section));
    }
    match snapshot {
        Some(snapshot) if snapshot.enabled == Some(false) => tail.without_recent_spans(),
        Some(snapshot) => {
            let bytes = snapshot.bytes.map_or(16 << 20, number);
            tail.with_recent_spans(bytes, Duration::from_millis(snapshot.age.unwrap_or(30_000)))
        }
        None => tail,
    }
}

fn tenants(section: &TenantSection) -> Tenants {
    let mut tenants = Tenants::default();
    if let Some(key) = &section.key {
        tenants = Tenants::by(key);
    }
    if let Some(most) = section.most {
        tenants = tenants.with_most(number(most));
    }
    if let Some(default) = &section.default {
        tenants = tenants.with_default(limits(default));
    }
    for (name, section) in section.named.iter().flat_map(|named| named.iter()) {
        tenants = tenants.with_tenant(name, limits(section));
    }
    tenants
}

fn limits(section: &LimitSection) -> TenantLimits {
    let mut limits = TenantLimits::new();
    if let Some(share) = section.share {
        limits = limits.with_share(share);
    }
    if let Some(spans) = section.spans_per_second {
        limits = limits.with_spans_per_second(spans);
    }
    if let Some(bytes) = section.bytes_per_second {
        limits = limits.with_bytes_per_second(bytes);
    }
    limits
}

fn baggage(section: &TraceRs) -> BaggageSettings {
    let Some(section) = &section.baggage else { return BaggageSettings::default() };
    BaggageSettings {
        attributes: section.attributes.clone().unwrap_or_default(),
        #[cfg(feature = "metrics")]
        labels: section.labels.clone().unwrap_or_default(),
        #[cfg(feature = "metrics")]
        label_cap: section.label_cap.map(number),
        #[cfg(feature = "logs")]
        log_attributes: section.log_attributes.clone().unwrap_or_default(),
    }
}

/// Sets levels and switches.
fn control(
    mapper: &Mapper<'_>,
    settings: &mut Settings,
    section: &TraceRs,
    profile: Option<&Profile>,
) {
    let levels = profile.and_then(|profile| profile.levels.as_ref()).or(section.levels.as_ref());
    let switches = profile.and_then(|profile| profile.switches.as_ref());
    let switches = switches.or(section.switches.as_ref());
    let canary = profile.and_then(|profile| profile.canary.as_ref()).or(section.canary.as_ref());
    settings.canary = canary.map(|canary| canary.share);
    settings.requests.level_key = levels.and_then(|levels| levels.baggage.clone());
    let trusted = section.baggage.as_ref().and_then(|baggage| baggage.trusted.clone());
    settings.requests.trusted = trusted.unwrap_or_default();
    // The tracers that are turned off are there already.
    let mut rules = settings.levels.take().unwrap_or_default();
    if let Some(levels) = levels {
        rules.level = levels.default.map(level).unwrap_or_default();
        for (module, section) in levels.modules.iter().flat_map(|modules| modules.iter()) {
            rules.set_module(module, level(*section));
        }
    }
    if let Some(switches) = switches {
        rules.all_off = switches.traces == Some(false);
        rules.modules_off = off(switches.modules.as_ref());
        rules.functions_off = off(switches.functions.as_ref());
        settings.switches = SwitchSettings {
            telemetry_off: switches.telemetry == Some(false),
            metrics_off: switches.metrics == Some(false),
            logs_off: switches.logs == Some(false),
            exporters_off: off(switches.exporters.as_ref()),
        };
        let tenants = off(switches.tenants.as_ref());
        match &mut settings.tail {
            Some(tail) if tail.tenants.is_some() => tail.tenants_off = tenants,
            _ if tenants.is_empty() => {}
            _ => {
                let message = "tenants are distinguished by `tail_sampling` with `tenants` only";
                mapper.unsupported(switches.at, Some("tenants"), message);
            }
        }
    }
    settings.levels = Some(rules);
}

/// Returns the names that are switched off.
fn off(names: Option<&ByName<bool>>) -> Vec<String> {
    let off = names.into_iter().flat_map(|names| names.iter()).filter(|(_, is_on)| !**is_on);
    off.map(|(name, _)| name.to_owned()).collect()
}

fn level(section: LevelSection) -> Level {
    match section {
        LevelSection::Trace => Level::Trace,
        LevelSection::Debug => Level::Debug,
        LevelSection::Warn => Level::Warn,
        LevelSection::Error => Level::Error,
        _ => Level::Info,
    }
}
