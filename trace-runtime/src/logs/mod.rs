//! Logs: from a logger provider whose records know our spans to those who export them.
//!
//! | to | use |
//! |---|---|
//! | send them over OTLP | the environment, or [`Builder::with_otlp_logs`](crate::Builder::with_otlp_logs) |
//! | write them to stdout, as JSON lines | `OTEL_LOGS_EXPORTER=json` |
//! | export them otherwise | [`Builder::with_log_exporter`](crate::Builder::with_log_exporter) |
//! | emit them by `log`, `tracing` or the API | [`logger_provider`] |
//!
//! A JSON line is one flat object: `timestamp`, `severity`, `target`, `message`, `event_name`,
//! `trace_id`, `span_id`, `trace_flags`, and the attributes. An attribute of one of these names gets
//! the prefix `attributes.`, again until no other attribute has the name, so no name comes twice.
//! `NaN` and infinities are text, bytes base 64; control characters, line separators and controls of
//! bidirectional text are escaped.
//!
//! Each record gets the trace id, the span id and the flags of the span that is current where it is
//! emitted, be it sampled or not, unless its source says others.
//
// It knows records and who takes them; it does not know who emits.
//
// | file | what it holds |
// |---|---|
// | `processor.rs` | the providers, and the way from them to the pipeline |
// | `pipeline.rs` | the logs of a pipeline, their flush and their end |
// | `context.rs` | the ids of the current span, and baggage |
// | `limits.rs` | how much a record may hold |
// | `depth.rs` | how deeply its values may be nested |
// | `emitted.rs` | a record on its way |
// | `intake.rs` | the queues, and the books |
// | `json.rs`, `console.rs` | lines for machines and for people |
// | `seam.rs` | what the layer for `tracing` and the testkit call |

#[cfg(feature = "console")]
mod console;
mod context;
mod depth;
mod emitted;
mod intake;
mod json;
mod limits;
mod pipeline;
mod processor;
#[doc(hidden)]
pub mod seam;
#[cfg(test)]
pub(crate) mod testing;
mod time;

pub use limits::LogLimits;
pub use processor::logger_provider;

#[cfg(feature = "console")]
pub(crate) use console::ConsoleLogs;
pub(crate) use context::allow_baggage;
pub(crate) use emitted::EmittedLog;
pub(crate) use json::JsonLogs;
pub(crate) use pipeline::Logs;
pub(crate) use processor::{install, provider_of, uninstall};
