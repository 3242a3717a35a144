//! Maps what the schema has no keys for: the section `distribution`, key `trace-rs`.

use super::mapper::{Mapper, number};
use super::spans;
use crate::collector::OpenLimits;
use crate::config::component::Component;
use crate::config::settings::{BaggageSettings, Settings, SwitchSettings};
use crate::export::table::exporter;
use crate::export::{CodeAttributes, TenantRoutes};
use crate::level::Level;
use crate::sampling::{TailSampling, TenantLimits, Tenants};
use opentelemetry::Key;
use std::time::Duration;
use trace_config::model::distribution::{
    CodeAttributes as CodeSection, Level as LevelSection, Profile, Snapshot,
    TailSampling as TailSection, TenantLimits as LimitSection, TenantRoutes as RouteSection,
    Tenants as TenantSection, TraceRs,
};
use trace_config::model::{ByName, Configuration};

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
    let profile = profile(settings, section);
    settings.routes = section.tenant_routes.as_ref().map(|section| routes(mapper, section));
    settings.tail = tail(mapper, section, profile);
    control(mapper, settings, section, profile);
}

/// Returns the profile of the deployment environment.
pub(super) fn profile<'a>(settings: &Settings, section: &'a TraceRs) -> Option<&'a Profile> {
    let environment = environment(settings)?;
    section.profiles.as_ref()?.get(&environment)
}

fn environment(settings: &Settings) -> Option<String> {
    let key = Key::from_static_str("deployment.environment.name");
    let attributes = settings.resource.attributes.iter().rev();
    let found = attributes.into_iter().find(|attribute| attribute.key == key)?;
    Some(found.value.to_string())
}

fn tail(mapper: &Mapper<'_>, section: &TraceRs, profile: Option<&Profile>) -> Option<TailSampling> {
    let tail = profile.and_then(|profile| profile.tail_sampling.as_ref());
    let tail = tail.or(section.tail_sampling.as_ref()).and_then(|tail| {
        let settings = tail_sampling(tail, section.snapshot.as_ref());
        settings.check().map_err(|error| mapper.refused(tail.at, None, error.to_string())).ok()
    });
    if tail.is_none()
        && let Some(snapshot) = &section.snapshot
    {
        let message =
            "snapshots need `tail_sampling`, without which nothing that was recorded is dropped";
        mapper.unsupported(snapshot.at, None, message);
    }
    tail
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

pub(super) fn level(section: LevelSection) -> Level {
    match section {
        LevelSection::Trace => Level::Trace,
        LevelSection::Debug => Level::Debug,
        LevelSection::Warn => Level::Warn,
        LevelSection::Error => Level::Error,
        _ => Level::Info,
    }
}
