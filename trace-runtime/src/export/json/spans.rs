//! Writes spans as JSON lines in the format of OTLP files
//! ([OTLP file exporter](https://opentelemetry.io/docs/specs/otel/protocol/file-exporter/)).

use super::encode::traces;
use super::lines::Lines;
use crate::error::InitError;
use crate::export::standard::Standard;
use crate::export::{ExportError, Exporter, FinishedSpan};
use opentelemetry_sdk::Resource;
use std::borrow::Cow;
use std::fmt;
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

/// Writes spans as JSON lines: one `TracesData` per line, as OpenTelemetry Collectors read them
/// (`otlpjsonfile`). A batch is one line, unless that would be longer than a million bytes.
///
/// Numbers follow protobuf's mapping to JSON (`"NaN"`, `"Infinity"`, 64-bit integers as text).
/// Control characters, line separators and controls of bidirectional text are escaped.
pub struct JsonExporter {
    lines: Lines,
    resource: Resource,
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
        Ok(Self::of(Lines::append(path.as_ref())?))
    }

    /// Writes to any writer, which is flushed after each batch.
    pub fn to_writer(writer: impl Write + Send + 'static) -> Self {
        Self::of(Lines::to(writer))
    }

    fn of(lines: Lines) -> Self {
        Self { lines, resource: Resource::builder_empty().build() }
    }
}

/// Creates the exporter that appends to this file, or writes to standard output.
pub(crate) fn span_exporter(file: Option<&Path>) -> Result<Box<dyn Exporter>, InitError> {
    Ok(Box::new(JsonExporter::of(Lines::open(file, "json")?)))
}

impl Exporter for JsonExporter {
    fn name(&self) -> Cow<'static, str> {
        "json".into()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.resource = resource.clone();
    }

    fn export(&mut self, batch: &[FinishedSpan<'_>]) -> Result<(), ExportError> {
        let Self { lines, resource } = self;
        lines.write(batch.len(), |out, room| traces(out, resource, batch, room))
    }

    fn shutdown(&mut self, _: Duration) -> Result<(), ExportError> {
        self.lines.flush()
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
