//! Reads the environment variables: all settings, and those of traces. One function per group of variables; a
//! new variable is a line in its group and a row in the tests.

use super::common::{exporters, list, otlp, queue};
#[cfg(feature = "logs")]
use super::log_env::LogSettings;
#[cfg(feature = "metrics")]
use super::metric_env::MetricSettings;
use super::reader::{Env, attributes};
use crate::collector::SpanLimits;
use crate::error::InitError;
use crate::export::signal::Signal;
use crate::export::table::NamedExporter;
use crate::export::{CodeAttributes, OtlpSettings, QueueSettings};
use crate::propagation::Format;
use crate::sampling::{AlwaysOff, AlwaysOn, ParentBased, Sampler, TraceIdRatio};
use crate::site_rules::{SiteRules, read_levels};
use std::sync::Arc;

/// A sampler, and its name with its argument.
#[derive(Debug)]
pub(crate) struct NamedSampler {
    pub(crate) name: String,
    pub(crate) sampler: Arc<dyn Sampler>,
}

/// The settings of the environment; `None` where a variable is not set.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    pub(crate) disabled: bool,
    /// Whether start-up is reported on stderr.
    pub(crate) has_startup_line: bool,
    /// `None`: unset; empty: `none`.
    pub(crate) exporters: Option<Vec<&'static NamedExporter>>,
    pub(crate) otlp: OtlpSettings,
    /// `None`: unset; empty: `none`.
    pub(crate) propagators: Option<Vec<Format>>,
    pub(crate) sampler: Option<NamedSampler>,
    pub(crate) limits: SpanLimits,
    /// `None`: unset.
    pub(crate) code: Option<CodeAttributes>,
    /// The levels that are on; `None`: unset.
    pub(crate) levels: Option<SiteRules>,
    /// The bytes that telemetry may take.
    pub(crate) memory: usize,
    pub(crate) queue: QueueSettings,
    pub(crate) service_name: Option<String>,
    pub(crate) resource_attributes: Vec<(String, String)>,
    #[cfg(feature = "metrics")]
    pub(crate) metrics: MetricSettings,
    #[cfg(feature = "logs")]
    pub(crate) logs: LogSettings,
}

impl Settings {
    pub(crate) fn read(env: &Env<'_>) -> Result<Self, InitError> {
        if env.flag(&["OTEL_SDK_DISABLED"]) {
            // A program that passes requests on does so without recording, too.
            return Ok(Self {
                disabled: true,
                propagators: propagators(env)?,
                // A program that serves its metrics serves an empty page.
                #[cfg(feature = "metrics")]
                metrics: MetricSettings::of_disabled(env),
                ..Self::default()
            });
        }
        let mut otlp = otlp(env, Signal::Traces)?;
        let limit = env.timeout(&["OTEL_BSP_EXPORT_TIMEOUT"], otlp.timeout);
        otlp.timeout = otlp.timeout.min(limit);
        Ok(Self {
            disabled: false,
            has_startup_line: env.flag_or(&["TRACE_RUNTIME_STARTUP_LINE"], true),
            exporters: exporters(env, Signal::Traces)?,
            otlp,
            propagators: propagators(env)?,
            sampler: sampler(env),
            limits: limits(env),
            code: code(env),
            levels: levels(env),
            memory: env.number(&["TRACE_RUNTIME_MEMORY_LIMIT"], LEAST_MEMORY..=u64::MAX, MEMORY),
            queue: span_queue(env),
            service_name: env.text("OTEL_SERVICE_NAME")?,
            resource_attributes: resource_attributes(env),
            #[cfg(feature = "metrics")]
            metrics: MetricSettings::read(env)?,
            #[cfg(feature = "logs")]
            logs: LogSettings::read(env)?,
        })
    }
}

fn propagators(env: &Env<'_>) -> Result<Option<Vec<Format>>, InitError> {
    list(env, "OTEL_PROPAGATORS", &Format::NAMES)
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
        ("traceidratio", Ratio(|ratio| Arc::new(TraceIdRatio::new(ratio)))),
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
const MEMORY: usize = 256 << 20;
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

/// Reads the resource's attributes. If one cannot be read, all are left out, as the
/// [specification](https://opentelemetry.io/docs/specs/otel/resource/sdk/#specifying-resource-information-via-an-environment-variable)
/// requires.
fn resource_attributes(env: &Env<'_>) -> Vec<(String, String)> {
    env.parsed(
        &["OTEL_RESOURCE_ATTRIBUTES"],
        "a list like key=value,key=value with percent-encoded values",
        Vec::new(),
        |value| attributes(value).ok(),
        |_| "nothing of it".to_owned(),
    )
}

#[cfg(test)]
#[path = "env_tests.rs"]
mod tests;
