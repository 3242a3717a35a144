//! Ends the work of the collector: at the end of its pipeline, and when everything is switched off.

use super::Collector;
#[cfg(feature = "metrics")]
use super::aggregate;
use super::books::count_drops;
use crate::loss::DropReason;
use crate::state;

impl Collector {
    /// Hands over all spans that have ended, and counts the details whose span is not known.
    fn close_all(&mut self) {
        let Self { assembler, times, shared, books, pages, origin, .. } = self;
        while !assembler.is_settled() {
            assembler.begin_sweep(origin.elapsed());
            assembler.settle(times);
            while !assembler.close_waiting() {
                pages.hand_over(shared, books, assembler);
            }
            assembler.decide(false);
            while !assembler.take_kept() {
                pages.hand_over(shared, books, assembler);
            }
        }
    }

    /// Hands over all that has ended, and gives up the spans that have not, for this reason.
    fn finish(&mut self, reason: DropReason) {
        self.close_all();
        self.assembler.decide(true);
        while !self.assembler.take_kept() {
            self.hand_over();
        }
        let abandoned = self.assembler.abandon();
        count_drops(&mut self.books.dropped, reason, abandoned);
    }

    /// Ends what is open once everything was switched off. The queues drop what they get.
    pub(super) fn end_killed(&mut self) {
        self.is_killed = true;
        self.guarded_sweep();
        self.finish(DropReason::Killed);
        self.hand_over();
    }

    pub(super) fn stop(mut self) {
        self.finish(DropReason::NeverEnded);
        #[cfg(feature = "metrics")]
        {
            let measurements = &mut self.books.measurements;
            measurements.buffered = 0;
            count_drops(
                &mut measurements.dropped,
                DropReason::DeadlineExceeded,
                aggregate::abandon(),
            );
        }
        self.hand_over();
        state::set_collector(None);
        let shared = self.shared.clone();
        drop(self);
        shared.orders().stopped = true;
        shared.done.notify_all();
    }
}
