//! Writes telemetry as JSON lines: in the format of OTLP files, and log records as flat objects too.
//
// | file | contents |
// |---|---|
// | `encode/` | the encoding of spans, log records and metrics as OTLP in JSON, which OTLP over HTTP uses too |
// | `lines.rs` | the destination of lines, and their length |
// | `spans.rs`, `otlp_logs.rs`, `metrics.rs` | the exporter of each signal in the format of OTLP files |
// | `logs.rs` | the exporter of log records as flat objects, and its lines |

#[cfg(feature = "json")]
pub(super) mod encode;
#[cfg(feature = "json")]
mod lines;
#[cfg(feature = "logs")]
mod logs;
#[cfg(all(feature = "json", feature = "metrics"))]
mod metrics;
#[cfg(all(feature = "json", feature = "logs"))]
mod otlp_logs;
#[cfg(feature = "json")]
mod spans;

#[cfg(feature = "logs")]
pub(crate) use logs::JsonLogs;
#[cfg(all(feature = "json", feature = "metrics"))]
pub(crate) use metrics::metric_exporter;
#[cfg(all(feature = "json", feature = "logs"))]
pub(crate) use otlp_logs::log_exporter;
#[cfg(feature = "json")]
pub use spans::JsonExporter;
#[cfg(feature = "json")]
pub(crate) use spans::span_exporter;
