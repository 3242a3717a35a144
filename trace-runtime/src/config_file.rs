//! Declarative configuration: errors, checks without starting anything, and sections of other files.
//!
//! [`TelemetryBuilder::with_config_file`](crate::TelemetryBuilder::with_config_file) and `OTEL_CONFIG_FILE` name a file,
//! and [the guide](crate::guide::configuration_file) describes what it may contain.

use crate::config::file::{Source, read, write};
use crate::config::{Env, read_environment};
use crate::error::InitError;
use crate::plugin::{Plugin, Plugins};
use std::path::PathBuf;

pub use crate::error::ConfigurationError;
pub use trace_config::{Problem, Section};

/// A file that can be put in force.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Checked {
    /// What has no effect, with its place: one line each.
    pub warnings: Vec<String>,
    /// What would be in force, as YAML: with all defaults, and without secrets and the values of variables.
    pub in_force: String,
}

/// Reads a file as [`install`](crate::TelemetryBuilder::install) does, with the variables of the process, and
/// starts nothing.
///
/// # Errors
/// All that is wrong with the file.
pub fn check(path: impl Into<PathBuf>) -> Result<Checked, InitError> {
    check_with(path, [])
}

/// Reads a file as [`check`] does, with the plug-ins that the program has. Samplers are created; nothing is started.
///
/// # Errors
/// All that is wrong with the file, and plug-ins of one type that have the same name.
pub fn check_with(
    path: impl Into<PathBuf>,
    plugins: impl IntoIterator<Item = Plugin>,
) -> Result<Checked, InitError> {
    let mut known = Plugins::default();
    plugins.into_iter().for_each(|plugin| known.add(plugin));
    let read = read(&Source::File(path.into()), &known, &|name| std::env::var_os(name))?;
    Ok(Checked { warnings: read.warnings, in_force: read.loaded.in_force() })
}

/// A file that was made of the environment.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Converted {
    /// The file. It refers to the variables of headers, and contains no other secret.
    pub yaml: String,
    /// What the environment does and the file does not, and values that are ignored: one line each.
    pub notes: Vec<String>,
}

/// Returns a file that does what the variables of the process do. Where they name no exporter, the file sends
/// over OTLP.
///
/// # Errors
/// When a variable has a value that is not allowed.
pub fn from_environment() -> Result<Converted, InitError> {
    let lookup = |name: &str| std::env::var_os(name);
    let env = Env::new(&lookup);
    let settings = read_environment(&env)?;
    let written = write(&settings, &lookup);
    let mut notes = env.into_warnings();
    notes.extend(written.notes);
    Ok(Converted { yaml: written.yaml, notes })
}
