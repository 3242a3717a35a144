//! Keeps the spans of undecided traces, in pages that are filled one after the other.
//!
//! The spans of a trace form a list. A page is emptied once all its spans were taken out.

use super::recent::Recent;
use crate::context::TraceId;
use crate::recorder::pages::{FinishedSpan, FinishedSpans};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

/// The number of empty pages that are kept for later spans.
const MOST_SPARE: usize = 2;
/// A page of which this share is still in use is left alone.
const MOSTLY_LIVE: f64 = 0.9;

/// The place of a span: the number of its page, and its index there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place(u64);

impl Place {
    /// No place: the end of a list.
    pub(super) const NONE: Self = Self(u64::MAX);
    /// The successor of a span that was taken out.
    const GONE: Self = Self(u64::MAX - 1);
    const INDEX_BITS: u32 = 16;

    fn new(page: u64, index: usize) -> Self {
        Self(page << Self::INDEX_BITS | index as u64)
    }

    fn page(self) -> u64 {
        self.0 >> Self::INDEX_BITS
    }

    fn index(self) -> usize {
        (self.0 & ((1 << Self::INDEX_BITS) - 1)) as usize
    }
}

/// The ends of a list of spans.
#[derive(Clone, Copy, Debug)]
pub(super) struct List {
    first: Place,
    last: Place,
}

impl List {
    pub(super) const EMPTY: Self = Self { first: Place::NONE, last: Place::NONE };

    pub(super) fn is_empty(self) -> bool {
        self.first == Place::NONE
    }
}

/// The pages, the last of which is being filled.
pub(super) struct Log {
    pages: VecDeque<Page>,
    /// The number of the first page.
    first: u64,
    spare: Vec<Page>,
    /// An empty page with the limits of spans.
    template: FinishedSpans,
    /// The number of spans in lists.
    live: u64,
    /// The bytes that the pages have allocated.
    capacity: usize,
    /// The pages of which nothing is in a list any longer; `None`: their memory is used again at once.
    recent: Option<Recent>,
}

#[derive(Default)]
struct Page {
    spans: FinishedSpans,
    /// The successor of each span in its list.
    next: Vec<Place>,
    /// The number of spans in lists.
    live: usize,
    /// The allocated bytes, as they were last counted.
    capacity: usize,
}

impl Page {
    /// Counts the allocated bytes again, for the sum of all pages.
    #[inline]
    fn count_into(&mut self, sum: &mut usize) {
        let now = self.spans.capacity() + size_of::<Place>() * self.next.capacity();
        *sum = *sum + now - self.capacity;
        self.capacity = now;
    }
}

impl Log {
    /// Creates an empty log; `page` is an empty page with the limits of spans. `recent`: the bytes and the
    /// age up to which spans are kept that are in no list any longer.
    pub(super) fn new(page: &FinishedSpans, recent: Option<(usize, Duration)>) -> Self {
        let mut log = Self {
            pages: VecDeque::new(),
            first: 0,
            spare: Vec::new(),
            template: page.empty_like(),
            live: 0,
            capacity: 0,
            recent: None,
        };
        log.keep_recent(recent);
        log
    }

    /// Keeps spans that are in no list any longer, up to these bytes and this age, or none.
    pub(super) fn keep_recent(&mut self, recent: Option<(usize, Duration)>) {
        match (&mut self.recent, recent) {
            (Some(kept), Some((bytes, age))) => kept.change(bytes, age),
            (kept, recent) => *kept = recent.map(|(bytes, age)| Recent::new(bytes, age)),
        }
    }

    /// Returns the number of spans in lists.
    pub(super) fn len(&self) -> u64 {
        self.live
    }

    /// Returns the bytes that the pages have allocated.
    pub(super) fn capacity(&self) -> usize {
        self.capacity
    }

    /// Returns the page to which the next span is appended.
    #[inline]
    pub(super) fn page(&mut self, now: Duration) -> &mut FinishedSpans {
        if self.pages.back().is_none_or(|page| page.spans.is_full()) {
            self.add_page(now);
        }
        let last = self.pages.len() - 1;
        &mut self.pages[last].spans
    }

    #[cold]
    fn add_page(&mut self, now: Duration) {
        let full = self.last_number();
        // As large as the one before, which is about as large as pages need to be.
        let before = self.pages.back().map_or(&self.template, |page| &page.spans);
        let fresh = || Page { spans: before.empty_like(), ..Page::default() };
        let page = self.spare.pop().unwrap_or_else(fresh);
        self.pages.push_back(page);
        if self.at(Place::new(full, 0)).is_some_and(|page| page.live == 0) {
            self.empty(full, now);
        }
    }

    /// Returns the span that was appended last.
    #[inline]
    pub(super) fn newest(&self) -> Option<FinishedSpan<'_>> {
        self.pages.back()?.spans.last()
    }

    /// Leaves the span that was appended last in no list; returns the bytes that it takes.
    #[inline]
    pub(super) fn pass(&mut self) -> usize {
        let Some(page) = self.pages.back_mut() else { return 0 };
        let bytes = page.spans.bytes_of_last();
        match self.recent {
            Some(_) => page.next.push(Place::GONE),
            None => page.spans.pop(),
        }
        page.count_into(&mut self.capacity);
        bytes
    }

    /// Removes the span that was appended last, and is in no list.
    pub(super) fn take_back(&mut self) {
        if let Some(page) = self.pages.back_mut() {
            page.spans.pop();
        }
    }

    /// Appends the span that was appended last to a list. Returns the bytes that it takes.
    #[inline]
    pub(super) fn link(&mut self, list: &mut List) -> usize {
        let number = self.last_number();
        let Some(page) = self.pages.back_mut() else { return 0 };
        let bytes = page.spans.bytes_of_last() + size_of::<Place>();
        page.next.push(Place::NONE);
        page.live += 1;
        self.live += 1;
        let place = Place::new(number, page.next.len() - 1);
        page.count_into(&mut self.capacity);
        match list.is_empty() {
            true => list.first = place,
            false => self.set_next(list.last, place),
        }
        list.last = place;
        bytes
    }

    /// Returns the first span of a list.
    pub(super) fn first(&self, list: &List) -> Option<FinishedSpan<'_>> {
        self.at(list.first)?.spans.get(list.first.index())
    }

    /// Takes the first span out of a list. Returns `false` if there is none.
    #[inline]
    pub(super) fn remove_first(&mut self, list: &mut List, now: Duration) -> bool {
        if list.is_empty() {
            return false;
        }
        let place = list.first;
        list.first = self.remove(place, now);
        if list.is_empty() {
            list.last = Place::NONE;
        }
        true
    }

    /// Takes a span out; returns its successor.
    #[inline]
    fn remove(&mut self, place: Place, now: Duration) -> Place {
        let Some(page) = self.at_mut(place) else { return Place::NONE };
        let next = std::mem::replace(&mut page.next[place.index()], Place::GONE);
        page.live -= 1;
        let is_dead = page.live == 0;
        self.live -= 1;
        if is_dead {
            self.empty(place.page(), now);
        }
        next
    }

    /// Removes the spans at the end that are in no list any longer, so that their memory is used next.
    pub(super) fn drop_gone(&mut self) {
        let Some(page) = self.pages.back_mut().filter(|_| self.recent.is_none()) else { return };
        while page.next.pop_if(|next| *next == Place::GONE).is_some() {
            page.spans.pop();
        }
    }

    /// Empties a page of which nothing is in a list.
    fn empty(&mut self, number: u64, now: Duration) {
        let index = (number - self.first) as usize;
        let is_last = index + 1 == self.pages.len();
        let page = &mut self.pages[index];
        if let Some(recent) = &mut self.recent {
            if is_last {
                return;
            }
            let page = std::mem::take(page);
            self.capacity -= page.capacity;
            if let Some(mut spans) = recent.add(page.spans, now) {
                spans.clear();
                self.keep_spare(Page { spans, ..Page::default() });
            }
        } else {
            page.spans.clear();
            page.next.clear();
            if is_last {
                page.count_into(&mut self.capacity);
                return;
            }
            let page = std::mem::take(page);
            self.capacity -= page.capacity;
            self.keep_spare(Page { capacity: 0, ..page });
        }
        while self.pages.len() > 1 && self.pages[0].spans.is_empty() {
            self.pages.pop_front();
            self.first += 1;
        }
    }

    /// Keeps an empty page for later spans, if there are not enough of them.
    fn keep_spare(&mut self, mut page: Page) {
        if self.spare.len() < MOST_SPARE {
            page.count_into(&mut self.capacity);
            self.spare.push(page);
        }
    }

    /// Returns what was recorded lately, oldest first; spans of undecided traces come last.
    pub(super) fn recent(&self, now: Duration) -> Vec<Arc<FinishedSpans>> {
        let Some(recent) = &self.recent else { return Vec::new() };
        let unfinished = self.pages.iter().filter(|page| !page.spans.is_empty());
        recent.pages(now).chain(unfinished.map(|page| Arc::new(page.spans.clone()))).collect()
    }

    /// Takes the page out that is used least, so that what is left of it can be added again. `None`: no
    /// page before the last has much unused room.
    pub(super) fn take_emptiest(&mut self, now: Duration) -> Option<Taken> {
        let full = self.pages.len().checked_sub(1)?;
        let used = |page: &Page| page.live as f64 / page.spans.len() as f64;
        let pages = self.pages.iter().take(full).enumerate().filter(|(_, page)| page.live > 0);
        let (index, _) = pages
            .map(|(index, page)| (index, used(page)))
            .filter(|&(_, used)| used < MOSTLY_LIVE)
            .min_by(|(_, one), (_, other)| one.total_cmp(other))?;
        let page = std::mem::take(&mut self.pages[index]);
        self.capacity -= page.capacity;
        if let Some(recent) = &mut self.recent {
            let mut decided = self.template.empty_like();
            let spans = page.next.iter().zip(page.spans.iter());
            let gone = spans.filter(|(next, _)| **next == Place::GONE);
            gone.for_each(|(_, span)| decided.push_copy(span));
            recent.add(decided, now);
        }
        Some(Taken { number: self.first + index as u64, page, looked_at: 0 })
    }

    /// Adds the spans of a list that are in a page which was taken out.
    pub(super) fn add_again(&mut self, taken: &mut Taken, list: &mut List, now: Duration) {
        let mut before = Place::NONE;
        let mut place = list.first;
        while place != Place::NONE {
            if place.page() == taken.number {
                let new = self.copy(taken, place, now);
                match before == Place::NONE {
                    true => list.first = new,
                    false => self.set_next(before, new),
                }
                if list.last == place {
                    list.last = new;
                }
                place = new;
            }
            before = place;
            place = self.next(place);
        }
    }

    /// Copies a span of a page that was taken out; its copy has the same successor.
    fn copy(&mut self, taken: &mut Taken, place: Place, now: Duration) -> Place {
        let index = place.index();
        let next = std::mem::replace(&mut taken.page.next[index], Place::GONE);
        if let Some(span) = taken.page.spans.get(index) {
            self.page(now).push_copy(span);
        }
        let number = self.last_number();
        let Some(page) = self.pages.back_mut() else { return Place::NONE };
        page.next.push(next);
        page.live += 1;
        page.count_into(&mut self.capacity);
        Place::new(number, page.next.len() - 1)
    }

    /// Returns the number of the page that is being filled.
    fn last_number(&self) -> u64 {
        self.first + (self.pages.len() as u64).saturating_sub(1)
    }

    fn next(&self, place: Place) -> Place {
        self.at(place).map_or(Place::NONE, |page| page.next[place.index()])
    }

    fn set_next(&mut self, place: Place, next: Place) {
        if let Some(page) = self.at_mut(place) {
            page.next[place.index()] = next;
        }
    }

    fn at(&self, place: Place) -> Option<&Page> {
        self.pages.get(place.page().checked_sub(self.first)? as usize)
    }

    #[inline]
    fn at_mut(&mut self, place: Place) -> Option<&mut Page> {
        self.pages.get_mut(place.page().checked_sub(self.first)? as usize)
    }

    /// Releases memory that only a burst needed.
    pub(super) fn trim(&mut self) {
        self.capacity -= self.spare.drain(..).map(|page| page.capacity).sum::<usize>();
        if let Some(page) = self.pages.back_mut().filter(|page| page.spans.is_empty()) {
            self.capacity -= page.capacity;
            *page = Page { spans: self.template.empty_like(), ..Page::default() };
        }
    }
}

/// A page that was taken out of the log.
pub(super) struct Taken {
    number: u64,
    page: Page,
    /// The number of spans that were looked at.
    looked_at: usize,
}

impl Taken {
    /// Returns a trace of which spans are left to be added again.
    pub(super) fn next_trace(&mut self) -> Option<TraceId> {
        let next = &self.page.next[self.looked_at..];
        let index = self.looked_at + next.iter().position(|&next| next != Place::GONE)?;
        self.looked_at = index + 1;
        self.page.spans.get(index).map(FinishedSpan::trace_id)
    }
}
