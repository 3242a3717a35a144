//! Takes the configuration from a file, or from a part of the program's own configuration.

use super::TelemetryBuilder;
use crate::config::file::Source;
use crate::config_file::Section;
use crate::plugin::Plugin;
use std::path::PathBuf;
use std::time::Duration;

impl TelemetryBuilder {
    /// Reads OpenTelemetry's [declarative configuration](crate::guide::configuration_file) from this file, as
    /// `OTEL_CONFIG_FILE` does. Variables then count only where the file refers to them, and what the program
    /// sets with other methods takes precedence over the file.
    ///
    /// `install` returns all errors of the file. Its extension is that of its format: `.yaml`, `.yml`, `.json`
    /// or `.toml`.
    ///
    /// ```
    /// let builder = trace_runtime::Telemetry::builder().with_config_file("/etc/shop/otel.yaml");
    /// # drop(builder);
    /// ```
    pub fn with_config_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.source = Some(Source::File(path.into()));
        self
    }

    /// Reads the same configuration from a part of the program's own configuration, which serde has read.
    pub fn with_config_section(mut self, section: Section) -> Self {
        self.source = Some(Source::Section(section));
        self
    }

    /// Makes a [plug-in](crate::plugin) known, which the file may name.
    ///
    /// `install` returns an error if two of one type have the same name, or if the schema defines it.
    pub fn with_plugin(mut self, plugin: Plugin) -> Self {
        self.plugins.add(plugin);
        self
    }

    /// Looks at the file at this interval, and puts it in force when it has changed, as
    /// [`ConfigHandle::reload`](crate::ConfigHandle::reload) does. A change has to be there twice, so that a file
    /// that is being written is left alone.
    ///
    /// Files that are replaced, and links to other files, as Kubernetes mounts them, are followed.
    pub fn with_config_watch(mut self, interval: Duration) -> Self {
        self.reload.interval = Some(interval);
        self
    }

    /// Puts the file in force again at each SIGHUP. No other handler of the program is replaced.
    #[cfg(all(unix, feature = "signals"))]
    pub fn with_config_at_hangup(mut self) -> Self {
        self.reload.at_hangup = true;
        self
    }
}
