//! Measures calls, with a span or without: the clock is read once when they begin and once when
//! they end, and both span and measurement use these readings.
//!
//! The data of a call stay with the call until it ends. Then they are written as one record, which
//! is also the end of the span if nothing special happened to that.

use super::fast::fetch_ahead;
use super::finish::{self, Finish};
use super::fork;
use super::guard::{Call, Guard};
use super::measure::{
    DURATION_LIMIT, DURATION_SHIFT, METER_WORDS, Measurement, MeteredCall as Ended, Ticks,
};
use super::metered_task::Pending;
use super::record::{METER, METER_LEAVE, METER_LIMIT, call_word};
use super::root;
use super::thread::{local, ready_local};
use super::verdict::Verdict;
use crate::context::bits;
use crate::instruments::{BaggageLabels, LabelId, Labels, Meter};
use crate::outcome::Outcome;
use crate::{captures, state};
use std::marker::PhantomData;
use std::mem;

/// The state that the metered calls of a thread share.
pub(crate) struct Metering {
    /// The number of the meter of the innermost one.
    pub(super) caller: u32,
    /// The time at which the last span of this thread started, for the meter that starts with it.
    pub(super) entered: u64,
    /// The findings about the call that is about to end.
    pub(super) verdict: Verdict,
    /// What the body of a future that is polled for the first time has set.
    pub(super) pending: Pending,
    /// Whether other code has made baggage current through OpenTelemetry.
    pub(super) has_attached_baggage: bool,
}

impl Metering {
    pub(super) const NONE: Self = Self {
        caller: 0,
        entered: 0,
        verdict: Verdict::NONE,
        pending: Pending::NONE,
        has_attached_baggage: false,
    };
}

/// Sets whether other code has made baggage current on this thread, which may add labels.
pub fn attached_baggage(is_some: bool) {
    // SAFETY: the calling thread's own state; no user code runs here.
    unsafe { (*local()).set_attached_baggage(is_some) };
}

/// Returns whether calls and values are measured.
#[inline(always)]
pub fn metering() -> bool {
    state::is_metering(state::load())
}

/// The time at which a call began, and the word of its record that holds its meter and its caller;
/// a start of 0: it is not measured.
pub(super) type Begun = (u64, u64);

pub(super) const NOT_BEGUN: Begun = (0, 0);

/// Begins to measure a call; `WITH_SPAN`: its span has just started.
// HOT: in and out by registers. The caller has already checked whether calls are measured at all. A
// sleeping collector need not be woken, because it looks up before metrics are read.
#[inline(never)]
pub(super) fn begin<const WITH_SPAN: bool>(meter: &'static Meter) -> Begun {
    let number = meter.number();
    if number != 0
        && let Some(local) = ready_local()
    {
        // SAFETY: the calling thread's own state.
        unsafe {
            let caller = mem::replace(&mut (*local).metering.caller, number);
            let start = if WITH_SPAN { (*local).metering.entered } else { (*local).fast_tick() };
            return (start, call_word(number, caller));
        }
    }
    begin_long::<WITH_SPAN>(meter)
}

#[cold]
#[inline(never)]
fn begin_long<const WITH_SPAN: bool>(meter: &'static Meter) -> Begun {
    let local = local();
    let state = state::load();
    // SAFETY: the calling thread's own state; no user code runs here.
    unsafe {
        if !state::is_metering(state) || (*local).current.bits & bits::SUPPRESSED != 0 {
            return NOT_BEGUN;
        }
        (*local).make_ready();
        if state & state::ASLEEP != 0 {
            state::wake_collector();
        }
        let capture = (*local).current.capture;
        // Meters whose number does not fit into a record are not named.
        let number =
            Some(meter.assign_number()).filter(|number| *number < METER_LIMIT).unwrap_or(0);
        let caller = mem::replace(&mut (*local).metering.caller, number);
        let baggage = (*local).baggage_labels();
        if meter.counts_in_flight() {
            Measurement::Begun { meter: number, capture: capture & captures::NUMBER, baggage }
                .put();
        }
        let start = if WITH_SPAN {
            (*local).metering.entered
        } else {
            captures::tick_in(capture).unwrap_or_else(|| (*local).tick())
        };
        (marked(start.max(1), baggage), call_word(number, caller) | u64::from(baggage.0))
    }
}

/// A flag in the start of a call, by the clock of the process: its baggage adds labels. It is so
/// far from any future tick that the call appears too long for the fast path.
const HAS_BAGGAGE: u64 = 1 << 62;

/// Returns the start of a call, marked if it has such labels. Other clocks skip the fast path.
fn marked(start: u64, baggage: BaggageLabels) -> u64 {
    match (captures::virtual_nanos(start), baggage) {
        (None, BaggageLabels(1..)) => start | HAS_BAGGAGE,
        _ => start,
    }
}

fn unmarked(start: u64) -> u64 {
    if captures::virtual_nanos(start).is_some() { start } else { start & !HAS_BAGGAGE }
}

/// What measuring a call needs beside its span. Passed by value, so that it stays in registers.
#[derive(Clone, Copy)]
pub(crate) struct Timing {
    /// 0: it is not measured.
    pub(super) start: u64,
    /// Meter and caller, as in a record; in the bits where a record has its kind and length, the
    /// labels of the baggage with which the call began.
    pub(super) word: u64,
    pub(super) labels: Labels,
}

impl Timing {
    pub(super) const NONE: Self = Self { start: 0, word: 0, labels: Labels::NONE };

    pub(super) fn meter(&self) -> u32 {
        (self.word >> 40) as u32
    }

    fn caller(&self) -> u32 {
        caller_in(self.word)
    }

    fn baggage(&self) -> BaggageLabels {
        BaggageLabels(self.word as u16)
    }
}

/// Returns the meter of the call that becomes current again after the call of this word.
#[inline(always)]
const fn caller_in(word: u64) -> u32 {
    (word >> 16) as u32 & (METER_LIMIT - 1)
}

/// A call that is measured, and its span if it has one. Unless it is guarded, it reports its
/// return: dropped without that, it panicked.
#[must_use]
pub struct Metered<const GUARDED: bool> {
    finish: Finish,
    restore: u64,
    timing: Timing,
    _thread: PhantomData<*const ()>,
}

/// A measured call that reports its return.
pub type MeteredCall = Metered<false>;
/// A measured call that may return anywhere.
pub type MeteredGuard = Metered<true>;

/// Begins to measure a call without a span.
#[inline(always)]
pub fn metered(meter: &'static Meter, labels: Labels) -> MeteredCall {
    Metered::beside((Finish::OFF, 0), meter, labels)
}

/// Begins to measure a call whose span, if any, has just started.
#[inline(always)]
pub fn metered_call(call: Call, meter: &'static Meter) -> MeteredCall {
    Metered::beside(call.into_parts(), meter, Labels::NONE)
}

/// Begins to measure a call that may return anywhere.
#[inline(always)]
pub fn metered_guard(guard: Guard, meter: &'static Meter) -> MeteredGuard {
    Metered::beside(guard.into_parts(), meter, Labels::NONE)
}

impl<const GUARDED: bool> Metered<GUARDED> {
    #[inline(always)]
    fn beside((mut finish, restore): (Finish, u64), meter: &'static Meter, labels: Labels) -> Self {
        let (start, word) = match () {
            () if !metering() => NOT_BEGUN,
            () if finish.recording() => begin::<true>(meter),
            () => begin::<false>(meter),
        };
        if GUARDED && start != 0 && std::thread::panicking() {
            finish.set_was_panicking();
        }
        let timing = Timing { start, word, labels };
        Self { finish, restore, timing, _thread: PhantomData }
    }

    /// Returns a call that is neither measured nor recorded.
    #[inline(always)]
    pub const fn off() -> Self {
        let timing = Timing::NONE;
        Self { finish: Finish::OFF, restore: 0, timing, _thread: PhantomData }
    }

    /// Sets the labels of the call.
    #[inline(always)]
    pub fn labelled(mut self, labels: Labels) -> Self {
        self.timing.labels = labels;
        self
    }

    /// Returns the state that is needed at the end.
    // HOT: only callers that use it have it in memory.
    #[inline(always)]
    pub fn finish(&mut self) -> &mut Finish {
        if self.timing.start != 0 {
            self.finish.set_metered();
        }
        &mut self.finish
    }

    /// Reports that the call returns.
    #[inline(always)]
    pub fn leave(self) {
        let (finish, restore, timing) = (self.finish.to_bits(), self.restore, self.timing);
        mem::forget(self);
        leave::<GUARDED>(finish, restore, timing);
    }
}

impl<const GUARDED: bool> Drop for Metered<GUARDED> {
    #[inline(always)]
    fn drop(&mut self) {
        let (finish, restore, timing) = (self.finish.to_bits(), self.restore, self.timing);
        // No test before the call, because each function has its own copy of this code.
        if GUARDED {
            leave::<GUARDED>(finish, restore, timing);
        } else {
            leave_unreported(finish, restore, timing);
        }
    }
}

/// Ends a call and its span.
#[inline(always)]
pub(super) fn leave<const GUARDED: bool>(finish: u64, restore: u64, timing: Timing) {
    let Timing { start, word, labels } = timing;
    // Whether there is a span, and often whether there are labels, is known at the call site, so
    // only one of these remains there.
    match (finish & !Finish::METERED_ALONE == 0, labels) {
        (true, Labels::NONE) => leave_alone::<GUARDED>(start, word),
        (true, labels) => leave_labelled::<GUARDED>(start, word, labels.low, labels.high),
        (false, Labels::NONE) => leave_with_span::<GUARDED>(finish, restore, start, word),
        (false, Labels { low, high }) => {
            leave_labelled_with_span::<GUARDED>(finish, restore, start, word, low, high);
        }
    }
}

// HOT: everything below is in registers, and uncommon cases are tail calls, so that no stack is
// needed.
#[inline(never)]
fn leave_alone<const GUARDED: bool>(start: u64, word: u64) {
    if !put_fast::<GUARDED, false, 0>(0, 0, start, word, []) {
        leave_long::<GUARDED>(0, 0, start, word, 0, 0);
    }
}

#[inline(never)]
fn leave_labelled<const GUARDED: bool>(start: u64, word: u64, low: u64, high: u32) {
    let is_left = match high {
        0 => put_fast::<GUARDED, false, 1>(0, 0, start, word, [low]),
        _ => put_fast::<GUARDED, false, 2>(0, 0, start, word, [low, high.into()]),
    };
    if !is_left {
        leave_long::<GUARDED>(0, 0, start, word, low, high);
    }
}

#[inline(never)]
fn leave_with_span<const GUARDED: bool>(finish: u64, restore: u64, start: u64, word: u64) {
    if !put_fast::<GUARDED, true, 0>(finish, restore, start, word, []) {
        leave_long::<GUARDED>(finish, restore, start, word, 0, 0);
    }
}

#[inline(never)]
fn leave_labelled_with_span<const GUARDED: bool>(
    finish: u64,
    restore: u64,
    start: u64,
    word: u64,
    low: u64,
    high: u32,
) {
    let is_left = match high {
        0 => put_fast::<GUARDED, true, 1>(finish, restore, start, word, [low]),
        _ => put_fast::<GUARDED, true, 2>(finish, restore, start, word, [low, high.into()]),
    };
    if !is_left {
        leave_long::<GUARDED>(finish, restore, start, word, low, high);
    }
}

/// Writes the record of an unremarkable call; `false`: take the slow path.
#[inline(always)]
fn put_fast<const GUARDED: bool, const WITH_SPAN: bool, const N: usize>(
    finish: u64,
    restore: u64,
    start: u64,
    word: u64,
    labels: [u64; N],
) -> bool {
    let kind = u64::from(if WITH_SPAN { METER_LEAVE } else { METER });
    let words = METER_WORDS + N as u64;
    if start == 0 || GUARDED && std::thread::panicking() {
        return false;
    }
    let Some(local) = ready_local() else { return false };
    // SAFETY: the calling thread's own state (a synchronous measurement does not leave its thread);
    // the words are the producer's and a whole record when they are published.
    unsafe {
        let span = finish & !Finish::METERED_ALONE;
        let ends_call = WITH_SPAN && (*local).current.is_open() && (*local).current.serial == span;
        let ends_trace = WITH_SPAN && !ends_call && root::is_on_top(local, span, restore);
        if WITH_SPAN && !ends_call && !ends_trace {
            return false;
        }
        let Some((pos, at)) = (*local).producer.place(words) else { return false };
        fetch_ahead(at, false);
        let ticks = (*local).fast_tick().wrapping_sub(start);
        // Also a negative one, which can occur where a future moves to another processor.
        if ticks >= DURATION_LIMIT {
            return false;
        }
        (*at).write(word | words << 8 | kind);
        (*at.add(1)).write(ticks << DURATION_SHIFT | Outcome::Ok as u64);
        for (index, labels) in labels.into_iter().enumerate() {
            (*at.add(2 + index)).write(labels);
        }
        (*local).metering.caller = caller_in(word);
        (*local).producer.publish(pos + words);
        if ends_call {
            (*local).current.serial = restore;
        } else if ends_trace {
            (*local).pop_root();
            finish::wake_for_end();
        }
    }
    true
}

/// Ends a call that has not reported its return.
#[cold]
#[inline(never)]
fn leave_unreported(finish: u64, restore: u64, timing: Timing) {
    let mut finish = Finish::from_bits(finish);
    if std::thread::panicking() && (timing.start != 0 || finish.has_span()) {
        finish.set_outcome(Outcome::Panic);
    }
    end(finish, restore, timing);
}

#[cold]
#[inline(never)]
fn leave_long<const GUARDED: bool>(
    finish: u64,
    restore: u64,
    start: u64,
    word: u64,
    low: u64,
    high: u32,
) {
    if start == 0 {
        // It is not measured.
        if finish::has_span(finish) {
            finish::leave::<GUARDED>(finish, restore);
        }
        return;
    }
    let timing = Timing { start, word, labels: Labels { low, high } };
    let mut finish = Finish::from_bits(finish);
    if GUARDED && finish.panics() {
        finish.set_outcome(Outcome::Panic);
    }
    end(finish, restore, timing);
}

/// Ends a call as specified by `finish`.
fn end(finish: Finish, restore: u64, timing: Timing) {
    let ending = timing.end(&finish);
    if finish.has_span() {
        finish::leave_at(finish, restore, ending.as_ref().map(|ending| ending.tick));
    }
    if let Some(ending) = ending {
        ending.put();
    }
}

/// A call that has ended and is to be recorded.
pub(super) struct Ending {
    pub(super) tick: u64,
    call: Ended,
}

impl Ending {
    #[inline]
    pub(super) fn put(self) {
        Measurement::Call(self.call).put();
    }
}

impl Timing {
    /// Returns what to record about a call that ends now; `None`: it is not measured.
    pub(super) fn end(&self, finish: &Finish) -> Option<Ending> {
        // SAFETY: the calling thread's own state.
        self.end_in(finish, unsafe { (*local()).current.capture })
    }

    /// Returns what to record if the call belongs to `capture`, which need not be current.
    pub(super) fn end_in(&self, finish: &Finish, capture: u32) -> Option<Ending> {
        if self.start == 0 {
            return None;
        }
        // SAFETY: the calling thread's own state; no user code runs here.
        let (tick, capture, verdict) = unsafe {
            let local = &mut *local();
            let of_capture = if finish.has_span() && finish.recording() {
                captures::tick(finish.serial())
            } else {
                captures::tick_in(capture)
            };
            local.metering.caller = self.caller();
            let verdict = mem::replace(&mut local.metering.verdict, Verdict::NONE);
            (of_capture.unwrap_or_else(|| local.tick()), capture & captures::NUMBER, verdict)
        };
        if captures::virtual_nanos(self.start).is_none() && fork::is_before(unmarked(self.start)) {
            return None; // It belongs to the parent.
        }
        let outcome = finish.outcome();
        let call = Ended {
            meter: self.meter(),
            caller: self.caller(),
            labels: verdict.apply_to(self.labels),
            outcome,
            error: if outcome == Outcome::Error { verdict.error } else { LabelId::NONE },
            duration: Ticks::between(unmarked(self.start), tick),
            capture,
            baggage: self.baggage(),
        };
        Some(Ending { tick, call })
    }
}
