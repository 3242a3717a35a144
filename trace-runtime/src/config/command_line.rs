//! Applies a command line, and the wish of people to send nothing, to the settings that were configured.

use super::component::Component;
#[cfg(feature = "clap")]
use super::env::read as read_environment;
#[cfg(feature = "clap")]
use super::flags::{Flags, LogFormat, Target};
#[cfg(feature = "clap")]
use super::outputs::Output;
#[cfg(feature = "clap")]
use super::reader::Env;
use super::settings::Settings;
use crate::error::InitError;
#[cfg(feature = "clap")]
use crate::export::table::{ExporterSettings, exporter};
use std::ffi::OsString;
use std::io::IsTerminal;
#[cfg(feature = "clap")]
use std::path::Path;

/// Takes precedence over all settings that were configured, at the start and whenever a file is read again.
#[derive(Clone, Debug)]
pub(crate) struct CommandLine {
    #[cfg(feature = "clap")]
    pub(crate) flags: Flags,
    /// Whether the program is a command, which has no exporters by default.
    pub(crate) is_command: bool,
    /// Whether nothing is sent, because the person who runs the program does not want it.
    pub(crate) is_private: bool,
    /// Whether the exporters of spans that the program had set all print, and so were removed. No others take their
    /// place.
    #[cfg(feature = "clap")]
    pub(crate) has_lost_exporters: bool,
}

/// Returns whether the person who runs the program wants to send nothing.
pub(crate) fn has_opted_out(lookup: &dyn Fn(&str) -> Option<OsString>) -> bool {
    let value = lookup("DO_NOT_TRACK").unwrap_or_default();
    let value = value.to_string_lossy();
    !matches!(value.trim(), "" | "0") && !value.trim().eq_ignore_ascii_case("false")
}

impl CommandLine {
    /// Returns whether nothing is recorded.
    pub(crate) fn is_off(&self) -> bool {
        #[cfg(feature = "clap")]
        {
            self.flags.is_off
        }
        #[cfg(not(feature = "clap"))]
        {
            false
        }
    }

    /// Adjusts what was configured. `variables`: those that set what a receiver of the command line has besides its
    /// address.
    ///
    /// # Errors
    /// When the build leaves out what the command line needs.
    #[cfg_attr(
        not(feature = "clap"),
        allow(unused_variables, clippy::unnecessary_wraps, reason = "there are no flags")
    )]
    pub(crate) fn adjust(
        &self,
        settings: &mut Settings,
        variables: &dyn Fn(&str) -> Option<OsString>,
    ) -> Result<(), InitError> {
        if self.is_private || self.is_off() {
            // Also where telemetry is disabled: contexts are propagated all the same.
            settings.propagators = Some(Vec::new());
        }
        if self.is_off() {
            settings.disabled = true;
        }
        if settings.disabled {
            return Ok(());
        }
        if self.is_command && settings.spans.otlp.endpoint.is_none() {
            settings.spans.chosen.get_or_insert_default();
        }
        #[cfg(feature = "clap")]
        match &self.flags.target {
            Some(Target::Endpoint(endpoint)) => send_to(endpoint, settings, variables)?,
            Some(Target::File(path)) => write_to(path, settings),
            None => {}
        }
        if self.is_private {
            send_nothing(settings);
        }
        #[cfg(feature = "clap")]
        self.print(settings);
        Ok(())
    }

    /// Applies what is about the standard streams and about levels.
    #[cfg(feature = "clap")]
    fn print(&self, settings: &mut Settings) {
        if let Some(level) = self.flags.level {
            let levels = settings.levels.get_or_insert_default();
            levels.level = levels.level.max(level);
        }
        let prints = |exporter: &Component| exporter.name() == "console";
        // What prints for people is added once, and stays; no version of a file adds another.
        let Flags { is_quiet, has_trees, log_format, .. } = self.flags;
        if self.has_lost_exporters {
            settings.spans.chosen = Some(Vec::new());
        } else if is_quiet || has_trees {
            keep_outputs(settings, |exporter| !prints(exporter));
        }
        if let Some(chosen) = &mut settings.logs.outputs.chosen
            && (is_quiet || log_format == Some(LogFormat::Console))
        {
            chosen.retain(|output| !prints(&output.exporter));
        }
        #[cfg(feature = "metrics")]
        if let Some(readers) = &mut settings.metrics.readers
            && is_quiet
        {
            readers.retain(|reader| !prints(&reader.exporter));
        }
    }
}

/// Keeps only exporters that keep everything on this machine.
fn send_nothing(settings: &mut Settings) {
    settings.routes = None;
    keep_outputs(settings, Component::is_local);
    #[cfg(feature = "metrics")]
    {
        let readers = settings.metrics.readers.get_or_insert_default();
        readers.retain(|reader| reader.exporter.is_local());
    }
    #[cfg(feature = "logs")]
    {
        #[cfg(feature = "config-file")]
        settings.logs.processors.clear();
        let chosen = settings.logs.outputs.chosen.get_or_insert_default();
        chosen.retain(|output| output.exporter.is_local());
    }
}

/// Removes the exporters of spans that do not meet a condition.
fn keep_outputs(settings: &mut Settings, keep: impl Fn(&Component) -> bool) {
    let mut chosen = settings.spans.of_spans(std::io::stderr().is_terminal());
    chosen.retain(|output| keep(&output.exporter));
    settings.spans.chosen = Some(chosen);
}

/// Sends everything to a receiver, as if the environment named it and no other.
#[cfg(feature = "clap")]
fn send_to(
    endpoint: &str,
    settings: &mut Settings,
    variables: &dyn Fn(&str) -> Option<OsString>,
) -> Result<(), InitError> {
    let lookup = |name: &str| match name {
        "OTEL_EXPORTER_OTLP_ENDPOINT" => Some(endpoint.into()),
        "OTEL_TRACES_EXPORTER" | "OTEL_METRICS_EXPORTER" | "OTEL_LOGS_EXPORTER" => {
            Some("otlp".into())
        }
        name if name.ends_with("_ENDPOINT") || name == "OTEL_SDK_DISABLED" => None,
        name => variables(name),
    };
    // What is wrong with variables was reported when they were read.
    let read = read_environment(&Env::new(&lookup))?;
    settings.routes = None;
    settings.spans = read.spans;
    settings.logs.outputs = read.logs.outputs;
    #[cfg(feature = "metrics")]
    {
        settings.metrics.readers = read.metrics.readers;
    }
    Ok(())
}

/// Appends spans and log records to a file.
#[cfg(feature = "clap")]
fn write_to(path: &Path, settings: &mut Settings) {
    let file = |queue| {
        let settings = ExporterSettings {
            file: Some(path.to_owned()),
            is_otlp: true,
            ..ExporterSettings::default()
        };
        Some(vec![Output { exporter: exporter("json").into(), settings, queue }])
    };
    settings.routes = None;
    settings.spans.chosen = file(settings.spans.queue.clone());
    settings.logs.outputs.chosen = file(settings.logs.outputs.queue.clone());
    #[cfg(feature = "metrics")]
    {
        settings.metrics.readers = Some(Vec::new());
    }
}
