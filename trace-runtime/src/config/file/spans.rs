//! Maps the tracer provider.

use super::exporters::{self, Named};
use super::mapper::{Mapper, number};
use crate::collector::SpanLimits;
use crate::config::outputs::Output;
use crate::config::settings::Settings;
use crate::plugin::Kind;
use crate::sampling::Glob;
use crate::site_rules::ScopeRules;
use std::time::Duration;
use trace_config::model::common::AttributeLimits;
use trace_config::model::exporters::SpanExporter;
use trace_config::model::tracer::{
    IdGenerator, SpanLimits as LimitSection, SpanProcessor, TracerConfigurator, TracerProvider,
};

/// The delay of a batch that the schema sets.
const DELAY: Duration = Duration::from_secs(5);

pub(super) fn set(
    mapper: &Mapper<'_>,
    settings: &mut Settings,
    section: Option<&TracerProvider>,
    general: Option<&AttributeLimits>,
) {
    settings.limits = limits(section.and_then(|section| section.limits.as_ref()), general);
    let Some(section) = section else { return };
    let processors = section.processors.iter();
    let outputs = processors.filter_map(|processor| output(mapper, section, processor));
    settings.spans.chosen = Some(outputs.collect());
    if let Some(IdGenerator::Extension(other)) = &section.id_generator {
        let message = "ids are computed from counts of each thread; no other generator is used";
        mapper.unsupported(other.at, None, message);
    }
    if let Some(tracers) = &section.tracer_configurator {
        settings.levels.get_or_insert_default().scopes = scopes(tracers);
    }
}

/// Returns the scopes whose tracers are on: those of crates, and of tracers of OpenTelemetry's API.
fn scopes(section: &TracerConfigurator) -> ScopeRules {
    let default = section.default_config.as_ref().and_then(|config| config.enabled);
    let named = section.tracers.iter().flatten();
    let named = named.map(|it| (Glob::new(&it.name), it.config.enabled.unwrap_or(true)));
    ScopeRules { are_others_off: default == Some(false), named: named.collect() }
}

fn output(
    mapper: &Mapper<'_>,
    section: &TracerProvider,
    processor: &SpanProcessor,
) -> Option<Output> {
    match processor {
        SpanProcessor::Batch(batch) => {
            Some(exporters::batch!(batch, exporter(mapper, &batch.exporter)?, DELAY))
        }
        SpanProcessor::Simple(simple) => {
            Some(exporters::output(exporter(mapper, &simple.exporter)?, exporters::no_delay()))
        }
        SpanProcessor::Extension(other) => {
            let named = exporters::plugin(mapper, Kind::SpanProcessor, other)?;
            Some(exporters::output(named, exporters::no_delay()))
        }
        _ => {
            mapper.unsupported(section.at, Some("processors"), "a processor is left out");
            None
        }
    }
}

pub(super) fn exporter(mapper: &Mapper<'_>, section: &SpanExporter) -> Option<Named> {
    exporters::exporter_of!(mapper, SpanExporter, Kind::SpanExporter, section)
}

/// Returns the limits of spans, which override those of all signals. The depth of values needs none: their lists contain
/// no others.
fn limits(section: Option<&LimitSection>, general: Option<&AttributeLimits>) -> SpanLimits {
    let of = |get: fn(&LimitSection) -> Option<u64>| section.and_then(get);
    let of_all = |get: fn(&AttributeLimits) -> Option<u64>| general.and_then(get);
    let count = of_all(|all| all.attribute_count_limit);
    let length =
        of(|it| it.attribute_value_length_limit).or(of_all(|all| all.attribute_value_length_limit));
    let defaults = SpanLimits::default();
    let or = |value: Option<u64>, default: u32| value.map_or(default, number);
    defaults
        .clone()
        .with_attribute_value_length(length.map(number::<u32>))
        .with_attribute_count(or(
            of(|it| it.attribute_count_limit).or(count),
            defaults.attribute_count,
        ))
        .with_event_count(or(of(|it| it.event_count_limit), defaults.event_count))
        .with_link_count(or(of(|it| it.link_count_limit), defaults.link_count))
        .with_event_attribute_count(or(
            of(|it| it.event_attribute_count_limit).or(count),
            defaults.event_attribute_count,
        ))
        .with_link_attribute_count(or(
            of(|it| it.link_attribute_count_limit).or(count),
            defaults.link_attribute_count,
        ))
}
