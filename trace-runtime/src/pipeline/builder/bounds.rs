//! Sets bounds on the memory of the pipeline.

use super::TelemetryBuilder;
use crate::collector::OpenLimits;
use crate::pipeline::memory::MemoryLimit;

impl TelemetryBuilder {
    /// Sets the memory that spans and log records may take in all; 256 MiB by default, or the bytes that
    /// `TRACE_RUNTIME_MEMORY_LIMIT` contains; less than 1 MiB counts as 1 MiB. What exceeds it is dropped and
    /// counted. Series, labels and other tables have [bounds beside it](crate::guide::operating#memory).
    ///
    /// Half of it is for the records that are not read yet, a quarter for open spans, and an eighth each for
    /// the spans and for the log records that wait for an exporter. Little of it is in use unless a
    /// receiver is slow, or threads record faster than one thread can read. The collector keeps up to
    /// 5 MiB beside it, for the spans that it is handing over.
    ///
    /// ```
    /// let builder = trace_runtime::Telemetry::builder().with_memory_limit(32 << 20);
    /// # drop(builder);
    /// ```
    pub fn with_memory_limit(mut self, bytes: usize) -> Self {
        self.memory = Some(MemoryLimit::new(bytes));
        self
    }

    /// Sets the maximum number of open spans, and the maximum bytes of the data recorded on them;
    /// 262,144 spans and a quarter
    /// of the [memory limit](Self::with_memory_limit) by default.
    ///
    /// An open span takes about 250 bytes, plus its attributes and events. A span that begins beyond either limit is dropped and counted
    /// ([`DropReason::TooManyOpen`](crate::loss::DropReason::TooManyOpen)). Data recorded on open spans
    /// beyond the byte limit are counted among the dropped details; earlier data stay.
    /// Spans that have ended do not count.
    ///
    /// ```
    /// let builder = trace_runtime::Telemetry::builder().with_open_span_limits(10_000, 16 << 20);
    /// # drop(builder);
    /// ```
    pub fn with_open_span_limits(mut self, spans: usize, bytes: usize) -> Self {
        self.open = Some(OpenLimits { spans, bytes });
        self
    }
}
