//! The settings of the pipeline, whatever they are read from.

#[cfg(feature = "logs")]
use super::log_settings::LogSettings;
#[cfg(feature = "metrics")]
use super::metric_settings::MetricSettings;
use super::outputs::Outputs;
use crate::collector::{OpenLimits, SpanLimits};
use crate::export::{CodeAttributes, TenantRoutes};
#[cfg(feature = "http")]
use crate::instrumentation::HttpInstrumentation;
#[cfg(feature = "config-file")]
use crate::plugin::Used;
use crate::propagation::Format;
#[cfg(feature = "config-file")]
use crate::request::RequestRules;
use crate::resource::{Detector, NameFilter};
use crate::sampling::{Sampler, TailSampling};
use crate::site_rules::SiteRules;
use opentelemetry::KeyValue;
use std::sync::Arc;
use std::time::Duration;

/// All settings; `None` where one is not set. What the program sets itself takes precedence.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    pub(crate) disabled: bool,
    /// Whether start-up is reported on stderr.
    pub(crate) has_startup_line: bool,
    pub(crate) spans: Outputs,
    /// Empty: none is wanted.
    pub(crate) propagators: Option<Vec<ChosenFormat>>,
    pub(crate) sampler: Option<NamedSampler>,
    pub(crate) tail: Option<TailSampling>,
    pub(crate) limits: SpanLimits,
    pub(crate) code: Option<CodeAttributes>,
    /// The levels that are on, and the sites that are switched off.
    pub(crate) levels: Option<SiteRules>,
    #[cfg(feature = "config-file")]
    pub(crate) switches: SwitchSettings,
    /// What baggage may decide about.
    #[cfg(feature = "config-file")]
    pub(crate) requests: RequestRules,
    /// The share of the traces that are recorded at all.
    pub(crate) canary: Option<f64>,
    /// What holds for the instrumentation of HTTP; `None`: there is no file.
    #[cfg(feature = "http")]
    pub(crate) http: Option<Arc<HttpInstrumentation>>,
    /// The exporters of tenants.
    pub(crate) routes: Option<TenantRoutes>,
    /// The bytes that telemetry may take.
    pub(crate) memory: Option<usize>,
    pub(crate) open: Option<OpenLimits>,
    pub(crate) ring_bytes: Option<usize>,
    pub(crate) shutdown_timeout: Option<Duration>,
    pub(crate) resource: ResourceSettings,
    pub(crate) baggage: BaggageSettings,
    #[cfg(feature = "metrics")]
    pub(crate) metrics: MetricSettings,
    #[cfg(feature = "logs")]
    pub(crate) logs: LogSettings,
}

/// A format of contexts that was chosen.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ChosenFormat {
    Named(Format),
    #[cfg(feature = "config-file")]
    Plugin(Used),
}

/// A sampler, and its name with its argument.
#[derive(Clone, Debug)]
pub(crate) struct NamedSampler {
    pub(crate) name: String,
    pub(crate) sampler: Arc<dyn Sampler>,
}

/// The settings of the resource.
#[derive(Clone, Debug, Default)]
pub(crate) struct ResourceSettings {
    pub(crate) service_name: Option<String>,
    /// Later ones take precedence.
    pub(crate) attributes: Vec<KeyValue>,
    pub(crate) schema_url: Option<String>,
    /// Empty: none is wanted.
    pub(crate) detectors: Option<Vec<Detector>>,
    /// Detectors of the program.
    #[cfg(feature = "config-file")]
    pub(crate) plugins: Vec<Used>,
    /// Which of the detected attributes are kept; `None`: all.
    pub(crate) kept: Option<NameFilter>,
}

/// What is switched off, besides sites.
#[cfg(feature = "config-file")]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SwitchSettings {
    pub(crate) telemetry_off: bool,
    pub(crate) metrics_off: bool,
    pub(crate) logs_off: bool,
    pub(crate) exporters_off: Vec<String>,
}

/// The keys of baggage that are copied.
#[derive(Clone, Debug, Default)]
pub(crate) struct BaggageSettings {
    pub(crate) attributes: Vec<String>,
    #[cfg(feature = "metrics")]
    pub(crate) labels: Vec<String>,
    #[cfg(feature = "metrics")]
    pub(crate) label_cap: Option<usize>,
    #[cfg(feature = "logs")]
    pub(crate) log_attributes: Vec<String>,
}
