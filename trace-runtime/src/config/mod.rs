//! Reads the configuration into typed settings.
//
// | file | contents |
// |---|---|
// | `component.rs` | an exporter that was chosen: a known one, or a plug-in |
// | `settings.rs`, `metric_settings.rs`, `log_settings.rs`, `outputs.rs` | the settings, whatever they are read from |
// | `env.rs` | everything that is read of the environment, and the variables of traces |
// | `metric_env.rs`, `log_env.rs`, `resource_env.rs` | the variables of metrics, of logs and of the resource |
// | `file/` | OpenTelemetry's declarative configuration |
// | `flags.rs`, `command_line.rs` | what a command line asks for, and what it changes of the settings |
// | `common.rs` | the variables that every signal has |
// | `reader.rs` | typed values, and the rules for wrong ones |

mod command_line;
mod common;
mod component;
mod env;
#[cfg(feature = "config-file")]
pub(crate) mod file;
#[cfg(feature = "clap")]
mod flags;
#[cfg(feature = "logs")]
mod log_env;
#[cfg(feature = "logs")]
mod log_settings;
#[cfg(feature = "metrics")]
mod metric_env;
#[cfg(feature = "metrics")]
mod metric_settings;
mod outputs;
mod reader;
mod resource_env;
mod settings;

pub(crate) use command_line::{CommandLine, has_opted_out};
#[cfg(feature = "metrics")]
pub(crate) use component::Component;
pub(crate) use env::{MEMORY, read as read_environment};
#[cfg(feature = "clap")]
pub(crate) use flags::{Flags, LogFormat, Target};
#[cfg(feature = "logs")]
pub(crate) use log_settings::LogSettings;
#[cfg(feature = "clap")]
pub(crate) use log_settings::default_queue as default_log_queue;
#[cfg(all(feature = "config-file", feature = "metrics"))]
pub(crate) use metric_settings::SeriesSettings;
#[cfg(feature = "metrics")]
pub(crate) use metric_settings::{MetricSettings, ReaderSettings, View};
#[cfg(any(feature = "config-file", feature = "logs"))]
pub(crate) use outputs::Output;
pub(crate) use reader::Env;
#[cfg(feature = "metrics")]
pub(crate) use settings::BaggageSettings;
#[cfg(feature = "config-file")]
pub(crate) use settings::SwitchSettings;
pub(crate) use settings::{ChosenFormat, Settings};

/// The variable that names a file, with which no other variable counts.
pub(crate) const CONFIG_FILE: &str = "OTEL_CONFIG_FILE";
