//! The exporters of one signal, with their settings.

use super::component::Component;
use crate::export::table::{ExporterSettings, NamedExporter, exporter};
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

    /// Returns the exporters of spans if the program names none: those that were chosen; else OTLP when an endpoint is
    /// set; else the console where stderr is a terminal; else OTLP.
    pub(crate) fn of_spans(&self, stderr_is_terminal: bool) -> Vec<Output> {
        if let Some(chosen) = &self.chosen {
            return chosen.clone();
        }
        let has_otlp = cfg!(any(feature = "otlp-http", feature = "otlp-grpc"));
        let has_console = cfg!(feature = "console");
        let for_people = has_console && stderr_is_terminal;
        if self.otlp.endpoint.is_some() || (has_otlp && !for_people) {
            vec![self.by_default(exporter("otlp"))]
        } else if has_console {
            vec![self.by_default(exporter("console"))]
        } else {
            Vec::new()
        }
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

#[cfg(all(test, feature = "console", feature = "otlp-http"))]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_names_no_exporter_gets_the_fitting_one() {
        let chosen = |spans: Outputs, is_terminal| -> Vec<&str> {
            let chosen = spans.of_spans(is_terminal);
            chosen.iter().map(|output| output.exporter.known_name()).collect()
        };
        let unset = Outputs::default();
        assert_eq!(chosen(unset.clone(), true), ["console"]);
        assert_eq!(chosen(unset, false), ["otlp"]);
        let otlp = OtlpSettings::default().with_endpoint("http://collector:4318/v1/traces");
        let endpoint = Outputs { otlp, ..Outputs::default() };
        assert_eq!(chosen(endpoint.clone(), true), ["otlp"]);
        assert!(chosen(Outputs { chosen: Some(Vec::new()), ..endpoint }, true).is_empty());
    }
}
