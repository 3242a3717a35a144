//! The trait of candidates: the same operations behind the same names.

use std::time::Duration;

use crate::export::count::Counts;
use crate::operation::{Operation, Timed};

/// How a candidate's buffers are configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Load {
    /// Bursts of at most [`BURST`] calls, each settled before the next: no buffer overflows and
    /// no consumer is woken inside the timing.
    Burst,
    /// A steady load over seconds, with the settings that a production service would use.
    Sustained,
}

/// Timed calls of one burst. A burst with its warm-up and its parent fits every candidate's
/// buffer, the smallest of which is the batch processor's default of 2,048 spans.
pub const BURST: u32 = 1_000;

/// A burst's time, and the records that must reach the exporter because of it.
#[derive(Debug, Clone, Copy)]
pub struct Burst {
    /// Time of the timed calls alone.
    pub elapsed: Duration,
    /// Spans that ended, those of the warm-up and of the parent included, and what was added to
    /// counters.
    pub records: u64,
}

impl Burst {
    /// A burst that records nothing.
    pub fn unrecorded(timed: Timed) -> Self {
        Self { elapsed: timed.elapsed, records: 0 }
    }

    /// A burst that records one span per call, and `parents` more.
    pub fn recorded(timed: Timed, parents: u64) -> Self {
        Self { elapsed: timed.elapsed, records: timed.made + parents }
    }

    /// A burst that adds one to a counter with each call.
    pub fn counted(timed: Timed) -> Self {
        Self { elapsed: timed.elapsed, records: timed.made }
    }
}

/// One way to instrument a program.
pub trait Candidate: Sync {
    /// Its name in the tables.
    fn name(&self) -> &'static str;

    /// Installs it in this process, with exporters that count and drop. Once.
    fn install(&self, _load: Load) {}

    /// Whether it takes a place of which a process has one, as that of `tracing`'s subscriber, so that it is
    /// measured in a separate process.
    fn is_alone(&self) -> bool {
        false
    }

    /// Runs and times one burst; `None` where the candidate has no such operation.
    fn burst(&self, operation: Operation, calls: u32) -> Option<Burst>;

    /// Waits until everything recorded has reached the exporter or was dropped.
    fn settle(&self) {}

    /// What has reached the exporter since the process started.
    fn received(&self) -> Counts {
        Counts::default()
    }
}
