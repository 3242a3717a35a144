//! Hands the page that the collector fills over to the exporters, and reuses memory.

use super::assemble::Assembler;
use super::books::Books;
use super::handle::Shared;
use crate::loss::DropReason;
use crate::recorder::pages::FinishedSpans;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// The number of pages whose memory is reused once all exporters have read them.
const KEPT: usize = 8;
/// A page that uses less than a quarter of its memory is copied, so that queues hold little unused
/// memory.
const MOSTLY_EMPTY: usize = 4;
/// A page with fewer bytes than this is always copied, because that costs less than a new page.
const SMALL: usize = 16 * 1024;

/// How long a sweep waits in all for exporters that make progress; the rings hold what is recorded meanwhile.
const PATIENCE: Duration = Duration::from_millis(50);

/// The pages that exporters may be reading.
#[derive(Default)]
pub(super) struct Pages {
    shared: VecDeque<Arc<FinishedSpans>>,
    /// The time that the sweep may still wait for exporters.
    patience: Duration,
}

impl Pages {
    /// Allows a sweep to wait for exporters.
    pub(super) fn begin_sweep(&mut self) {
        self.patience = PATIENCE;
    }

    /// Publishes the books, and gives the complete spans to the exporters.
    pub(super) fn hand_over(
        &mut self,
        collector: &Shared,
        books: &mut Books,
        assembler: &mut Assembler,
    ) {
        let dropped: u64 = books.dropped.values().sum();
        // Spans that never ended were counted when they started.
        let never_ended = books.dropped.get(&DropReason::NeverEnded).copied().unwrap_or(0);
        books.started = assembler.started + dropped - never_ended;
        let page = assembler.page();
        let full = (!page.is_empty()).then(|| self.share(page));
        // This may wait, so it comes before the books are locked.
        if let Some(full) = &full {
            let queues = collector.queues.iter();
            queues.for_each(|queue| queue.wait_for_room(full, &mut self.patience));
        }
        books.buffered = assembler.buffered();
        let mut published = collector.books();
        collector.reading.store(0, Ordering::Relaxed);
        published.clone_from(books);
        published.dropped_details += assembler.lost_details;
        if let Some(full) = full {
            for queue in &*collector.queues {
                queue.offer(&full);
            }
        }
    }

    /// Moves the spans of a page into a shared one, and leaves the page empty.
    fn share(&mut self, page: &mut FinishedSpans) -> Arc<FinishedSpans> {
        if page.bytes() < page.capacity() / MOSTLY_EMPTY || page.bytes() < SMALL {
            let copy = Arc::new(page.clone());
            page.clear();
            return copy;
        }
        let next = self.unused().unwrap_or_else(|| page.empty_like());
        let full = Arc::new(std::mem::replace(page, next));
        self.shared.push_back(Arc::clone(&full));
        if self.shared.len() > KEPT {
            self.shared.pop_front();
        }
        full
    }

    /// Returns an empty page, taken from those that no exporter reads any longer.
    fn unused(&mut self) -> Option<FinishedSpans> {
        let place = self.shared.iter().position(|page| Arc::strong_count(page) == 1)?;
        let mut page = Arc::into_inner(self.shared.remove(place)?)?;
        page.clear();
        Some(page)
    }

    /// Releases the memory.
    pub(super) fn trim(&mut self) {
        self.shared.clear();
    }
}
