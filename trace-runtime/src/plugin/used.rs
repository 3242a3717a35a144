//! Creates the component of a plug-in that a file names.

use super::{Create, Make, Plugin, PluginError, Properties};
use crate::caught::caught;
use crate::error::{ConfigurationError, InitError};
use crate::escape;
use std::fmt;
use std::sync::Arc;
use trace_config::model::Extension;
use trace_config::{Loaded, Problem};

/// A plug-in, and the properties with which a file names it. Equal ones create the same.
#[derive(Clone)]
pub(crate) struct Used {
    plugin: Plugin,
    section: Extension,
    /// The file, which shows the places of problems.
    loaded: Arc<Loaded>,
}

/// Defines a method that creates a component of a kind.
macro_rules! create {
    ($method:ident: $($kind:ident)|+ => $component:ty) => {
        pub(crate) fn $method(&self) -> Result<$component, InitError> {
            match &self.plugin.create {
                $(Create::$kind(make) => self.made(make),)+
                _ => unreachable!("{:?} was found by its kind", self.plugin),
            }
        }
    };
}

impl Used {
    pub(crate) fn new(plugin: Plugin, section: Extension, loaded: Arc<Loaded>) -> Self {
        Self { plugin, section, loaded }
    }

    pub(crate) fn name(&self) -> &str {
        self.plugin.name()
    }

    create!(resource_detector: ResourceDetector => Box<dyn crate::resource::ResourceDetector + Send>);
    create!(propagator: Propagator => Box<dyn crate::propagation::Propagator>);
    create!(sampler: Sampler => Box<dyn crate::sampling::Sampler>);
    create!(composable: ComposableSampler => Box<dyn crate::sampling::Composable>);
    create!(spans: SpanExporter | SpanProcessor => Box<dyn crate::export::Exporter>);
    #[cfg(feature = "logs")]
    create!(logs: LogExporter => Box<dyn crate::export::Exporter<crate::export::EmittedLog>>);
    #[cfg(feature = "logs")]
    create!(log_processor: LogProcessor => Box<dyn opentelemetry_sdk::logs::LogProcessor>);
    #[cfg(feature = "metrics")]
    create!(metrics: MetricExporter => Box<dyn crate::export::MetricExporter>);
    #[cfg(feature = "metrics")]
    create!(reader: MetricReader => super::StockReader);

    /// Returns whether it fetches metrics when it chooses.
    #[cfg(feature = "metrics")]
    pub(crate) fn is_reader(&self) -> bool {
        matches!(self.plugin.create, Create::MetricReader(_))
    }

    fn made<T>(&self, make: &Make<T>) -> Result<T, InitError> {
        self.try_made(make)
            .map_err(|problem| InitError::Configuration(ConfigurationError::new(vec![*problem])))
    }

    fn try_made<T>(&self, make: &Make<T>) -> Result<T, Box<Problem>> {
        let made = caught(|| make(&Properties::new(&self.section)));
        let made = made.unwrap_or_else(|panic| {
            Err(PluginError::new(format_args!("it panicked: {}", panic.message())))
        });
        made.map_err(|error| {
            let at = error.place().unwrap_or(self.section.at);
            let message = format!("{:?}: {}", self.plugin, escape::line(error.to_string()));
            Box::new(self.loaded.unsupported(at, None, message))
        })
    }
}

impl PartialEq for Used {
    fn eq(&self, other: &Self) -> bool {
        (self.plugin.kind(), &self.section) == (other.plugin.kind(), &other.section)
    }
}

impl fmt::Debug for Used {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.plugin.fmt(f)
    }
}
