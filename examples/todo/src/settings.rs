//! Reads the program's own file of settings. All keys are optional; so is the file.

use crate::error::{Error, Result};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// The settings, as they stand in the file.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Settings {
    pub(crate) observability: Observability,
    pub(crate) grafana: Grafana,
    /// OpenTelemetry's declarative configuration, for all that the keys above cannot express.
    pub(crate) telemetry: Option<toml::Table>,
}

/// Whether and how much is recorded.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Observability {
    pub(crate) enabled: Option<bool>,
    pub(crate) log_level: Option<String>,
    pub(crate) export_traces: Option<bool>,
    pub(crate) export_metrics: Option<bool>,
    pub(crate) export_logs: Option<bool>,
    pub(crate) sample_rate: Option<f64>,
    /// Accepted without effect: names of the fields of log records.
    pub(crate) log_schema: Option<String>,
    /// Accepted without effect: the share of log records that are kept.
    pub(crate) log_sample_rate: Option<f64>,
}

/// The receiver of what is exported.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Grafana {
    pub(crate) endpoint: Option<String>,
    /// A key, or a variable that holds it: `${GRAFANA_API_KEY}`.
    pub(crate) api_key: Option<String>,
}

impl Settings {
    /// Reads the file that the user has named, or else the one in its place, if there is one.
    pub(crate) fn read(named: Option<&Path>) -> Result<Self> {
        let standard = || Some(folder("XDG_CONFIG_HOME", ".config")?.join("config.toml"));
        let Some(path) = named.map(Path::to_owned).or_else(standard) else {
            return Ok(Self::default());
        };
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound && named.is_none() => {
                return Ok(Self::default());
            }
            read => read.map_err(|error| error.to_string()),
        };
        let read = text.and_then(|text| {
            toml::from_str(&text).map_err(|error: toml::de::Error| flaw(&text, &error))
        });
        read.map_err(|cause| Error::Settings { path, cause })
    }
}

/// Describes what is wrong with a text, without its lines: one of them may contain a key.
fn flaw(text: &str, error: &toml::de::Error) -> String {
    let before = error.span().and_then(|span| text.get(..span.start));
    match before {
        Some(before) => format!("line {}: {}", before.matches('\n').count() + 1, error.message()),
        None => error.message().to_owned(),
    }
}

/// Returns the file of the database, and creates its folder.
pub(crate) fn database(named: Option<&Path>) -> Result<PathBuf> {
    let standard = || Some(folder("XDG_DATA_HOME", ".local/share")?.join("todo.db"));
    let path = named.map(Path::to_owned).or_else(standard).ok_or(Error::NoHome)?;
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    Ok(path)
}

/// Returns the name of the session: the shell from which commands are run.
pub(crate) fn session() -> String {
    #[cfg(unix)]
    let shell = std::os::unix::process::parent_id();
    #[cfg(not(unix))]
    let shell = std::process::id();
    env::var("TODO_SESSION").unwrap_or_else(|_| shell.to_string())
}

/// Returns this program's folder within a base folder
/// ([XDG](https://specifications.freedesktop.org/basedir-spec/latest/)).
fn folder(variable: &str, at_home: &str) -> Option<PathBuf> {
    let named = env::var_os(variable).map(PathBuf::from).filter(|it| it.is_absolute());
    let home = || Some(env::home_dir().filter(|it| it.is_absolute())?.join(at_home));
    Some(named.or_else(home)?.join("todo"))
}
