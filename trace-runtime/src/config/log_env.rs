//! Reads the environment variables of logs.

use super::common::{exporters, otlp, queue};
use super::reader::Env;
use crate::error::InitError;
use crate::export::signal::Signal;
use crate::export::table::NamedExporter;
use crate::export::{OtlpSettings, QueueSettings};
use crate::logs::LogLimits;
use std::time::Duration;

/// The settings of logs.
#[derive(Debug)]
pub(crate) struct LogSettings {
    /// `None`: unset; empty: `none`.
    pub(crate) exporters: Option<Vec<&'static NamedExporter>>,
    pub(crate) otlp: OtlpSettings,
    pub(crate) queue: QueueSettings,
    pub(crate) limits: LogLimits,
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

/// Returns the queue's defaults: log batches wait for less time than spans, as the specification requires.
fn default_queue() -> QueueSettings {
    QueueSettings::default().with_delay(Duration::from_secs(1))
}

impl LogSettings {
    pub(crate) fn read(env: &Env<'_>) -> Result<Self, InitError> {
        let mut otlp = otlp(env, Signal::Logs)?;
        let limit = env.timeout(&["OTEL_BLRP_EXPORT_TIMEOUT"], otlp.timeout);
        otlp.timeout = otlp.timeout.min(limit);
        let queue = queue(
            env,
            "OTEL_BLRP_MAX_QUEUE_SIZE",
            "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE",
            "OTEL_BLRP_SCHEDULE_DELAY",
            default_queue(),
        );
        Ok(Self { exporters: exporters(env, Signal::Logs)?, otlp, queue, limits: limits(env) })
    }
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
