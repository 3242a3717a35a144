//! Futures and streams that are measured: from the first poll to the end, or to the drop before it.

use super::finish::Finish;
use super::metered::{NOT_BEGUN, Timing, begin, metering};
use super::task::TaskScope;
use super::thread::local;
use crate::amount::Amount;
use crate::instruments::{Instrument, Labels, Meter};
use crate::outcome::Outcome;
use std::mem;

/// What the body of a future says of its call when it is polled for the first time.
pub(crate) struct Pending {
    labels: Labels,
    held: Vec<Held>,
}

impl Pending {
    pub(super) const NONE: Self = Self { labels: Labels::NONE, held: Vec::new() };
}

/// A value that is recorded if the call ends as it should.
struct Held {
    instrument: &'static Instrument,
    labels: Labels,
    amount: Amount,
}

/// Gives the call whose future is polled for the first time its labels.
#[inline(never)]
pub fn meter_labels(_meter: &'static Meter, labels: Labels) {
    // SAFETY: the calling thread's own state.
    unsafe { (*local()).metering.pending.labels = labels };
}

/// Keeps a value until it is known how the call ends whose future is polled for the first time.
#[inline(never)]
pub fn hold(instrument: &'static Instrument, labels: Labels, amount: Amount) {
    // SAFETY: the calling thread's own state.
    let held = unsafe { &mut (*local()).metering.pending.held };
    held.push(Held { instrument, labels, amount });
}

impl Finish {
    /// What was held for an instrument until its call has ended.
    #[inline(never)]
    pub fn held(&mut self, instrument: &'static Instrument) -> Option<(Labels, Amount)> {
        // SAFETY: the calling thread's own state.
        let held = unsafe { &mut (*local()).metering.pending.held };
        let place = held.iter().position(|held| std::ptr::eq(held.instrument, instrument))?;
        let Held { labels, amount, .. } = held.swap_remove(place);
        Some((labels, amount))
    }
}

/// What measures a future, or does not.
pub trait Measure {
    /// The meter, if there is one.
    fn meter(&mut self) -> Option<&mut TaskMeter>;
}

/// Measures nothing.
#[derive(Clone, Copy, Debug)]
pub struct Unmetered;

impl Measure for Unmetered {
    #[inline(always)]
    fn meter(&mut self) -> Option<&mut TaskMeter> {
        None
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// It has not been polled.
    Waiting,
    Running,
    Ended,
}

/// What is kept of a future to measure it.
pub struct TaskMeter {
    timing: Timing,
    stage: Stage,
    /// `None`: there are only values that wait for the end.
    meter: Option<&'static Meter>,
    /// The capture in which it began: it may end elsewhere.
    capture: u32,
    /// Boxed because there is seldom anything in it, and each future has room for it.
    held: Option<Box<HeldValues>>,
}

type HeldValues = Vec<Held>;

impl Measure for TaskMeter {
    #[inline(always)]
    fn meter(&mut self) -> Option<&mut TaskMeter> {
        Some(self)
    }
}

impl TaskMeter {
    pub(crate) fn new(meter: &'static Meter, labels: Labels) -> Self {
        let timing = Timing { labels, ..Timing::NONE };
        Self { timing, stage: Stage::Waiting, meter: Some(meter), capture: 0, held: None }
    }

    /// Only holds values.
    pub(crate) fn holding() -> Self {
        Self { timing: Timing::NONE, stage: Stage::Waiting, meter: None, capture: 0, held: None }
    }

    /// The future is about to be polled; `with_span`: its span has just started. Returns whose call
    /// goes on afterwards, and what that one has said so far.
    #[inline(never)]
    fn enter(&mut self, finish: &mut Finish, with_span: bool) -> (u32, Option<Pending>) {
        let local = local();
        let mut pending = None;
        // SAFETY: the calling thread's own state.
        let caller = unsafe { (*local).metering.caller };
        if self.stage == Stage::Waiting {
            let (start, word) = match self.meter {
                Some(meter) if metering() => match with_span && finish.recording() {
                    true => begin::<true>(meter),
                    false => begin::<false>(meter),
                },
                _ => NOT_BEGUN,
            };
            (self.timing.start, self.timing.word) = (start, word);
            self.stage = Stage::Running;
            // SAFETY: as above.
            self.capture = unsafe { (*local).current.capture };
            // SAFETY: as above.
            pending = Some(unsafe { mem::replace(&mut (*local).metering.pending, Pending::NONE) });
        } else if self.timing.start != 0 {
            // SAFETY: as above.
            unsafe { (*local).metering.caller = self.timing.meter() };
        }
        if self.timing.start != 0 {
            finish.set_metered();
        }
        if let (None, Some(held)) = (&pending, self.held.take()) {
            // Those who look at the value find there what was held for them.
            let pending_here = Pending { labels: self.timing.labels, held: *held };
            // SAFETY: as above.
            let metering = unsafe { &mut (*local).metering };
            pending = Some(mem::replace(&mut metering.pending, pending_here));
        }
        (caller, pending)
    }

    /// Takes what the body has said, and gives back to the call around what is its own.
    fn leave(&mut self, caller: u32, pending: Option<Pending>) {
        // SAFETY: the calling thread's own state.
        let metering = unsafe { &mut (*local()).metering };
        metering.caller = caller;
        if let Some(outer) = pending {
            let Pending { labels, held } = mem::replace(&mut metering.pending, outer);
            if labels != Labels::NONE {
                self.timing.labels = labels;
            }
            self.held = (!held.is_empty()).then(|| Box::new(held));
        }
    }

    /// Ends without having come to its end.
    #[cold]
    fn abandon(&mut self, outcome: Outcome) {
        self.stage = Stage::Ended;
        let mut finish = Finish::OFF;
        finish.set_outcome(outcome);
        // SAFETY: the calling thread's own state.
        let caller = unsafe { (*local()).metering.caller };
        let timing = mem::replace(&mut self.timing, Timing::NONE);
        if let Some(ending) = timing.end_in(&finish, self.capture) {
            ending.put();
        }
        // SAFETY: as above.
        unsafe { (*local()).metering.caller = caller };
    }
}

/// Dropped before it was ready.
impl Drop for TaskMeter {
    #[inline]
    fn drop(&mut self) {
        if self.stage == Stage::Running {
            let panics = std::thread::panicking();
            self.abandon(if panics { Outcome::Panic } else { Outcome::Cancelled });
        }
    }
}

/// The time during which a future is polled.
pub(crate) struct Polling<'a>(Option<Entered<'a>>);

struct Entered<'a> {
    meter: &'a mut TaskMeter,
    caller: u32,
    pending: Option<Pending>,
}

impl<'a> Polling<'a> {
    /// `with_span`: the span has just started.
    #[inline(always)]
    pub(crate) fn begin(
        meter: Option<&'a mut TaskMeter>,
        finish: &mut Finish,
        with_span: bool,
    ) -> Self {
        Self(meter.map(|meter| {
            let (caller, pending) = meter.enter(finish, with_span);
            Entered { meter, caller, pending }
        }))
    }

    /// The future is not ready.
    #[inline(always)]
    pub(crate) fn pause(mut self, scope: TaskScope<'_>) {
        if let Some(Entered { meter, caller, pending }) = self.0.take() {
            meter.leave(caller, pending);
        }
        scope.pause();
    }

    /// The future is ready.
    #[inline(always)]
    pub(crate) fn end(mut self, scope: TaskScope<'_>) {
        match self.0.take() {
            Some(entered) => entered.end(scope),
            None => scope.end(),
        }
    }
}

impl Entered<'_> {
    #[inline(never)]
    fn end(self, scope: TaskScope<'_>) {
        let Self { meter, caller, pending } = self;
        meter.leave(caller, pending);
        meter.held = None;
        meter.stage = Stage::Ended;
        // What is polled again is not measured again: streams go on to say that they have ended.
        let timing = mem::replace(&mut meter.timing, Timing::NONE);
        if timing.start == 0 {
            scope.end();
        } else {
            scope.end_metered(timing, meter.capture);
            // SAFETY: the calling thread's own state.
            unsafe { (*local()).metering.caller = caller };
        }
    }
}

/// What was polled panicked.
impl Drop for Polling<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        if let Some(Entered { meter, caller, pending }) = self.0.take() {
            meter.leave(caller, pending);
            meter.abandon(Outcome::Panic);
        }
    }
}
