//! Prints telemetry for people: traces as trees, log records as lines, metrics as a page.
//
// | file | contents |
// |---|---|
// | `spans.rs`, `pending.rs` | the exporter of spans, and the traces that are not complete yet |
// | `logs.rs`, `metrics.rs` | the exporters of log records and of metrics |
// | `style.rs`, `output.rs` | colours, and the destination of the text |

#[cfg(feature = "logs")]
mod logs;
#[cfg(feature = "metrics")]
mod metrics;
mod output;
mod pending;
mod spans;
mod style;

#[cfg(feature = "logs")]
pub(crate) use logs::ConsoleLogs;
#[cfg(feature = "metrics")]
pub(crate) use metrics::ConsoleMetrics;
pub use output::Colors;
pub use spans::{ConsoleBuilder, ConsoleExporter};
