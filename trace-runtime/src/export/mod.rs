//! Exporters, which send finished spans, log records and metrics out of the process.
//!
//! An exporter depends on its items and a resource, not on the rings, the collector or the
//! configuration. Each exporter is one folder with all its signals, and one row in `table.rs`.
//
// | place | contents |
// |---|---|
// | `exporter.rs`, `metric.rs` | the interface of an exporter of spans or logs, and of one of metrics |
// | `exported.rs`, `emitted.rs` | the kinds of items that exporters receive, and log records |
// | `console/`, `json/`, `null/`, `otlp/`, `prometheus/` | the exporters |
// | `table.rs`, `signal.rs` | their names, and the signals that each of them exports |
// | `adapter.rs` | OpenTelemetry's own exporters |
// | `all_spans.rs` | exporters that tail sampling does not concern |
// | `snapshot/` | what was recorded lately, and files of it |
// | `routes/` | exporters of tenants |
// | `queue/` | the thread and the bounded queue of each exporter of spans or logs |
// | `reader/` | the thread of each exporter of metrics, and the collection of metrics |
// | `latest.rs` | the latest exports of an exporter, by which its health is judged |
// | `operations.rs`, `failures.rs`, `hurry.rs`, `contact.rs` | measurements of exports, reports of failures, pauses that a flush ends, attempts to connect |
// | `tree/`, `exposition/`, `time.rs`, `standard.rs` | texts that several exporters write, and the standard streams |
// | `numbers.rs`, `points.rs` | numbers of OTLP and points of metrics, for its encodings in JSON and protobuf |
// | `room.rs` | the part of a batch that fits into a request or a line |
// | `endpoint.rs`, `secrets.rs` | addresses of receivers, and the parts of settings that may be shown |

mod adapter;
mod all_spans;
#[cfg(feature = "console")]
mod console;
mod contact;
#[cfg(feature = "logs")]
mod emitted;
pub(crate) mod endpoint;
mod exported;
mod exporter;
#[cfg(all(feature = "metrics", any(feature = "console", feature = "prometheus")))]
#[cfg_attr(not(feature = "prometheus"), allow(dead_code, reason = "people get one format"))]
mod exposition;
mod failures;
pub(crate) mod gates;
mod hurry;
#[cfg(any(feature = "json", feature = "logs"))]
mod json;
mod latest;
#[cfg(feature = "metrics")]
mod metric;
mod null;
#[cfg(any(feature = "json", feature = "otlp-grpc", feature = "otlp-http"))]
mod numbers;
#[cfg(feature = "metrics")]
pub(crate) mod operations;
mod otlp;
#[cfg(all(
    feature = "metrics",
    any(feature = "json", feature = "otlp-grpc", feature = "otlp-http")
))]
mod points;
#[cfg(feature = "prometheus")]
pub(crate) mod prometheus;
#[cfg_attr(
    not(feature = "config-file"),
    allow(dead_code, reason = "only a file exchanges exporters")
)]
mod queue;
#[cfg(feature = "metrics")]
#[cfg_attr(
    not(any(
        feature = "console",
        feature = "json",
        feature = "otlp-grpc",
        feature = "otlp-http",
        feature = "prometheus"
    )),
    allow(dead_code, unused_imports, reason = "a build may have no reader of its own")
)]
pub(crate) mod reader;
#[cfg(any(feature = "json", feature = "otlp-grpc", feature = "otlp-http"))]
mod room;
mod routes;
pub(crate) mod secrets;
pub(crate) mod signal;
mod snapshot;
#[cfg(any(feature = "console", feature = "json", feature = "logs"))]
mod standard;
pub(crate) mod table;
pub(crate) mod time;
pub mod tree;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(all(test, feature = "logs"))]
pub(crate) mod testing_logs;
#[cfg(all(
    test,
    feature = "metrics",
    any(feature = "json", feature = "otlp-grpc", feature = "otlp-http")
))]
pub(crate) mod testing_metrics;

pub use adapter::StockExporter;
pub use all_spans::AllSpans;
#[cfg(feature = "console")]
pub use console::{Colors, ConsoleBuilder, ConsoleExporter};
pub use exported::Exported;
pub use exporter::{ExportError, Exporter};

pub use crate::recorder::RecordedValue;
pub use crate::recorder::code::CodeAttributes;
pub use crate::recorder::pages::{
    Attributes, FinishedEvent, FinishedLink, FinishedSpan, FinishedSpans,
};
pub use crate::site::SiteInfo;
pub use crate::status::Status;
#[cfg(feature = "json")]
pub use json::JsonExporter;
pub use null::{NullCount, NullExporter};
#[cfg(feature = "otlp-grpc")]
pub use otlp::OtlpGrpcExporter;
#[cfg(feature = "otlp-http")]
pub use otlp::OtlpHttpExporter;
pub use otlp::{OtlpProtocol, OtlpSettings};
pub use queue::QueueSettings;
pub use routes::TenantRoutes;
#[cfg(feature = "json")]
pub use snapshot::{ReadError, SnapshotFiles};
pub use snapshot::{Snapshot, SnapshotError};
#[cfg(feature = "json")]
pub(crate) use snapshot::{SnapshotTrigger, SnapshotTriggers};

#[cfg(feature = "logs")]
pub(crate) use emitted::{EmittedLog, EmittedLogs};
#[cfg(test)]
pub(crate) use latest::Latest;
pub(crate) use latest::Observed;
#[cfg(feature = "metrics")]
pub(crate) use metric::{LATENCY_THRESHOLD, MetricExporter};
#[cfg(any(feature = "otlp-http", feature = "otlp-grpc"))]
pub(crate) use otlp::keep_over_forks;
pub(crate) use queue::{Arrived, ExporterQueue, ExporterSet};
#[cfg(feature = "logs")]
pub(crate) use routes::QueuesFlush;
pub(crate) use routes::{Queues, RouteExporters};
