//! Measures futures and streams: from the first poll to the end, or to an earlier drop.

use super::finish::Finish;
use super::metered::{NOT_BEGUN, Timing, begin, metering};
use super::task_scope::Returned;
use super::thread::local;
use crate::amount::Amount;
use crate::instruments::{Instrument, Labels, Meter};
use crate::outcome::Outcome;
use std::mem;

/// The labels and values that the body of a future sets for its call when it is polled for the
/// first time.
pub(crate) struct Pending {
    labels: Labels,
    held: Vec<Held>,
}

impl Pending {
    pub(super) const NONE: Self = Self { labels: Labels::NONE, held: Vec::new() };
}

/// A value that is recorded if the call ends as required.
struct Held {
    instrument: &'static Instrument,
    labels: Labels,
    amount: Amount,
}

/// Sets the labels of the call whose future is polled for the first time.
#[inline(never)]
pub fn meter_labels(_meter: &'static Meter, labels: Labels) {
    // SAFETY: the calling thread's own state.
    unsafe { (*local()).metering.pending.labels = labels };
}

/// Holds a value until the outcome is known of the call whose future is polled for the first time.
#[inline(never)]
pub fn hold(instrument: &'static Instrument, labels: Labels, amount: Amount) {
    // SAFETY: the calling thread's own state.
    let held = unsafe { &mut (*local()).metering.pending.held };
    held.push(Held { instrument, labels, amount });
}

impl Finish {
    /// Returns what was held for an instrument until its call ended.
    #[inline(never)]
    pub fn held(&mut self, instrument: &'static Instrument) -> Option<(Labels, Amount)> {
        // SAFETY: the calling thread's own state.
        let held = unsafe { &mut (*local()).metering.pending.held };
        let place = held.iter().position(|held| std::ptr::eq(held.instrument, instrument))?;
        let Held { labels, amount, .. } = held.swap_remove(place);
        Some((labels, amount))
    }
}

/// Measures a future, or does not.
pub(crate) trait Measure {
    /// The time during which the future is polled.
    type Polling<'a>: Polling
    where
        Self: 'a;

    /// Enters a future that is about to be polled; `with_span`: its span has just started.
    fn begin(&mut self, finish: &mut Finish, with_span: bool) -> Self::Polling<'_>;
}

/// The time during which a future is polled.
// HOT: without a meter it has no size. An empty `Option` would be moved like a full one.
pub(crate) trait Polling {
    /// Reports that the future is not ready.
    fn pause(self, scope: Returned<'_>);
    /// Reports that the future is ready.
    fn end(self, scope: Returned<'_>);
}

/// A meter that measures nothing.
#[derive(Clone, Copy, Debug)]
pub struct Unmetered;

impl Measure for Unmetered {
    type Polling<'a> = Self;

    #[inline]
    fn begin(&mut self, _: &mut Finish, _: bool) -> Self {
        *self
    }
}

impl Polling for Unmetered {
    #[inline]
    fn pause(self, scope: Returned<'_>) {
        scope.pause();
    }

    #[inline]
    fn end(self, scope: Returned<'_>) {
        scope.end();
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// It has not been polled.
    Waiting,
    Running,
    Ended,
}

/// The state kept for a future to measure it.
pub struct TaskMeter {
    timing: Timing,
    stage: Stage,
    /// `None`: only values wait for the end.
    meter: Option<&'static Meter>,
    /// The capture in which it began; it may end in another.
    capture: u32,
    /// Boxed because it is seldom used, and each future has room for it.
    held: Option<Box<HeldValues>>,
}

type HeldValues = Vec<Held>;

impl Measure for TaskMeter {
    type Polling<'a> = MeteredPoll<'a>;

    #[inline(always)]
    fn begin(&mut self, finish: &mut Finish, with_span: bool) -> MeteredPoll<'_> {
        let (caller, pending) = self.enter(finish, with_span);
        MeteredPoll(Some(Entered { meter: self, caller, pending }))
    }
}

impl TaskMeter {
    pub(crate) fn new(meter: &'static Meter, labels: Labels) -> Self {
        let timing = Timing { labels, ..Timing::NONE };
        Self { timing, stage: Stage::Waiting, meter: Some(meter), capture: 0, held: None }
    }

    /// Creates a meter that only holds values.
    pub(crate) fn holding() -> Self {
        Self { timing: Timing::NONE, stage: Stage::Waiting, meter: None, capture: 0, held: None }
    }

    /// Enters a future that is about to be polled; `with_span`: its span has just started. Returns
    /// the meter of the call that continues afterwards, and what that call has set so far.
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
            // Code that looks at the value finds here what was held for it.
            let pending_here = Pending { labels: self.timing.labels, held: *held };
            // SAFETY: as above.
            let metering = unsafe { &mut (*local).metering };
            pending = Some(mem::replace(&mut metering.pending, pending_here));
        }
        (caller, pending)
    }

    /// Takes what the body has set, and restores the state of the enclosing call.
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

    /// Ends early.
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

/// Runs if the future is dropped before it was ready.
impl Drop for TaskMeter {
    #[inline]
    fn drop(&mut self) {
        if self.stage == Stage::Running {
            let panics = std::thread::panicking();
            self.abandon(if panics { Outcome::Panic } else { Outcome::Cancelled });
        }
    }
}

/// A guard for the time during which a measured future is polled.
pub(crate) struct MeteredPoll<'a>(Option<Entered<'a>>);

struct Entered<'a> {
    meter: &'a mut TaskMeter,
    caller: u32,
    pending: Option<Pending>,
}

impl Polling for MeteredPoll<'_> {
    #[inline(always)]
    fn pause(mut self, scope: Returned<'_>) {
        if let Some(Entered { meter, caller, pending }) = self.0.take() {
            meter.leave(caller, pending);
        }
        scope.pause();
    }

    #[inline(always)]
    fn end(mut self, scope: Returned<'_>) {
        match self.0.take() {
            Some(entered) => entered.end(scope),
            None => scope.end(),
        }
    }
}

impl Entered<'_> {
    #[inline(never)]
    fn end(self, scope: Returned<'_>) {
        let Self { meter, caller, pending } = self;
        meter.leave(caller, pending);
        meter.held = None;
        meter.stage = Stage::Ended;
        // A future polled again is not measured again: streams keep reporting that they have ended.
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

/// Runs if the polled future panicked.
impl Drop for MeteredPoll<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        if let Some(Entered { meter, caller, pending }) = self.0.take() {
            meter.leave(caller, pending);
            meter.abandon(Outcome::Panic);
        }
    }
}
