//! Maps a configuration onto all settings.

use super::mapper::Mapper;
use super::{distribution, instrumentation, resource, spans};
use crate::config::outputs::Outputs;
use crate::config::settings::{ChosenFormat, Settings};
use crate::plugin::Kind;
use crate::propagation::Format;
use trace_config::model::common::SeverityNumber;
use trace_config::model::propagator::{Propagator, TextMapPropagator};
use trace_config::model::{Configuration, Extension, Node};

/// Returns the settings of a configuration, without its sampler. Signals without a section are off.
pub(super) fn settings(mapper: &Mapper<'_>, file: &Configuration) -> Settings {
    let propagators = Some(propagators(mapper, file.propagator.as_ref()));
    let mut settings = Settings {
        disabled: file.disabled == Some(true),
        has_startup_line: true,
        spans: Outputs { chosen: Some(Vec::new()), ..Outputs::default() },
        propagators,
        resource: resource::settings(mapper, file.resource.as_ref()),
        ..Settings::default()
    };
    #[cfg(feature = "metrics")]
    {
        settings.metrics = super::metrics::settings(mapper, file.meter_provider.as_ref());
    }
    #[cfg(feature = "logs")]
    {
        let limits = file.attribute_limits.as_ref();
        settings.logs = super::logs::settings(mapper, file.logger_provider.as_ref(), limits);
    }
    spans::set(
        mapper,
        &mut settings,
        file.tracer_provider.as_ref(),
        file.attribute_limits.as_ref(),
    );
    #[cfg(feature = "http")]
    {
        let section = file.instrumentation.as_ref();
        settings.http = Some(instrumentation::http(mapper, section).into());
    }
    distribution::set(mapper, &mut settings, file);
    rest(mapper, file);
    settings
}

/// Notes the sections that have no effect.
fn rest(mapper: &Mapper<'_>, file: &Configuration) {
    #[cfg(not(feature = "metrics"))]
    if file.meter_provider.is_some() {
        let message = "this build leaves metrics out: they need the cargo feature `metrics`";
        mapper.unsupported(file.at, Some("meter_provider"), message);
    }
    #[cfg(not(feature = "logs"))]
    if file.logger_provider.is_some() {
        let message = "this build leaves logs out: they need the cargo feature `logs`";
        mapper.unsupported(file.at, Some("logger_provider"), message);
    }
    // Notices are warnings: a level that includes them changes nothing.
    if file.log_level.is_some_and(|level| level.number() > SeverityNumber::Warn4.number()) {
        let message = "notices on stderr are warnings, and are not left out";
        mapper.unsupported(file.at, Some("log_level"), message);
    }
    if let Some(section) = &file.instrumentation {
        instrumentation::note(mapper, section);
    }
}

fn propagators(mapper: &Mapper<'_>, section: Option<&Propagator>) -> Vec<ChosenFormat> {
    let Some(section) = section else { return Vec::new() };
    let mut formats = Vec::new();
    let mut add = |format| {
        if !formats.contains(&format) {
            formats.push(format);
        }
    };
    for propagator in section.composite.iter().flatten() {
        match propagator {
            TextMapPropagator::TraceContext(_) => add(ChosenFormat::Named(Format::TraceContext)),
            TextMapPropagator::Baggage(_) => add(ChosenFormat::Named(Format::Baggage)),
            TextMapPropagator::B3(_) => add(ChosenFormat::Named(Format::B3)),
            TextMapPropagator::B3Multi(_) => add(ChosenFormat::Named(Format::B3Multi)),
            TextMapPropagator::Extension(other) => match named(&other.name) {
                Some(format) => add(ChosenFormat::Named(format)),
                None => {
                    let plugin = mapper.plugin(Kind::Propagator, other);
                    plugin.into_iter().for_each(|plugin| add(ChosenFormat::Plugin(plugin)));
                }
            },
            _ => mapper.unsupported(section.at, Some("composite"), "a propagator is left out"),
        }
    }
    for name in section.composite_list.iter().flat_map(|list| list.split(',')).map(str::trim) {
        match named(name) {
            Some(format) => add(ChosenFormat::Named(format)),
            None if name.is_empty() || name == "none" => {}
            None => {
                // A list has no properties.
                let mut section_of = Extension::new(name, Node::null());
                section_of.at = section.at;
                let plugin = mapper.plugin(Kind::Propagator, &section_of);
                plugin.into_iter().for_each(|plugin| add(ChosenFormat::Plugin(plugin)));
            }
        }
    }
    formats
}

fn named(name: &str) -> Option<Format> {
    Format::NAMES.iter().find(|(known, _)| *known == name).map(|(_, format)| *format)
}
