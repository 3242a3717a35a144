//! Writes telemetry as JSON lines: spans in the format of OTLP files, log records as flat objects.
//
// | file | contents |
// |---|---|
// | `spans.rs`, `encode.rs` | the exporter of spans, and its lines |
// | `logs.rs` | the exporter of log records as flat objects, and its lines |
// | `otlp_logs.rs` | the exporter of log records in the format of OTLP files |

#[cfg(feature = "json")]
mod encode;
#[cfg(feature = "logs")]
mod logs;
#[cfg(all(feature = "json", feature = "logs"))]
mod otlp_logs;
#[cfg(feature = "json")]
mod spans;

#[cfg(feature = "logs")]
pub(crate) use logs::JsonLogs;
#[cfg(all(feature = "json", feature = "logs"))]
pub(crate) use otlp_logs::log_exporter;
#[cfg(feature = "json")]
pub use spans::JsonExporter;
#[cfg(feature = "json")]
pub(crate) use spans::span_exporter;
