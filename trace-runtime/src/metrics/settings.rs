//! Settings of metrics over OTLP, and of metrics as JSON lines.

use crate::export::OtlpSettings;
use opentelemetry_sdk::metrics::Temporality;
#[cfg(feature = "json")]
use std::path::PathBuf;
use std::time::Duration;

/// The time between two exports that the specification sets.
const INTERVAL: Duration = Duration::from_secs(60);

/// How metrics are sent over OTLP; for
/// [`TelemetryBuilder::with_otlp_metrics`](crate::TelemetryBuilder::with_otlp_metrics).
///
/// ```
/// use opentelemetry_sdk::metrics::Temporality;
/// use std::time::Duration;
/// use trace_runtime::export::OtlpSettings;
/// use trace_runtime::metrics::OtlpMetricSettings;
///
/// let settings = OtlpMetricSettings::default()
///     .with_otlp(OtlpSettings::default().with_endpoint("http://collector:4318/v1/metrics"))
///     .with_interval(Duration::from_secs(10))
///     .with_temporality(Temporality::Delta);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OtlpMetricSettings {
    /// Where to, and how. The endpoint is the whole URL; over HTTP it ends in `/v1/metrics`.
    pub otlp: OtlpSettings,
    /// The time between two exports. 60 s by default.
    pub interval: Duration,
    /// Whether each export contains the total or what was added since the last; the total by default.
    pub temporality: Temporality,
    /// The maximum number of data points in one request; `None`, the default, for no limit but that of bytes
    /// ([`OtlpSettings::max_request_size`]).
    pub max_export_batch_size: Option<usize>,
}

impl OtlpMetricSettings {
    /// Sets where to, and how.
    #[must_use]
    pub fn with_otlp(mut self, otlp: OtlpSettings) -> Self {
        self.otlp = otlp;
        self
    }

    /// Sets the time between two exports.
    #[must_use]
    pub fn with_interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// Sets whether each export contains the total or what was added since the last.
    #[must_use]
    pub fn with_temporality(mut self, temporality: Temporality) -> Self {
        self.temporality = temporality;
        self
    }

    /// Sets the maximum number of data points in one request; at least one is sent.
    #[must_use]
    pub fn with_max_export_batch_size(mut self, points: usize) -> Self {
        self.max_export_batch_size = Some(points);
        self
    }
}

impl Default for OtlpMetricSettings {
    fn default() -> Self {
        Self {
            otlp: OtlpSettings::default(),
            interval: INTERVAL,
            temporality: Temporality::Cumulative,
            max_export_batch_size: None,
        }
    }
}

/// How metrics are written as JSON lines; for
/// [`TelemetryBuilder::with_json_metrics`](crate::TelemetryBuilder::with_json_metrics).
///
/// ```
/// use std::time::Duration;
/// use trace_runtime::metrics::JsonMetricSettings;
///
/// let settings = JsonMetricSettings::default()
///     .with_file("/var/log/metrics.jsonl")
///     .with_interval(Duration::from_secs(10));
/// ```
#[cfg(feature = "json")]
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct JsonMetricSettings {
    /// The file to which lines are appended; `None` for standard output, the default.
    pub file: Option<PathBuf>,
    /// The time between two exports. 60 s by default.
    pub interval: Duration,
    /// Whether each export contains the total or what was added since the last; the total by default.
    pub temporality: Temporality,
}

#[cfg(feature = "json")]
impl JsonMetricSettings {
    /// Appends to a file, which is created if it does not exist.
    #[must_use]
    pub fn with_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.file = Some(path.into());
        self
    }

    /// Sets the time between two exports.
    #[must_use]
    pub fn with_interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// Sets whether each export contains the total or what was added since the last.
    #[must_use]
    pub fn with_temporality(mut self, temporality: Temporality) -> Self {
        self.temporality = temporality;
        self
    }
}

#[cfg(feature = "json")]
impl Default for JsonMetricSettings {
    fn default() -> Self {
        Self { file: None, interval: INTERVAL, temporality: Temporality::Cumulative }
    }
}
