//! Maps the logger provider.

use super::exporters::{self, Named};
use super::mapper::{Mapper, number};
use crate::config::log_settings::LogSettings;
use crate::config::outputs::{Output, Outputs};
use crate::logs::{LogLimits, LoggerRule, LoggerRules};
use crate::plugin::{Kind, Used};
use crate::sampling::Glob;
use std::time::Duration;
use trace_config::model::common::{AttributeLimits, SeverityNumber};
use trace_config::model::exporters::LogRecordExporter;
use trace_config::model::logger::{
    LogRecordProcessor, LoggerConfig, LoggerConfigurator, LoggerProvider,
};

/// The delay of a batch that the schema sets.
const DELAY: Duration = Duration::from_secs(1);

pub(super) fn settings(
    mapper: &Mapper<'_>,
    section: Option<&LoggerProvider>,
    general: Option<&AttributeLimits>,
) -> LogSettings {
    let processors = section.iter().flat_map(|it| it.processors.iter().map(move |each| (it, each)));
    let outputs = processors.filter_map(|(section, processor)| output(mapper, section, processor));
    let outputs = Outputs { chosen: Some(outputs.collect()), ..Outputs::default() };
    LogSettings {
        outputs,
        processors: plugins(mapper, section),
        limits: limits(mapper, section, general),
        loggers: section
            .and_then(|it| it.logger_configurator.as_ref())
            .map(loggers)
            .unwrap_or_default(),
    }
}

/// Returns the rules for loggers by their names.
fn loggers(section: &LoggerConfigurator) -> LoggerRules {
    let rule = |config: &LoggerConfig| LoggerRule {
        is_off: config.enabled == Some(false),
        least: config.minimum_severity.map_or(0, SeverityNumber::number),
        is_trace_based: config.trace_based == Some(true),
    };
    let named = section.loggers.iter().flatten();
    LoggerRules {
        others: section.default_config.as_ref().map(rule).unwrap_or_default(),
        named: named.map(|it| (Glob::new(&it.name), rule(&it.config))).collect(),
    }
}

fn output(
    mapper: &Mapper<'_>,
    section: &LoggerProvider,
    processor: &LogRecordProcessor,
) -> Option<Output> {
    match processor {
        LogRecordProcessor::Batch(batch) => {
            Some(exporters::batch!(batch, exporter(mapper, &batch.exporter)?, DELAY))
        }
        LogRecordProcessor::Simple(simple) => {
            Some(exporters::output(exporter(mapper, &simple.exporter)?, exporters::no_delay()))
        }
        LogRecordProcessor::EventToSpanEventBridge(section) => {
            let message = "events are not copied to spans; the processor is left out";
            mapper.unsupported(section.at, None, message);
            None
        }
        // These are no exporters.
        LogRecordProcessor::Extension(_) => None,
        _ => {
            mapper.unsupported(section.at, Some("processors"), "a processor is left out");
            None
        }
    }
}

/// Returns the plug-ins that process records.
fn plugins(mapper: &Mapper<'_>, section: Option<&LoggerProvider>) -> Vec<Used> {
    let processors = section.into_iter().flat_map(|section| &section.processors);
    let plugins = processors.filter_map(|processor| match processor {
        LogRecordProcessor::Extension(other) => mapper.plugin(Kind::LogProcessor, other),
        _ => None,
    });
    plugins.collect()
}

fn exporter(mapper: &Mapper<'_>, section: &LogRecordExporter) -> Option<Named> {
    exporters::exporter_of!(mapper, LogRecordExporter, Kind::LogExporter, section)
}

/// Returns the limits of log records, which override those of all signals.
fn limits(
    mapper: &Mapper<'_>,
    section: Option<&LoggerProvider>,
    general: Option<&AttributeLimits>,
) -> LogLimits {
    let own = section.and_then(|section| section.limits.as_ref());
    let mut limits = LogLimits::default();
    let own_depth = own.and_then(|own| Some((own.at, own.attribute_value_depth_limit?)));
    let general_depth = || Some((general?.at, general?.attribute_value_depth_limit?));
    // Without loggers, the limit concerns none of them.
    let depth = section.and_then(|_| own_depth.or_else(general_depth));
    if let Some((at, depth)) = depth {
        if depth > LogLimits::MAX_DEPTH.into() {
            let message =
                format!("values of log records are cut at a depth of {}", LogLimits::MAX_DEPTH);
            mapper.unsupported(at, Some("attribute_value_depth_limit"), message);
        }
        limits = limits.with_attribute_value_depth(number(depth));
    }
    let count = own.and_then(|own| own.attribute_count_limit);
    if let Some(count) = count.or_else(|| general?.attribute_count_limit) {
        limits.attribute_count = number(count);
    }
    let length = own.and_then(|own| own.attribute_value_length_limit);
    let length = length.or_else(|| general?.attribute_value_length_limit);
    limits.attribute_value_length = length.map(number::<u32>);
    limits
}
