//! Turns the page that the collector fills into one that exporters share, and uses memory again.

use crate::recorder::pages::FinishedSpans;
use std::collections::VecDeque;
use std::sync::Arc;

/// The number of pages whose memory is used again once all exporters have read them.
const KEPT: usize = 8;
/// A page that is mostly empty is copied, so that what waits in queues is no larger than it must be.
const MOSTLY_EMPTY: usize = 4;
/// Copying less than this is not worth a new page.
const SMALL: usize = 16 * 1024;

/// Pages that exporters may be reading.
#[derive(Default)]
pub(super) struct Pages {
    shared: VecDeque<Arc<FinishedSpans>>,
}

impl Pages {
    /// Takes the spans of a page, which is empty afterwards.
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

    /// Returns a page that no exporter reads any more.
    fn unused(&mut self) -> Option<FinishedSpans> {
        let place = self.shared.iter().position(|page| Arc::strong_count(page) == 1)?;
        let mut page = Arc::into_inner(self.shared.remove(place)?)?;
        page.clear();
        Some(page)
    }

    /// Gives the memory back.
    pub(super) fn trim(&mut self) {
        self.shared.clear();
    }
}
