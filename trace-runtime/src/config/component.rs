//! An exporter that was chosen: one of the table, or a plug-in.

use crate::error::InitError;
#[cfg(feature = "logs")]
use crate::export::EmittedLog;
use crate::export::Exporter;
#[cfg(feature = "metrics")]
use crate::export::MetricExporter;
#[cfg(feature = "metrics")]
use crate::export::table::MetricOutput;
use crate::export::table::{ExporterSettings, NamedExporter};
#[cfg(feature = "config-file")]
use crate::plugin::Used;
use std::fmt;

/// An exporter that was chosen.
#[derive(Clone, PartialEq)]
pub(crate) enum Component {
    Named(&'static NamedExporter),
    #[cfg(feature = "config-file")]
    Plugin(Used),
}

impl Component {
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Named(exporter) => exporter.name,
            #[cfg(feature = "config-file")]
            Self::Plugin(plugin) => plugin.name(),
        }
    }

    /// Returns whether what it exports stays on this machine, as far as that is known.
    pub(crate) fn is_local(&self) -> bool {
        match self {
            Self::Named(exporter) => exporter.is_local(),
            #[cfg(feature = "config-file")]
            Self::Plugin(_) => false,
        }
    }

    /// Returns the name of one that is no plug-in.
    #[cfg(test)]
    pub(crate) fn known_name(&self) -> &'static str {
        match self {
            Self::Named(exporter) => exporter.name,
            #[cfg(feature = "config-file")]
            Self::Plugin(plugin) => panic!("{plugin:?}"),
        }
    }

    /// Creates the exporter of spans.
    pub(crate) fn spans(
        &self,
        settings: &ExporterSettings,
    ) -> Result<Box<dyn Exporter>, InitError> {
        match self {
            Self::Named(exporter) => exporter.spans(settings),
            #[cfg(feature = "config-file")]
            Self::Plugin(plugin) => plugin.spans(),
        }
    }

    /// Creates the exporter of logs.
    #[cfg(feature = "logs")]
    pub(crate) fn logs(
        &self,
        settings: &ExporterSettings,
    ) -> Result<Box<dyn Exporter<EmittedLog>>, InitError> {
        match self {
            Self::Named(exporter) => exporter.logs(settings),
            #[cfg(feature = "config-file")]
            Self::Plugin(plugin) => plugin.logs(),
        }
    }

    /// Creates the exporter of metrics; `None` if it fetches them.
    #[cfg(feature = "metrics")]
    pub(crate) fn metrics(
        &self,
        settings: &ExporterSettings,
    ) -> Result<Option<Box<dyn MetricExporter>>, InitError> {
        match self {
            Self::Named(exporter) => match exporter.metrics()? {
                MetricOutput::Pushed(make) => make(settings).map(Some),
                MetricOutput::Scraped => Ok(None),
            },
            #[cfg(feature = "config-file")]
            Self::Plugin(plugin) if plugin.is_reader() => Ok(None),
            #[cfg(feature = "config-file")]
            Self::Plugin(plugin) => plugin.metrics().map(Some),
        }
    }
}

impl From<&'static NamedExporter> for Component {
    fn from(exporter: &'static NamedExporter) -> Self {
        Self::Named(exporter)
    }
}

impl PartialEq<&'static NamedExporter> for Component {
    fn eq(&self, other: &&'static NamedExporter) -> bool {
        matches!(self, Self::Named(exporter) if exporter == other)
    }
}

impl fmt::Debug for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
