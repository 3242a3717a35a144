//! Keeps the traces of which something is open or undecided, in the order of their starts.

use super::log::List;
use super::verdicts::{TraceHash, Verdict, Verdicts};
use crate::context::TraceId;
use std::collections::HashMap;
use std::time::Duration;

/// The end of the list of undecided traces.
const NONE: u32 = u32::MAX;
/// A table with more slots than this releases its memory once it is empty.
const KEPT: usize = 4_096;

/// The position of a trace in the table.
pub(super) type Slot = u32;

/// A trace.
#[derive(Debug)]
pub(super) struct Trace {
    pub(super) id: TraceId,
    pub(super) verdict: Verdict,
    /// Whether the decision at its start was to sample it.
    pub(super) is_sampled: bool,
    /// Whether something spoke for it when nothing was left of the reserve.
    pub(super) is_over_quota: bool,
    /// Whether no span of it has a parent elsewhere.
    pub(super) begins_here: bool,
    /// Whether other threads may have known one of its spans.
    pub(super) is_shared: bool,
    /// Whether more of it may follow when nothing of it is open.
    pub(super) may_go_on: bool,
    /// The number of its spans that are not closed.
    pub(super) open: u32,
    /// The number of its spans that wait, and the bytes that they take.
    pub(super) spans: u32,
    pub(super) bytes: usize,
    pub(super) list: List,
    /// The sweep in which the last span was closed.
    pub(super) idle_since: u32,
    /// When it started, since the start of the pipeline.
    pub(super) began: Duration,
    /// Its neighbours among the undecided traces.
    older: Slot,
    newer: Slot,
}

impl Trace {
    fn new(id: TraceId, verdict: Verdict, began: Duration) -> Self {
        Self {
            id,
            verdict,
            is_sampled: false,
            is_over_quota: false,
            begins_here: true,
            is_shared: false,
            may_go_on: false,
            open: 0,
            spans: 0,
            bytes: 0,
            list: List::EMPTY,
            idle_since: 0,
            began,
            older: NONE,
            newer: NONE,
        }
    }

    /// Returns whether it is undecided, and nothing of it was open before this sweep.
    pub(super) fn is_idle_before(&self, sweep: u32) -> bool {
        self.open == 0 && self.verdict == Verdict::Undecided && self.idle_since != sweep
    }
}

/// The table of traces.
pub(super) struct Traces {
    places: HashMap<TraceId, Slot, TraceHash>,
    slots: Vec<Trace>,
    free: Vec<Slot>,
    /// The trace that was looked up last.
    latest: (TraceId, Slot),
    /// The ends of the list of undecided traces.
    oldest: Slot,
    newest: Slot,
    undecided: usize,
    verdicts: Verdicts,
}

impl Traces {
    pub(super) fn new() -> Self {
        let hash = TraceHash::new();
        Self {
            verdicts: Verdicts::new(hash.clone()),
            places: HashMap::with_hasher(hash),
            slots: Vec::new(),
            free: Vec::new(),
            latest: (TraceId::INVALID, NONE),
            oldest: NONE,
            newest: NONE,
            undecided: 0,
        }
    }

    /// Returns the bytes that are allocated.
    pub(super) fn capacity(&self) -> usize {
        /// An entry of the map, with its share of the empty ones.
        const ENTRY: usize = 2 * size_of::<(TraceId, Slot)>();
        let slots = size_of::<Trace>() * self.slots.capacity() + 4 * self.free.capacity();
        slots + ENTRY * self.places.len() + self.verdicts.capacity()
    }

    /// Returns the number of undecided traces.
    pub(super) fn undecided(&self) -> usize {
        self.undecided
    }

    /// Returns the undecided trace that began first.
    pub(super) fn oldest(&self) -> Option<Slot> {
        (self.oldest != NONE).then_some(self.oldest)
    }

    pub(super) fn get(&self, slot: Slot) -> &Trace {
        &self.slots[slot as usize]
    }

    #[inline]
    pub(super) fn get_mut(&mut self, slot: Slot) -> &mut Trace {
        &mut self.slots[slot as usize]
    }

    /// Returns the place of a trace, which begins now if it is not known.
    // HOT: most spans belong to the trace of the span before.
    #[inline]
    pub(super) fn slot(&mut self, id: TraceId, now: Duration) -> Slot {
        if self.latest.0 != id {
            self.latest = (id, self.look_up(id, now));
        }
        self.latest.1
    }

    fn look_up(&mut self, id: TraceId, now: Duration) -> Slot {
        if let Some(&slot) = self.places.get(&id) {
            return slot;
        }
        let trace = Trace::new(id, self.verdicts.get(id), now);
        let slot = self.add(trace);
        if self.get(slot).verdict == Verdict::Undecided {
            self.get_mut(slot).older = self.newest;
            match self.newest {
                NONE => self.oldest = slot,
                newest => self.get_mut(newest).newer = slot,
            }
            self.newest = slot;
            self.undecided += 1;
        }
        self.places.insert(id, slot);
        slot
    }

    fn add(&mut self, trace: Trace) -> Slot {
        if let Some(slot) = self.free.pop() {
            self.slots[slot as usize] = trace;
            return slot;
        }
        if self.slots.len() == self.slots.capacity() {
            // Doubling would take too much of the memory limit.
            self.slots.reserve_exact(64.max(self.slots.len() / 4));
        }
        self.slots.push(trace);
        self.slots.len() as Slot - 1
    }

    /// Decides about an undecided trace.
    pub(super) fn decide(&mut self, slot: Slot, verdict: Verdict) {
        let trace = self.get_mut(slot);
        let (older, newer) = (trace.older, trace.newer);
        trace.verdict = verdict;
        match older {
            NONE => self.oldest = newer,
            older => self.get_mut(older).newer = newer,
        }
        match newer {
            NONE => self.newest = older,
            newer => self.get_mut(newer).older = older,
        }
        self.undecided -= 1;
    }

    /// Forgets a decided trace if nothing is left of it; its verdict is remembered if more may follow.
    pub(super) fn forget(&mut self, slot: Slot) {
        let trace = self.get(slot);
        if trace.open > 0 || !trace.list.is_empty() || trace.verdict == Verdict::Undecided {
            return;
        }
        let (id, verdict) = (trace.id, trace.verdict);
        if trace.may_go_on {
            self.verdicts.remember(id, verdict);
        }
        self.places.remove(&id);
        self.free.push(slot);
        self.latest = (TraceId::INVALID, NONE);
    }

    /// Releases memory that only a burst needed.
    pub(super) fn trim(&mut self) {
        if self.slots.len() > KEPT && self.places.is_empty() {
            self.slots = Vec::new();
            self.free = Vec::new();
            self.places.shrink_to(KEPT);
        }
    }
}
