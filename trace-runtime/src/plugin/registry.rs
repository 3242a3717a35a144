//! Keeps the plug-ins of a program, by type and name.

use super::Plugin;
use crate::error::InitError;
use crate::propagation::Format;
use crate::resource::Detector;
use trace_config::model::exporters::{LogRecordExporter, SpanExporter};
use trace_config::model::logger::LogRecordProcessor;
use trace_config::model::meter::{PullMetricExporter, PushMetricExporter};
use trace_config::model::propagator::TextMapPropagator;
use trace_config::model::resource::ResourceDetector;
use trace_config::model::sampler::{ComposableSampler, Sampler};
use trace_config::model::tracer::SpanProcessor;

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

    /// Returns the names that the schema, or this crate, defines, sorted.
    fn defined(self) -> Vec<&'static str> {
        let (schema, own): (_, Vec<_>) = match self {
            Self::ResourceDetector => {
                (ResourceDetector::KEYS, Detector::ALL.iter().map(|it| it.name()).collect())
            }
            Self::Propagator => {
                (TextMapPropagator::KEYS, Format::NAMES.iter().map(|(name, _)| *name).collect())
            }
            Self::Sampler => (Sampler::KEYS, Vec::new()),
            Self::ComposableSampler => (ComposableSampler::KEYS, Vec::new()),
            Self::SpanExporter => (SpanExporter::KEYS, Vec::new()),
            Self::SpanProcessor => (SpanProcessor::KEYS, Vec::new()),
            Self::LogExporter => (LogRecordExporter::KEYS, Vec::new()),
            Self::LogProcessor => (LogRecordProcessor::KEYS, Vec::new()),
            Self::MetricExporter => (PushMetricExporter::KEYS, Vec::new()),
            Self::MetricReader => (PullMetricExporter::KEYS, Vec::new()),
        };
        let mut defined = [schema, &own].concat();
        defined.sort_unstable();
        defined.dedup();
        defined
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
