//! Reads the environment: typed settings, and the resource.
//
// | file | contents |
// |---|---|
// | `env.rs` | everything that is read, and the variables of traces |
// | `metric_env.rs`, `log_env.rs` | the variables of metrics and of logs |
// | `common.rs` | the variables that every signal has |
// | `reader.rs` | typed values, and the rules for wrong ones |
// | `resource.rs` | the resource |

mod common;
mod env;
#[cfg(feature = "logs")]
mod log_env;
#[cfg(feature = "metrics")]
mod metric_env;
mod reader;
pub(crate) mod resource;

pub(crate) use env::Settings;
#[cfg(feature = "logs")]
pub(crate) use log_env::LogSettings;
#[cfg(feature = "metrics")]
pub(crate) use metric_env::MetricSettings;
pub(crate) use reader::Env;
