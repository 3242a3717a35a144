//! Puts in force what a command line asks for, and what holds for commands: flags, `DO_NOT_TRACK`, silence.

use super::builder::TelemetryBuilder;
use super::registry;
use super::spans::choose_exporters;
#[cfg(feature = "logs")]
use crate::config::Output;
use crate::config::{Component, Settings};
use crate::diagnostics;
#[cfg(feature = "clap")]
use crate::error::InitError;
use std::ffi::OsString;
use std::io::IsTerminal;

impl TelemetryBuilder {
    /// Lets notices be printed or not, before the first of them.
    pub(super) fn permit_notices(&self) {
        #[cfg(feature = "clap")]
        if let Some(flags) = &self.flags {
            let has_notices = self.has_notices || flags.wants_notices();
            return diagnostics::permit(has_notices && !flags.is_quiet);
        }
        diagnostics::permit(self.has_notices);
    }

    /// Adjusts the configuration to the command line, which takes precedence over all of it.
    #[cfg(feature = "clap")]
    pub(super) fn apply_command_line(&mut self, settings: &mut Settings) -> Result<(), InitError> {
        self.choose_nothing_by_default(settings);
        let flags = self.flags.take();
        let is_private = (self.is_command || flags.is_some()) && has_opted_out(&*self.lookup);
        let flags = flags.unwrap_or_default();
        if flags.is_off {
            self.share_no_contexts(settings);
            settings.disabled = true;
            return Ok(());
        }
        if let Some(target) = &flags.target {
            self.redirect(target, settings)?;
        }
        if is_private {
            self.send_nothing(settings);
        }
        self.apply(&flags, settings);
        self.rest_if_unwanted(settings);
        Ok(())
    }

    /// Adjusts the configuration to that of a command.
    #[cfg(not(feature = "clap"))]
    pub(super) fn apply_command_line(&mut self, settings: &mut Settings) {
        self.choose_nothing_by_default(settings);
        if self.is_command && has_opted_out(&*self.lookup) {
            self.send_nothing(settings);
        }
        self.rest_if_unwanted(settings);
    }

    /// Keeps only exporters that keep everything on this machine.
    fn send_nothing(&mut self, settings: &mut Settings) {
        self.exporters.clear();
        self.otlp.clear();
        self.have_no_routes(settings);
        keep_outputs(settings, Component::is_local);
        #[cfg(feature = "metrics")]
        {
            self.metrics.clear_readers();
            let readers = settings.metrics.readers.get_or_insert_default();
            readers.retain(|reader| reader.exporter.is_local());
        }
        #[cfg(feature = "logs")]
        {
            self.logs.clear_exporters();
            self.logs.clear_processors();
            #[cfg(feature = "config-file")]
            settings.logs.processors.clear();
            settings.logs.outputs.chosen.get_or_insert_default().retain(is_local);
        }
        self.share_no_contexts(settings);
    }

    fn have_no_routes(&mut self, settings: &mut Settings) {
        self.routes = None;
        settings.routes = None;
    }

    fn share_no_contexts(&mut self, settings: &mut Settings) {
        self.propagators.clear();
        settings.propagators = Some(Vec::new());
    }

    /// Leaves out the default exporters in a command.
    fn choose_nothing_by_default(&self, settings: &mut Settings) {
        let spans = &mut settings.spans;
        if self.is_command && spans.otlp.endpoint.is_none() {
            spans.chosen.get_or_insert_default();
        }
    }

    /// Turns everything off in a command that has no use for it.
    fn rest_if_unwanted(&self, settings: &mut Settings) {
        if self.is_command && !self.is_wanted(settings) && !registry::is_observed() {
            settings.disabled = true;
        }
    }

    fn is_wanted(&self, settings: &Settings) -> bool {
        let has_routes = self.routes.is_some() || settings.routes.is_some();
        let has_own = has_routes || !self.exporters.is_empty() || !self.otlp.is_empty();
        let chosen = if has_own { Vec::new() } else { choose_exporters(settings, false) };
        let is_wanted = has_own || self.has_trees || !chosen.is_empty();
        #[cfg(any(feature = "logs", feature = "metrics"))]
        let by_otlp = chosen.iter().any(|output| !output.exporter.is_local());
        #[cfg(feature = "metrics")]
        let is_wanted = is_wanted || self.metrics.is_wanted(&settings.metrics, by_otlp);
        #[cfg(feature = "logs")]
        let is_wanted = is_wanted || self.logs.is_wanted(&settings.logs, by_otlp);
        is_wanted
    }
}

/// Returns whether the person who runs the program wants to send nothing.
fn has_opted_out(lookup: &dyn Fn(&str) -> Option<OsString>) -> bool {
    let value = lookup("DO_NOT_TRACK").unwrap_or_default();
    let value = value.to_string_lossy();
    !matches!(value.trim(), "" | "0") && !value.trim().eq_ignore_ascii_case("false")
}

#[cfg(feature = "logs")]
fn is_local(output: &Output) -> bool {
    output.exporter.is_local()
}

/// Removes the exporters of spans that do not meet a condition.
fn keep_outputs(settings: &mut Settings, keep: impl Fn(&Component) -> bool) {
    let mut chosen = choose_exporters(settings, std::io::stderr().is_terminal());
    chosen.retain(|output| keep(&output.exporter));
    settings.spans.chosen = Some(chosen);
}

#[cfg(feature = "clap")]
mod flags {
    use super::{TelemetryBuilder, keep_outputs};
    use crate::config::{Component, Env, Flags, Output, Settings, Target, read_environment};
    use crate::error::InitError;
    use crate::export::table::{ExporterSettings, exporter};
    use std::path::Path;

    impl TelemetryBuilder {
        /// Replaces the destinations.
        pub(super) fn redirect(
            &mut self,
            target: &Target,
            settings: &mut Settings,
        ) -> Result<(), InitError> {
            self.exporters.clear();
            self.otlp.clear();
            self.have_no_routes(settings);
            #[cfg(feature = "metrics")]
            self.metrics.clear_readers();
            self.logs.clear_exporters();
            match target {
                Target::Endpoint(endpoint) => self.send_to(endpoint, settings),
                Target::File(path) => {
                    write_to(path, settings);
                    Ok(())
                }
            }
        }

        /// Sends everything to a receiver, as if the environment named it and no other.
        fn send_to(&self, endpoint: &str, settings: &mut Settings) -> Result<(), InitError> {
            #[cfg(feature = "config-file")]
            let has_variables = self.in_force.is_none();
            #[cfg(not(feature = "config-file"))]
            let has_variables = true;
            let lookup = |name: &str| match name {
                "OTEL_EXPORTER_OTLP_ENDPOINT" => Some(endpoint.into()),
                "OTEL_TRACES_EXPORTER" | "OTEL_METRICS_EXPORTER" | "OTEL_LOGS_EXPORTER" => {
                    Some("otlp".into())
                }
                name if name.ends_with("_ENDPOINT") || name == "OTEL_SDK_DISABLED" => None,
                name => has_variables.then(|| (self.lookup)(name)).flatten(),
            };
            // What is wrong with variables was reported when they were read.
            let read = read_environment(&Env::new(&lookup))?;
            settings.spans = read.spans;
            settings.logs.outputs = read.logs.outputs;
            #[cfg(feature = "metrics")]
            {
                settings.metrics.readers = read.metrics.readers;
            }
            Ok(())
        }

        /// Applies what is about the standard streams and about levels.
        pub(super) fn apply(&mut self, flags: &Flags, settings: &mut Settings) {
            if flags.is_quiet {
                self.print_nothing(settings);
            } else {
                self.has_trees = flags.has_trees;
                self.has_startup_line |= flags.has_startup_line;
                self.logs.set_printed(flags.log_format);
            }
            if let Some(level) = flags.log_level {
                self.logs.set_level(level);
            }
            if let Some(level) = flags.level {
                let configured = || settings.levels.clone().unwrap_or_default();
                let levels = self.levels.get_or_insert_with(configured);
                levels.level = levels.level.max(level);
                #[cfg(feature = "config-file")]
                if let Some(file) = &mut self.in_force {
                    file.has_own_levels = true;
                }
            }
        }

        fn print_nothing(&mut self, settings: &mut Settings) {
            let prints = |exporter: &Component| exporter.name() == "console";
            self.has_startup_line = false;
            self.exporters.retain(|exporter| exporter.name() != "console");
            if self.exporters.is_empty() && self.otlp.is_empty() {
                keep_outputs(settings, |exporter| !prints(exporter));
            }
            #[cfg(feature = "metrics")]
            if let Some(readers) = &mut settings.metrics.readers {
                readers.retain(|reader| !prints(&reader.exporter));
            }
            if let Some(chosen) = &mut settings.logs.outputs.chosen {
                chosen.retain(|output| !prints(&output.exporter));
            }
        }
    }

    /// Appends spans and log records to a file.
    fn write_to(path: &Path, settings: &mut Settings) {
        let file = |queue| {
            let settings = ExporterSettings {
                file: Some(path.to_owned()),
                is_otlp: true,
                ..ExporterSettings::default()
            };
            Some(vec![Output { exporter: exporter("json").into(), settings, queue }])
        };
        settings.spans.chosen = file(settings.spans.queue.clone());
        settings.logs.outputs.chosen = file(settings.logs.outputs.queue.clone());
        #[cfg(feature = "metrics")]
        {
            settings.metrics.readers = Some(Vec::new());
        }
    }
}
