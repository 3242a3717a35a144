//! Sets up telemetry: what the program's own settings mean, as variables of OpenTelemetry.
//!
//! From the strongest to the weakest: flags and `DO_NOT_TRACK`, variables of OpenTelemetry, variables of the program
//! (`TODO_…`), its file, and the defaults, by which nothing is recorded.

use crate::error::Result;
use crate::settings::Settings;
use std::env;
use std::ffi::OsString;
use trace_runtime::{Level, Telemetry, TelemetryArgs};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::prelude::*;

/// Starts what the flags, the environment and the file ask for; nothing by default.
pub(crate) fn start(settings: &Settings, args: &TelemetryArgs) -> Result<Telemetry> {
    let variables = Variables::of(settings);
    let builder = match &settings.telemetry {
        // A file of OpenTelemetry takes the place of its variables.
        Some(section) if variables.is_enabled() => Telemetry::from_section(section.clone()),
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
}

impl Variables {
    fn of(settings: &Settings) -> Self {
        let Settings { observability, grafana, .. } = settings;
        let enabled = flag("OTEL_ENABLED");
        let signal = |name: &str, of_file| {
            let variables = [format!("TODO_ENABLE_{name}"), format!("OTEL_ENABLE_{name}")];
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
        }
    }

    fn is_enabled(&self) -> bool {
        self.enabled != Some(false)
    }

    fn level(&self) -> Option<Level> {
        self.log_level.as_deref()?.parse().ok()
    }

    /// Returns a variable: that of the environment, or what the settings of the program mean.
    fn get(&self, name: &str) -> Option<OsString> {
        let exporter = |is_on: Option<bool>, by_default: bool| {
            (!is_on.unwrap_or(by_default)).then(|| "none".into())
        };
        let forced = match name {
            "OTEL_SDK_DISABLED" if !self.is_enabled() => Some("true".into()),
            "OTEL_TRACES_EXPORTER" => exporter(self.traces, true),
            "OTEL_METRICS_EXPORTER" => exporter(self.metrics, !self.is_staged),
            "OTEL_LOGS_EXPORTER" => exporter(self.logs, !self.is_staged),
            _ => None,
        };
        let named = || env::var_os(name).filter(|value| !value.is_empty());
        forced.or_else(named).or_else(|| self.default(name))
    }

    fn default(&self, name: &str) -> Option<OsString> {
        match name {
            "OTEL_SERVICE_NAME" => Some("todo-cli".into()),
            "OTEL_RESOURCE_ATTRIBUTES" => {
                Some(concat!("service.version=", env!("CARGO_PKG_VERSION")).into())
            }
            "OTEL_TRACES_SAMPLER" => self.sample_rate.map(|_| "parentbased_traceidratio".into()),
            "OTEL_TRACES_SAMPLER_ARG" => self.sample_rate.map(|rate| rate.to_string().into()),
            "OTEL_EXPORTER_OTLP_ENDPOINT" => self.endpoint.clone().map(Into::into),
            "OTEL_EXPORTER_OTLP_HEADERS" => {
                Some(format!("authorization=Bearer%20{}", self.api_key.as_ref()?).into())
            }
            _ => None,
        }
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
