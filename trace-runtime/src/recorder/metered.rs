//! Calls that are measured, with a span or without: one reading of the clock when they begin and
//! one when they end, from which both are made.
//!
//! What is known of a call stays with the call until it ends, when it is written in one record, which
//! is also the end of the span if nothing special happened to that.

use super::finish::{self, Finish};
use super::guard::{Call, Guard};
use super::measure::{
    DURATION_LIMIT, DURATION_SHIFT, METER_WORDS, Measurement, MeteredCall as Ended, Ticks,
    caller_word,
};
use super::metered_task::Pending;
use super::record::{METER, METER_LEAVE, measured_word};
use super::thread::{local, ready_local};
use crate::context::bits;
use crate::instruments::{LabelId, Labels, Meter, error_label};
use crate::outcome::Outcome;
use crate::scope;
use crate::site::Site;
use crate::state;
use crate::value::Value;
use std::marker::PhantomData;
use std::mem;

/// What the metered calls of a thread share.
pub(crate) struct Metering {
    /// The number of the meter of the innermost of them.
    pub(super) caller: u32,
    /// When the last span of this thread started, for the meter that starts with it.
    pub(super) entered: u64,
    /// What was found out of the call that is about to end.
    verdict: Verdict,
    /// What the body of a future that is polled for the first time has said.
    pub(super) pending: Pending,
    /// Whether the value that is looked at is no error, for values that were held until then.
    pub(super) settled: Option<bool>,
}

impl Metering {
    pub(super) const NONE: Self = Self {
        caller: 0,
        entered: 0,
        verdict: Verdict::NONE,
        pending: Pending::NONE,
        settled: None,
    };
}

struct Verdict {
    error: LabelId,
    /// Labels of the returned value, and which of them are set.
    labels: Labels,
    set: u8,
}

impl Verdict {
    const NONE: Self = Self { error: LabelId::NONE, labels: Labels::NONE, set: 0 };

    /// What the labels are with those of the returned value.
    fn apply_to(&self, mut labels: Labels) -> Labels {
        for index in (0..Labels::MOST).filter(|index| self.set & 1 << index != 0) {
            labels.set(index, self.labels.get(index));
        }
        labels
    }
}

impl Finish {
    /// Sets a label that the returned value gives.
    #[inline(never)]
    pub fn set_label(&mut self, index: usize, id: LabelId) {
        // SAFETY: the calling thread's own state.
        let verdict = unsafe { &mut (*local()).metering.verdict };
        verdict.labels.set(index, id);
        verdict.set |= 1 << index;
    }

    /// Notes the type of the error with which a metered call ends.
    pub(super) fn note_error(kind: &Value<'_>) {
        let error = error_label(&kind.to_text());
        // SAFETY: the calling thread's own state.
        unsafe { (*local()).metering.verdict.error = error };
    }
}

/// Whether calls and values are measured.
#[inline(always)]
pub fn metering() -> bool {
    state::is_metering(state::load())
}

/// When a call began and who called it; a start of 0: it is not measured.
pub(super) type Begun = (u64, u64);

pub(super) const NOT_BEGUN: Begun = (0, 0);

/// Begins to measure a call; `WITH_SPAN`: its span has just started.
// HOT: in and out by registers.
#[inline(never)]
pub(super) fn begin<const WITH_SPAN: bool>(meter: &'static Meter) -> Begun {
    let state = state::load();
    let number = meter.number();
    if state::is_plainly_metering(state)
        && number != 0
        && !meter.counts_in_flight()
        && let Some(local) = ready_local()
    {
        // SAFETY: the calling thread's own state.
        unsafe {
            let caller = mem::replace(&mut (*local).metering.caller, number);
            let start = if WITH_SPAN { (*local).metering.entered } else { (*local).fast_tick() };
            return (start, caller.into());
        }
    }
    begin_long::<WITH_SPAN>(meter, state)
}

#[cold]
#[inline(never)]
fn begin_long<const WITH_SPAN: bool>(meter: &'static Meter, state: u32) -> Begun {
    let local = local();
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
        let number = meter.numbered();
        let caller = mem::replace(&mut (*local).metering.caller, number);
        if meter.counts_in_flight() {
            Measurement::Begun { meter, capture: capture & scope::NUMBER }.put();
        }
        let start = if WITH_SPAN {
            (*local).metering.entered
        } else {
            scope::tick_in(capture).unwrap_or_else(|| (*local).tick())
        };
        (start.max(1), caller.into())
    }
}

/// What is kept of a call to measure it.
#[derive(Clone, Copy)]
pub(crate) struct Timing {
    pub(super) meter: &'static Meter,
    pub(super) labels: Labels,
    /// 0: it is not measured.
    pub(super) start: u64,
    pub(super) caller: u64,
}

impl Timing {
    pub(super) const NONE: Self = {
        static NOWHERE: Site = Site::new("", 0);
        static NOTHING: Meter = Meter::new(&NOWHERE, "");
        Self { meter: &NOTHING, labels: Labels::NONE, start: 0, caller: 0 }
    };
}

/// A call that is measured, and its span if it has one. Unless it is guarded, it says when it
/// returns: dropped without that, it panicked.
#[must_use]
pub struct Metered<const GUARDED: bool> {
    finish: Finish,
    restore: u64,
    timing: Timing,
    _thread: PhantomData<*const ()>,
}

/// A measured call that says when it returns.
pub type MeteredCall = Metered<false>;
/// A measured call that may return anywhere.
pub type MeteredGuard = Metered<true>;

/// Begins to measure a call without a span.
#[inline(always)]
pub fn metered(meter: &'static Meter, labels: Labels) -> MeteredCall {
    Metered::beside((Finish::OFF, 0), meter, labels)
}

/// Begins to measure a call whose span has just started, if it has.
#[inline(always)]
pub fn metered_call(call: Call, meter: &'static Meter, labels: Labels) -> MeteredCall {
    Metered::beside(call.into_parts(), meter, labels)
}

/// The same for one that may return anywhere.
#[inline(always)]
pub fn metered_guard(guard: Guard, meter: &'static Meter, labels: Labels) -> MeteredGuard {
    Metered::beside(guard.into_parts(), meter, labels)
}

impl<const GUARDED: bool> Metered<GUARDED> {
    #[inline(always)]
    fn beside((mut finish, restore): (Finish, u64), meter: &'static Meter, labels: Labels) -> Self {
        let (start, caller) = match () {
            () if !metering() => NOT_BEGUN,
            () if finish.recording() => begin::<true>(meter),
            () => begin::<false>(meter),
        };
        if start != 0 {
            finish.set_metered();
            if GUARDED && std::thread::panicking() {
                finish.set_was_panicking();
            }
        }
        let timing = Timing { meter, labels, start, caller };
        Self { finish, restore, timing, _thread: PhantomData }
    }

    /// A call that is neither measured nor recorded.
    #[inline(always)]
    pub const fn off() -> Self {
        let timing = Timing::NONE;
        Self { finish: Finish::OFF, restore: 0, timing, _thread: PhantomData }
    }

    /// What is known at the end.
    #[inline(always)]
    pub fn finish(&mut self) -> &mut Finish {
        &mut self.finish
    }

    /// The call returns.
    #[inline(always)]
    pub fn leave(self) {
        leave::<GUARDED>(self.finish.to_bits(), self.restore, &self.timing);
        mem::forget(self);
    }
}

impl<const GUARDED: bool> Drop for Metered<GUARDED> {
    #[inline(always)]
    fn drop(&mut self) {
        // No question before the call, because each function has its own copy of it.
        if GUARDED {
            leave::<GUARDED>(self.finish.to_bits(), self.restore, &self.timing);
        } else {
            leave_unsaid(self.finish.to_bits(), self.restore, &self.timing);
        }
    }
}

/// Ends a call, and its span.
#[inline(never)]
pub(super) fn leave<const GUARDED: bool>(finish: u64, restore: u64, timing: &Timing) {
    if !leave_short::<GUARDED>(finish, restore, timing) {
        leave_long::<GUARDED>(finish, restore, timing);
    }
}

/// Ends a call to which nothing happened; `false`: take the long way.
#[inline(always)]
fn leave_short<const GUARDED: bool>(finish: u64, restore: u64, timing: &Timing) -> bool {
    const MOST: u64 = METER_WORDS + 1;
    let Some(local) = ready_local() else { return false };
    // SAFETY: the calling thread's own state (what is measured on the spot does not leave its
    // thread); the words are the producer's and a whole record when they are published.
    unsafe {
        let kind = if finish == Finish::METERED_ALONE {
            METER
        } else if (*local).current.is_open()
            && (*local).current.serial == finish & !Finish::METERED_ALONE
            && finish & Finish::METERED_ALONE != 0
        {
            METER_LEAVE
        } else {
            return false;
        };
        if (*local).metering.verdict.set != 0 || GUARDED && std::thread::panicking() {
            return false;
        }
        let Some((pos, start)) = (*local).producer.place(MOST) else { return false };
        let ticks = (*local).fast_tick().wrapping_sub(timing.start);
        // Also those that come out below zero, as they can where a future changes its processor.
        if ticks >= DURATION_LIMIT {
            return false;
        }
        let Timing { meter, labels, caller, .. } = *timing;
        let words = if labels.rest == 0 { METER_WORDS } else { MOST };
        let put = |offset: usize, word: u64| (*start.add(offset)).write(word);
        // A meter that has a number has an address that fits.
        let address = std::ptr::from_ref(meter).expose_provenance() as u64;
        put(0, measured_word(kind, address, words));
        put(1, caller_word(caller as u32, labels));
        put(2, ticks << DURATION_SHIFT | Outcome::Ok as u64);
        if labels.rest != 0 {
            put(3, labels.rest);
        }
        (*local).metering.caller = caller as u32;
        if kind == METER_LEAVE {
            (*local).current.serial = restore;
        }
        (*local).producer.publish(pos + words);
    }
    true
}

/// Ends a call that has not said that it returns.
#[cold]
#[inline(never)]
fn leave_unsaid(finish: u64, restore: u64, timing: &Timing) {
    let mut finish = Finish::from_bits(finish);
    if std::thread::panicking() && (timing.start != 0 || finish.has_span()) {
        finish.set_outcome(Outcome::Panic);
    }
    end(finish, restore, timing);
}

#[cold]
#[inline(never)]
fn leave_long<const GUARDED: bool>(finish: u64, restore: u64, timing: &Timing) {
    let mut finish = Finish::from_bits(finish);
    if GUARDED && finish.panics() && (timing.start != 0 || finish.has_span()) {
        finish.set_outcome(Outcome::Panic);
    }
    end(finish, restore, timing);
}

/// Ends a call as its `finish` says.
fn end(finish: Finish, restore: u64, timing: &Timing) {
    let ending = timing.end(&finish);
    if finish.has_span() {
        finish::leave_at(finish, restore, ending.as_ref().map(|ending| ending.tick));
    }
    if let Some(ending) = ending {
        ending.put();
    }
}

/// A call that has ended and is to be told of.
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
    /// What there is to tell of a call that ends now; `None`: it is not measured.
    pub(super) fn end(&self, finish: &Finish) -> Option<Ending> {
        if self.start == 0 {
            return None;
        }
        // SAFETY: the calling thread's own state; no user code runs here.
        let (tick, capture, verdict) = unsafe {
            let local = &mut *local();
            let capture = local.current.capture;
            let of_capture = if finish.has_span() && finish.recording() {
                scope::tick(finish.serial())
            } else {
                scope::tick_in(capture)
            };
            local.metering.caller = self.caller as u32;
            let verdict = mem::replace(&mut local.metering.verdict, Verdict::NONE);
            (of_capture.unwrap_or_else(|| local.tick()), capture & scope::NUMBER, verdict)
        };
        let outcome = finish.outcome();
        let call = Ended {
            meter: self.meter,
            caller: self.caller as u32,
            labels: verdict.apply_to(self.labels),
            outcome,
            error: if outcome == Outcome::Error { verdict.error } else { LabelId::NONE },
            duration: Ticks::between(self.start, tick),
            capture,
        };
        Some(Ending { tick, call })
    }
}
