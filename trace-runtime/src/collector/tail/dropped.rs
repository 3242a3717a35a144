//! Counts the spans that verdicts drop.

use super::verdicts::Cause;
use crate::collector::books::{Books, count_drops};
use crate::loss::DropReason;

/// Counts of spans that were dropped and are not in the books yet.
#[derive(Default)]
pub(super) struct Dropped {
    sampled_out: u64,
    evicted: u64,
    quota: u64,
}

impl Dropped {
    /// Counts spans.
    pub(super) fn count(&mut self, cause: Cause, spans: u64) {
        *match cause {
            Cause::SampledOut => &mut self.sampled_out,
            Cause::Evicted => &mut self.evicted,
            Cause::Quota => &mut self.quota,
        } += spans;
    }

    /// Moves the counts to the books.
    pub(super) fn tell(&mut self, books: &mut Books) {
        let Self { sampled_out, evicted, quota } = std::mem::take(self);
        count_drops(&mut books.dropped, DropReason::SampledOut, sampled_out);
        count_drops(&mut books.dropped, DropReason::Evicted, evicted);
        count_drops(&mut books.dropped, DropReason::Quota, quota);
    }
}
