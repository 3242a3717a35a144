//! Logs: a logger provider whose records carry span ids, and the path from records to the exporters.
//!
//! | to | use |
//! |---|---|
//! | send them over OTLP | the environment, or [`TelemetryBuilder::with_otlp_logs`](crate::TelemetryBuilder::with_otlp_logs) |
//! | write them to stdout, as JSON lines | `OTEL_LOGS_EXPORTER=json` |
//! | export them otherwise | [`TelemetryBuilder::with_otel_log_exporter`](crate::TelemetryBuilder::with_otel_log_exporter) |
//! | take those of the crate `log` | [`LogBridge`], with the feature `log` |
//! | take those of `tracing` | the layer of `trace-tracing` |
//! | emit them by OpenTelemetry's API | [`logger_provider`] |
//!
//! A JSON line is one flat object: `timestamp`, `severity`, `target`, `message`, `event_name`,
//! `trace_id`, `span_id`, `trace_flags`, and the attributes. An attribute with one of these names gets
//! the prefix `attributes.`, repeated until the name is unique.
//! `NaN` and infinities are text, bytes base 64; control characters, line separators and controls of
//! bidirectional text are escaped.
//!
//! Each record gets the trace id, the span id and the flags of the span that is current when it is
//! emitted, sampled or not, unless its source sets others.
//
// It depends on records and exporters, not on the code that emits.
//
// | file | contents |
// |---|---|
// | `processor.rs` | the providers, and the path from them to the pipeline |
// | `pipeline.rs` | the logs of a pipeline, their flush and shutdown |
// | `context.rs` | the ids of the current span, and baggage |
// | `loggers.rs` | rules for loggers by their names |
// | `limits.rs` | the limits of a record |
// | `depth.rs`, `nested.rs` | the limit on nested values, and what they contain |
// | `intake.rs` | the list in front of the queues, and the counts |
// | `event.rs` | events of `tracing` and `log` |
// | `bridge.rs` | the logger for the crate `log` |
// | `callsites.rs` | what all records of a callsite of `log` have in common |
// | `packed.rs` | the parts of records, until an exporter needs the records |
// | `seam.rs` | the API for the layer for `tracing` and the testkit |

#[cfg(feature = "log")]
mod bridge;
#[cfg(feature = "log")]
mod callsites;
mod context;
mod depth;
mod event;
mod intake;
mod limits;
mod loggers;
mod nested;
mod packed;
mod pipeline;
mod processor;
#[doc(hidden)]
pub mod seam;

#[cfg(feature = "log")]
pub use bridge::LogBridge;
pub use limits::LogLimits;
pub use processor::logger_provider;

pub(crate) use context::allow_baggage;
#[cfg(feature = "config-file")]
pub(crate) use loggers::LoggerRule;
pub(crate) use loggers::LoggerRules;
pub(crate) use pipeline::Logs;
#[cfg(feature = "config-file")]
pub(crate) use processor::set_rules;
pub(crate) use processor::{install, provider_of, uninstall};
