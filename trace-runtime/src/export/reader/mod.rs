//! Readers of metrics, which pass measurements to the exporters of metrics.
//
// | file | contents |
// |---|---|
// | `source.rs` | the collection of all metrics, after a sweep of the rings |
// | `push.rs` | the reader that exports at an interval |

#[cfg_attr(
    not(any(feature = "console", feature = "otlp-grpc", feature = "otlp-http")),
    allow(dead_code, reason = "a build may have no exporter of metrics")
)]
pub(crate) mod push;
mod source;

#[cfg(feature = "config-file")]
pub(crate) use push::PreparedPush;
pub(crate) use push::PushWatch;
pub(crate) use source::{Source, Sweep};
