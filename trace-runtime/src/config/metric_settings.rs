//! The settings of metrics.

use super::component::Component;
use crate::export::table::ExporterSettings;
#[cfg(feature = "config-file")]
use crate::metrics::AttributeFilter;
use crate::metrics::OtlpMetricSettings;
#[cfg(feature = "prometheus")]
use crate::metrics::PrometheusSettings;
use opentelemetry_sdk::metrics::{Instrument, InstrumentKind, Stream};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// The settings of metrics.
#[derive(Debug, Default)]
pub(crate) struct MetricSettings {
    /// Empty: none is wanted.
    pub(crate) readers: Option<Vec<ReaderSettings>>,
    /// The settings of an exporter that is used without being chosen.
    pub(crate) otlp: OtlpMetricSettings,
    /// Histograms are exponential unless a view changes them.
    pub(crate) exponential: bool,
    pub(crate) views: Views,
    /// The attributes that views keep, if the SDK's views cannot select them all.
    #[cfg(feature = "config-file")]
    pub(crate) filters: Arc<[AttributeFilter]>,
    pub(crate) series: SeriesSettings,
    /// Telemetry itself is not measured.
    pub(crate) is_own_off: bool,
}

/// A way in which metrics leave the program.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ReaderSettings {
    pub(crate) exporter: Component,
    /// For exporters that get metrics at an interval.
    pub(crate) push: OtlpMetricSettings,
    /// The file to which an exporter of lines appends; `None` for standard output.
    pub(crate) file: Option<PathBuf>,
    #[cfg(feature = "prometheus")]
    pub(crate) prometheus: PrometheusSettings,
}

impl ReaderSettings {
    /// Creates a reader for an exporter that gets metrics at an interval.
    pub(crate) fn pushing(exporter: impl Into<Component>, push: OtlpMetricSettings) -> Self {
        Self {
            exporter: exporter.into(),
            push,
            file: None,
            #[cfg(feature = "prometheus")]
            prometheus: PrometheusSettings::default(),
        }
    }
}

impl ReaderSettings {
    /// Returns the settings of the exporter.
    pub(crate) fn exporter_settings(&self) -> ExporterSettings {
        ExporterSettings {
            otlp: self.push.otlp.clone(),
            file: self.file.clone(),
            max_points: self.push.max_export_batch_size,
            ..ExporterSettings::default()
        }
    }
}

impl MetricSettings {
    /// Returns the names of the chosen exporters.
    #[cfg(test)]
    pub(crate) fn names(&self) -> Option<Vec<&'static str>> {
        let readers = self.readers.as_ref()?;
        Some(readers.iter().map(|reader| reader.exporter.known_name()).collect())
    }
}

/// The limits on the series of an instrument.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct SeriesSettings {
    pub(crate) default: Option<usize>,
    pub(crate) by_kind: Vec<(InstrumentKind, usize)>,
}

/// Changes instruments.
pub(crate) type View = Arc<dyn Fn(&Instrument) -> Option<Stream> + Send + Sync>;

/// Several views.
#[derive(Clone, Default)]
pub(crate) struct Views(pub(crate) Vec<View>);

impl fmt::Debug for Views {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} views", self.0.len())
    }
}
