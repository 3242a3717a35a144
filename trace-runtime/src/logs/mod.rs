//! Logs: a logger provider whose records carry the ids of our spans, and their way to the exporters.
//!
//! | to | use |
//! |---|---|
//! | send them over OTLP | the environment, or [`TelemetryBuilder::with_otlp_logs`](crate::TelemetryBuilder::with_otlp_logs) |
//! | write them to stdout, as JSON lines | `OTEL_LOGS_EXPORTER=json` |
//! | export them otherwise | [`TelemetryBuilder::with_otel_log_exporter`](crate::TelemetryBuilder::with_otel_log_exporter) |
//! | emit them by `log`, `tracing` or the API | [`logger_provider`] |
//!
//! A JSON line is one flat object: `timestamp`, `severity`, `target`, `message`, `event_name`,
//! `trace_id`, `span_id`, `trace_flags`, and the attributes. An attribute of one of these names gets
//! the prefix `attributes.`, again until no other attribute has the name, so no name comes twice.
//! `NaN` and infinities are text, bytes base 64; control characters, line separators and controls of
//! bidirectional text are escaped.
//!
//! Each record gets the trace id, the span id and the flags of the span that is current where it is
//! emitted, be it sampled or not, unless its source sets others.
//
// It knows records and exporters; it does not know the code that emits.
//
// | file | what it holds |
// |---|---|
// | `processor.rs` | the providers, and the way from them to the pipeline |
// | `pipeline.rs` | the logs of a pipeline, their flush and their end |
// | `context.rs` | the ids of the current span, and baggage |
// | `limits.rs` | how much a record may hold |
// | `depth.rs` | how deeply its values may be nested |
// | `intake.rs` | the queues, and the books |
// | `seam.rs` | what the layer for `tracing` and the testkit call |

mod context;
mod depth;
mod intake;
mod limits;
mod pipeline;
mod processor;
#[doc(hidden)]
pub mod seam;

pub use limits::LogLimits;
pub use processor::logger_provider;

pub(crate) use context::allow_baggage;
pub(crate) use pipeline::Logs;
pub(crate) use processor::{install, provider_of, uninstall};
