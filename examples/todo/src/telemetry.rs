//! Sets up telemetry: what the program's own settings mean, as variables of OpenTelemetry.
//!
//! From the strongest to the weakest: flags and `DO_NOT_TRACK`, variables of OpenTelemetry, variables of the program
//! (`TODO_…`), its file, and the defaults, by which nothing is recorded. A signal that the program's variables or its
//! file switch off is exported by a flag alone, whatever variables of OpenTelemetry name.

use crate::error::{Error, Result};
use crate::settings::Settings;
use serde::Deserialize as _;
use std::env;
use std::ffi::OsString;
use trace_runtime::config_file::Section;
use trace_runtime::sampling::{ParentBased, TraceIdRatio};
use trace_runtime::{Level, Telemetry, TelemetryArgs, TelemetryBuilder};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::prelude::*;

/// Starts what the flags, the environment and the file ask for; nothing by default.
pub(crate) fn start(settings: &Settings, args: &TelemetryArgs) -> Result<Telemetry> {
    let variables = Variables::of(settings, args);
    let builder = match &settings.telemetry {
        // A file of OpenTelemetry takes the place of its variables.
        Some(section) if variables.is_enabled() => variables.configured(section)?,
        _ => Telemetry::builder(),
    };
    let level = args.log_level().or_else(|| variables.level()).unwrap_or_default();
    let telemetry = builder
        .for_command_line()
        .with_args(args)
        .with_env(move |name| variables.get(name))
        .with_baggage_attributes(["operation", "session.id"])
        .with_baggage_log_attributes(["operation", "session.id"])
        // They tell the provider nothing that it needs.
        .with_private_baggage(["operation", "session.id"])
        .install()?;
    if !telemetry.is_disabled() {
        // Events become log records; of libraries, those of interest.
        let level = level.as_str().parse().unwrap_or(LevelFilter::INFO);
        let filter = Targets::new()
            .with_default(LevelFilter::WARN.min(level))
            .with_target(env!("CARGO_CRATE_NAME"), level);
        trace_tracing::layer().with_location(false).into_subscriber().with(filter).init();
    }
    Ok(telemetry)
}

/// The settings of the program, as variables of OpenTelemetry.
struct Variables {
    enabled: Option<bool>,
    /// Whether the variable of the staged rollout is set: signals are then enabled one by one.
    is_staged: bool,
    traces: Option<bool>,
    metrics: Option<bool>,
    logs: Option<bool>,
    sample_rate: Option<f64>,
    log_level: Option<String>,
    endpoint: Option<String>,
    api_key: Option<String>,
    /// The receiver that a flag names.
    flagged: Option<String>,
}

impl Variables {
    fn of(settings: &Settings, args: &TelemetryArgs) -> Self {
        let Settings { observability, grafana, .. } = settings;
        let enabled = flag("OTEL_ENABLED");
        let signal = |name: &str, of_file| {
            let variables = [format!("OTEL_ENABLE_{name}"), format!("TODO_ENABLE_{name}")];
            variables.iter().find_map(|name| flag(name)).or(of_file)
        };
        Self {
            enabled: enabled.or(observability.enabled),
            is_staged: enabled.is_some(),
            traces: signal("TRACES", observability.export_traces),
            metrics: signal("METRICS", observability.export_metrics),
            logs: signal("LOGS", observability.export_logs),
            sample_rate: text("TODO_TRACE_SAMPLE_RATE")
                .and_then(|rate| rate.parse().ok())
                .or(observability.sample_rate),
            log_level: text("TODO_LOG_LEVEL").or_else(|| observability.log_level.clone()),
            endpoint: grafana.endpoint.clone(),
            api_key: grafana.api_key.as_deref().and_then(resolved),
            flagged: args.endpoint().map(str::to_owned),
        }
    }

    fn is_enabled(&self) -> bool {
        self.enabled != Some(false)
    }

    fn level(&self) -> Option<Level> {
        self.log_level.as_deref()?.parse().ok()
    }

    /// Returns a builder with the configuration of OpenTelemetry that the file contains, but for what is switched off.
    fn configured(&self, section: &toml::Table) -> Result<TelemetryBuilder> {
        let mut section = section.clone();
        let is_first = !self.is_staged;
        let signals = [
            ("tracer_provider", self.traces, true),
            ("meter_provider", self.metrics, is_first),
            ("logger_provider", self.logs, is_first),
        ];
        for (provider, is_on, by_default) in signals {
            if !is_on.unwrap_or(by_default) {
                section.remove(provider);
            }
        }
        let section = Section::deserialize(toml::Value::Table(section)).map_err(Error::Section)?;
        let builder = Telemetry::from_section(section);
        Ok(match self.sample_rate {
            Some(rate) => builder.with_sampler(ParentBased::new(TraceIdRatio::new(rate))),
            None => builder,
        })
    }

    /// Returns a variable: that of the environment, or what the settings of the program mean.
    fn get(&self, name: &str) -> Option<OsString> {
        let is_off = match name {
            "OTEL_TRACES_EXPORTER" => self.traces == Some(false),
            "OTEL_METRICS_EXPORTER" => self.metrics == Some(false),
            "OTEL_LOGS_EXPORTER" => self.logs == Some(false),
            "OTEL_SDK_DISABLED" if !self.is_enabled() => return Some("true".into()),
            _ => false,
        };
        if is_off {
            return Some("none".into());
        }
        env::var_os(name).filter(|value| !value.is_empty()).or_else(|| self.default(name))
    }

    fn default(&self, name: &str) -> Option<OsString> {
        match name {
            // The rollout begins with traces.
            "OTEL_METRICS_EXPORTER" => {
                (self.is_staged && self.metrics.is_none()).then(|| "none".into())
            }
            "OTEL_LOGS_EXPORTER" => (self.is_staged && self.logs.is_none()).then(|| "none".into()),
            // The rate is that of our sampler.
            "OTEL_TRACES_SAMPLER_ARG" if text("OTEL_TRACES_SAMPLER").is_some() => None,
            "OTEL_SERVICE_NAME" => Some("todo-cli".into()),
            "OTEL_RESOURCE_ATTRIBUTES" => {
                Some(concat!("service.version=", env!("CARGO_PKG_VERSION")).into())
            }
            "OTEL_TRACES_SAMPLER" => self.sample_rate.map(|_| "parentbased_traceidratio".into()),
            "OTEL_TRACES_SAMPLER_ARG" => self.sample_rate.map(|rate| rate.to_string().into()),
            "OTEL_EXPORTER_OTLP_ENDPOINT" => self.endpoint.clone().map(Into::into),
            name => {
                self.headers(name.strip_prefix("OTEL_EXPORTER_OTLP_")?.strip_suffix("_HEADERS")?)
            }
        }
    }

    /// Returns the headers of a signal: the key of the file, for the receiver of the file and no other.
    fn headers(&self, signal: &str) -> Option<OsString> {
        let variable = |of: &str| {
            text(&format!("OTEL_EXPORTER_OTLP_{signal}_{of}"))
                .or_else(|| text(&format!("OTEL_EXPORTER_OTLP_{of}")))
        };
        let (endpoint, key) = (self.endpoint.as_ref()?, self.api_key.as_ref()?);
        let named = self.flagged.clone().or_else(|| variable("ENDPOINT"));
        let is_elsewhere = named.is_some_and(|named| named != *endpoint);
        let is_wanted = !is_elsewhere && variable("HEADERS").is_none();
        is_wanted.then(|| format!("authorization=Bearer%20{key}").into())
    }
}

fn text(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

fn flag(name: &str) -> Option<bool> {
    text(name)?.to_ascii_lowercase().parse().ok()
}

/// Returns a value, or that of the variable to which it refers.
fn resolved(value: &str) -> Option<String> {
    match value.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')) {
        Some(name) => text(name),
        None => Some(value.to_owned()),
    }
}
