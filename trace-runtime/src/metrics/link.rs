//! Links what is made before the pipeline runs to the pipeline.

use crate::collector::Vitals;
use crate::loss::LossReport;
use std::sync::{Arc, OnceLock, Weak};
use std::time::Instant;
#[cfg(feature = "config-file")]
use std::time::SystemTime;

/// The running pipeline, as readers and the runtime's own metrics see it.
pub(crate) trait PipelineView: Send + Sync {
    /// Has the collector read all rings; returns whether it did so before the deadline.
    fn sweep(&self, deadline: Instant) -> bool;

    /// What became of everything that was recorded.
    fn report(&self) -> LossReport;

    /// The state of the collector.
    fn vitals(&self) -> &Vitals;

    /// The exporters of spans, and the capacity of the queue before each.
    fn capacities(&self) -> Vec<(String, usize)>;

    /// The exporters of logs, and the capacity of the queue before each.
    #[cfg(feature = "logs")]
    fn log_capacities(&self) -> Vec<(String, usize)>;

    /// The file in force, if there is one.
    #[cfg(feature = "config-file")]
    fn file(&self) -> Option<FileView>;
}

/// A configuration file that is in force.
#[cfg(feature = "config-file")]
pub(crate) struct FileView {
    /// The number of times that a file was put in force.
    pub(crate) version: u64,
    pub(crate) applied: SystemTime,
    /// Whether a later one was refused.
    pub(crate) is_refused: bool,
}

/// The running pipeline, for what is made before it.
#[derive(Clone, Default)]
pub(crate) struct Link(Arc<OnceLock<Weak<dyn PipelineView>>>);

impl Link {
    /// Called once, when the pipeline runs.
    pub(crate) fn connect(&self, running: Weak<dyn PipelineView>) {
        let _ = self.0.set(running);
    }

    pub(crate) fn running(&self) -> Option<Arc<dyn PipelineView>> {
        self.0.get()?.upgrade()
    }
}
