//! OTLP: one transport per folder, and their shared parts.
//!
//! | file | contents |
//! |---|---|
//! | `encode/` | the encoding of finished spans, log records and collected metrics as a request in protobuf |
//! | `json.rs` | the encoding in JSON, which has a stand-in (`no_json.rs`) in builds without it |
//! | `encoder.rs` | the choice of the encoding |
//! | `settings.rs` | the settings of all of them |
//! | `check.rs` | the checks of settings for both transports |
//! | `parts.rs` | the split of a large batch into several requests |
//! | `resolve.rs`, `deadline.rs` | addresses, and the time for a batch |
//! | `in_use.rs` | the list of what exporters share |
//! | `answer.rs`, `redact.rs` | the receiver's answers, their effect on the counts, and the removal of secrets from them |
//! | `json_text.rs` | the reading of answers in JSON |
//! | `retry.rs` | retries |
//! | `gzip.rs` | the compression of requests |
//! | `http/`, `grpc/` | the exporters and their clients |
//! | `logs.rs`, `metrics.rs` | the exporters of logs and metrics, over both transports (`sender.rs`) |
//! | `exporters.rs` | the exporter of each signal, from its settings |
//! | `contract.rs` | the tests that both must pass |

#[cfg(any(feature = "otlp-http", feature = "otlp-grpc"))]
mod answer;
#[cfg(any(feature = "otlp-http", feature = "otlp-grpc"))]
mod check;
#[cfg(all(test, any(feature = "otlp-http", feature = "otlp-grpc")))]
mod contract;
#[cfg(any(feature = "otlp-http", feature = "otlp-grpc"))]
mod deadline;
#[cfg(any(feature = "otlp-http", feature = "otlp-grpc"))]
mod encode;
#[cfg(any(
    feature = "otlp-http",
    all(feature = "otlp-grpc", any(feature = "logs", feature = "metrics"))
))]
mod encoder;
mod exporters;
#[cfg(feature = "otlp-grpc")]
mod grpc;
#[cfg(any(all(feature = "gzip", feature = "otlp-http"), feature = "otlp-grpc"))]
mod gzip;
#[cfg(feature = "otlp-http")]
mod http;
#[cfg(any(feature = "otlp-http", feature = "otlp-grpc"))]
mod in_use;
#[cfg(any(
    feature = "otlp-http",
    all(feature = "otlp-grpc", any(feature = "logs", feature = "metrics"))
))]
#[cfg_attr(not(feature = "json"), path = "no_json.rs")]
mod json;
#[cfg(feature = "otlp-http")]
mod json_text;
#[cfg(all(feature = "logs", any(feature = "otlp-http", feature = "otlp-grpc")))]
mod logs;
#[cfg(all(feature = "metrics", any(feature = "otlp-http", feature = "otlp-grpc")))]
mod metrics;
#[cfg(any(feature = "otlp-http", feature = "otlp-grpc"))]
mod parts;
#[cfg(any(feature = "otlp-http", feature = "otlp-grpc"))]
mod redact;
#[cfg(any(feature = "otlp-http", feature = "otlp-grpc"))]
mod resolve;
#[cfg(any(feature = "otlp-http", feature = "otlp-grpc"))]
mod retry;
#[cfg(all(
    any(feature = "logs", feature = "metrics"),
    any(feature = "otlp-http", feature = "otlp-grpc")
))]
mod sender;
mod settings;

#[cfg(feature = "otlp-grpc")]
pub use grpc::OtlpGrpcExporter;
#[cfg(feature = "otlp-http")]
pub use http::OtlpHttpExporter;
pub use settings::{OtlpProtocol, OtlpSettings};

#[cfg(feature = "logs")]
pub(crate) use exporters::log_exporter;
#[cfg(feature = "metrics")]
pub(crate) use exporters::metric_exporter;
pub(crate) use exporters::span_exporter;

/// Makes forks wait until no other thread uses what exporters share.
#[cfg(any(feature = "otlp-http", feature = "otlp-grpc"))]
pub(crate) fn keep_over_forks() {
    resolve::keep_over_forks();
    #[cfg(feature = "otlp-grpc")]
    grpc::keep_over_forks();
}
