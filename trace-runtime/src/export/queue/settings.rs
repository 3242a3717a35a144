//! Settings of the queue in front of an exporter.

use std::time::Duration;

/// The capacity of an exporter's queue, and its batches.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueueSettings {
    /// The maximum number of queued items; others are dropped and counted. 32,768 by default: the
    /// specification's 2,048 would be 4 ms of 500,000 spans a second.
    pub max_queue: usize,
    /// The maximum number in one batch; a full batch is exported at once. 512 by
    /// default.
    pub max_batch: usize,
    /// The maximum bytes of queued items; others are dropped and counted. `None`: the queue's share of
    /// the [memory limit](crate::TelemetryBuilder::with_memory_limit).
    pub max_bytes: Option<usize>,
    /// How long the first item of a batch waits for others. 5 s by default for spans, 1 s for logs.
    pub delay: Duration,
}

impl QueueSettings {
    /// Sets the maximum number of queued items.
    #[must_use]
    pub fn with_max_queue(mut self, items: usize) -> Self {
        self.max_queue = items;
        self
    }

    /// Sets the maximum bytes of queued items.
    #[must_use]
    pub fn with_max_bytes(mut self, bytes: usize) -> Self {
        self.max_bytes = Some(bytes);
        self
    }

    /// Sets the maximum number of items in one batch.
    #[must_use]
    pub fn with_max_batch(mut self, items: usize) -> Self {
        self.max_batch = items;
        self
    }

    /// Sets how long the first item of a batch waits for others.
    #[must_use]
    pub fn with_delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }
}

impl Default for QueueSettings {
    fn default() -> Self {
        Self { max_queue: 32_768, max_batch: 512, max_bytes: None, delay: Duration::from_secs(5) }
    }
}
