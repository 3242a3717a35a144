//! Leaves the spans of tasks: after each poll, and when they end.

use super::aside::{Paused, Place};
use super::deferred;
use super::finish::{self, Finish};
use super::metered::{self, Timing};
use super::share::share;
use super::task::TaskSpan;
use super::thread::{Local, local};
use crate::outcome::Outcome;
use std::mem::ManuallyDrop;
use std::ptr;

/// A guard for the time during which a task's span is current.
pub struct TaskScope<'a> {
    pub(super) span: &'a mut TaskSpan,
    /// As for a call's guard; zero if nothing was entered.
    pub(super) finish: Finish,
    /// The serial of the parent; for a span with a separate context, the key of its frame.
    pub(super) restore: u64,
}

impl<'a> TaskScope<'a> {
    /// Returns the state that is needed at the end, as far as it is known when the poll begins.
    #[inline]
    pub(crate) fn finish(&mut self) -> &mut Finish {
        &mut self.finish
    }

    /// Returns the state that is needed at the end, for code that looks at the value.
    #[inline]
    pub(super) fn finish_of_value(&mut self) -> &mut Finish {
        self.finish = Finish::from_bits(deferred::settled(self.finish.to_bits()));
        &mut self.finish
    }

    /// Reports that the code inside has returned.
    #[inline]
    pub(crate) fn returned(self) -> Returned<'a> {
        let scope = ManuallyDrop::new(self);
        let finish = Finish::from_bits(scope.finish.to_bits());
        // SAFETY: the scope is not used again, nor dropped.
        Returned { span: unsafe { ptr::read(&scope.span) }, finish, restore: scope.restore }
    }

    /// Leaves the span, which continues. Guards that were created in it and still exist are set
    /// aside with it.
    #[inline]
    pub(crate) fn pause(self) {
        self.returned().pause();
    }

    /// Leaves the span, which continues. Guards that were created in it and still exist stay.
    pub(crate) fn exit(self) {
        self.returned().leave(Leave::Exits);
    }
}

/// Runs if the code inside panicked.
impl Drop for TaskScope<'_> {
    #[inline]
    fn drop(&mut self) {
        leave(self.span, self.finish.to_bits(), self.restore, Leave::Panics);
    }
}

/// A task's span that is current after the code inside has returned. It has no destructor, so that
/// leaving needs no code for a panic.
#[must_use]
pub struct Returned<'a> {
    span: &'a mut TaskSpan,
    pub(crate) finish: Finish,
    restore: u64,
}

impl Returned<'_> {
    /// Ends the span.
    #[inline]
    pub(crate) fn end(self) {
        self.leave(Leave::Ends);
    }

    /// Ends the span and the measured call together; the call is recorded in the capture in which
    /// it began.
    pub(super) fn end_metered(self, timing: Timing, capture: u32) {
        let (mut finish, mut restore) = (self.finish.to_bits(), self.restore);
        if self.span.is_deferred() {
            (finish, restore) = self.span.settle(finish);
        }
        let of_call = Finish::from_bits(finish);
        // SAFETY: the calling thread's own state.
        let is_here = unsafe { (*local()).current.capture } == capture;
        if !finish::has_span(finish) && !is_here {
            if let Some(ending) = timing.end_in(&of_call, capture) {
                ending.put();
            }
        } else if !finish::has_span(finish) || finish::is_call(finish) {
            if finish::has_span(finish) {
                self.span.has_ended();
            }
            metered::leave::<false>(finish, restore, timing);
        } else {
            self.span.has_ended();
            let ending = timing.end_in(&of_call, capture);
            let tick = ending.as_ref().map(|ending| ending.tick);
            leave_context(self.span, &of_call, restore, Leave::Ends, tick);
            if let Some(ending) = ending {
                ending.put();
            }
        }
    }

    /// Leaves the span, which continues. Guards that were created in it and still exist are set
    /// aside with it.
    #[inline]
    pub(crate) fn pause(self) {
        self.leave(Leave::Pauses);
    }

    #[inline]
    fn leave(self, how: Leave) {
        leave(self.span, self.finish.to_bits(), self.restore, how);
    }
}

/// How a task's span is left.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Leave {
    Pauses,
    Exits,
    Ends,
    Panics,
}

/// Leaves a task's span.
// One call without a test before it, because each future has its own copies of this code.
#[inline(never)]
fn leave(span: &mut TaskSpan, mut finish: u64, mut restore: u64, how: Leave) {
    if span.is_deferred() {
        (finish, restore) = span.settle(finish);
    }
    if !finish::has_span(finish) {
        if how == Leave::Pauses {
            span.keep_surroundings();
        }
        return;
    }
    let paused = Finish::from_bits(finish);
    if how == Leave::Pauses && !span.is_shared && (paused.recording() || is_left_out()) {
        // It may go on, and get details, on another thread before it ends here.
        span.is_shared = share(paused.serial());
    }
    match how {
        Leave::Ends => {
            span.has_ended();
            if finish::is_call(finish) {
                finish::leave::<false>(finish, restore);
                return;
            }
        }
        Leave::Pauses if finish::is_call(finish) => {
            let place = place_of(finish, restore);
            span.is_call = true;
            if let Place::Call(_, caller) = place {
                span.caller = caller;
            }
            // SAFETY: the calling thread's own state.
            if unsafe { (*local()).pause_call(place, &mut span.context) } {
                return;
            }
        }
        // HOT: its context has stayed with it. SAFETY: the calling thread's own state.
        Leave::Pauses if span.context.is_some() && unsafe { (*local()).pop_copy(restore) } => {
            return;
        }
        _ => {}
    }
    leave_long(span, finish, restore, how);
}

/// Returns whether the running code has no span, under one that is recorded.
fn is_left_out() -> bool {
    // SAFETY: the calling thread's own state.
    unsafe { !(*local()).current.is_own() }
}

/// Leaves the span in which a future has been dropped.
#[inline]
pub(super) fn pause(span: &mut TaskSpan, finish: u64, restore: u64) {
    leave(span, finish, restore, Leave::Pauses);
}

fn place_of(finish: u64, restore: u64) -> Place {
    match finish::restores_serial(finish) {
        true => Place::Call(Finish::from_bits(finish).serial(), restore),
        false => Place::Frame(restore),
    }
}

/// Ends the call of a task that was paused before, as a reader expects of a call. `false`: nothing
/// was done.
///
/// # Safety
/// `local` is the calling thread's; `caller` was current when the call was entered.
unsafe fn write_return(local: *mut Local, finish: &Finish, caller: u64, tick: Option<u64>) -> bool {
    // SAFETY: as the caller promises.
    unsafe {
        finish.recording()
            && (*local).has_written_caller_of(finish.serial())
            && finish::write_leave(local, finish.serial(), caller, finish.outcome(), tick)
    }
}

/// Leaves a span that continues, or that was entered with its whole context.
fn leave_long(span: &mut TaskSpan, finish: u64, restore: u64, leave: Leave) {
    let mut finish = Finish::from_bits(finish);
    let panics = leave == Leave::Panics;
    if panics {
        finish.set_outcome(Outcome::Panic);
        span.has_ended();
    }
    if panics && finish::restores_serial(finish.to_bits()) {
        // SAFETY: the calling thread's own state.
        let mut context = unsafe { (*local()).current.clone() };
        context.serial = finish.serial();
        span.context = Some(context);
        finish::leave::<false>(finish.to_bits(), restore);
        return;
    }
    leave_context(span, &finish, restore, leave, None);
}

/// Leaves a span that keeps its context; if it ends, it ends at that tick or now.
fn leave_context(
    span: &mut TaskSpan,
    finish: &Finish,
    restore: u64,
    leave: Leave,
    tick: Option<u64>,
) {
    let local = local();
    if matches!(leave, Leave::Ends | Leave::Panics) {
        // SAFETY: the calling thread's own state.
        let tick = tick.or_else(|| unsafe { (*local).failed_at(finish) });
        // SAFETY: as above.
        let is_left = span.is_call && unsafe { write_return(local, finish, span.caller, tick) };
        if !is_left {
            finish.end_at(tick);
        }
    }
    let place = place_of(finish.to_bits(), restore);
    // HOT: its context has stayed here. SAFETY: the calling thread's own state.
    if span.context.is_some() && unsafe { (*local).pop_copy(restore) } {
        return;
    }
    // SAFETY: the calling thread's own state, whose borrow ends before anything is dropped.
    let Paused { context, aside, attachments } = unsafe {
        match leave {
            Leave::Pauses => (*local).pause(place),
            _ => (*local).leave(place),
        }
    };
    (span.context, span.aside) = (Some(context), aside);
    drop(attachments);
}
