//! All reading and asserting hangs on [`Recorded`].

use crate::model::SpanData;
use crate::source::{Snapshot, Source};
use std::fmt;
use std::sync::Arc;
use std::time::Instant;

/// What was recorded, as far as a [`Source`] has observed it.
///
/// Captures and receivers dereference to it. Reading takes a snapshot and consumes nothing: the
/// next read sees the same and what came since.
///
/// ```
/// use std::sync::Arc;
/// use trace_testkit::model::SpanData;
/// use trace_testkit::source::Snapshot;
/// use trace_testkit::Recorded;
///
/// let recorded = Recorded::new(Arc::new(Snapshot::of_spans([SpanData::new("charge")])));
/// assert_eq!(recorded.spans().len(), 1);
/// ```
#[derive(Clone)]
pub struct Recorded {
    source: Arc<dyn Source>,
}

impl Recorded {
    /// Reads from this source.
    pub fn new(source: Arc<dyn Source>) -> Self {
        Self { source }
    }

    /// All that was observed until now.
    pub fn snapshot(&self) -> Snapshot {
        self.source.snapshot()
    }

    /// As [`Source::wait_for_news`].
    pub(crate) fn wait_for_news(&self, seen: u64, deadline: Instant) -> u64 {
        self.source.wait_for_news(seen, deadline)
    }

    /// All spans that have ended until now, by the order of their starts.
    pub fn spans(&self) -> Vec<SpanData> {
        let mut spans = self.snapshot().spans;
        spans.sort_by_key(|span| span.order);
        spans
    }
}

impl fmt::Debug for Recorded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorded").finish_non_exhaustive()
    }
}
