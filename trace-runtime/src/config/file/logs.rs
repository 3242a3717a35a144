//! Maps the logger provider.

use super::exporters::{self, Named};
use super::mapper::{Mapper, number};
use crate::config::log_settings::LogSettings;
use crate::config::outputs::{Output, Outputs};
use crate::export::QueueSettings;
use crate::logs::LogLimits;
use std::time::Duration;
use trace_config::model::common::AttributeLimits;
use trace_config::model::exporters::LogRecordExporter;
use trace_config::model::logger::{LogRecordProcessor, LoggerProvider};

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
    if let Some(section) = section.filter(|it| it.logger_configurator.is_some()) {
        let message = "loggers cannot be turned off here";
        mapper.unsupported(section.at, Some("logger_configurator/development"), message);
    }
    LogSettings { outputs, limits: limits(mapper, section, general) }
}

fn output(
    mapper: &Mapper<'_>,
    section: &LoggerProvider,
    processor: &LogRecordProcessor,
) -> Option<Output> {
    let (mut named, queue): (Named, QueueSettings) = match processor {
        LogRecordProcessor::Batch(batch) => {
            let mut named = exporter(mapper, &batch.exporter)?;
            exporters::limit_time(&mut named, batch.export_timeout);
            let queue = exporters::queue(
                batch.max_queue_size,
                batch.max_export_batch_size,
                batch.schedule_delay,
                DELAY,
            );
            (named, queue)
        }
        LogRecordProcessor::Simple(simple) => {
            (exporter(mapper, &simple.exporter)?, exporters::no_delay())
        }
        LogRecordProcessor::EventToSpanEventBridge(section) => {
            let message = "events are not copied to spans; the processor is left out";
            mapper.unsupported(section.at, None, message);
            return None;
        }
        LogRecordProcessor::Extension(other) => {
            mapper.unsupported(other.at, None, "no such processor is known; it is left out");
            return None;
        }
        _ => {
            mapper.unsupported(section.at, Some("processors"), "a processor is left out");
            return None;
        }
    };
    let settings = std::mem::take(&mut named.1);
    Some(Output { exporter: named.0, settings, queue })
}

fn exporter(mapper: &Mapper<'_>, section: &LogRecordExporter) -> Option<Named> {
    match section {
        LogRecordExporter::OtlpHttp(section) => Some(exporters::over_http(mapper, section)),
        LogRecordExporter::OtlpGrpc(section) => Some(exporters::over_grpc(mapper, section)),
        LogRecordExporter::OtlpFile(section) => exporters::to_file(mapper, section),
        LogRecordExporter::Console(_) => Some(exporters::console()),
        LogRecordExporter::Extension(other) => exporters::unknown(mapper, other),
        _ => None,
    }
}

/// Returns the limits of log records, which override those of all signals.
fn limits(
    mapper: &Mapper<'_>,
    section: Option<&LoggerProvider>,
    general: Option<&AttributeLimits>,
) -> LogLimits {
    let own = section.and_then(|section| section.limits.as_ref());
    if let Some(own) = own.filter(|own| own.attribute_value_depth_limit.is_some()) {
        let message = "values are cut at a depth of 30, whatever is set here";
        mapper.unsupported(own.at, Some("attribute_value_depth_limit"), message);
    }
    let mut limits = LogLimits::default();
    let count = own.and_then(|own| own.attribute_count_limit);
    if let Some(count) = count.or_else(|| general?.attribute_count_limit) {
        limits.attribute_count = number(count);
    }
    let length = own.and_then(|own| own.attribute_value_length_limit);
    let length = length.or_else(|| general?.attribute_value_length_limit);
    limits.attribute_value_length = length.map(number::<u32>);
    limits
}
