//! How much may wait for an exporter, and for how long.

use std::time::Duration;

/// How many spans, or log records, may wait for an exporter, and when they are handed to it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueueSettings {
    /// How many may wait; what does not fit is dropped and counted. 32,768 by default: the
    /// specification's 2,048 would be 4 ms of 500,000 spans a second.
    pub max_queue: usize,
    /// How many there are in one batch at most; a batch that is full goes out at once. 512 by
    /// default.
    pub max_batch: usize,
    /// How long the first of a batch waits for others. 5 s by default for spans, 1 s for logs.
    pub delay: Duration,
}

impl QueueSettings {
    /// Sets how many may wait.
    #[must_use]
    pub fn with_max_queue(mut self, items: usize) -> Self {
        self.max_queue = items;
        self
    }

    /// Sets how many one batch holds at most.
    #[must_use]
    pub fn with_max_batch(mut self, items: usize) -> Self {
        self.max_batch = items;
        self
    }

    /// Sets how long the first of a batch waits for others.
    #[must_use]
    pub fn with_delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }
}

impl Default for QueueSettings {
    fn default() -> Self {
        Self { max_queue: 32_768, max_batch: 512, delay: Duration::from_secs(5) }
    }
}
