//! Keeps what was recorded lately, whether it was kept or dropped.

use crate::recorder::pages::FinishedSpans;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

/// The pages whose traces are decided, oldest first, up to a number of bytes and an age.
pub(super) struct Recent {
    most_bytes: usize,
    most_age: Duration,
    /// With the time at which each was complete.
    pages: VecDeque<(Arc<FinishedSpans>, Duration)>,
    bytes: usize,
}

impl Recent {
    pub(super) fn new(most_bytes: usize, most_age: Duration) -> Self {
        Self { most_bytes, most_age, pages: VecDeque::new(), bytes: 0 }
    }

    /// Sets the bytes and the age; what exceeds them is dropped with the next page.
    pub(super) fn change(&mut self, most_bytes: usize, most_age: Duration) {
        (self.most_bytes, self.most_age) = (most_bytes, most_age);
    }

    /// Adds a page. Returns memory that can be used again.
    pub(super) fn add(&mut self, page: FinishedSpans, now: Duration) -> Option<FinishedSpans> {
        self.bytes += page.capacity();
        self.pages.push_back((Arc::new(page), now));
        let mut unused = None;
        while self.bytes > self.most_bytes || self.is_outdated(now) {
            let Some((page, _)) = self.pages.pop_front() else { break };
            self.bytes -= page.capacity();
            // A snapshot may still be reading it.
            unused = Arc::into_inner(page);
        }
        unused
    }

    fn is_outdated(&self, now: Duration) -> bool {
        self.pages.front().is_some_and(|(_, at)| *at + self.most_age < now)
    }

    /// Returns the pages that are not older than they may be.
    pub(super) fn pages(&self, now: Duration) -> impl Iterator<Item = Arc<FinishedSpans>> {
        let young = self.pages.iter().filter(move |(_, at)| *at + self.most_age >= now);
        young.map(|(page, _)| Arc::clone(page))
    }
}
