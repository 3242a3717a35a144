//! Writes JSON lines in the format of OTLP files, one batch per line
//! ([OTLP file exporter](https://opentelemetry.io/docs/specs/otel/protocol/file-exporter/)).

use super::encode;
use crate::error::InitError;
use crate::export::standard::Standard;
use crate::export::{ExportError, Exporter, FinishedSpan};
use opentelemetry_sdk::Resource;
use std::borrow::Cow;
use std::fmt;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::time::Duration;

/// Writes spans as JSON lines: one `TracesData` per batch and line, as OpenTelemetry Collectors
/// read them (`otlpjsonfile`).
///
/// Numbers follow protobuf's mapping to JSON (`"NaN"`, `"Infinity"`, 64-bit integers as text).
/// Control characters, line separators and controls of bidirectional text are escaped.
pub struct JsonExporter {
    output: Box<dyn Write + Send>,
    resource: Resource,
    line: String,
}

impl JsonExporter {
    /// Writes to standard output.
    pub fn stdout() -> Self {
        Self::to_writer(Standard::Out)
    }

    /// Appends to a file, which is created if it does not exist.
    ///
    /// # Errors
    /// When the file cannot be opened for writing.
    pub fn to_file(path: impl AsRef<Path>) -> io::Result<Self> {
        let file = File::options().create(true).append(true).open(path)?;
        Ok(Self::to_writer(BufWriter::new(file)))
    }

    /// Writes to any writer, which is flushed after each batch.
    pub fn to_writer(writer: impl Write + Send + 'static) -> Self {
        let resource = Resource::builder_empty().build();
        Self { output: Box::new(writer), resource, line: String::new() }
    }
}

/// Creates the exporter that appends to this file, or writes to standard output.
pub(crate) fn span_exporter(file: Option<&Path>) -> Result<Box<dyn Exporter>, InitError> {
    let Some(path) = file else { return Ok(Box::new(JsonExporter::stdout())) };
    let exporter = JsonExporter::to_file(path).map_err(|error| InitError::Exporter {
        name: "json".to_owned(),
        message: format!("cannot open {}: {error}", path.display()),
    })?;
    Ok(Box::new(exporter))
}

impl Exporter for JsonExporter {
    fn name(&self) -> Cow<'static, str> {
        "json".into()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.resource = resource.clone();
    }

    fn export(&mut self, batch: &[FinishedSpan<'_>]) -> Result<(), ExportError> {
        self.line.clear();
        encode::traces(&mut self.line, &self.resource, batch);
        self.line.push('\n');
        // The whole line at once: several processes may append to one file.
        let written = self.output.write_all(self.line.as_bytes());
        written
            .and_then(|()| self.output.flush())
            .map_err(|error| ExportError::new(format!("cannot write: {error}")))
    }

    fn shutdown(&mut self, _: Duration) -> Result<(), ExportError> {
        self.output.flush().map_err(|error| ExportError::new(format!("cannot write: {error}")))
    }
}

impl fmt::Debug for JsonExporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsonExporter").finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "spans_tests.rs"]
mod tests;
