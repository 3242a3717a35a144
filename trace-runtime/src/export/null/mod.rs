//! Counts spans and drops them, for measurements.

use crate::export::{ExportError, Exporter, FinishedSpan};
use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// An exporter that only counts spans; for benches and load tests.
#[derive(Debug, Default)]
pub struct NullExporter {
    count: NullCount,
}

impl NullExporter {
    /// Returns an exporter whose count is zero.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns a handle to the number of spans received.
    pub fn count(&self) -> NullCount {
        self.count.clone()
    }
}

impl Exporter for NullExporter {
    fn name(&self) -> Cow<'static, str> {
        "null".into()
    }

    fn export(&mut self, batch: &[FinishedSpan<'_>]) -> Result<(), ExportError> {
        self.count.0.fetch_add(batch.len() as u64, Ordering::Relaxed);
        Ok(())
    }
}

/// The number of spans that a [`NullExporter`] has received.
#[derive(Clone, Debug, Default)]
pub struct NullCount(Arc<AtomicU64>);

impl NullCount {
    /// Returns the number of spans so far.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
