//! Sets bounds on the memory of the pipeline.

use super::TelemetryBuilder;

impl TelemetryBuilder {
    /// Sets the maximum number of open spans, and the maximum bytes of the data recorded on them;
    /// 262,144 spans and 128 MiB by default.
    ///
    /// An open span takes about 400 bytes, plus its attributes and events beyond the first
    /// words. A span that begins beyond either limit is dropped and counted
    /// ([`DropReason::TooManyOpen`](crate::loss::DropReason::TooManyOpen)). Data recorded on open spans
    /// beyond the byte limit are counted among the dropped details; earlier data stay.
    /// Spans that have ended do not count.
    ///
    /// ```
    /// let builder = trace_runtime::Telemetry::builder().with_open_span_limits(10_000, 16 << 20);
    /// # drop(builder);
    /// ```
    pub fn with_open_span_limits(mut self, spans: usize, bytes: usize) -> Self {
        self.open.spans = spans;
        self.open.bytes = bytes;
        self
    }
}
