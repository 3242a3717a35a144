//! Reads the environment variables of logs.

use super::common::{exporters, otlp, queue};
use super::log_settings::{LogSettings, default_queue};
use super::outputs::Outputs;
use super::reader::Env;
use crate::error::InitError;
use crate::export::signal::Signal;
use crate::logs::{LogLimits, LoggerRules};

pub(super) fn read(env: &Env<'_>) -> Result<LogSettings, InitError> {
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
    let outputs = Outputs::alike(exporters(env, Signal::Logs)?, otlp, queue);
    Ok(LogSettings {
        outputs,
        #[cfg(feature = "config-file")]
        processors: Vec::new(),
        limits: limits(env),
        loggers: LoggerRules::default(),
    })
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
        ..defaults
    }
}
