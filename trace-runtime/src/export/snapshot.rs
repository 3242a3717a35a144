//! Holds what was recorded lately, and writes it.

use super::{ExportError, Exporter, FinishedSpan, FinishedSpans};
use opentelemetry_sdk::Resource;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

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
    /// (`otlpjsonfile`). On Unix, only the owner may read the file. An existing file is replaced.
    ///
    /// # Errors
    /// When the file cannot be written.
    #[cfg(feature = "json")]
    pub fn save(&self, path: impl AsRef<std::path::Path>) -> std::io::Result<()> {
        let mut options = std::fs::File::options();
        options.create(true).write(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = std::io::BufWriter::new(options.open(path)?);
        self.export_to(super::JsonExporter::to_writer(file)).map_err(std::io::Error::other)
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
