//! The errors of commands, and those of AI providers.

use std::path::PathBuf;
use thiserror::Error;

#[derive(Debug, Error)]
pub(crate) enum Error {
    #[error("there is nothing with the number {0}; `todo list --all` shows all")]
    NotFound(i64),
    #[error("{} cannot be read: {cause}", path.display())]
    Settings { path: PathBuf, cause: String },
    #[error("there is no home folder; name a file by `--database`")]
    NoHome,
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    #[error("the schema of the database cannot be changed: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    #[error("{0}")]
    Ai(#[from] AiError),
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[cfg(feature = "telemetry")]
    #[error("telemetry: {0}")]
    Telemetry(#[from] trace_runtime::InitError),
    #[cfg(feature = "telemetry")]
    #[error("[telemetry] cannot be read: {}", .0.message())]
    Section(toml::de::Error),
}

/// The result of a command.
pub(crate) type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// Returns whether the program failed, and not its user.
    pub(crate) fn is_failure(&self) -> bool {
        !matches!(self, Self::NotFound(_) | Self::Settings { .. } | Self::NoHome)
    }

    /// Returns the `error.type` of spans and metrics.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "not_found",
            Self::Settings { .. } => "settings",
            Self::NoHome => "no_home",
            Self::Database(_) => "database",
            Self::Migration(_) => "migration",
            Self::Ai(error) => error.kind(),
            Self::Io(_) => "io",
            #[cfg(feature = "telemetry")]
            Self::Telemetry(_) | Self::Section(_) => "telemetry",
        }
    }
}

/// Why a provider suggests nothing.
#[derive(Debug, Error)]
pub(crate) enum AiError {
    #[error("no AI provider answered; try `todo enrich` later")]
    NoProvider,
    #[error("the AI provider cannot be reached: {0}")]
    Request(#[from] reqwest::Error),
    #[error("the AI provider answered {0}")]
    Status(u16),
    #[error("the AI provider answered what is no suggestion")]
    Answer,
}

impl AiError {
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::NoProvider => "no_provider",
            Self::Request(error) if error.is_timeout() => "timeout",
            Self::Request(_) => "request",
            Self::Status(429) => "rate_limited",
            Self::Status(_) => "status",
            Self::Answer => "answer",
        }
    }
}
