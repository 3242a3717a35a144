//! Divides the memory that telemetry may use among the parts of the pipeline.

/// The number of bytes that telemetry may use.
#[derive(Clone, Copy, Debug)]
pub(super) struct MemoryLimit(usize);

impl MemoryLimit {
    /// The smallest limit with which the parts work as they should.
    const LEAST: usize = 1 << 20;

    /// Creates a limit of this number of bytes, or of 1 MiB if that is more.
    pub(super) fn new(bytes: usize) -> Self {
        Self(bytes.max(Self::LEAST))
    }

    /// Returns the share of all rings together.
    pub(super) fn rings(self) -> usize {
        self.0 / 2
    }

    /// Returns the share of the open spans.
    pub(super) fn open_spans(self) -> usize {
        self.0 / 4
    }

    /// Returns the share of the spans of undecided traces, which is taken off that of the open spans.
    pub(super) fn undecided_spans(self) -> usize {
        self.0 / 8
    }

    /// Returns the share of the spans that wait for an exporter. Exporters that are equally slow
    /// share the waiting spans.
    pub(super) fn span_queue(self) -> usize {
        self.0 / 8
    }

    /// Returns the share of the log records that wait for an exporter.
    #[cfg(feature = "logs")]
    pub(super) fn log_queue(self) -> usize {
        self.0 / 8
    }
}
