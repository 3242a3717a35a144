//! What each environment variable means. One function per group of variables; a new variable is a
//! line in its group and a row in the tests.

use super::endpoint::Endpoint;
use super::error::InitError;
use super::limits::Limits;
#[cfg(feature = "logs")]
use super::log_env::LogSettings;
#[cfg(feature = "metrics")]
use super::metric_env::MetricSettings;
use super::reader::{Env, Variable, attributes, headers};
use super::secrets::strictly_without_credentials;
use crate::export::{OtlpProtocol, OtlpSettings, QueueSettings};
use crate::propagation::Format;
use crate::sampling::{AlwaysOff, AlwaysOn, ParentBased, Sampler, TraceIdRatio};
use std::path::PathBuf;
use std::sync::Arc;

/// The kinds of telemetry that have variables of their own.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Signal {
    Traces,
    #[cfg(feature = "metrics")]
    Metrics,
    #[cfg(feature = "logs")]
    Logs,
}

impl Signal {
    /// What a general endpoint gets over HTTP.
    fn path(self) -> &'static str {
        match self {
            Self::Traces => "/v1/traces",
            #[cfg(feature = "metrics")]
            Self::Metrics => "/v1/metrics",
            #[cfg(feature = "logs")]
            Self::Logs => "/v1/logs",
        }
    }
}

/// An exporter that can be named in `OTEL_TRACES_EXPORTER`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExporterName {
    Otlp,
    Console,
    Json,
    None,
}

/// What the environment says; `None` where it says nothing.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    pub(crate) disabled: bool,
    /// `None`: unset; empty: `none`.
    pub(crate) exporters: Option<Vec<ExporterName>>,
    pub(crate) otlp: OtlpSettings,
    /// `None`: unset; empty: `none`.
    pub(crate) propagators: Option<Vec<Format>>,
    pub(crate) sampler: Option<Arc<dyn Sampler>>,
    pub(crate) limits: Limits,
    pub(crate) queue: QueueSettings,
    pub(crate) service_name: Option<String>,
    pub(crate) resource_attributes: Vec<(String, String)>,
    #[cfg(feature = "metrics")]
    pub(super) metrics: MetricSettings,
    #[cfg(feature = "logs")]
    pub(super) logs: LogSettings,
}

impl Settings {
    pub(crate) fn read(env: &Env<'_>) -> Result<Self, InitError> {
        if env.flag(&["OTEL_SDK_DISABLED"]) {
            // Whoever passes requests on does so without recording, too.
            return Ok(Self {
                disabled: true,
                propagators: propagators(env)?,
                // A program that shows its metrics has an empty page.
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
            exporters: exporters(env)?,
            otlp,
            propagators: propagators(env)?,
            sampler: sampler(env),
            limits: limits(env),
            queue: queue(env),
            service_name: env.text("OTEL_SERVICE_NAME")?,
            resource_attributes: resource_attributes(env),
            #[cfg(feature = "metrics")]
            metrics: MetricSettings::read(env)?,
            #[cfg(feature = "logs")]
            logs: LogSettings::read(env)?,
        })
    }
}

fn exporters(env: &Env<'_>) -> Result<Option<Vec<ExporterName>>, InitError> {
    const NAMES: [(&str, ExporterName); 4] = [
        ("otlp", ExporterName::Otlp),
        ("console", ExporterName::Console),
        ("json", ExporterName::Json),
        ("none", ExporterName::None),
    ];
    list(env, "OTEL_TRACES_EXPORTER", &NAMES, "otlp, console and json")
}

fn propagators(env: &Env<'_>) -> Result<Option<Vec<Format>>, InitError> {
    let others = "tracecontext, baggage, b3, b3multi and jaeger";
    list(env, "OTEL_PROPAGATORS", &Format::NAMES, others)
}

/// A list of `names`, or the last of them, which means none, alone.
pub(super) fn list<T: Copy + PartialEq>(
    env: &Env<'_>,
    variable: &'static str,
    names: &[(&str, T)],
    others: &str,
) -> Result<Option<Vec<T>>, InitError> {
    let Some(mut found) = env.choices(variable, names) else { return Ok(None) };
    let none = names.last().map(|(_, none)| *none);
    if found.len() > 1 && found.iter().any(|name| Some(*name) == none) {
        let value = env.text(variable)?.unwrap_or_default();
        let allowed = format!("`none` alone, or a list of {others}");
        return Err(Variable { name: variable, value }.bad(allowed));
    }
    found.retain(|name| Some(*name) != none);
    let mut seen = Vec::new();
    found.retain(|name| {
        !seen.contains(name) && {
            seen.push(*name);
            true
        }
    });
    Ok(Some(found))
}

pub(super) fn otlp(env: &Env<'_>, signal: Signal) -> Result<OtlpSettings, InitError> {
    /// The variable for the signal alone comes before the general one.
    macro_rules! names {
        ($suffix:literal) => {
            &[
                match signal {
                    Signal::Traces => concat!("OTEL_EXPORTER_OTLP_TRACES_", $suffix),
                    #[cfg(feature = "metrics")]
                    Signal::Metrics => concat!("OTEL_EXPORTER_OTLP_METRICS_", $suffix),
                    #[cfg(feature = "logs")]
                    Signal::Logs => concat!("OTEL_EXPORTER_OTLP_LOGS_", $suffix),
                },
                concat!("OTEL_EXPORTER_OTLP_", $suffix),
            ]
        };
    }
    let mut settings = OtlpSettings::default();
    const PROTOCOLS: [(&str, OtlpProtocol); 2] =
        [("http/protobuf", OtlpProtocol::HttpProtobuf), ("grpc", OtlpProtocol::Grpc)];
    if let Some(protocol) = env.choice(names!("PROTOCOL"), &PROTOCOLS) {
        settings.protocol = protocol;
    }
    let insecure = env.flag(names!("INSECURE"));
    if let Some(variable) = env.first(names!("ENDPOINT"))? {
        settings.endpoint = Some(endpoint(env, &variable, settings.protocol, signal, insecure)?);
    }
    if let Some(variable) = env.first(names!("HEADERS"))? {
        settings.headers = headers(&variable.value).map_err(|key| InitError::BadVariable {
            variable: variable.name.to_owned(),
            // Without the value, which may be a secret, as may be a member without a name.
            value: if variable.value.split(',').any(|member| member.trim() == key) {
                "a member without `=`".to_owned()
            } else {
                key
            },
            allowed: "a list like name=value,name=value with percent-encoded values".to_owned(),
        })?;
    }
    settings.timeout = env.timeout(names!("TIMEOUT"), settings.timeout);
    settings.gzip =
        env.choice(names!("COMPRESSION"), &[("gzip", true), ("none", false)]).unwrap_or(false);
    let file = |names: &[&str]| -> Result<Option<PathBuf>, InitError> {
        let Some(variable) = env.first(names)? else { return Ok(None) };
        match std::fs::metadata(&variable.value) {
            Ok(file) if file.is_file() => Ok(Some(variable.value.into())),
            _ => Err(variable.bad("the path of a readable PEM file")),
        }
    };
    settings.certificate = file(names!("CERTIFICATE"))?;
    settings.client_certificate = file(names!("CLIENT_CERTIFICATE"))?;
    settings.client_key = file(names!("CLIENT_KEY"))?;
    Ok(settings)
}

/// The URL as the specification builds it: a general endpoint gets the path of the signal. An address
/// without a scheme, which the specification knows for gRPC alone, means `http://` over HTTP.
fn endpoint(
    env: &Env<'_>,
    variable: &Variable<'_>,
    protocol: OtlpProtocol,
    signal: Signal,
    insecure: bool,
) -> Result<String, InitError> {
    let value = variable.value.as_str();
    let is_grpc = protocol == OtlpProtocol::Grpc;
    let https = is_grpc && !insecure;
    let endpoint = Endpoint::parse(value, https).map_err(|flaw| variable.bad(flaw.allowed()))?;
    let mut url = value.to_owned();
    if !endpoint.has_scheme {
        let scheme = if https { "https" } else { "http" };
        url = format!("{scheme}://{value}");
        if !is_grpc {
            env.warn(format!(
                "{} is `{}`, without a scheme: read as `{}`; write the scheme to be sure",
                variable.name,
                strictly_without_credentials(value),
                endpoint.origin(),
            ));
        }
    }
    let is_general = variable.name == "OTEL_EXPORTER_OTLP_ENDPOINT";
    if is_grpc || !(is_general || (!endpoint.has_scheme && endpoint.path.is_empty())) {
        return Ok(url);
    }
    let url = url.split('#').next().unwrap_or_default();
    let (base, query) = url.split_at(url.find('?').unwrap_or(url.len()));
    Ok(format!("{}{}{query}", base.trim_end_matches('/'), signal.path()))
}

fn sampler(env: &Env<'_>) -> Option<Arc<dyn Sampler>> {
    #[derive(Clone)]
    enum Make {
        Plain(fn() -> Arc<dyn Sampler>),
        /// With the share of traces in `OTEL_TRACES_SAMPLER_ARG`.
        Ratio(fn(f64) -> Arc<dyn Sampler>),
    }
    use Make::{Plain, Ratio};
    const SAMPLERS: [(&str, Make); 6] = [
        ("always_on", Plain(|| Arc::new(AlwaysOn))),
        ("always_off", Plain(|| Arc::new(AlwaysOff))),
        ("traceidratio", Ratio(|ratio| Arc::new(TraceIdRatio::new(ratio)))),
        ("parentbased_always_on", Plain(|| Arc::new(ParentBased::new(AlwaysOn)))),
        ("parentbased_always_off", Plain(|| Arc::new(ParentBased::new(AlwaysOff)))),
        (
            "parentbased_traceidratio",
            Ratio(|ratio| Arc::new(ParentBased::new(TraceIdRatio::new(ratio)))),
        ),
    ];
    Some(match env.choice(&["OTEL_TRACES_SAMPLER"], &SAMPLERS)? {
        Plain(make) => make(),
        Ratio(make) => make(env.ratio(&["OTEL_TRACES_SAMPLER_ARG"], 1.0)),
    })
}

fn queue(env: &Env<'_>) -> QueueSettings {
    queue_of(
        env,
        "OTEL_BSP_MAX_QUEUE_SIZE",
        "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
        "OTEL_BSP_SCHEDULE_DELAY",
        QueueSettings::default(),
    )
}

/// A queue by its three variables.
pub(super) fn queue_of(
    env: &Env<'_>,
    size: &'static str,
    batch: &'static str,
    delay: &'static str,
    defaults: QueueSettings,
) -> QueueSettings {
    let max_queue = env.number(&[size], 1..=u64::from(u32::MAX), defaults.max_queue);
    // A batch is never longer than the queue.
    let max_batch = defaults.max_batch.min(max_queue);
    let max_batch = env.number(&[batch], 1..=max_queue as u64, max_batch);
    let delay = env.duration(&[delay], 0..=u64::MAX, defaults.delay);
    defaults.with_max_queue(max_queue).with_max_batch(max_batch).with_delay(delay)
}

fn limits(env: &Env<'_>) -> Limits {
    let defaults = Limits::default();
    let count = |names: &[&str], default| env.limit(names, Some(default)).unwrap_or(default);
    Limits {
        attribute_value_length: env.limit(
            &["OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT"],
            defaults.attribute_value_length,
        ),
        attribute_count: count(
            &["OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT"],
            defaults.attribute_count,
        ),
        event_count: count(&["OTEL_SPAN_EVENT_COUNT_LIMIT"], defaults.event_count),
        link_count: count(&["OTEL_SPAN_LINK_COUNT_LIMIT"], defaults.link_count),
        event_attribute_count: count(
            &["OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT"],
            defaults.event_attribute_count,
        ),
        link_attribute_count: count(
            &["OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT"],
            defaults.link_attribute_count,
        ),
    }
}

/// What cannot be read is left out as a whole, as the
/// [specification](https://opentelemetry.io/docs/specs/otel/resource/sdk/#specifying-resource-information-via-an-environment-variable)
/// has it.
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
