//! Metrics: from the meter provider to those who read it.
//!
//! | to | use |
//! |---|---|
//! | send them over OTLP | the environment, or [`Builder::with_otlp_metrics`](crate::Builder::with_otlp_metrics) |
//! | show them to Prometheus | `OTEL_METRICS_EXPORTER=prometheus`, or `Builder::with_prometheus` (feature `prometheus`) |
//! | read them otherwise | [`Builder::with_metric_reader`](crate::Builder::with_metric_reader) |
//!
//! | show a value that the program has anyway | [`observe`] |
//!
//! The meter provider of the pipeline is OpenTelemetry's global one: what other code measures
//! through the API comes out of the same readers. A reader sees all records up to the moment it
//! reads.
//
// It knows the provider and its readers; it does not know who measures.
//
// | file | what it holds |
// |---|---|
// | `meters.rs` | the provider of a pipeline, its flush and its end |
// | `source.rs`, `link.rs` | what a reader reads, after a sweep of the collector |
// | `global.rs` | the provider as OpenTelemetry's global one |
// | `push.rs` | the reader that sends every now and then |
// | `console.rs` | metrics for people |
// | `text/` | metrics as Prometheus writes them |
// | `own/` | what the runtime measures itself, and gauges by callback |
// | `prometheus/` | the reader that is asked, and the endpoint |

#[cfg(feature = "console")]
mod console;
#[doc(hidden)]
pub mod global;
mod link;
mod meters;
mod own;
#[cfg(feature = "prometheus")]
mod prometheus;
#[cfg(any(feature = "console", feature = "otlp-grpc", feature = "otlp-http"))]
pub(crate) mod push;
mod settings;
#[cfg(any(
    feature = "console",
    feature = "otlp-grpc",
    feature = "otlp-http",
    feature = "prometheus"
))]
mod source;
#[cfg(any(feature = "console", feature = "prometheus"))]
#[cfg_attr(not(feature = "prometheus"), allow(dead_code, reason = "people get one format"))]
mod text;

pub use own::{observe, observe_each};
#[cfg(feature = "prometheus")]
pub use prometheus::{Prometheus, PrometheusSettings, Scrape, ScrapeError};
pub use settings::OtlpMetricSettings;

#[cfg(feature = "console")]
pub(crate) use console::ConsoleMetrics;
pub(crate) use link::Link;
pub(crate) use meters::Meters;
pub(crate) use own::{Build, begin, operated};
#[cfg(feature = "prometheus")]
use prometheus::omitted as prometheus_omitted;
#[cfg(feature = "prometheus")]
pub(crate) use prometheus::start as start_prometheus;
#[cfg(any(feature = "console", feature = "otlp-grpc", feature = "otlp-http"))]
pub(crate) use source::Source;

/// Has forks wait until no other thread is in the middle of what outlives pipelines.
pub(crate) fn keep_over_forks() {
    global::keep_over_forks();
    own::keep_over_forks();
}

/// The attribute that says by which bucket's bound calls are judged.
pub(crate) const LATENCY_THRESHOLD: &str = "objective.latency.threshold";
