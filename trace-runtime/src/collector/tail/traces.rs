//! Keeps the traces of which something is open or undecided, in the order of their starts.

use super::judge::Reason;
use super::log::List;
use super::tenants::{NO_TENANT, TenantNumber};
use super::verdicts::{TraceHash, Verdict, Verdicts};
use crate::context::TraceId;
use crate::sampling::Randomness;
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
    /// What speaks for it, until it is decided.
    pub(super) reason: Option<Reason>,
    pub(super) tenant: TenantNumber,
    /// The version of the configuration under which it began here; 0 if that is unknown.
    pub(super) version: u8,
    /// The randomness in its `tracestate`, if there is any.
    pub(super) randomness: Option<Randomness>,
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
    /// Its neighbours among the undecided traces: among all, and among those of its tenant.
    neighbours: [Neighbours; 2],
}

/// The neighbours of an undecided trace, or the ends of a list of such traces.
#[derive(Clone, Copy, Debug)]
struct Neighbours {
    older: Slot,
    newer: Slot,
}

impl Neighbours {
    const NONE: Self = Self { older: NONE, newer: NONE };
}

/// The undecided traces of a tenant.
#[derive(Clone, Copy, Debug)]
struct Line {
    /// The newest is the one before the end, the oldest the one after the beginning.
    ends: Neighbours,
    /// What their spans take.
    bytes: usize,
}

/// Which list of undecided traces.
const ALL: usize = 0;
const OF_TENANT: usize = 1;

impl Trace {
    fn new(id: TraceId, verdict: Verdict, began: Duration) -> Self {
        Self {
            id,
            verdict,
            is_sampled: false,
            reason: None,
            tenant: NO_TENANT,
            version: 0,
            randomness: None,
            begins_here: true,
            is_shared: false,
            may_go_on: false,
            open: 0,
            spans: 0,
            bytes: 0,
            list: List::EMPTY,
            idle_since: 0,
            began,
            neighbours: [Neighbours::NONE; 2],
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
    ends: Neighbours,
    /// Those of each tenant.
    lines: Vec<Line>,
    undecided: usize,
    /// What the spans of the undecided traces take.
    undecided_bytes: usize,
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
            ends: Neighbours::NONE,
            lines: vec![Line { ends: Neighbours::NONE, bytes: 0 }],
            undecided: 0,
            undecided_bytes: 0,
        }
    }

    /// Returns the bytes that are allocated.
    pub(super) fn capacity(&self) -> usize {
        /// An entry of the map, with its share of the empty ones.
        const ENTRY: usize = 2 * size_of::<(TraceId, Slot)>();
        let slots = size_of::<Trace>() * self.slots.capacity() + 4 * self.free.capacity();
        let lines = size_of::<Line>() * self.lines.capacity();
        slots + ENTRY * self.places.len() + lines + self.verdicts.capacity()
    }

    /// Returns the bytes that the undecided traces take, with their spans.
    pub(super) fn undecided_bytes(&self) -> usize {
        /// What a trace takes in the table and its map.
        const EACH: usize = size_of::<Trace>() + 64;
        self.undecided * EACH + self.undecided_bytes
    }

    /// Returns the undecided trace that began first.
    pub(super) fn oldest(&self) -> Option<Slot> {
        Some(self.ends.newer).filter(|&slot| slot != NONE)
    }

    /// Returns the undecided trace that began first, of the tenant whose undecided spans take most.
    pub(super) fn oldest_of_largest(&self) -> Option<Slot> {
        let lines = self.lines.iter().filter(|line| line.ends.newer != NONE);
        lines.max_by_key(|line| line.bytes).map(|line| line.ends.newer)
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
            self.append(ALL, slot);
            self.append(OF_TENANT, slot);
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

    /// Appends a trace to one of the lists of undecided traces.
    fn append(&mut self, list: usize, slot: Slot) {
        let newest = self.ends(list, slot).older;
        self.get_mut(slot).neighbours[list] = Neighbours { older: newest, newer: NONE };
        match newest {
            NONE => self.ends(list, slot).newer = slot,
            newest => self.get_mut(newest).neighbours[list].newer = slot,
        }
        self.ends(list, slot).older = slot;
    }

    /// Takes a trace out of one of the lists of undecided traces.
    fn take_out(&mut self, list: usize, slot: Slot) {
        let Neighbours { older, newer } = self.get(slot).neighbours[list];
        match older {
            NONE => self.ends(list, slot).newer = newer,
            older => self.get_mut(older).neighbours[list].newer = newer,
        }
        match newer {
            NONE => self.ends(list, slot).older = older,
            newer => self.get_mut(newer).neighbours[list].older = older,
        }
    }

    /// Returns the ends of a list that contains this trace, or will: `newer` is its oldest trace, and
    /// `older` its newest.
    fn ends(&mut self, list: usize, slot: Slot) -> &mut Neighbours {
        match list {
            ALL => &mut self.ends,
            _ => &mut self.line(slot).ends,
        }
    }

    fn line(&mut self, slot: Slot) -> &mut Line {
        let tenant = self.get(slot).tenant;
        &mut self.lines[usize::from(tenant)]
    }

    /// Adds to the bytes that the spans of an undecided trace take.
    pub(super) fn add_bytes(&mut self, slot: Slot, bytes: usize) {
        self.line(slot).bytes += bytes;
        self.undecided_bytes += bytes;
    }

    /// Sets the tenant of an undecided trace.
    pub(super) fn set_tenant(&mut self, slot: Slot, tenant: TenantNumber) {
        self.leave_tenant(slot);
        let bytes = self.get(slot).bytes;
        self.get_mut(slot).tenant = tenant;
        let lines = self.lines.len().max(usize::from(tenant) + 1);
        self.lines.resize(lines, Line { ends: Neighbours::NONE, bytes: 0 });
        self.append(OF_TENANT, slot);
        self.line(slot).bytes += bytes;
    }

    fn leave_tenant(&mut self, slot: Slot) {
        self.take_out(OF_TENANT, slot);
        let bytes = self.get(slot).bytes;
        self.line(slot).bytes -= bytes;
    }

    /// Decides about an undecided trace.
    pub(super) fn decide(&mut self, slot: Slot, verdict: Verdict) {
        self.take_out(ALL, slot);
        self.leave_tenant(slot);
        let trace = self.get_mut(slot);
        trace.verdict = verdict;
        self.undecided_bytes -= trace.bytes;
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
