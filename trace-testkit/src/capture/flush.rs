//! Flushes the pipeline, so that a snapshot contains everything recorded before it.

use crate::runtime;
use crate::source::OpenSpan;
use std::time::Duration;
use trace_runtime::export::{FinishedSpan, FinishedSpans};

/// How long a capture waits for its spans. It is reached only when the pipeline hangs.
const PATIENCE: Duration = Duration::from_secs(30);

/// Delivers everything recorded so far, and returns the spans of a capture (0: of all) that are
/// still open.
///
/// # Panics
/// When the pipeline hangs.
pub(super) fn flush(number: u32) -> FinishedSpans {
    match runtime::flush(number, PATIENCE) {
        Ok(open) => open,
        Err(report) => panic!("the pipeline did not deliver within {PATIENCE:?}: {report}"),
    }
}

/// Returns what is known of open spans.
pub(super) fn open_spans(open: &FinishedSpans) -> Vec<OpenSpan> {
    open.iter().map(open_span).collect()
}

fn open_span(span: FinishedSpan<'_>) -> OpenSpan {
    let mut open = OpenSpan::new(span.name().to_owned());
    open.kind = span.kind();
    open.trace_id = span.trace_id();
    open.span_id = span.span_id();
    open.parent_span_id = span.parent_span_id();
    open
}
