//! Sets bounds on the memory of the pipeline.

use super::TelemetryBuilder;

impl TelemetryBuilder {
    /// Sets how many spans may be open at a time, and how many bytes what is recorded of them may take;
    /// 262,144 spans and 128 MiB by default.
    ///
    /// An open span takes some 400 bytes, and what its attributes and events take beyond the first
    /// words. A span that begins beyond either limit is dropped and counted
    /// ([`DropReason::TooManyOpen`](crate::loss::DropReason::TooManyOpen)), and what is recorded of open spans
    /// beyond the bytes is counted among the details that are dropped; what was recorded before stays as
    /// it is. Spans that have ended do not count.
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
