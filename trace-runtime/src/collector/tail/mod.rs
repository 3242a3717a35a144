//! Decides about traces once they have ended: what is kept goes to the exporters, the rest is dropped.
//!
//! The spans of a trace wait in pages ([`log`]) until nothing of the trace is open any longer, or for a
//! while. A span that speaks for its trace ([`judge`]) decides at once; without one, the trace's
//! randomness and a budget decide. Verdicts are remembered for spans that end later ([`traces`]).
//!
//! Spans of captures pass through, because each belongs to a test, which may decide about them when it
//! reads them ([`replay`]).

#[cfg(feature = "json")]
mod alarm;
mod allowance;
mod bucket;
mod durations;
mod judge;
mod kept;
mod log;
mod recent;
mod replay;
mod tenants;
mod traces;
mod verdicts;
mod versions;

use super::books::{Books, count_drops};
use crate::context::{TraceFlags, TraceId};
use crate::recorder::pages::{Attributes, FinishedSpans, TraceContext, capture_of};
use crate::sampling::{OtState, Randomness, TailSampling};
#[cfg(feature = "json")]
pub(crate) use alarm::Alarm;
use allowance::Allowance;
use judge::{Judge, Reason};
use kept::Kept;
use log::Log;
pub use replay::{CapturedSpans, CapturedVerdict, Judged};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tenants::{NO_TENANT, TenantNumber};
use traces::{Slot, Trace, Traces};
use verdicts::{Cause, Dropped, Verdict};
use versions::Versions;
pub(super) use versions::{Pending, Version};

/// The share of its memory that undecided spans may take after others were evicted, in percent.
const REST_AFTER_EVICTION: usize = 75;

/// The traces of which something is open or undecided.
pub(super) struct Tail {
    versions: Versions,
    /// Versions that come into force.
    pending: Pending,
    most_bytes: usize,
    /// The limit without one in the settings.
    share_of_memory: usize,
    /// The memory at which room is made: the limit, or a little more if there was not enough to be had.
    room_at: usize,
    judge: Judge,
    log: Log,
    /// All spans that were complete since the last hand-over, for exporters that get them.
    all: Option<FinishedSpans>,
    traces: Traces,
    /// Traces of which nothing was open any longer in a sweep, with its number, oldest first.
    idle: VecDeque<(Slot, u32)>,
    /// Traces that are kept, and whose spans are not handed over yet.
    kept: VecDeque<Slot>,
    allowance: Allowance,
    /// The number of sweeps so far.
    sweep: u32,
    /// The time since the pipeline started.
    now: Duration,
    dropped: Dropped,
    /// Reports what snapshots are wanted of.
    #[cfg(feature = "json")]
    alarm: Option<Arc<Alarm>>,
    /// The verdicts so far, where something observes them.
    decided: Option<Vec<(TraceId, Verdict)>>,
}

impl Tail {
    /// Creates the state for these settings, and those that are `pending`. If they set no limit, undecided
    /// spans take up to `bytes`. `page` is an empty page with the limits of spans.
    pub(super) fn new(
        version: Version,
        pending: Pending,
        bytes: usize,
        page: &FinishedSpans,
    ) -> Self {
        let settings = &version.settings;
        let most_bytes = settings.bytes.unwrap_or(bytes);
        Self {
            most_bytes,
            share_of_memory: bytes,
            room_at: most_bytes,
            judge: Judge::new(),
            log: Log::new(page, settings.recent),
            all: None,
            traces: Traces::new(),
            idle: VecDeque::new(),
            kept: VecDeque::new(),
            allowance: Allowance::new(settings),
            versions: Versions::new(version),
            pending,
            sweep: 0,
            now: Duration::ZERO,
            dropped: Dropped::default(),
            #[cfg(feature = "json")]
            alarm: None,
            decided: None,
        }
    }

    /// Puts the versions in force that are pending. What is owed to budgets stays owed.
    pub(super) fn change(&mut self) {
        while let Some(version) = self.pending.take() {
            let settings = &version.settings;
            self.allowance.change(settings);
            self.most_bytes = settings.bytes.unwrap_or(self.share_of_memory);
            self.room_at = self.most_bytes;
            self.log.keep_recent(settings.recent);
            self.versions.change(version);
        }
    }

    /// Raises an alarm where a snapshot is wanted.
    #[cfg(feature = "json")]
    pub(super) fn report_to(&mut self, alarm: Arc<Alarm>) {
        self.alarm = Some(alarm);
    }

    /// Returns the number of spans that wait.
    pub(super) fn len(&self) -> u64 {
        self.log.len()
    }

    /// Collects all finished spans for exporters that get those, from now on. `page` is one with the limits of
    /// spans.
    pub(super) fn show_all(&mut self, is_wanted: bool, page: &FinishedSpans) {
        if is_wanted != self.all.is_some() {
            self.all = is_wanted.then(|| page.empty_like());
        }
    }

    /// Returns the page of all finished spans, if exporters get those.
    pub(super) fn page_of_all(&mut self) -> Option<&mut FinishedSpans> {
        self.all.as_mut()
    }

    /// Returns whether that page is full.
    #[inline]
    pub(super) fn is_full(&self) -> bool {
        self.all.as_ref().is_some_and(FinishedSpans::is_full)
    }

    /// Returns `false` if a further sweep would decide something.
    pub(super) fn is_settled(&self) -> bool {
        self.idle.is_empty() && self.kept.is_empty()
    }

    /// Begins a sweep, `now` after the pipeline started.
    pub(super) fn begin_sweep(&mut self, now: Duration) {
        self.sweep = self.sweep.wrapping_add(1);
        self.now = now;
    }

    /// Notes that a span with this context was started. `is_remote`: its parent is elsewhere.
    // HOT: runs for each span, like `closed`, on the collector's thread.
    #[inline]
    pub(super) fn started(&mut self, context: &TraceContext, is_remote: bool) {
        if context.capture() == 0 {
            let version = context.version();
            if version != 0 && self.versions.is_unknown(version) {
                // It has come into force during this sweep.
                self.change();
            }
            let trace = self.begun(context.trace_id(), context.is_sampled(), is_remote);
            if trace.version == 0 {
                trace.version = version;
            }
            if trace.randomness.is_none() && !context.trace_state().is_empty() {
                trace.randomness = OtState::read(context.trace_state()).randomness;
            }
        }
    }

    /// Counts a span of a trace that was started.
    #[inline]
    fn begun(&mut self, id: TraceId, is_sampled: bool, is_remote: bool) -> &mut Trace {
        let slot = self.traces.slot(id, self.now);
        let trace = self.traces.get_mut(slot);
        trace.open += 1;
        trace.is_sampled |= is_sampled;
        trace.begins_here &= !is_remote;
        trace
    }

    /// Returns whether it asks for the attributes of local roots.
    pub(super) fn has_tenants(&self) -> bool {
        self.allowance.tenants.are_distinguished()
    }

    /// Takes attributes of a local root of a trace.
    pub(super) fn describe_root(&mut self, trace: TraceId, attributes: Attributes<'_>) {
        let tenant = self.allowance.tenants.of(attributes);
        let slot = self.traces.slot(trace, self.now);
        self.set_tenant(slot, tenant);
    }

    /// Sets the tenant of a trace that has none yet.
    fn set_tenant(&mut self, slot: Slot, tenant: Option<TenantNumber>) {
        let trace = self.traces.get(slot);
        let is_open = trace.tenant == NO_TENANT && trace.verdict == Verdict::Undecided;
        if let Some(tenant) = tenant.filter(|_| is_open) {
            self.traces.set_tenant(slot, tenant);
        }
    }

    /// Returns the page to which the next complete span is to be appended.
    #[inline]
    pub(super) fn page(&mut self) -> &mut FinishedSpans {
        self.log.page(self.now)
    }

    /// Takes the span that was appended to [`page`](Self::page): it waits, or follows the verdict about
    /// its trace, for which it may go to `output`. `is_shared`: other threads may have known it.
    #[inline]
    pub(super) fn closed(&mut self, is_shared: bool, output: &mut FinishedSpans) {
        let Some(span) = self.log.newest() else { return };
        if let Some(all) = &mut self.all {
            all.push_copy(span);
        }
        if capture_of(span) != 0 {
            output.push_copy(span);
            self.log.take_back();
            return;
        }
        #[cfg(feature = "json")]
        if let Some(alarm) = &self.alarm {
            alarm.look_at(span, self.versions.settings());
        }
        self.take_newest(is_shared, output);
    }

    /// Takes the span that was appended last, whatever capture it belongs to.
    #[inline]
    fn take_newest(&mut self, is_shared: bool, output: &mut FinishedSpans) {
        let Some(span) = self.log.newest() else { return };
        let slot = self.traces.slot(span.trace_id(), self.now);
        let trace = self.traces.get_mut(slot);
        trace.open = trace.open.saturating_sub(1);
        trace.is_shared |= is_shared;
        trace.may_go_on |= is_shared || !trace.begins_here;
        match trace.verdict {
            Verdict::Undecided => self.wait(slot),
            Verdict::Kept(reason) if trace.list.is_empty() => {
                let kept = Kept::of(trace, reason);
                let left_out = self.hand_over(span, kept, output);
                self.dropped.count(Cause::SampledOut, left_out);
                let bytes = self.log.pass();
                self.charge(kept, 1, bytes);
            }
            Verdict::Kept(reason) => {
                let kept = Kept::of(trace, reason);
                let bytes = self.link(slot);
                self.charge(kept, 1, bytes);
            }
            Verdict::Dropped(cause) => {
                self.log.pass();
                self.dropped.count(cause, 1);
            }
        }
        self.traces.forget(slot);
        if self.memory() > self.room_at {
            self.make_room(output);
        }
    }

    /// Keeps the newest span until its trace is decided, which it may cause.
    fn wait(&mut self, slot: Slot) {
        let Self { judge, versions, now, log, allowance, traces, .. } = self;
        let settings = &versions.of(traces.get(slot).version).settings;
        let reason = log.newest().and_then(|span| judge.speaks_for(settings, *now, span));
        if allowance.tenants.are_distinguished() {
            let root = log.newest().filter(|span| span.is_local_root());
            let tenant = root.and_then(|root| allowance.tenants.of(root.recorded_attributes()));
            self.set_tenant(slot, tenant);
        }
        let bytes = self.link(slot);
        self.traces.add_bytes(slot, bytes);
        if let Some(reason) = reason {
            self.keep_for(slot, reason);
        }
        let trace = self.traces.get_mut(slot);
        if trace.open > 0 || trace.verdict != Verdict::Undecided {
            return;
        }
        if trace.is_shared {
            trace.idle_since = self.sweep;
            self.idle.push_back((slot, self.sweep));
        } else {
            // HOT: it is over, and its spans are in the processor's cache.
            self.decide(slot, Cause::SampledOut);
        }
    }

    /// Appends the newest span to those of its trace; returns the bytes that it takes.
    fn link(&mut self, slot: Slot) -> usize {
        let trace = self.traces.get_mut(slot);
        let bytes = self.log.link(&mut trace.list);
        trace.spans += 1;
        trace.bytes += bytes;
        bytes
    }

    /// Notes that something speaks for a trace, and keeps it if anything is left of the reserve and of its
    /// tenant's quota.
    fn keep_for(&mut self, slot: Slot, reason: Reason) {
        let has_tenants = self.has_tenants();
        let trace = self.traces.get_mut(slot);
        trace.reason.get_or_insert(reason);
        // Its root may still name the tenant.
        let is_known = !has_tenants || trace.tenant != NO_TENANT || trace.open == 0;
        let tenant = trace.tenant;
        if is_known && self.allowance.has_rest(tenant, reason, self.now) {
            self.keep(slot, reason);
        }
    }

    fn keep(&mut self, slot: Slot, reason: Reason) {
        let trace = self.traces.get(slot);
        let (spans, bytes) = (trace.spans, trace.bytes);
        self.charge(Kept::of(trace, reason), spans, bytes);
        self.set_verdict(slot, Verdict::Kept(reason));
        if spans > 0 {
            self.kept.push_back(slot);
        }
    }

    fn set_verdict(&mut self, slot: Slot, verdict: Verdict) {
        if let Some(decided) = &mut self.decided {
            decided.push((self.traces.get(slot).id, verdict));
        }
        self.traces.decide(slot, verdict);
    }

    fn charge(&mut self, kept: Kept, spans: u32, bytes: usize) {
        self.allowance.charge(kept.tenant, kept.reason, spans, bytes);
    }

    /// Decides about a trace by what is known of it. `cause`: why it is dropped if nothing speaks for it.
    fn decide(&mut self, slot: Slot, cause: Cause) {
        let is_chosen = self.is_chosen(slot);
        let Trace { reason, tenant, .. } = *self.traces.get(slot);
        let reasons = [reason, is_chosen.then_some(Reason::Probability)];
        for reason in reasons.into_iter().flatten() {
            if self.allowance.has_rest(tenant, reason, self.now) {
                return self.keep(slot, reason);
            }
        }
        let cause = match () {
            () if self.allowance.tenants.is_off(tenant) => Cause::SwitchedOff,
            () if is_chosen || reason.is_some() => Cause::Quota,
            () => cause,
        };
        self.dropped.count(cause, self.traces.get(slot).spans.into());
        self.set_verdict(slot, Verdict::Dropped(cause));
        while self.remove_first(slot) {}
        self.log.drop_gone();
    }

    /// Returns whether a trace is among the share that is kept.
    fn is_chosen(&self, slot: Slot) -> bool {
        let trace = self.traces.get(slot);
        let randomness = trace.randomness.unwrap_or_else(|| Randomness::of(trace.id));
        let threshold = match self.versions.is_earlier(trace.version) {
            false => self.allowance.threshold(trace.tenant),
            true => {
                let version = self.versions.of(trace.version);
                version.threshold(&self.allowance.tenants, trace.tenant)
            }
        };
        trace.is_sampled && threshold.is_some_and(|threshold| threshold.keeps(randomness))
    }

    /// Takes the first span out of those of a trace. Returns `false` if there is none.
    fn remove_first(&mut self, slot: Slot) -> bool {
        let trace = self.traces.get_mut(slot);
        let is_removed = self.log.remove_first(&mut trace.list, self.now);
        if trace.list.is_empty() {
            (trace.spans, trace.bytes) = (0, 0);
        }
        is_removed
    }

    /// Decides about traces of which nothing is open any longer, or that have waited for too long.
    pub(super) fn settle(&mut self) {
        // One sweep later, because the start of a child may be read after the end of its parent.
        while let Some(&(slot, since)) = self.idle.front()
            && since != self.sweep
        {
            self.idle.pop_front();
            if self.traces.get(slot).is_idle_before(self.sweep) {
                self.decide(slot, Cause::SampledOut);
                self.traces.forget(slot);
            }
        }
        while let Some(slot) = self.traces.oldest()
            && self.traces.get(slot).began + self.versions.settings().timeout <= self.now
        {
            self.decide(slot, Cause::SampledOut);
            self.traces.forget(slot);
        }
    }

    /// Returns what was recorded lately, whether it was kept or not.
    pub(super) fn recent(&self) -> Vec<Arc<FinishedSpans>> {
        self.log.recent(self.now)
    }

    /// Decides about all traces, because the pipeline ends.
    pub(super) fn decide_all(&mut self) {
        while let Some(slot) = self.traces.oldest() {
            self.decide(slot, Cause::SampledOut);
        }
        self.idle.clear();
    }

    /// Returns the time until the next trace has waited for too long.
    pub(super) fn next_timeout(&self) -> Option<Duration> {
        let oldest = self.traces.get(self.traces.oldest()?);
        Some((oldest.began + self.versions.settings().timeout).saturating_sub(self.now))
    }

    /// Returns the bytes in use.
    fn memory(&self) -> usize {
        self.log.capacity() + self.traces.capacity()
    }

    /// Decides about the oldest traces, until the others fit.
    #[cold]
    fn make_room(&mut self, output: &mut FinishedSpans) {
        self.move_kept(output);
        let rest = self.most_bytes / 100 * REST_AFTER_EVICTION;
        while self.traces.undecided_bytes() > rest
            && let Some(slot) = self.traces.oldest_of_largest()
        {
            self.decide(slot, Cause::Evicted);
            self.traces.forget(slot);
        }
        while self.memory() > self.most_bytes
            && let Some(mut taken) = self.log.take_emptiest(self.now)
        {
            while let Some(id) = taken.next_trace() {
                let slot = self.traces.slot(id, self.now);
                self.log.add_again(&mut taken, &mut self.traces.get_mut(slot).list, self.now);
            }
        }
        self.room_at = self.most_bytes.max(self.memory() + self.most_bytes / 32);
    }

    /// Adds what was dropped to the books.
    pub(super) fn tell(&mut self, books: &mut Books) {
        for (reason, count) in self.dropped.take() {
            count_drops(&mut books.dropped, reason, count);
        }
    }

    /// Releases memory that only a burst needed.
    pub(super) fn trim(&mut self) {
        self.log.trim();
        self.traces.trim();
        self.idle.shrink_to(64);
        self.kept.shrink_to(64);
    }
}
