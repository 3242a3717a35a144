//! The health of telemetry as data.

use crate::loss::LossReport;
use std::fmt;
use std::time::SystemTime;

/// A judgement on an exporter, or on telemetry as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HealthState {
    /// All works.
    Healthy,
    /// Some of it does not work, or something was lost a moment ago.
    Degraded,
    /// A signal reaches no receiver, or nothing is recorded any more.
    Failing,
}

impl HealthState {
    /// Returns `healthy`, `degraded` or `failing`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Degraded => "degraded",
            Self::Failing => "failing",
        }
    }
}

impl fmt::Display for HealthState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The health of telemetry at a moment.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Health {
    /// The judgement, by the [rules](super) of this module.
    pub state: HealthState,
    /// Why it is not healthy: one sentence each.
    pub reasons: Vec<String>,
    /// Whether telemetry was turned off on purpose, by its configuration or by
    /// [`kill`](crate::SwitchHandle::kill); it is healthy then.
    pub is_disabled: bool,
    /// The exporters of all signals. Readers of the program and Prometheus, which fetch metrics when they
    /// choose, are not listed.
    pub exporters: Vec<ExporterHealth>,
    /// What was exported and what was lost so far.
    pub losses: LossReport,
    /// The file that configures telemetry; `None` without one.
    pub configuration: Option<ConfigurationHealth>,
}

/// The health of one exporter.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExporterHealth {
    /// The exporter, as reports name it.
    pub name: String,
    /// `traces`, `metrics` or `logs`.
    pub signal: &'static str,
    /// The judgement, by the [rules](super) of this module.
    pub state: HealthState,
    /// When an export last succeeded.
    pub last_success: Option<SystemTime>,
    /// When an export last failed, and why.
    pub last_error: Option<(SystemTime, String)>,
    /// The number of items that wait for it; `None` for metrics, which do not wait.
    pub queued: Option<u64>,
    /// The most that may wait.
    pub capacity: Option<u64>,
}

/// The file that configures telemetry.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConfigurationHealth {
    /// The path of the file.
    pub source: String,
    /// The number of times that a file was put in force, beginning with 1.
    pub version: u64,
    /// A hash of the text in force.
    pub hash: String,
    /// When it was put in force.
    pub applied: SystemTime,
    /// The errors of a later file, which was refused.
    pub last_error: Option<String>,
}
