//! Holds what was recorded lately, writes it, and reads what was written.

#[cfg(feature = "json")]
mod files;
#[cfg(feature = "json")]
mod read;

#[cfg(feature = "json")]
pub use files::SnapshotFiles;
#[cfg(feature = "json")]
pub(crate) use files::{SnapshotTrigger, SnapshotTriggers};
#[cfg(feature = "json")]
pub use read::ReadError;

use super::{ExportError, Exporter, FinishedSpan, FinishedSpans};
use opentelemetry_sdk::Resource;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
#[cfg(feature = "json")]
use std::{fs, io, path::Path};

/// The number of spans that an exporter gets at a time.
const BATCH: usize = 512;

/// What was recorded lately, whether it was kept or dropped, and the spans that were open. These have the
/// attribute `snapshot.open`, and the time of the snapshot as their end.
///
/// It shares the memory of the pipeline: while it exists, that memory is not used for later spans.
#[derive(Clone)]
pub struct Snapshot {
    pages: Vec<Arc<FinishedSpans>>,
    resource: Resource,
}

impl Snapshot {
    pub(crate) fn new(pages: Vec<Arc<FinishedSpans>>, resource: Resource) -> Self {
        Self { pages, resource }
    }

    /// Returns the number of spans.
    pub fn len(&self) -> usize {
        self.pages.iter().map(|page| page.len()).sum()
    }

    /// Returns whether there are no spans.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Iterates over the spans: those that have ended about in the order of their ends, then those that
    /// were open.
    pub fn iter(&self) -> impl Iterator<Item = FinishedSpan<'_>> {
        self.pages.iter().flat_map(|page| page.iter())
    }

    /// Passes all spans to an exporter, on the calling thread, and shuts it down.
    ///
    /// # Errors
    /// When the exporter returns one.
    pub fn export_to(&self, mut exporter: impl Exporter) -> Result<(), ExportError> {
        exporter.set_resource(&self.resource);
        for page in &self.pages {
            let spans: Vec<_> = page.iter().collect();
            spans.chunks(BATCH).try_for_each(|batch| exporter.export(batch))?;
        }
        exporter.shutdown(Duration::from_secs(30))
    }

    /// Writes all spans into a file as JSON lines, as OpenTelemetry Collectors read them
    /// (`otlpjsonfile`). On Unix, only the owner may read the file. An existing file is replaced once all is
    /// written.
    ///
    /// # Errors
    /// When the file cannot be written.
    #[cfg(feature = "json")]
    pub fn save(&self, path: impl AsRef<Path>) -> io::Result<()> {
        let path = path.as_ref();
        let mut unfinished = path.as_os_str().to_owned();
        unfinished.push(format!(".{}", std::process::id()));
        let unfinished = Path::new(&unfinished);
        // A file that exists already may be readable by others.
        let _ = fs::remove_file(unfinished);
        let mut options = fs::File::options();
        options.create_new(true).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = io::BufWriter::new(options.open(unfinished)?);
        let written = self.export_to(super::JsonExporter::to_writer(file));
        let saved = written.map_err(io::Error::other).and_then(|()| fs::rename(unfinished, path));
        if saved.is_err() {
            let _ = fs::remove_file(unfinished);
        }
        saved
    }

    /// Reads a file of JSON lines that [`save`](Self::save) or an OpenTelemetry Collector has written. Returns
    /// a snapshot for each resource in it. Lines of other signals are skipped. The spans take about as much
    /// memory as the file.
    ///
    /// ```no_run
    /// use trace_runtime::export::{ConsoleExporter, Snapshot};
    ///
    /// for snapshot in Snapshot::read("telemetry.jsonl")? {
    ///     snapshot.export_to(ConsoleExporter::new())?;
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When the file cannot be read, and when a line is not JSON or longer than 64 MiB.
    #[cfg(feature = "json")]
    pub fn read(path: impl AsRef<Path>) -> Result<Vec<Self>, ReadError> {
        read::read(io::BufReader::new(fs::File::open(path)?))
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot").field("spans", &self.len()).finish_non_exhaustive()
    }
}

/// Why there is no snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SnapshotError {
    /// The pipeline keeps nothing of what it has exported or dropped.
    Off,
    /// The collector did not answer in time.
    TimedOut(Duration),
}

impl fmt::Display for SnapshotError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => f.write_str(
                "the pipeline keeps no recent spans; it does with `with_tail_sampling`, while it runs",
            ),
            Self::TimedOut(timeout) => {
                write!(f, "the collector did not answer within {timeout:?}; a longer timeout may help")
            }
        }
    }
}

impl std::error::Error for SnapshotError {}
