//! Parses the command line.

use clap::{Parser, Subcommand};
use std::fmt;
use std::path::PathBuf;
use trace_runtime::Label;
#[cfg(feature = "telemetry")]
use trace_runtime::TelemetryArgs;

/// A to-do list that suggests how urgent things are, and how long they take.
#[derive(Debug, Parser)]
#[command(name = "todo", version)]
pub(crate) struct Cli {
    /// The file of the database; by default todo/todo.db in $XDG_DATA_HOME, or in ~/.local/share.
    #[arg(long, env = "TODO_DATABASE", global = true, value_name = "FILE")]
    pub(crate) database: Option<PathBuf>,
    /// The file with settings; by default todo/config.toml in $XDG_CONFIG_HOME, or in ~/.config.
    #[arg(long, env = "TODO_CONFIG", global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The address of the AI providers; by default a stub that comes with this program.
    #[arg(long, env = "TODO_AI_URL", global = true, value_name = "URL")]
    pub(crate) ai_url: Option<String>,
    #[cfg(feature = "telemetry")]
    #[command(flatten)]
    pub(crate) telemetry: TelemetryArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Adds something to do, and asks an AI provider for a suggestion.
    Add {
        /// What is to be done.
        text: String,
        /// Returns at once, and asks in the background.
        #[arg(long)]
        background: bool,
        /// Does not ask.
        #[arg(long, conflicts_with = "background")]
        plain: bool,
    },
    /// Lists what is to be done.
    List {
        /// Includes what is done.
        #[arg(long)]
        all: bool,
    },
    /// Marks something as done.
    Complete {
        /// Its number.
        id: i64,
    },
    /// Shows the suggestion for something, and asks whether it is right.
    Enrich {
        /// Its number.
        id: i64,
        /// Accepts the suggestion without a question.
        #[arg(long, conflicts_with = "no")]
        yes: bool,
        /// Declines the suggestion without a question.
        #[arg(long)]
        no: bool,
    },
}

/// The name of a command: a label of its metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Label)]
pub(crate) enum CommandName {
    Add,
    List,
    Complete,
    Enrich,
}

impl Command {
    pub(crate) fn name(&self) -> CommandName {
        match self {
            Self::Add { .. } => CommandName::Add,
            Self::List { .. } => CommandName::List,
            Self::Complete { .. } => CommandName::Complete,
            Self::Enrich { .. } => CommandName::Enrich,
        }
    }
}

impl fmt::Display for CommandName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl CommandName {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::List => "list",
            Self::Complete => "complete",
            Self::Enrich => "enrich",
        }
    }
}
