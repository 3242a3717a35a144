//! Keeps what became of the latest exports of one exporter.

use std::time::Instant;

/// The latest success and the latest failure.
#[derive(Clone, Debug, Default)]
pub(crate) struct Latest {
    pub(crate) success: Option<Instant>,
    /// The latest failure, with its message.
    pub(crate) failure: Option<(Instant, String)>,
    /// The first failure after the latest success.
    pub(crate) failing_since: Option<Instant>,
    /// Whether the exporter is not called any more.
    pub(crate) is_retired: bool,
}

impl Latest {
    pub(crate) fn succeeded(&mut self) {
        self.success = Some(Instant::now());
        self.failing_since = None;
    }

    pub(crate) fn failed(&mut self, message: String) {
        let now = Instant::now();
        self.failure = Some((now, message));
        self.failing_since.get_or_insert(now);
    }
}

/// An exporter as its health is judged.
#[derive(Clone, Debug)]
pub(crate) struct Observed {
    pub(crate) name: String,
    pub(crate) latest: Latest,
    /// The number of items that wait for it, and the most that may; `None` if it has no queue.
    pub(crate) queue: Option<(u64, u64)>,
}
