//! Metrics: the meter provider, and the metrics of the runtime itself.
//!
//! | to | use |
//! |---|---|
//! | send them over OTLP | the environment, or [`TelemetryBuilder::with_otlp_metrics`](crate::TelemetryBuilder::with_otlp_metrics) |
//! | write them as JSON lines | `OTEL_METRICS_EXPORTER=json`, or `TelemetryBuilder::with_json_metrics` (feature `json`) |
//! | show them to Prometheus | `OTEL_METRICS_EXPORTER=prometheus`, or `TelemetryBuilder::with_prometheus` (feature `prometheus`) |
//! | read them otherwise | [`TelemetryBuilder::with_metric_reader`](crate::TelemetryBuilder::with_metric_reader) |
//!
//! | show a value that the program has anyway | [`observe`] |
//! | measure in a library by OpenTelemetry's API | [`GlobalInstruments`] |
//!
//! The meter provider of the pipeline is OpenTelemetry's global one: what other code measures
//! through the API comes out of the same readers. A reader sees all records up to the moment it
//! reads.
//
// | file | contents |
// |---|---|
// | `filtered.rs` | instruments that leave attributes out |
// | `global.rs` | what libraries make of the provider that is global |
// | `own/` | the metrics of the runtime itself, and gauges by callback |
// | `link.rs` | the running pipeline, for what is made before it |
// | `settings.rs` | the settings of OTLP and of JSON lines for metrics |

#[cfg(feature = "config-file")]
mod filtered;
mod global;
mod link;
mod own;
mod settings;
mod types;

#[cfg(feature = "prometheus")]
pub use crate::export::prometheus::{Prometheus, PrometheusSettings, Scrape, ScrapeError};
pub use global::GlobalInstruments;
pub use own::{observe, observe_each};
#[cfg(feature = "json")]
pub use settings::JsonMetricSettings;
pub use settings::OtlpMetricSettings;
pub use types::*;

#[cfg(feature = "config-file")]
pub(crate) use filtered::{AttributeFilter, Described, FilteredProvider, Keeps};
#[cfg(feature = "config-file")]
pub(crate) use link::FileView;
pub(crate) use link::{Link, PipelineView};
pub(crate) use own::{Build, begin};

/// Has forks wait until no other thread is in the middle of what outlives pipelines.
pub(crate) fn keep_over_forks() {
    own::keep_over_forks();
}
