//! Reads the environment into typed settings.
//
// | file | contents |
// |---|---|
// | `env.rs` | everything that is read, and the variables of traces |
// | `metric_env.rs`, `log_env.rs` | the variables of metrics and of logs |
// | `common.rs` | the variables that every signal has |
// | `reader.rs` | typed values, and the rules for wrong ones |
// | `resource_env.rs` | the variables of the resource |

mod common;
mod env;
#[cfg(feature = "logs")]
mod log_env;
#[cfg(feature = "metrics")]
mod metric_env;
mod reader;
mod resource_env;

pub(crate) use env::Settings;
#[cfg(feature = "logs")]
pub(crate) use log_env::LogSettings;
#[cfg(feature = "metrics")]
pub(crate) use metric_env::MetricSettings;
pub(crate) use reader::Env;
