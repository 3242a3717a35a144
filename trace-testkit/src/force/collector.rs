//! Stalls the collector.

use crate::runtime;

/// Stops the collector from reading until the guard is dropped, as if its thread got no CPU time:
/// rings fill up, flushes miss their deadline, and nothing reaches an exporter.
///
/// This affects the whole process, so such a test needs a separate test binary.
///
/// ```
/// use std::time::Duration;
/// use trace_runtime::export::NullExporter;
/// use trace_runtime::{Telemetry, in_span};
/// use trace_testkit::force::hold_collector;
///
/// let telemetry = Telemetry::builder().with_exporter(NullExporter::new()).install()?;
/// let held = hold_collector();
/// in_span("unread", |_| ());
/// let report = telemetry.force_flush(Duration::from_millis(10)).unwrap_err().report().clone();
/// assert!(!report.is_lossless() && report.unread_bytes > 0);
/// drop(held);
/// assert!(telemetry.force_flush(Duration::from_secs(10))?.is_lossless());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "the collector goes on when the guard is dropped"]
pub fn hold_collector() -> HeldCollectorGuard {
    runtime::hold_collector(true);
    HeldCollectorGuard(())
}

/// A guard that stalls the collector until it is dropped; returned by [`hold_collector`].
#[derive(Debug)]
pub struct HeldCollectorGuard(());

impl Drop for HeldCollectorGuard {
    fn drop(&mut self) {
        runtime::hold_collector(false);
    }
}
