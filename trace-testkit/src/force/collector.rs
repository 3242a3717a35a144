//! A collector that does not get to read.

use crate::runtime;

/// Has the collector read nothing until the guard is dropped, as if it got no processor: rings fill up,
/// flushes miss their deadline, and nothing reaches an exporter.
///
/// All of the process is concerned, so such a test wants a process of its own.
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
pub fn hold_collector() -> HeldCollector {
    runtime::hold_collector(true);
    HeldCollector(())
}

/// A collector that reads nothing until this is dropped; made by [`hold_collector`].
#[derive(Debug)]
pub struct HeldCollector(());

impl Drop for HeldCollector {
    fn drop(&mut self) {
        runtime::hold_collector(false);
    }
}
