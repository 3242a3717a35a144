//! How much may wait for an exporter, and for how long.

use std::time::Duration;

/// How many spans may wait for an exporter, and when they are handed to it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueueSettings {
    /// Spans that may wait; what does not fit is dropped and counted. 32,768 by default: the
    /// specification's 2,048 would be 4 ms of 500,000 spans a second.
    pub max_queue_spans: usize,
    /// Spans in one batch at most; a batch that is full goes out at once. 512 by default.
    pub max_batch: usize,
    /// How long the first span of a batch waits for others. 5 s by default.
    pub delay: Duration,
}

impl QueueSettings {
    /// Sets how many spans may wait.
    #[must_use]
    pub fn with_max_queue_spans(mut self, spans: usize) -> Self {
        self.max_queue_spans = spans;
        self
    }

    /// Sets how many spans one batch holds at most.
    #[must_use]
    pub fn with_max_batch(mut self, spans: usize) -> Self {
        self.max_batch = spans;
        self
    }

    /// Sets how long the first span of a batch waits for others.
    #[must_use]
    pub fn with_delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }
}

impl Default for QueueSettings {
    fn default() -> Self {
        Self { max_queue_spans: 32_768, max_batch: 512, delay: Duration::from_secs(5) }
    }
}
