//! What each environment variable means for logs.

use super::env::{Signal, list, otlp, queue_of};
use super::error::InitError;
use super::reader::Env;
use crate::export::{OtlpSettings, QueueSettings};
use crate::logs::LogLimits;
use std::time::Duration;

/// An exporter that can be named in `OTEL_LOGS_EXPORTER`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LogExporterName {
    Otlp,
    Console,
    Json,
    None,
}

/// What the environment says of logs.
#[derive(Debug)]
pub(super) struct LogSettings {
    /// `None`: unset; empty: `none`.
    pub(super) exporters: Option<Vec<LogExporterName>>,
    pub(super) otlp: OtlpSettings,
    pub(super) queue: QueueSettings,
    pub(super) limits: LogLimits,
}

impl Default for LogSettings {
    fn default() -> Self {
        Self {
            exporters: None,
            otlp: OtlpSettings::default(),
            queue: default_queue(),
            limits: LogLimits::default(),
        }
    }
}

/// Logs are waited for sooner than spans, as the specification has it.
fn default_queue() -> QueueSettings {
    QueueSettings::default().with_delay(Duration::from_secs(1))
}

impl LogSettings {
    pub(super) fn read(env: &Env<'_>) -> Result<Self, InitError> {
        let mut otlp = otlp(env, Signal::Logs)?;
        let limit = env.timeout(&["OTEL_BLRP_EXPORT_TIMEOUT"], otlp.timeout);
        otlp.timeout = otlp.timeout.min(limit);
        let queue = queue_of(
            env,
            "OTEL_BLRP_MAX_QUEUE_SIZE",
            "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE",
            "OTEL_BLRP_SCHEDULE_DELAY",
            default_queue(),
        );
        Ok(Self { exporters: exporters(env)?, otlp, queue, limits: limits(env) })
    }
}

fn exporters(env: &Env<'_>) -> Result<Option<Vec<LogExporterName>>, InitError> {
    const NAMES: [(&str, LogExporterName); 4] = [
        ("otlp", LogExporterName::Otlp),
        ("console", LogExporterName::Console),
        ("json", LogExporterName::Json),
        ("none", LogExporterName::None),
    ];
    list(env, "OTEL_LOGS_EXPORTER", &NAMES, "otlp, console and json")
}

fn limits(env: &Env<'_>) -> LogLimits {
    let defaults = LogLimits::default();
    let count = defaults.attribute_count;
    LogLimits {
        attribute_value_length: env.limit(
            &["OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT"],
            defaults.attribute_value_length,
        ),
        attribute_count: env
            .limit(
                &["OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT"],
                Some(count),
            )
            .unwrap_or(count),
    }
}
