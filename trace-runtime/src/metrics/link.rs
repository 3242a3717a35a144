//! From what is made before the pipeline runs to the pipeline.

use crate::collector::Running;
use std::sync::{Arc, OnceLock, Weak};

/// The running pipeline, for those that are made before it.
#[derive(Clone, Default)]
pub(crate) struct Link(Arc<OnceLock<Weak<Running>>>);

impl Link {
    /// Called once, when the pipeline runs.
    pub(crate) fn connect(&self, running: &Arc<Running>) {
        let _ = self.0.set(Arc::downgrade(running));
    }

    pub(crate) fn running(&self) -> Option<Arc<Running>> {
        self.0.get()?.upgrade()
    }
}
