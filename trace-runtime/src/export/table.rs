//! Names the exporters that the environment may choose, with the signals that each of them exports.
//!
//! A new exporter is a folder beside this file and a row in [`EXPORTERS`].

#[cfg(feature = "logs")]
use super::EmittedLog;
#[cfg(feature = "console")]
use super::console;
use super::exporter::Exporter;
#[cfg(any(feature = "json", feature = "logs"))]
use super::json;
#[cfg(feature = "metrics")]
use super::metric::MetricExporter;
use super::otlp::{self, OtlpSettings};
use super::signal::Signal;
use crate::error::InitError;
use std::fmt;
use std::path::PathBuf;

/// An exporter, and its constructors, which get its settings.
pub(crate) struct NamedExporter {
    pub(crate) name: &'static str,
    spans: Cell<Make<dyn Exporter>>,
    #[cfg(feature = "metrics")]
    metrics: Cell<MetricOutput>,
    #[cfg(not(feature = "metrics"))]
    metrics: Cell<()>,
    #[cfg(feature = "logs")]
    logs: Cell<Make<dyn Exporter<EmittedLog>>>,
    #[cfg(not(feature = "logs"))]
    logs: Cell<()>,
}

/// The support for a signal: none, a constructor, or the cargo feature that
/// the build lacks.
type Cell<T> = Option<Result<T, &'static str>>;

type Make<T> = fn(&ExporterSettings) -> Result<Box<T>, InitError>;

/// The settings of an exporter, of which each uses what it needs.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ExporterSettings {
    pub(crate) otlp: OtlpSettings,
    /// The file to which it appends; `None` for a standard stream.
    #[cfg_attr(
        not(feature = "json"),
        allow(dead_code, reason = "a build may have no such exporter")
    )]
    pub(crate) file: Option<PathBuf>,
    /// The maximum number of data points in one request or line; `None` for no limit.
    #[cfg_attr(
        not(all(
            feature = "metrics",
            any(feature = "json", feature = "otlp-grpc", feature = "otlp-http")
        )),
        allow(dead_code, reason = "a build may have no such exporter")
    )]
    pub(crate) max_points: Option<usize>,
    /// Log records are lines in the format of OTLP, not flat objects.
    #[cfg_attr(not(feature = "logs"), allow(dead_code, reason = "spans have one format"))]
    pub(crate) is_otlp: bool,
    /// Lines go to stderr, not to stdout.
    #[cfg_attr(not(feature = "logs"), allow(dead_code, reason = "spans of people are trees"))]
    pub(crate) on_stderr: bool,
}

#[cfg(feature = "metrics")]
impl ExporterSettings {
    #[cfg_attr(
        not(any(feature = "json", feature = "otlp-grpc", feature = "otlp-http")),
        allow(dead_code, reason = "a build may have no such exporter")
    )]
    fn max_points(&self) -> usize {
        self.max_points.unwrap_or(usize::MAX)
    }
}

/// The way in which metrics reach an exporter.
#[cfg(feature = "metrics")]
#[derive(Clone, Copy)]
#[allow(dead_code, reason = "a build may leave exporters out")]
pub(crate) enum MetricOutput {
    /// They are pushed at an interval.
    Pushed(Make<dyn MetricExporter>),
    /// Prometheus requests them.
    Scraped,
}

/// A cell that needs a cargo feature.
macro_rules! with {
    ($feature:literal, $cell:expr) => {{
        #[cfg(feature = $feature)]
        {
            Some(Ok($cell))
        }
        #[cfg(not(feature = $feature))]
        {
            Some(Err($feature))
        }
    }};
}

/// A cell of a signal that the build may leave out as a whole.
macro_rules! if_built {
    ($signal:literal, $cell:expr) => {{
        #[cfg(feature = $signal)]
        {
            $cell
        }
        #[cfg(not(feature = $signal))]
        {
            None
        }
    }};
}

/// All exporters, by name.
pub(crate) static EXPORTERS: [NamedExporter; 4] = [
    NamedExporter {
        name: "otlp",
        spans: Some(Ok(|settings| otlp::span_exporter(&settings.otlp))),
        metrics: if_built!(
            "metrics",
            Some(Ok(MetricOutput::Pushed(|settings| {
                otlp::metric_exporter(&settings.otlp, settings.max_points())
            })))
        ),
        logs: if_built!("logs", Some(Ok(|settings| otlp::log_exporter(&settings.otlp)))),
    },
    NamedExporter {
        name: "prometheus",
        spans: None,
        metrics: if_built!("metrics", with!("prometheus", MetricOutput::Scraped)),
        logs: None,
    },
    NamedExporter {
        name: "console",
        spans: with!("console", |_| Ok(Box::new(console::ConsoleExporter::new()))),
        metrics: if_built!(
            "metrics",
            with!("console", MetricOutput::Pushed(|_| Ok(Box::new(console::ConsoleMetrics))))
        ),
        logs: if_built!("logs", with!("console", |_| Ok(Box::new(console::ConsoleLogs::stderr())))),
    },
    NamedExporter {
        name: "json",
        spans: with!("json", |settings| json::span_exporter(settings.file.as_deref())),
        metrics: if_built!(
            "metrics",
            with!(
                "json",
                MetricOutput::Pushed(|settings| {
                    json::metric_exporter(settings.file.as_deref(), settings.max_points())
                })
            )
        ),
        logs: if_built!("logs", Some(Ok(json_logs))),
    },
];

#[cfg(feature = "logs")]
fn json_logs(settings: &ExporterSettings) -> Result<Box<dyn Exporter<EmittedLog>>, InitError> {
    if !settings.is_otlp {
        return Ok(Box::new(match settings.on_stderr {
            true => json::JsonLogs::stderr(),
            false => json::JsonLogs::stdout(),
        }));
    }
    #[cfg(feature = "json")]
    {
        json::log_exporter(settings.file.as_deref())
    }
    #[cfg(not(feature = "json"))]
    {
        let wanted = "OTLP in files".to_owned();
        Err(InitError::MissingFeature { wanted, feature: "json" })
    }
}

/// Returns the exporter of this name.
pub(crate) fn exporter(name: &str) -> &'static NamedExporter {
    let found = EXPORTERS.iter().find(|exporter| exporter.name == name);
    found.unwrap_or_else(|| unreachable!("no exporter is called `{name}`"))
}

/// Returns the exporters of a signal, by name.
pub(crate) fn exporters_of(
    signal: Signal,
) -> impl Iterator<Item = (&'static str, &'static NamedExporter)> {
    let exporters = EXPORTERS.iter().filter(move |exporter| exporter.exports(signal));
    exporters.map(|exporter| (exporter.name, exporter))
}

impl NamedExporter {
    /// Returns whether what it exports stays on this machine.
    pub(crate) fn is_local(&self) -> bool {
        matches!(self.name, "console" | "json")
    }

    fn exports(&self, signal: Signal) -> bool {
        match signal {
            Signal::Traces => self.spans.is_some(),
            Signal::Metrics => self.metrics.is_some(),
            Signal::Logs => self.logs.is_some(),
        }
    }

    /// Creates the exporter of spans.
    pub(crate) fn spans(
        &self,
        settings: &ExporterSettings,
    ) -> Result<Box<dyn Exporter>, InitError> {
        self.built(Signal::Traces, self.spans)?(settings)
    }

    /// Returns the way in which metrics reach this exporter.
    #[cfg(feature = "metrics")]
    pub(crate) fn metrics(&self) -> Result<MetricOutput, InitError> {
        self.built(Signal::Metrics, self.metrics)
    }

    /// Creates the exporter of logs.
    #[cfg(feature = "logs")]
    pub(crate) fn logs(
        &self,
        settings: &ExporterSettings,
    ) -> Result<Box<dyn Exporter<EmittedLog>>, InitError> {
        self.built(Signal::Logs, self.logs)?(settings)
    }

    fn built<T>(&self, signal: Signal, cell: Cell<T>) -> Result<T, InitError> {
        let wanted = || format!("exporter `{}` of {}", self.name, signal.name());
        match cell {
            Some(Ok(built)) => Ok(built),
            Some(Err(feature)) => Err(InitError::MissingFeature { wanted: wanted(), feature }),
            None => unreachable!("{} is refused before", wanted()),
        }
    }
}

impl fmt::Debug for NamedExporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl PartialEq for NamedExporter {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}
