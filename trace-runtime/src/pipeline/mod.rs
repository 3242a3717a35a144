//! The pipeline: starts, flushes and ends all parts of telemetry.
//!
//! It stands above all other modules; they do not depend on it.
//
// | file | contents |
// |---|---|
// | `telemetry.rs` | the guard that the program keeps |
// | `builder/` | the configuration by the program |
// | `spans.rs`, `metrics.rs`, `logs.rs`, `baggage_labels.rs` | the configuration of each signal, and the parts created from it |
// | `contexts.rs` | contexts and baggage |
// | `command_line.rs` | flags, and what holds for commands |
// | `install.rs`, `start.rs` | from the configuration to what the parts are started with; their start |
// | `running.rs`, `meters.rs` | the running pipeline: its flush, its end, its report |
// | `sampling.rs`, `in_force.rs` | changes of sampling, explanations, and what is in force |
// | `levels.rs`, `switches.rs`, `control.rs` | changes of levels and switches, and what is in force |
// | `reload/`, `chosen.rs` | a changed file, which is put in force, and the exporters that a file has chosen |
// | `health.rs` | what works and what does not |
// | `startup_line.rs` | the line that reports at start-up what was set up |
// | `registry.rs` | the pipeline of the process, and one that a test has installed |
// | `forks.rs` | the locks that are held across forks |

#[cfg(feature = "metrics")]
mod baggage_labels;
mod builder;
#[cfg(feature = "config-file")]
mod chosen;
mod command_line;
mod contexts;
mod control;
mod forks;
mod health;
mod in_force;
mod install;
mod levels;
#[cfg(feature = "logs")]
mod logs;
mod memory;
#[cfg(feature = "metrics")]
mod meters;
#[cfg(feature = "metrics")]
mod metrics;
pub(crate) mod registry;
#[cfg(feature = "config-file")]
mod reload;
mod running;
mod sampling;
#[cfg(all(unix, feature = "signals"))]
mod signals;
#[cfg(feature = "json")]
mod snapshots;
mod spans;
mod start;
mod startup_line;
mod switches;
mod telemetry;

pub use builder::TelemetryBuilder;
pub use control::ControlError;
pub use health::HealthHandle;
pub use levels::LevelHandle;
#[cfg(feature = "config-file")]
pub use reload::{ConfigHandle, ReloadError};
pub use sampling::SamplingHandle;
pub use switches::SwitchHandle;
pub use telemetry::{Telemetry, init};
