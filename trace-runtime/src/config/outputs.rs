//! The exporters of one signal, with their settings.

use super::component::Component;
use crate::export::table::{ExporterSettings, NamedExporter};
use crate::export::{OtlpSettings, QueueSettings};

/// The exporters of spans, or of log records.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outputs {
    /// Empty: none is wanted.
    pub(crate) chosen: Option<Vec<Output>>,
    /// The settings of an exporter that is used without being chosen.
    pub(crate) otlp: OtlpSettings,
    pub(crate) queue: QueueSettings,
}

/// An exporter with its settings.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Output {
    pub(crate) exporter: Component,
    pub(crate) settings: ExporterSettings,
    pub(crate) queue: QueueSettings,
}

impl Outputs {
    /// Chooses exporters that all have the same settings.
    pub(crate) fn alike(
        chosen: Option<Vec<&'static NamedExporter>>,
        otlp: OtlpSettings,
        queue: QueueSettings,
    ) -> Self {
        let mut outputs = Self { chosen: None, otlp, queue };
        outputs.chosen = chosen.map(|chosen| {
            chosen.into_iter().map(|exporter| outputs.by_default(exporter)).collect()
        });
        outputs
    }

    /// Returns an exporter with the settings of one that was not chosen.
    pub(crate) fn by_default(&self, exporter: &'static NamedExporter) -> Output {
        let settings = ExporterSettings { otlp: self.otlp.clone(), ..ExporterSettings::default() };
        Output { exporter: exporter.into(), settings, queue: self.queue.clone() }
    }

    /// Returns the names of the chosen exporters.
    #[cfg(test)]
    pub(crate) fn names(&self) -> Option<Vec<&'static str>> {
        let chosen = self.chosen.as_ref()?;
        Some(chosen.iter().map(|output| output.exporter.known_name()).collect())
    }
}
