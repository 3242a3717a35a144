//! Puts in force what a command line asks for, and what holds for commands: flags, `DO_NOT_TRACK`, silence.

use super::builder::TelemetryBuilder;
use super::registry;
#[cfg(feature = "clap")]
use crate::caught::caught;
use crate::config::{CommandLine, Settings, has_opted_out};
use crate::diagnostics;

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

    /// Removes what the program has set and the command line does not want; returns what it changes of what is
    /// configured.
    pub(super) fn obey_command_line(&mut self) -> CommandLine {
        #[cfg(feature = "clap")]
        let (has_flags, flags) = (self.flags.is_some(), self.flags.take().unwrap_or_default());
        #[cfg(not(feature = "clap"))]
        let has_flags = false;
        let line = CommandLine {
            is_command: self.is_command,
            is_private: (self.is_command || has_flags) && has_opted_out(&*self.lookup),
            #[cfg(feature = "clap")]
            flags,
            #[cfg(feature = "clap")]
            has_lost_exporters: false,
        };
        if line.is_private || line.is_off() {
            self.propagators.clear();
        }
        if line.is_private {
            self.have_no_exporters();
            #[cfg(feature = "logs")]
            self.logs.clear_processors();
        }
        #[cfg(feature = "clap")]
        let line = self.obey_flags(line);
        line
    }

    fn have_no_exporters(&mut self) {
        self.exporters.clear();
        self.otlp.clear();
        self.routes = None;
        #[cfg(feature = "metrics")]
        self.metrics.clear_readers();
        #[cfg(feature = "logs")]
        self.logs.clear_exporters();
    }

    #[cfg(feature = "clap")]
    fn obey_flags(&mut self, mut line: CommandLine) -> CommandLine {
        let flags = &line.flags;
        if flags.target.is_some() {
            self.have_no_exporters();
        }
        if flags.is_quiet {
            self.has_startup_line = false;
            let had_own = !self.exporters.is_empty();
            self.exporters
                .retain(|exporter| caught(|| exporter.name() != "console").unwrap_or(true));
            line.has_lost_exporters = had_own && self.exporters.is_empty() && self.otlp.is_empty();
        } else {
            self.has_trees = flags.has_trees;
            self.has_startup_line |= flags.has_startup_line;
            self.logs.set_printed(flags.log_format);
        }
        if let Some(level) = line.flags.log_level {
            self.logs.set_level(level);
        }
        if let (Some(level), Some(own)) = (line.flags.level, &mut self.levels) {
            own.level = own.level.max(level);
        }
        line
    }

    /// Turns everything off in a command that has no use for it.
    pub(super) fn rest_if_unwanted(&self, settings: &mut Settings) {
        if self.is_command && !self.is_wanted(settings) && !registry::is_observed() {
            settings.disabled = true;
        }
    }

    fn is_wanted(&self, settings: &Settings) -> bool {
        let has_routes = self.routes.is_some() || settings.routes.is_some();
        let has_own = has_routes || !self.exporters.is_empty() || !self.otlp.is_empty();
        let chosen = if has_own { Vec::new() } else { settings.spans.of_spans(false) };
        let is_wanted = has_own || self.has_trees || !chosen.is_empty();
        #[cfg(feature = "json")]
        let is_wanted = is_wanted || self.snapshots.is_some();
        #[cfg(any(feature = "logs", feature = "metrics"))]
        let by_otlp = chosen.iter().any(|output| !output.exporter.is_local());
        #[cfg(feature = "metrics")]
        let is_wanted = is_wanted || self.metrics.is_wanted(&settings.metrics, by_otlp);
        #[cfg(feature = "logs")]
        let is_wanted = is_wanted || self.logs.is_wanted(&settings.logs, by_otlp);
        is_wanted
    }
}
