//! Keeps the plug-ins of a program, by type and name.

use super::Plugin;
use crate::error::InitError;
use crate::propagation::Format;
use crate::resource::Detector;

/// The types that plug-ins extend.
#[cfg_attr(
    not(all(feature = "logs", feature = "metrics")),
    allow(dead_code, reason = "a build may leave signals out")
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    ResourceDetector,
    Propagator,
    Sampler,
    ComposableSampler,
    SpanExporter,
    SpanProcessor,
    LogExporter,
    LogProcessor,
    MetricExporter,
    MetricReader,
}

impl Kind {
    /// Returns the name of the type in the schema.
    pub(crate) fn schema(self) -> &'static str {
        match self {
            Self::ResourceDetector => "ExperimentalResourceDetector",
            Self::Propagator => "TextMapPropagator",
            Self::Sampler => "Sampler",
            Self::ComposableSampler => "ExperimentalComposableSampler",
            Self::SpanExporter => "SpanExporter",
            Self::SpanProcessor => "SpanProcessor",
            Self::LogExporter => "LogRecordExporter",
            Self::LogProcessor => "LogRecordProcessor",
            Self::MetricExporter => "PushMetricExporter",
            Self::MetricReader => "PullMetricExporter",
        }
    }

    /// Returns what messages call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ResourceDetector => "resource detector",
            Self::Propagator => "propagator",
            Self::Sampler => "sampler",
            Self::ComposableSampler => "composable sampler",
            Self::SpanExporter => "span exporter",
            Self::SpanProcessor => "span processor",
            Self::LogExporter => "log record exporter",
            Self::LogProcessor => "log record processor",
            Self::MetricExporter => "push metric exporter",
            Self::MetricReader => "pull metric exporter",
        }
    }

    /// Returns the names that the schema, or this crate, defines.
    fn defined(self) -> Vec<&'static str> {
        const EXPORTERS: [&str; 4] = ["console", "otlp_file/development", "otlp_grpc", "otlp_http"];
        match self {
            Self::ResourceDetector => Detector::ALL.iter().map(|it| it.name()).collect(),
            Self::Propagator => Format::NAMES.iter().map(|(name, _)| *name).collect(),
            Self::Sampler => vec![
                "always_off",
                "always_on",
                "always_record",
                "composite/development",
                "jaeger_remote/development",
                "parent_based",
                "probability/development",
                "trace_id_ratio_based",
            ],
            Self::ComposableSampler => {
                vec!["always_off", "always_on", "parent_threshold", "probability", "rule_based"]
            }
            Self::SpanExporter | Self::LogExporter | Self::MetricExporter => EXPORTERS.to_vec(),
            Self::SpanProcessor => vec!["batch", "simple"],
            Self::LogProcessor => vec!["batch", "event_to_span_event_bridge/development", "simple"],
            Self::MetricReader => vec!["prometheus/development"],
        }
    }
}

/// The plug-ins of a program.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plugins(Vec<Plugin>);

impl Plugins {
    pub(crate) fn add(&mut self, plugin: Plugin) {
        self.0.push(plugin);
    }

    /// Refuses names that stand for two components.
    pub(crate) fn check(&self) -> Result<(), InitError> {
        for (number, plugin) in self.0.iter().enumerate() {
            let kind = plugin.kind();
            let is_defined = kind.defined().contains(&plugin.name());
            let is_same = |other: &Plugin| other.kind() == kind && other.name() == plugin.name();
            if is_defined || self.0[..number].iter().any(is_same) {
                return Err(InitError::DuplicatePlugin {
                    kind: kind.name(),
                    name: plugin.name().to_owned(),
                });
            }
        }
        Ok(())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Plugin> {
        self.0.iter()
    }

    pub(crate) fn find(&self, kind: Kind, name: &str) -> Option<&Plugin> {
        self.0.iter().find(|plugin| plugin.kind() == kind && plugin.name() == name)
    }

    /// Returns why a component is refused, with the names of those that are known.
    pub(crate) fn unknown(&self, kind: Kind, name: &str) -> String {
        let plugins = self.0.iter().filter(|plugin| plugin.kind() == kind).map(Plugin::name);
        let mut known: Vec<_> = kind.defined().into_iter().chain(plugins).collect();
        known.sort_unstable();
        let known: Vec<_> = known.into_iter().map(|name| format!("`{name}`")).collect();
        let name = crate::escape::line(name).cut(128);
        format!("there is no {} `{name}`; known: {}", kind.name(), known.join(", "))
    }
}
