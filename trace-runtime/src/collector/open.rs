//! Keeps the open spans: those of nested calls on the stacks of their rings, all others in a table.
//!
//! Most calls end as the innermost span of their ring, which takes no look-up. A span that is not
//! nested moves to the table as soon as another one starts in its ring: the span of a future
//! between its polls, or of a guard that outlives a later one.

use super::limits::OpenLimits;
use super::table::{NumberMap, Table, no_numbers};
use crate::clock::Timebase;
use crate::outcome::Outcome;
use crate::recorder::pages::{
    ClosedSpan, Details, FinishedSpans, OpenSpan, OpenStack, SpanLimits, SpanStart, StackIndex,
    TraceContext,
};
use crate::recorder::record::Record;
use crate::recorder::words::Chunk;

/// The bytes that a span takes in the table beside its own.
const TABLE_BYTES: usize = 64;
/// The number of low bits that the serials of a block do not share. A thread's serials count up
/// from a random start, so the serials of a block most likely belong to one thread.
const BLOCK: u32 = 20;
/// A block that contains no serial.
const NO_BLOCK: u64 = u64::MAX;
/// The number of blocks whose ring is remembered. Spans of other blocks are searched for in all
/// rings.
const MOST_BLOCKS: usize = 1 << 14;

/// All open spans, and ended spans that wait for late details.
pub(super) struct OpenSpans {
    /// The stacks, by the number of their ring's strand.
    stacks: Vec<OpenStack>,
    /// The block of the last serial of each strand.
    blocks: Vec<u64>,
    /// The numbers of strands whose rings are gone.
    free: Vec<usize>,
    /// The strand of each known block.
    homes: NumberMap<usize>,
    table: Table<OpenSpan>,
    /// The number of spans on stacks.
    stacked: usize,
    /// The number and the bytes of the spans that have not ended.
    running: OpenLimits,
    /// The bytes of the spans that have ended.
    lingering: usize,
}

/// The place of an open span.
#[derive(Clone, Copy)]
pub(super) enum Found {
    Stack(usize, StackIndex),
    Table,
}

impl OpenSpans {
    pub(super) const NONE: Self = Self {
        stacks: Vec::new(),
        blocks: Vec::new(),
        free: Vec::new(),
        homes: no_numbers(),
        table: Table::EMPTY,
        stacked: 0,
        running: OpenLimits { spans: 0, bytes: 0 },
        lingering: 0,
    };

    /// Returns the number of spans.
    pub(super) fn len(&self) -> usize {
        self.stacked + self.table.len()
    }

    /// Returns the number and the bytes of the spans that have not ended.
    pub(super) fn running(&self) -> OpenLimits {
        self.running
    }

    /// Returns the bytes of the spans that have ended.
    pub(super) fn lingering(&self) -> usize {
        self.lingering
    }

    /// Returns a number for the strand of a ring.
    pub(super) fn new_strand(&mut self) -> usize {
        self.free.pop().unwrap_or_else(|| {
            self.stacks.push(OpenStack::default());
            self.blocks.push(NO_BLOCK);
            self.stacks.len() - 1
        })
    }

    /// Frees the number of a strand; its open spans stay open.
    pub(super) fn retire_strand(&mut self, strand: usize) {
        self.evict_within(strand, 0);
        self.free.push(strand);
    }

    /// Adds the span of a call that starts within `current`.
    // HOT: runs for each call, like `close_top`, on the collector's thread.
    #[inline]
    pub(super) fn push(
        &mut self,
        (strand, current): (usize, u64),
        start: &SpanStart,
        context: &TraceContext,
        times: &Timebase,
        values: Chunk<'_>,
    ) {
        if self.stacks[strand].top().is_some_and(|top| top != current) {
            self.evict_within(strand, current);
        }
        if self.blocks[strand] != start.serial >> BLOCK {
            self.remember(strand, start.serial >> BLOCK);
        }
        self.stacked += 1;
        self.running.spans += 1;
        self.running.bytes += self.stacks[strand].push(start, context, times, values);
    }

    #[cold]
    fn remember(&mut self, strand: usize, block: u64) {
        if self.homes.len() >= MOST_BLOCKS {
            self.homes.clear();
            self.blocks.fill(NO_BLOCK);
        }
        self.homes.insert(block, strand);
        self.blocks[strand] = block;
    }

    /// Adds a span that is not a call.
    pub(super) fn insert(
        &mut self,
        start: &SpanStart,
        context: &TraceContext,
        times: &Timebase,
        values: Chunk<'_>,
    ) {
        let span = OpenSpan::alone(start, context, times, values);
        self.running.spans += 1;
        self.running.bytes += span.bytes() + TABLE_BYTES;
        self.table.insert(start.serial, span);
    }

    /// Moves the spans of a strand that are nested in `current` to the table.
    #[cold]
    fn evict_within(&mut self, strand: usize, current: u64) {
        while self.stacks[strand].top().is_some_and(|top| top != current) {
            self.evict_top(strand);
        }
    }

    fn evict_top(&mut self, strand: usize) {
        if let Some(span) = self.stacks[strand].pop() {
            self.stacked -= 1;
            self.running.bytes += TABLE_BYTES;
            self.table.insert(span.serial(), span);
        }
    }

    /// Returns whether the span is the innermost one of its strand.
    #[inline]
    pub(super) fn is_top(&self, strand: usize, serial: u64) -> bool {
        self.stacks[strand].top() == Some(serial)
    }

    /// Ends the innermost span of a strand and appends it to a page. Returns `None`, and does
    /// nothing, if other threads may have added details that have not been read yet.
    #[inline]
    pub(super) fn close_top(
        &mut self,
        strand: usize,
        times: &Timebase,
        (tick, outcome): (u64, Outcome),
        page: &mut FinishedSpans,
    ) -> Option<ClosedSpan> {
        let closed = self.stacks[strand].close_top(times, tick, outcome, page)?;
        self.stacked -= 1;
        self.running.spans -= 1;
        self.running.bytes -= closed.bytes;
        Some(closed)
    }

    /// Ends a span that stays in the table, for late details, until it is removed.
    pub(super) fn end(
        &mut self,
        found: Found,
        serial: u64,
        times: &Timebase,
        (tick, outcome): (u64, Outcome),
    ) {
        if let Found::Stack(strand, _) = found {
            self.evict_within(strand, serial);
            self.evict_top(strand);
        }
        if let Some(span) = self.table.get_mut(serial)
            && !span.has_ended()
        {
            self.running.spans -= 1;
            self.running.bytes -= span.bytes() + TABLE_BYTES;
            span.end(times, tick, outcome);
            self.lingering += span.bytes() + TABLE_BYTES;
        }
    }

    /// Finds a span on this strand, in the table, or on the strand of its neighbours.
    pub(super) fn find(&self, strand: Option<usize>, serial: u64) -> Option<Found> {
        let on = |strand: usize| {
            let index = self.stacks.get(strand)?.find(serial)?;
            Some(Found::Stack(strand, index))
        };
        let in_table = || self.table.get(serial).map(|_| Found::Table);
        let at_home = || on(*self.homes.get(&(serial >> BLOCK))?);
        strand.and_then(on).or_else(in_table).or_else(at_home)
    }

    /// Finds a span on any strand.
    #[cold]
    pub(super) fn find_anywhere(&self, serial: u64) -> Option<Found> {
        let on =
            |(strand, stack): (usize, &OpenStack)| Some(Found::Stack(strand, stack.find(serial)?));
        self.stacks.iter().enumerate().find_map(on)
    }

    pub(super) fn get(&self, found: Found, serial: u64) -> Option<&OpenSpan> {
        match found {
            Found::Stack(strand, index) => self.stacks[strand].get(index),
            Found::Table => self.table.get(serial),
        }
    }

    /// Notes that other threads may add details to a span of a strand.
    pub(super) fn share(&mut self, strand: usize, serial: u64) {
        let stack = &mut self.stacks[strand];
        if let Some(span) = stack.find(serial).and_then(|index| stack.get_mut(index)) {
            span.share();
        }
    }

    /// Adds the contents of a record to a span.
    pub(super) fn add(
        &mut self,
        found: Found,
        serial: u64,
        limits: &SpanLimits,
        times: &Timebase,
        record: Record<'_>,
    ) {
        self.change(found, serial, |details| details.add(limits, times, record));
    }

    /// Adds what takes no memory of the contents of a record to a span; returns whether that is all
    /// of them.
    pub(super) fn add_briefly(&mut self, found: Found, serial: u64, record: Record<'_>) -> bool {
        self.change(found, serial, |details| details.add_briefly(record)).unwrap_or(true)
    }

    fn change<R>(
        &mut self,
        found: Found,
        serial: u64,
        change: impl FnOnce(&mut Details<'_>) -> R,
    ) -> Option<R> {
        let (details, is_running) = match found {
            Found::Stack(strand, index) => (self.stacks[strand].details(index), true),
            Found::Table => {
                let span = self.table.get_mut(serial);
                let is_running = span.as_ref().is_some_and(|span| !span.has_ended());
                (span.map(OpenSpan::details), is_running)
            }
        };
        let mut details = details?;
        let before = details.words();
        let result = change(&mut details);
        let more = 8 * (details.words() - before);
        match is_running {
            true => self.running.bytes += more,
            false => self.lingering += more,
        }
        Some(result)
    }

    /// Takes a span out of the table and appends it to a page. Returns `false` if there is none.
    pub(super) fn close(&mut self, serial: u64, page: &mut FinishedSpans) -> bool {
        let Some(span) = self.table.remove(serial) else { return false };
        self.lingering -= span.bytes() + TABLE_BYTES;
        page.push_open(&span);
        true
    }

    /// Iterates over all spans that have not ended, as pairs of a serial and its parent's serial.
    pub(super) fn parents(&self) -> impl Iterator<Item = (u64, u64)> {
        let stacked = self.stacks.iter().flat_map(OpenStack::iter);
        let open = stacked.chain(self.table.iter()).filter(|span| !span.has_ended());
        open.map(|span| (span.serial(), span.parent()))
    }

    /// Copies the spans that have not ended and for which `wanted` returns `true`, as they are.
    pub(super) fn copy(&self, wanted: impl Fn(&OpenSpan) -> bool) -> FinishedSpans {
        let mut page = FinishedSpans::default();
        self.stacks.iter().for_each(|stack| stack.copy_to(&mut page, &wanted));
        let open = self.table.iter().filter(|span| !span.has_ended() && wanted(span));
        open.for_each(|span| page.push_open(span));
        page
    }

    /// Forgets all spans; strands keep their numbers.
    pub(super) fn clear(&mut self) {
        self.stacks.iter_mut().for_each(|stack| *stack = OpenStack::default());
        self.homes = no_numbers();
        self.blocks.fill(NO_BLOCK);
        self.table = Table::EMPTY;
        self.stacked = 0;
        self.running = OpenLimits { spans: 0, bytes: 0 };
        self.lingering = 0;
    }

    /// Releases memory that only a burst needed.
    pub(super) fn trim(&mut self) {
        self.table.trim();
        self.stacks.iter_mut().for_each(OpenStack::trim);
    }
}
