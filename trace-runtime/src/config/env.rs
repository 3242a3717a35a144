//! What each environment variable means. One function per group of variables; a new variable is a
//! line in its group and a row in the tests.

use super::endpoint::Endpoint;
use super::error::InitError;
use super::limits::Limits;
#[cfg(feature = "logs")]
use super::log_env::LogSettings;
#[cfg(feature = "metrics")]
use super::metric_env::MetricSettings;
use super::reader::{Env, Variable, pairs};
use super::secrets::strictly_without_credentials;
use crate::export::{OtlpProtocol, OtlpSettings, QueueSettings};
use crate::propagation::Format;
use crate::sampling::{AlwaysOff, AlwaysOn, ParentBased, Sampler, TraceIdRatio};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

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
        if env.flag(&["OTEL_SDK_DISABLED"])? {
            // Whoever passes requests on does so without recording, too.
            return Ok(Self { disabled: true, propagators: propagators(env)?, ..Self::default() });
        }
        let (queue, export_timeout) = queue(env)?;
        let mut otlp = otlp(env, Signal::Traces)?;
        otlp.timeout = export_timeout.map_or(otlp.timeout, |limit| otlp.timeout.min(limit));
        Ok(Self {
            disabled: false,
            exporters: exporters(env)?,
            otlp,
            propagators: propagators(env)?,
            sampler: sampler(env)?,
            limits: limits(env)?,
            queue,
            service_name: env.text("OTEL_SERVICE_NAME")?,
            resource_attributes: resource_attributes(env)?,
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
    let Some(mut found) = env.choices(variable, names)? else { return Ok(None) };
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
    if let Some(protocol) = env.choice(names!("PROTOCOL"), &PROTOCOLS)? {
        settings.protocol = protocol;
    }
    let insecure = env.flag(names!("INSECURE"))?;
    if let Some(variable) = env.first(names!("ENDPOINT"))? {
        settings.endpoint = Some(endpoint(env, &variable, settings.protocol, signal, insecure)?);
    }
    if let Some(variable) = env.first(names!("HEADERS"))? {
        settings.headers = pairs(&variable.value).map_err(|key| InitError::BadVariable {
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
    if let Some(timeout) = env.timeout(names!("TIMEOUT"))? {
        settings.timeout = timeout;
    }
    settings.gzip =
        env.choice(names!("COMPRESSION"), &[("gzip", true), ("none", false)])?.unwrap_or(false);
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

fn sampler(env: &Env<'_>) -> Result<Option<Arc<dyn Sampler>>, InitError> {
    type Make = fn(f64) -> Arc<dyn Sampler>;
    const SAMPLERS: [(&str, Make); 6] = [
        ("always_on", |_| Arc::new(AlwaysOn)),
        ("always_off", |_| Arc::new(AlwaysOff)),
        ("traceidratio", |ratio| Arc::new(TraceIdRatio::new(ratio))),
        ("parentbased_always_on", |_| Arc::new(ParentBased::new(AlwaysOn))),
        ("parentbased_always_off", |_| Arc::new(ParentBased::new(AlwaysOff))),
        ("parentbased_traceidratio", |ratio| Arc::new(ParentBased::new(TraceIdRatio::new(ratio)))),
    ];
    let Some(make) = env.choice(&["OTEL_TRACES_SAMPLER"], &SAMPLERS)? else { return Ok(None) };
    let is_ratio = env
        .text("OTEL_TRACES_SAMPLER")?
        .is_some_and(|name| name.to_ascii_lowercase().contains("ratio"));
    let mut ratio = 1.0;
    if is_ratio && let Some(argument) = env.first(&["OTEL_TRACES_SAMPLER_ARG"])? {
        // The specification: log what is invalid, and behave as if it were not set.
        match argument.value.parse::<f64>() {
            Ok(number) if (0.0..=1.0).contains(&number) => ratio = number,
            _ => env.warn_ignored(
                &argument,
                &argument.value,
                "a number from 0 to 1",
                "ignored, so every trace is sampled",
            ),
        }
    }
    Ok(Some(make(ratio)))
}

fn queue(env: &Env<'_>) -> Result<(QueueSettings, Option<Duration>), InitError> {
    let settings = queue_of(
        env,
        "OTEL_BSP_MAX_QUEUE_SIZE",
        "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
        "OTEL_BSP_SCHEDULE_DELAY",
        QueueSettings::default(),
    )?;
    Ok((settings, env.timeout(&["OTEL_BSP_EXPORT_TIMEOUT"])?))
}

/// A queue by its three variables.
pub(super) fn queue_of(
    env: &Env<'_>,
    size: &'static str,
    batch: &'static str,
    delay: &'static str,
    mut settings: QueueSettings,
) -> Result<QueueSettings, InitError> {
    let items = |name, default| {
        env.number(&[name], 1..=u64::from(u32::MAX))
            .map(|number| number.map_or(default, |number| number as usize))
    };
    settings.max_queue = items(size, settings.max_queue)?;
    settings.max_batch = items(batch, settings.max_batch.min(settings.max_queue))?;
    if settings.max_batch > settings.max_queue {
        return Err(Variable { name: batch, value: settings.max_batch.to_string() }
            .bad(format!("a whole number up to {size}, which is {}", settings.max_queue)));
    }
    if let Some(ms) = env.number(&[delay], 0..=u64::MAX)? {
        settings.delay = Duration::from_millis(ms);
    }
    Ok(settings)
}

fn limits(env: &Env<'_>) -> Result<Limits, InitError> {
    let number = |names: &[&str]| {
        env.number(names, 0..=u64::from(u32::MAX)).map(|number| number.map(|number| number as u32))
    };
    let mut limits = Limits {
        attribute_value_length: number(&[
            "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT",
            "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT",
        ])?,
        ..Limits::default()
    };
    let counts: [(&mut u32, &[&str]); 5] = [
        (
            &mut limits.attribute_count,
            &["OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT"],
        ),
        (&mut limits.event_count, &["OTEL_SPAN_EVENT_COUNT_LIMIT"]),
        (&mut limits.link_count, &["OTEL_SPAN_LINK_COUNT_LIMIT"]),
        (&mut limits.event_attribute_count, &["OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT"]),
        (&mut limits.link_attribute_count, &["OTEL_LINK_ATTRIBUTE_COUNT_LIMIT"]),
    ];
    for (limit, names) in counts {
        if let Some(count) = number(names)? {
            *limit = count;
        }
    }
    Ok(limits)
}

fn resource_attributes(env: &Env<'_>) -> Result<Vec<(String, String)>, InitError> {
    let Some(variable) = env.first(&["OTEL_RESOURCE_ATTRIBUTES"])? else { return Ok(Vec::new()) };
    pairs(&variable.value)
        .map_err(|_| variable.bad("a list like key=value,key=value with percent-encoded values"))
}

#[cfg(test)]
#[path = "env_tests.rs"]
mod tests;
