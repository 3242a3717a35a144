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

    /// Returns the share of the spans that wait for an exporter; `routes`: the number of tenants that may have
    /// separate exporters.
    pub(super) fn span_queue(self, routes: usize) -> QueueMemory {
        QueueMemory::of(self.0 / 8, routes)
    }

    /// Returns the share of the log records that wait for an exporter.
    #[cfg(feature = "logs")]
    pub(super) fn log_queue(self, routes: usize) -> QueueMemory {
        QueueMemory::of(self.0 / 8, routes)
    }
}

/// The bytes that may wait for an exporter.
#[derive(Clone, Copy)]
pub(super) struct QueueMemory {
    /// Before each exporter of what belongs to no route. Exporters that are equally slow share what waits.
    pub(super) rest: usize,
    /// Before the exporter of each route.
    pub(super) each_route: usize,
}

impl QueueMemory {
    /// Divides the share of a signal: what waits for routes takes half of it.
    fn of(share: usize, routes: usize) -> Self {
        match routes {
            0 => Self { rest: share, each_route: 0 },
            routes => Self { rest: share / 2, each_route: share / 2 / routes },
        }
    }
}
