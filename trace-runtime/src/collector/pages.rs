//! Hands the page that the collector fills over to the exporters, and reuses memory.

use super::assemble::Assembler;
use super::books::{Books, count_drops};
use super::divide::Parts;
use super::handle::Shared;
use crate::captures;
use crate::context::TraceFlags;
use crate::export::{Arrived, ExporterQueue, Queues};
use crate::loss::DropReason;
use crate::recorder::pages::{FinishedSpan, FinishedSpans, capture_of};
use crate::sampler;
use crate::sampling::{NO_ROUTE, RouteNumber};
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

/// Removes the spans that are recorded without being sampled; returns their number. A capture that
/// decides about its traces itself gets them all.
fn leave_out_unsampled(page: &mut FinishedSpans) -> u64 {
    let is_sampled = |span: &FinishedSpan<'_>| {
        span.trace_flags().contains(TraceFlags::SAMPLED)
            || capture_of(*span) & captures::JUDGED != 0
    };
    let all = page.len();
    let sampled = page.iter().filter(is_sampled).count();
    if sampled < all {
        let mut kept = page.empty_like();
        page.iter().filter(is_sampled).for_each(|span| kept.push_copy(span));
        *page = kept;
    }
    (all - sampled) as u64
}

/// What exporters get that get all spans.
enum All {
    /// The spans that the others get, too.
    Exported,
    /// These.
    Apart(Option<Arc<FinishedSpans>>),
    /// None yet: spans that end later are collected for them.
    Unkept,
}

/// The pages that exporters may be reading.
#[derive(Default)]
pub(super) struct Pages {
    shared: VecDeque<Arc<FinishedSpans>>,
    /// The time that the sweep may still wait for exporters.
    patience: Duration,
    /// The number of spans that have reached the exporters.
    arrived: Arrived,
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
        let queues = &*collector.queues;
        let current = queues.current();
        let all = self.all_of(assembler, current.iter().any(|queue| queue.gets_all()));
        if sampler::has_recorded_only() && !assembler.has_verdicts() {
            let left_out = leave_out_unsampled(assembler.page());
            count_drops(&mut books.dropped, DropReason::SampledOut, left_out);
        }
        assembler.tell(books);
        // Spans that were dropped after they had started are among those that started.
        let had_started = |reason: &DropReason| {
            use DropReason::{Evicted, Killed, NeverEnded, Quota, SampledOut, SwitchedOff};
            matches!(reason, NeverEnded | Killed | SampledOut | Evicted | Quota | SwitchedOff)
        };
        let unseen = books.dropped.iter().filter(|(reason, _)| !had_started(reason));
        books.started = assembler.started + unseen.map(|(_, count)| count).sum::<u64>();
        let decided = self.take(assembler.page());
        let has_routes = queues.has_routes();
        let parts = decided.as_ref().filter(|_| has_routes).map(|page| {
            queues.tell_of_more();
            Parts::of(page, |route| self.route(queues, route))
        });
        let page_for = |queue: &ExporterQueue| match (&all, &parts) {
            (All::Apart(page), _) if queue.gets_all() => page.as_ref(),
            (All::Unkept, _) if queue.gets_all() => None,
            (_, Some(parts)) if !queue.ignores_routes() => parts.get(NO_ROUTE),
            _ => decided.as_ref(),
        };
        let part_for = |route| parts.as_ref().and_then(|parts| parts.get(route));
        let has_pages = decided.is_some() || matches!(all, All::Apart(Some(_)));
        let misses = |current: &[Arc<ExporterQueue>]| {
            matches!(all, All::Unkept) && current.iter().any(|queue| queue.gets_all())
        };
        let offers = |current: &[Arc<ExporterQueue>]| -> Vec<_> {
            let has_news = has_pages || misses(current);
            let of_rest = current.iter().map(|queue| (queue.clone(), page_for(queue)));
            let of_routes = queues.routed().map(|(route, queue)| (queue.clone(), part_for(route)));
            of_rest.chain(of_routes).filter(|_| has_news).collect()
        };
        let mut offered = offers(&current);
        // This may wait, so it comes before the books are locked.
        for (queue, page) in &offered {
            if let Some(page) = page {
                queue.wait_for_room(page, &mut self.patience);
            }
        }
        books.buffered = assembler.buffered();
        books.undecided = assembler.undecided();
        let mut published = collector.books();
        collector.reading.store(0, Ordering::Relaxed);
        published.clone_from(books);
        published.dropped_details += assembler.lost_details;
        // Exporters are exchanged while the books are locked.
        let now = queues.current();
        if !Arc::ptr_eq(&now, &current) {
            offered = offers(&now);
        }
        let decided = decided.as_ref().map_or(0, |page| page.len() as u64);
        let arrived = books.arrived();
        for (queue, page) in offered {
            if let Some(page) = page {
                queue.offer(page);
            }
            match &all {
                All::Apart(_) if queue.gets_all() => {}
                All::Unkept if queue.gets_all() => {
                    queue.note_missed(arrived.all - self.arrived.all);
                }
                _ if has_routes => {
                    queue.note_elsewhere(decided - page.map_or(0, |page| page.len() as u64));
                }
                _ => {}
            }
        }
        self.arrived = arrived;
    }

    /// Takes what exporters get that get all spans, and collects more for them if there `are` some.
    fn all_of(&mut self, assembler: &mut Assembler, are: bool) -> All {
        if assembler.has_verdicts() {
            let all = match assembler.page_of_all() {
                Some(page) => All::Apart(self.take(page)),
                None => All::Unkept,
            };
            assembler.show_all(are);
            return all;
        }
        if !sampler::has_recorded_only() {
            return All::Exported;
        }
        // The unsampled ones are about to be removed from the page.
        let page = assembler.page();
        match are {
            true => All::Apart((!page.is_empty()).then(|| Arc::new(page.clone()))),
            false => All::Unkept,
        }
    }

    /// Returns the route that spans of a route go to, which is opened if it is new.
    fn route(&self, queues: &Queues, number: RouteNumber) -> RouteNumber {
        if queues.decided(number).is_none()
            && let Some(queue) = queues.prepare(number)
        {
            queues.put(number, queue, self.arrived.decided);
        }
        queues.decided(number).unwrap_or(NO_ROUTE)
    }

    /// Takes the spans of a page, if there are any.
    fn take(&mut self, page: &mut FinishedSpans) -> Option<Arc<FinishedSpans>> {
        (!page.is_empty()).then(|| self.share(page))
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
