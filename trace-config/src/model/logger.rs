//! The logger provider: processors, limits, and which loggers are enabled.

use super::Extension;
use super::common::SeverityNumber;
use super::describe::{records, unions};
use super::exporters::LogRecordExporter;

records! {
    /// The processing and export of log records.
    LoggerProvider {
        required {
            /// The processors of log records.
            processors: Vec<LogRecordProcessor> [items(1)];
        }
        /// Limits on the data of a log record.
        limits: LogRecordLimits => "the defaults of its keys";
        /// Which loggers are enabled.
        logger_configurator as "logger_configurator/development": LoggerConfigurator => "all are enabled";
    }

    /// A processor that exports log records in batches.
    BatchLogRecordProcessor {
        required {
            /// The exporter.
            exporter: LogRecordExporter;
        }
        /// The delay between two exports, in milliseconds.
        schedule_delay: u64 [null, min(0)] = 1000;
        /// The maximum duration of an export, in milliseconds; 0 for no limit.
        export_timeout: u64 [null, min(0)] = 30000;
        /// The maximum number of log records that wait.
        max_queue_size: u64 [null, min(1)] = 2048;
        /// The maximum number of log records in a batch.
        max_export_batch_size: u64 [null, min(1)] = 512;
    }

    /// A processor that exports each log record at once.
    SimpleLogRecordProcessor {
        required {
            /// The exporter.
            exporter: LogRecordExporter;
        }
    }

    /// A processor that adds events to the current span.
    EventToSpanEventBridge as "ExperimentalEventToSpanEventBridgeLogRecordProcessor", null {}

    /// Limits on the data of a log record. They override `attribute_limits`.
    LogRecordLimits {
        /// The maximum length of a string value, in characters.
        attribute_value_length_limit: u64 [null, min(0)] => "no limit";
        /// The maximum depth of nested values; deeper ones become empty.
        attribute_value_depth_limit: u64 [null, min(1)] = 64;
        /// The maximum number of attributes.
        attribute_count_limit: u64 [null, min(0)] = 128;
    }

    /// Which loggers are enabled.
    LoggerConfigurator as "ExperimentalLoggerConfigurator" {
        /// The configuration of loggers that match no entry of `loggers`.
        default_config: LoggerConfig => "enabled";
        /// Configurations of loggers by name; the first match decides.
        loggers: Vec<LoggerMatcherAndConfig> [items(1)] => "all have the default configuration";
    }

    /// The configuration of the loggers whose names match.
    LoggerMatcherAndConfig as "ExperimentalLoggerMatcherAndConfig" {
        required {
            /// A pattern of names. `*` stands for any characters and `?` for one.
            name: String;
            /// The configuration.
            config: LoggerConfig;
        }
    }

    /// The configuration of a logger.
    LoggerConfig as "ExperimentalLoggerConfig" {
        /// Whether records are processed.
        enabled: bool [null] = true;
        /// The severity below which records are dropped.
        minimum_severity: SeverityNumber [null] => "none is dropped";
        /// Whether records under a span that is not sampled are dropped.
        trace_based: bool [null] = false;
    }
}

unions! {
    /// A processor of log records.
    LogRecordProcessor, Extension {
        /// Exports in batches.
        Batch(BatchLogRecordProcessor) = "batch";
        /// Exports each record at once.
        Simple(SimpleLogRecordProcessor) = "simple";
        /// Adds events to the current span.
        EventToSpanEventBridge(EventToSpanEventBridge) = "event_to_span_event_bridge/development";
    }
}
