//! Assembles spans from records: starts, ends, and the details in between.
//!
//! A call that ends as the innermost one of its ring is finished at once. Records of different
//! rings arrive in any order, though. A record that names an unknown span waits for the next sweep.
//! A span that other threads may change is closed one sweep after its end, so that details added
//! before its end still reach it.

mod verdicts;

use super::limits::OpenLimits;
use super::open::{Found, OpenSpans};
use super::sites::Sites;
use super::table::NumberMap;
use super::tail::Tail;
use crate::captures;
use crate::clock::Timebase;
use crate::outcome::Outcome;
use crate::recorder::code::CodeAttributes;
use crate::recorder::foreign;
#[cfg(feature = "metrics")]
use crate::recorder::measure::Ticks;
use crate::recorder::pages::{
    ClosedSpan, FinishedSpans, SpanLimits, SpanStart, TraceContext, attributes_of,
};
use crate::recorder::record::{self, OwnedRecord, Record};
use crate::recorder::ring_state::RingState;
use crate::recorder::words::Chunk;
use std::collections::VecDeque;

/// Notes that a detail needs no open span any longer.
#[inline]
fn note_read(record: Record<'_>) {
    if record.is_foreign() {
        foreign::note_read();
    }
}

/// The state that the records of a ring have set so far.
#[derive(Default)]
pub(crate) struct Strand {
    context: TraceContext,
    state: RingState,
    /// Its number among the open spans.
    number: Option<usize>,
}

/// The parents of spans that were open when their pipeline ended, or for which there was no room,
/// by serial. The ends of calls among them are still recorded, without a serial (see
/// `ring_state.rs`).
pub(crate) type Earlier = NumberMap<u64>;

/// The state of the process's spans, which each pipeline passes on to the next.
pub(crate) struct Known {
    open: OpenSpans,
    earlier: Earlier,
}

impl Known {
    pub(crate) const NOTHING: Self =
        Self { open: OpenSpans::NONE, earlier: super::table::no_numbers() };
}

/// The share of the memory for open spans that those may take which have ended and wait for late
/// details.
const SHARE_OF_ENDED: usize = 4;
/// The number of spans without memory whose parents are remembered, so that calls return to the
/// right span.
const MOST_EARLIER: usize = 1 << 19;

/// The settings for the contents of spans.
pub(crate) struct SpanSettings {
    pub(crate) limits: SpanLimits,
    pub(crate) code: CodeAttributes,
}

/// All spans between their start and their hand-over.
pub(crate) struct Assembler {
    limits: SpanLimits,
    open_limits: OpenLimits,
    open: OpenSpans,
    earlier: Earlier,
    sites: Sites,
    /// The serials of spans that ended in this sweep and are not closed.
    ended: VecDeque<u64>,
    /// The serials of spans that ended in the sweep before and are not closed.
    closing: VecDeque<u64>,
    strays: Vec<OwnedRecord>,
    old_strays: Vec<OwnedRecord>,
    /// The spans that are complete, and to be exported.
    page: FinishedSpans,
    /// Decides which spans are exported; `None`: all of them.
    tail: Option<Box<Tail>>,
    /// The number of starts since the beginning.
    pub(crate) started: u64,
    /// The number of starts beyond the limit of open spans, which `started` does not include.
    pub(crate) too_many: u64,
    /// The number of details whose span was not found, or had no room for them.
    pub(crate) lost_details: u64,
}

impl Assembler {
    pub(crate) fn new(settings: SpanSettings, open_limits: OpenLimits, known: Known) -> Self {
        let SpanSettings { limits, code } = settings;
        let page = FinishedSpans::new(limits.attribute_count, code);
        Self {
            limits,
            open_limits,
            open: known.open,
            earlier: known.earlier,
            sites: Sites::default(),
            ended: VecDeque::new(),
            closing: VecDeque::new(),
            strays: Vec::new(),
            old_strays: Vec::new(),
            page,
            tail: None,
            started: 0,
            too_many: 0,
            lost_details: 0,
        }
    }

    /// Returns the number of spans that were started and not yet handed over.
    pub(crate) fn buffered(&self) -> u64 {
        (self.open.len() + self.page.len()) as u64 + self.undecided()
    }

    /// Returns `false` if a further sweep would hand something over.
    pub(crate) fn is_settled(&self) -> bool {
        self.closing.is_empty()
            && self.ended.is_empty()
            && self.strays.is_empty()
            && self.old_strays.is_empty()
            && self.tail.as_ref().is_none_or(|tail| tail.is_settled())
    }

    /// Processes a record; `strand` belongs to its ring.
    #[inline]
    pub(crate) fn record(&mut self, strand: &mut Strand, times: &Timebase, record: Record<'_>) {
        let mut reader = record.reader();
        match record.kind() {
            record::LEAVE.. => {
                let (tick, outcome) = record.left();
                let serial = self.left(strand);
                // Nothing is lost if the span belongs to an earlier pipeline.
                self.end(strand.number, times, serial, (times.complete(tick), outcome));
            }
            record::ENTER..=record::ENTER_MOST => {
                // Comes first, so that the serial is right whatever goes wrong with the rest.
                let current = strand.state.current();
                let (serial, parent) = strand.state.enter();
                let (site, count) = record.entered();
                let site = self.sites.get(site);
                let tick = reader.word();
                let start = SpanStart { site, serial, parent, flags: site.kind as u8, tick };
                self.start(strand, Some(current), times, &start, reader.site_chunk(count));
            }
            record::START => {
                let flags = record.flags();
                let site = reader.site();
                let (tick, serial, parent) = (reader.word(), reader.word(), reader.word());
                let enters = flags & record::ENTERS != 0;
                let current = enters.then(|| strand.state.current());
                strand.state.start(serial, enters);
                let site = self.sites.get(site);
                let start = SpanStart { site, serial, parent, flags, tick };
                self.start(strand, current, times, &start, reader.site_chunk(record.count()));
            }
            record::PLACE => strand.state.place(reader.word(), reader.word()),
            record::CONTEXT => {
                strand.state.place(reader.word(), reader.word());
                strand.context = TraceContext::read(&mut reader);
            }
            record::SHARE => {
                if let Some(number) = strand.number {
                    self.open.share(number, reader.word());
                }
            }
            _ => {
                if self.detail(strand.number, times, record) {
                    note_read(record);
                } else {
                    self.strays.push(record.to_owned());
                }
            }
        }
    }

    /// Ends the call that is current in a ring, `duration` after it was entered.
    #[cfg(feature = "metrics")]
    pub(crate) fn leave(&mut self, strand: &mut Strand, times: &Timebase, duration: Ticks) {
        let serial = self.left(strand);
        let found = self.find(strand.number, serial);
        let open = found.and_then(|found| self.open.get(found, serial));
        let start = open.map_or(0, |open| open.start_tick());
        let (Ticks::Real(ticks) | Ticks::Virtual(ticks)) = duration;
        self.end(strand.number, times, serial, (start + ticks, Outcome::Ok));
    }

    /// Finds an open span; searches this strand first.
    #[inline]
    fn find(&self, strand: Option<usize>, serial: u64) -> Option<Found> {
        self.open.find(strand, serial).or_else(|| {
            // A search in all rings takes long if there are many.
            let is_earlier = self.earlier.contains_key(&serial);
            (!is_earlier).then(|| self.open.find_anywhere(serial))?
        })
    }

    /// Frees the number of a strand whose ring is gone.
    pub(crate) fn retire(&mut self, strand: &Strand) {
        if let Some(number) = strand.number {
            self.open.retire_strand(number);
        }
    }

    /// Leaves the current call of a ring; returns its serial.
    #[inline]
    fn left(&self, strand: &mut Strand) -> u64 {
        let number = strand.number;
        strand.state.leave(|serial| {
            let found = self.find(number, serial);
            match found.and_then(|found| self.open.get(found, serial)) {
                Some(open) => Some(open.parent()),
                None => self.earlier.get(&serial).copied(),
            }
        })
    }

    /// Adds a span. For a call, `current` is the span that was current in its ring.
    #[inline]
    fn start(
        &mut self,
        strand: &mut Strand,
        current: Option<u64>,
        times: &Timebase,
        start: &SpanStart,
        values: Chunk<'_>,
    ) {
        let OpenLimits { spans, bytes } = self.open.running();
        if bytes >= self.open_limits.bytes || spans >= self.open_limits.spans {
            self.too_many += 1;
            if self.earlier.len() < MOST_EARLIER {
                self.earlier.insert(start.serial, start.parent);
            }
            return;
        }
        self.started += 1;
        if let Some(tail) = &mut self.tail {
            let is_remote = start.flags & record::REMOTE_PARENT != 0;
            tail.started(&strand.context, is_remote);
            if (start.parent == 0 || is_remote)
                && tail.has_tenants()
                && strand.context.capture() == 0
            {
                tail.describe_root(strand.context.trace_id(), attributes_of(start.site, values));
            }
        }
        match current {
            Some(current) => {
                let number = *strand.number.get_or_insert_with(|| self.open.new_strand());
                self.open.push((number, current), start, &strand.context, times, values);
            }
            None => self.open.insert(start, &strand.context, times, values),
        }
    }

    /// Ends a span, at once or after a sweep for late details. Returns `false` if there is no such
    /// span.
    #[inline]
    fn end(
        &mut self,
        strand: Option<usize>,
        times: &Timebase,
        serial: u64,
        end: (u64, Outcome),
    ) -> bool {
        let Self { open, page, tail, .. } = self;
        if let Some(number) = strand
            && open.is_top(number, serial)
        {
            let closed = match tail {
                None => open.close_top(number, times, end, page),
                Some(tail) => {
                    let closed = open.close_top(number, times, end, tail.page());
                    if let Some(ClosedSpan { is_shared, .. }) = closed {
                        tail.closed(is_shared, page);
                    }
                    closed
                }
            };
            if closed.is_some() {
                return true;
            }
        }
        let Some(found) = self.find(strand, serial) else {
            return self.earlier.remove(&serial).is_some();
        };
        self.open.end(found, serial, times, end);
        self.ended.push_back(serial);
        if self.open.lingering() > self.open_limits.bytes / SHARE_OF_ENDED {
            self.close_oldest();
        }
        true
    }

    /// Closes the two spans that ended first, so that fewer of them take memory; late details from
    /// other threads may miss them.
    #[cold]
    fn close_oldest(&mut self) {
        for _ in 0..2 {
            if let Some(serial) = self.closing.pop_front().or_else(|| self.ended.pop_front()) {
                self.close(serial);
            }
        }
    }

    /// Closes a span that has ended.
    fn close(&mut self, serial: u64) {
        let Self { open, page, tail, .. } = self;
        match tail {
            None => _ = open.close(serial, page),
            Some(tail) => {
                if open.close(serial, tail.page()) {
                    tail.closed(true, page);
                }
            }
        }
    }

    /// Applies a record that names its span. Returns `false` if there is no such span.
    fn detail(&mut self, strand: Option<usize>, times: &Timebase, record: Record<'_>) -> bool {
        let mut reader = record.reader();
        if record.kind() == record::END {
            let (tick, serial) = (reader.word(), reader.word());
            return self.end(strand, times, serial, (tick, record.outcome()));
        }
        let serial = reader.word();
        let Some(found) = self.find(strand, serial) else {
            // Details of a span that was dropped and counted are dropped with it.
            return self.earlier.contains_key(&serial);
        };
        if record.kind() == record::FIELDS {
            self.describe_root(found, serial, reader.chunk());
        }
        if self.open.running().bytes < self.open_limits.bytes {
            self.open.add(found, serial, &self.limits, times, record);
        } else if !self.open.add_briefly(found, serial, record) {
            self.lost_details += 1;
        }
        true
    }

    /// Passes attributes of an open local root on to tail sampling.
    #[inline]
    fn describe_root(&mut self, found: Found, serial: u64, chunk: Chunk<'_>) {
        if let Some(tail) = self.tail.as_mut().filter(|tail| tail.has_tenants())
            && let Some(span) = self.open.get(found, serial)
            && span.is_local_root()
            && span.capture() == 0
        {
            tail.describe_root(span.trace_id(), attributes_of(span.site(), chunk));
        }
    }

    /// Ends a sweep: retries records that found no span. The spans that ended one sweep ago are then
    /// to be closed by [`close_waiting`](Self::close_waiting).
    pub(crate) fn settle(&mut self, times: &Timebase) {
        for stray in std::mem::take(&mut self.old_strays) {
            // Nothing is lost if the span belongs to an earlier pipeline.
            if !self.detail(None, times, stray.as_record()) && stray.kind() != record::END {
                self.lost_details += 1;
            }
            note_read(stray.as_record());
        }
        for stray in std::mem::take(&mut self.strays) {
            if self.detail(None, times, stray.as_record()) {
                note_read(stray.as_record());
            } else {
                self.old_strays.push(stray);
            }
        }
    }

    /// Closes spans that ended one sweep ago, as many as the page has room for. Returns whether
    /// these were all.
    pub(crate) fn close_waiting(&mut self) -> bool {
        while let Some(&serial) = self.closing.front() {
            if self.is_full() {
                return false;
            }
            self.closing.pop_front();
            self.close(serial);
        }
        std::mem::swap(&mut self.closing, &mut self.ended);
        true
    }

    /// Returns the spans of a capture that have not ended; 0 selects all spans.
    pub(crate) fn open(&self, capture: u32) -> FinishedSpans {
        self.open.copy(|span| capture == 0 || span.capture() & captures::NUMBER == capture)
    }

    /// Takes the state that the next reader of the rings needs.
    pub(crate) fn take_known(&mut self) -> Known {
        for stray in self.strays.drain(..).chain(self.old_strays.drain(..)) {
            note_read(stray.as_record());
        }
        Known {
            open: std::mem::replace(&mut self.open, OpenSpans::NONE),
            earlier: std::mem::take(&mut self.earlier),
        }
    }

    /// Returns whether the page of complete spans is full.
    #[inline]
    pub(crate) fn is_full(&self) -> bool {
        self.page.is_full() || self.tail.as_ref().is_some_and(|tail| tail.is_full())
    }

    /// Returns the page of complete spans, for the caller to read and empty.
    pub(crate) fn page(&mut self) -> &mut FinishedSpans {
        &mut self.page
    }

    /// Gives up the spans that are still open; returns their number.
    pub(crate) fn abandon(&mut self) -> u64 {
        let abandoned = self.open.len() as u64;
        let room = MOST_EARLIER.saturating_sub(self.earlier.len());
        self.earlier.extend(self.open.parents().take(room));
        self.open.clear();
        self.ended.clear();
        self.closing.clear();
        abandoned
    }

    /// Releases memory that only a burst needed.
    pub(crate) fn trim(&mut self) {
        self.open.trim();
        if let Some(tail) = &mut self.tail {
            tail.trim();
        }
    }
}
