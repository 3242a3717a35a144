//! Reads the environment variables: all settings, and those of traces. One function per group of variables; a
//! new variable is a line in its group and a row in the tests.

use super::common::{exporters, list, otlp, queue};
#[cfg(feature = "logs")]
use super::log_env;
#[cfg(feature = "metrics")]
use super::metric_env;
use super::outputs::Outputs;
use super::reader::Env;
use super::resource_env;
use super::settings::{ChosenFormat, NamedSampler, Settings};
use crate::collector::SpanLimits;
use crate::error::InitError;
use crate::export::signal::Signal;
use crate::export::{CodeAttributes, QueueSettings};
use crate::propagation::Format;
use crate::sampling::{AlwaysOff, AlwaysOn, ConfiguredRatio, ParentBased, Sampler, TraceIdRatio};
use crate::site_rules::{SiteRules, read_levels};
use std::sync::Arc;

/// Reads all settings from the environment.
pub(crate) fn read(env: &Env<'_>) -> Result<Settings, InitError> {
    if env.flag(&["OTEL_SDK_DISABLED"]) {
        // A program that passes requests on does so without recording, too.
        return Ok(Settings {
            disabled: true,
            propagators: propagators(env)?,
            // A program that serves its metrics serves an empty page.
            #[cfg(feature = "metrics")]
            metrics: metric_env::read_disabled(env),
            ..Settings::default()
        });
    }
    let mut otlp = otlp(env, Signal::Traces)?;
    let limit = env.timeout(&["OTEL_BSP_EXPORT_TIMEOUT"], otlp.timeout);
    otlp.timeout = otlp.timeout.min(limit);
    let chosen = exporters(env, Signal::Traces)?;
    Ok(Settings {
        has_startup_line: env.flag_or(&["TRACE_RUNTIME_STARTUP_LINE"], true),
        spans: Outputs::alike(chosen, otlp, span_queue(env)),
        propagators: propagators(env)?,
        sampler: sampler(env),
        limits: limits(env),
        code: code(env),
        levels: levels(env),
        memory: Some(env.number(&["TRACE_RUNTIME_MEMORY_LIMIT"], LEAST_MEMORY..=u64::MAX, MEMORY)),
        resource: resource_env::read(env)?,
        #[cfg(feature = "metrics")]
        metrics: metric_env::read(env)?,
        #[cfg(feature = "logs")]
        logs: log_env::read(env)?,
        ..Settings::default()
    })
}

fn propagators(env: &Env<'_>) -> Result<Option<Vec<ChosenFormat>>, InitError> {
    let formats = list(env, "OTEL_PROPAGATORS", &Format::NAMES)?;
    Ok(formats.map(|formats| formats.into_iter().map(ChosenFormat::Named).collect()))
}

fn sampler(env: &Env<'_>) -> Option<NamedSampler> {
    #[derive(Clone)]
    enum Make {
        /// What the record path does without a sampler.
        ByDefault,
        Plain(fn() -> Arc<dyn Sampler>),
        /// Takes the ratio of traces from `OTEL_TRACES_SAMPLER_ARG`.
        Ratio(fn(f64) -> Arc<dyn Sampler>),
    }
    use Make::{ByDefault, Plain, Ratio};
    const SAMPLERS: [(&str, Make); 6] = [
        ("always_on", Plain(|| Arc::new(AlwaysOn))),
        ("always_off", Plain(|| Arc::new(AlwaysOff))),
        (
            "traceidratio",
            Ratio(|ratio| {
                Arc::new(ConfiguredRatio::new(ratio, "OTEL_TRACES_SAMPLER=traceidratio"))
            }),
        ),
        ("parentbased_always_on", ByDefault),
        ("parentbased_always_off", Plain(|| Arc::new(ParentBased::new(AlwaysOff)))),
        (
            "parentbased_traceidratio",
            Ratio(|ratio| Arc::new(ParentBased::new(TraceIdRatio::new(ratio)))),
        ),
    ];
    let named = SAMPLERS.map(|(name, make)| (name, (name, make)));
    let (name, make) = env.choice(&["OTEL_TRACES_SAMPLER"], &named)?;
    Some(match make {
        ByDefault => return None,
        Plain(make) => NamedSampler { name: name.to_owned(), sampler: make() },
        Ratio(make) => {
            let ratio = env.ratio(&["OTEL_TRACES_SAMPLER_ARG"], 1.0);
            NamedSampler { name: format!("{name} {ratio}"), sampler: make(ratio) }
        }
    })
}

fn span_queue(env: &Env<'_>) -> QueueSettings {
    queue(
        env,
        "OTEL_BSP_MAX_QUEUE_SIZE",
        "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
        "OTEL_BSP_SCHEDULE_DELAY",
        QueueSettings::default(),
    )
}

/// The bytes that telemetry may take, and the least that it can work with.
pub(crate) const MEMORY: usize = 256 << 20;
const LEAST_MEMORY: u64 = 1 << 20;

fn code(env: &Env<'_>) -> Option<CodeAttributes> {
    const CHOICES: [(&str, CodeAttributes); 3] = [
        ("always", CodeAttributes::Always),
        ("errors", CodeAttributes::Errors),
        ("never", CodeAttributes::Never),
    ];
    env.choice(&["TRACE_RUNTIME_CODE_ATTRIBUTES"], &CHOICES)
}

fn levels(env: &Env<'_>) -> Option<SiteRules> {
    env.parsed(
        &["TRACE_RUNTIME_LEVEL"],
        "a level (error, warn, info, debug or trace), or a list like info,shop::db=debug",
        None,
        |value| read_levels(value).map(Some),
        |_| "info".to_owned(),
    )
}

fn limits(env: &Env<'_>) -> SpanLimits {
    let defaults = SpanLimits::default();
    let count = |names: &[&str], default| env.limit(names, Some(default)).unwrap_or(default);
    SpanLimits::default()
        .with_attribute_value_length(env.limit(
            &["OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT"],
            defaults.attribute_value_length,
        ))
        .with_attribute_count(count(
            &["OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT"],
            defaults.attribute_count,
        ))
        .with_event_count(count(&["OTEL_SPAN_EVENT_COUNT_LIMIT"], defaults.event_count))
        .with_link_count(count(&["OTEL_SPAN_LINK_COUNT_LIMIT"], defaults.link_count))
        .with_event_attribute_count(count(
            &["OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT"],
            defaults.event_attribute_count,
        ))
        .with_link_attribute_count(count(
            &["OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT"],
            defaults.link_attribute_count,
        ))
}

#[cfg(test)]
#[path = "env_tests.rs"]
mod tests;
