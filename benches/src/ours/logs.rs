//! Log lines in a span of this workspace: those of `tracing` through trace-tracing, those of `log` through
//! the runtime's bridge.

use std::sync::OnceLock;

use trace_runtime::Telemetry;
use trace_runtime::export::{self, NullCount};
use trace_runtime::logs::LogBridge;

use super::{Ours, parent, set};
use crate::candidate::{Burst, Candidate, Load};
use crate::export::count::{Counts, NullExporter, Received};
use crate::lines;
use crate::operation::Operation;

/// The runtime with both sources of log lines.
#[derive(Debug)]
pub struct OursLogs;

static RECEIVED: Received = Received::new();
static SPANS: OnceLock<NullCount> = OnceLock::new();

impl Candidate for OursLogs {
    fn name(&self) -> &'static str {
        "trace-tracing"
    }

    fn is_alone(&self) -> bool {
        true
    }

    fn install(&self, _load: Load) {
        let exporter = export::NullExporter::new();
        let _ = SPANS.set(exporter.count());
        set(Telemetry::builder()
            .with_exporter(exporter)
            .with_otel_log_exporter(NullExporter(&RECEIVED)));
        if tracing::subscriber::set_global_default(trace_tracing::subscriber()).is_err() {
            panic!("one process measures one subscriber of tracing");
        }
        lines::install(LogBridge::new());
    }

    fn burst(&self, operation: Operation, calls: u32) -> Option<Burst> {
        lines::burst(operation, calls, |run| parent(run))
    }

    fn settle(&self) {
        Ours.settle();
    }

    fn received(&self) -> Counts {
        let spans = SPANS.get().map_or(0, NullCount::get);
        Counts { spans, ..RECEIVED.counts() }
    }
}
