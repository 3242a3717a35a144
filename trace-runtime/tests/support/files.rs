//! Configuration files of tests.

use std::fs;
use std::path::{Path, PathBuf};
use trace_runtime::{Telemetry, TelemetryBuilder};

/// A folder with a file, which is removed in the end.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("trace-reload-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.0.join("otel.yaml")
    }

    pub(crate) fn write(&self, text: &str) {
        fs::write(self.file(), text).unwrap();
    }

    /// Returns a builder that reads the file.
    pub(crate) fn builder(&self) -> TelemetryBuilder {
        Telemetry::builder().without_env().with_config_file(self.file()).without_startup_line()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
