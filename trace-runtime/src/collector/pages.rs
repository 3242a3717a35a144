//! Turns the page that the collector fills into one that exporters share, and reuses memory.

use crate::recorder::pages::FinishedSpans;
use std::collections::VecDeque;
use std::sync::Arc;

/// The number of pages whose memory is reused once all exporters have read them.
const KEPT: usize = 8;
/// A page that uses less than a quarter of its memory is copied, so that queues hold little unused
/// memory.
const MOSTLY_EMPTY: usize = 4;
/// A page with fewer bytes than this is always copied, because that costs less than a new page.
const SMALL: usize = 16 * 1024;

/// The pages that exporters may be reading.
#[derive(Default)]
pub(super) struct Pages {
    shared: VecDeque<Arc<FinishedSpans>>,
}

impl Pages {
    /// Moves the spans of a page into a shared one, and leaves the page empty.
    pub(super) fn share(&mut self, page: &mut FinishedSpans) -> Arc<FinishedSpans> {
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
