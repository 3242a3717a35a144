//! Ends spans, and holds the state that is needed to do so.

use super::fast;
use super::frames::{Key, Owner};
use super::record::{self, END_WORDS, LEAVE_WORDS};
use super::ring::header;
use super::root;
use super::share::share;
use super::sink::WordSink;
use super::thread::{Local, OVERFLOW, local};
use super::writer::RecordWriter;
use crate::captures;
use crate::context::ids;
use crate::context::{Current, bits};
use crate::hooks;
use crate::outcome::Outcome;
use crate::site::Site;
use crate::state;
use crate::value::Value;

/// The state needed at the end of a span: its serial, whose top byte holds flags.
///
/// An unremarkable child has the flags that every serial is created with (`ids::INITIAL_FLAGS`), so that a
/// call needs no extra word for them.
pub struct Finish(u64);

/// Whatever is added to the span is recorded.
const RECORDING: u64 = 1 << 56;
/// It was entered as a call: the end may take the fast path.
const CALL: u64 = 2 << 56;
/// The guard leaves a frame instead of only restoring the parent's serial.
const RESTORES_CONTEXT: u64 = 4 << 56;
/// The thread was panicking already at the start.
const WAS_PANICKING: u64 = 8 << 56;
/// The guard restores something.
const RESTORES: u64 = 16 << 56;
/// The call is measured.
const METERED: u64 = 32 << 56;
/// The position of the outcome.
const OUTCOME_SHIFT: u32 = 62;
/// The flags of a serial within a record or a context.
const INITIAL_FLAGS: u64 = ids::INITIAL_FLAGS;
const FLAGS: u64 = 0xff << 56;

const _: () = assert!(INITIAL_FLAGS == RECORDING | CALL | RESTORES);

/// Returns whether there is a span, or a decision against one, to leave.
#[inline(always)]
pub(super) fn has_span(finish: u64) -> bool {
    finish & RESTORES != 0
}

/// The state of a poll whose span starts once its attributes are known (see `deferred.rs`).
pub(super) const DEFERRED: u64 = CALL;

/// Returns whether this is the state of such a poll.
#[inline(always)]
pub(super) fn is_deferred(finish: u64) -> bool {
    finish & (CALL | RESTORES) == DEFERRED
}

/// Returns the bit of a state that is set if the call is measured.
pub(super) fn metered_of(finish: u64) -> u64 {
    finish & METERED
}

/// Returns whether it was entered as a call, and its end may take the fast path.
#[inline(always)]
pub(super) fn is_call(finish: u64) -> bool {
    finish & CALL != 0
}

/// Returns the state of a call that has begun a trace in this thread's ring: leaving it leaves the
/// trace, and the ring state has nothing current behind it.
#[inline(always)]
pub(super) const fn of_root(serial: u64) -> u64 {
    serial | RESTORES_CONTEXT
}

/// Returns whether leaving restores only the parent's serial.
#[inline(always)]
pub(super) fn restores_serial(finish: u64) -> bool {
    finish & RESTORES_CONTEXT == 0
}

impl Finish {
    #[inline(always)]
    pub(crate) fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    #[inline(always)]
    pub(crate) fn to_bits(&self) -> u64 {
        self.0
    }

    /// Returns whether the thread has begun to panic since the start.
    pub(super) fn panics(&self) -> bool {
        self.0 & WAS_PANICKING == 0 && std::thread::panicking()
    }

    pub(crate) const OFF: Self = Self(0);
    /// A call that is measured and has no span.
    pub(super) const METERED_ALONE: u64 = METERED;

    #[inline(always)]
    pub(super) fn set_metered(&mut self) {
        self.0 |= METERED;
    }

    #[inline(always)]
    pub(super) fn set_was_panicking(&mut self) {
        self.0 |= WAS_PANICKING;
    }

    /// Makes a call that reports its return end by the slow path.
    pub(super) fn take_slow_path(&mut self) {
        // Only guards look at this flag; all other code tests whether any flag is set beyond those
        // it handles.
        self.0 |= WAS_PANICKING;
    }

    /// Returns whether there is a span, or a decision against one, to leave.
    pub(super) fn has_span(&self) -> bool {
        has_span(self.0)
    }

    pub const fn new(serial: u64, recording: bool) -> Self {
        Self(serial & !FLAGS | if recording { RECORDING } else { 0 })
    }

    /// Returns the state of an entered span; leaving it restores the whole context.
    pub(super) fn entered(serial: u64, recording: bool) -> Self {
        let mut finish = Self(Self::new(serial, recording).0 | RESTORES | RESTORES_CONTEXT);
        if std::thread::panicking() {
            finish.0 |= WAS_PANICKING;
        }
        finish
    }

    /// Makes leaving restore a span of the same trace; `is_call`: that span is the caller's.
    pub(super) fn restoring_serial(self, is_call: bool) -> Self {
        let finish = self.0 & !RESTORES_CONTEXT;
        Self(if is_call { finish | CALL } else { finish })
    }

    pub(super) fn serial(&self) -> u64 {
        self.0 & !FLAGS | INITIAL_FLAGS
    }

    /// Returns whether data added here are recorded.
    #[inline]
    pub fn recording(&self) -> bool {
        self.0 & RECORDING != 0
    }

    /// Returns whether the outcome of the call is needed.
    #[inline]
    pub fn judging(&self) -> bool {
        self.0 & (RECORDING | METERED) != 0
    }

    /// Records values for the keys of the site from `first_key` on.
    pub fn attributes(&mut self, _site: &'static Site, first_key: u16, values: &[Value<'_>]) {
        if self.recording() {
            super::late::site_fields(self.serial(), first_key, values);
        }
    }

    /// Marks the span failed.
    #[cold]
    pub(crate) fn fail(&mut self, error: &super::late::ErrorInfo<'_>) {
        // A span that was not entered has nothing to leave at its end.
        if self.0 != 0 {
            self.set_outcome(Outcome::Error);
        }
        if self.recording() {
            let tick = super::late::error(self.serial(), true, error);
            // SAFETY: the calling thread's own state.
            unsafe { (*local()).failed = (self.serial(), tick) };
        }
        if self.0 & METERED != 0 {
            Self::note_error(&error.kind);
        }
    }

    pub(crate) fn outcome(&self) -> Outcome {
        Outcome::from_u8((self.0 >> OUTCOME_SHIFT) as u8)
    }

    pub fn set_outcome(&mut self, outcome: Outcome) {
        self.0 = self.0 & !(3 << OUTCOME_SHIFT) | (outcome as u64) << OUTCOME_SHIFT;
    }

    /// Writes the end of the span.
    #[inline]
    pub(crate) fn end(&self) {
        self.end_at(None);
    }

    /// Writes the end of the span at `tick`; `None`: now.
    #[inline]
    pub fn end_at(&self, tick: Option<u64>) {
        if self.recording() {
            // SAFETY: the calling thread's own state.
            unsafe { write_end(local(), self.serial(), self.outcome(), tick) };
        }
    }
}

/// # Safety
/// `local` is the calling thread's.
unsafe fn write_end(local: *mut Local, serial: u64, outcome: Outcome, tick: Option<u64>) {
    // SAFETY: as the caller promises; no user code runs here.
    unsafe {
        let tick = tick.or_else(|| captures::tick(serial)).unwrap_or_else(|| (*local).tick());
        // Never writes into an unfinished record.
        let ready = (*local).current.bits & bits::BUSY == 0 && (*local).make_ready();
        let mut writer = RecordWriter::new(local);
        if ready && writer.reserve_for(END_WORDS - 1, true) {
            writer.put(tick);
            writer.put(serial);
            writer.publish(record::END, outcome as u8, 0);
        } else {
            OVERFLOW.push([header(record::END, outcome as u8, 0, END_WORDS), tick, serial]);
        }
    }
    wake_for_end();
}

/// Writes the end of the current call if the ring state has it as current. Returns `false` if
/// nothing was done.
///
/// # Safety
/// `local` is the calling thread's; `caller` becomes current.
pub(super) unsafe fn write_leave(
    local: *mut Local,
    serial: u64,
    caller: u64,
    outcome: Outcome,
    tick: Option<u64>,
) -> bool {
    // SAFETY: as the caller promises; no user code runs here.
    unsafe {
        let is_in_step = (*local).is_in_step() && (*local).current.serial == serial;
        if !is_in_step || (*local).current.bits & bits::BUSY != 0 {
            return false;
        }
        let tick = tick.unwrap_or_else(|| (*local).tick());
        let mut at = (*local).producer.pos();
        let has_room = (*local).producer.has_room(at, LEAVE_WORDS)
            || (*local).make_room(&mut at, LEAVE_WORDS, true);
        if !has_room {
            return false;
        }
        (*local).producer.write(at, record::leave_word(tick, outcome));
        (*local).producer.publish(at + LEAVE_WORDS);
        (*local).note_leave_written(caller);
    }
    wake_for_end();
    true
}

#[inline]
pub(super) fn wake_for_end() {
    // The collector went to sleep during the span; make sure that it sees the end.
    if state::load() & state::ASLEEP != 0 {
        state::wake_collector();
    }
}

/// Ends a span and restores the context. Unless it is guarded, it has returned normally.
#[inline(never)]
pub(super) fn leave<const GUARDED: bool>(finish: u64, restore: u64) {
    if !fast::leave::<GUARDED>(finish, restore) && !root::leave::<GUARDED>(finish, restore) {
        leave_long::<GUARDED>(finish, restore);
    }
}

/// Ends the span, if any, of a call that has not reported its return. It may have begun, and
/// panicked, while the thread was already panicking.
#[cold]
#[inline(never)]
pub(super) fn leave_unreported(finish: u64, restore: u64) {
    if finish == 0 {
        return;
    }
    let mut finish = Finish(finish);
    if std::thread::panicking() {
        finish.set_outcome(Outcome::Panic);
    }
    leave_long::<false>(finish.0, restore);
}

#[cold]
#[inline(never)]
fn leave_long<const GUARDED: bool>(finish: u64, restore: u64) {
    let mut finish = Finish(finish);
    if GUARDED && finish.panics() {
        finish.set_outcome(Outcome::Panic);
    }
    leave_at(finish, restore, None);
}

/// Makes the context of a span current, in OpenTelemetry too if it is to be attached; returns the
/// key of its frame.
pub(super) fn make_current(context: Current, is_attached: bool, has_baggage: bool) -> Key {
    let local = local();
    let span = is_attached.then(|| context.clone());
    // SAFETY: the calling thread's own state, not borrowed while hooks run.
    unsafe {
        let key = match has_baggage {
            true => (*local).push(context, Owner::Frame),
            false => (*local).push_span(context, Owner::Frame),
        };
        // Attached after the frame is pushed, so that it is recognised as the same.
        let attachment = span.and_then(|span| {
            // Other code may hand the span on, as part of OpenTelemetry's context.
            share(span.serial);
            hooks::attach(&span)
        });
        if let Some(attachment) = attachment {
            drop((*local).has_attached(key, attachment));
        }
        key
    }
}

/// Ends a span as specified by `finish`, now unless a tick is given, and restores the context.
pub(super) fn leave_at(finish: Finish, restore: u64, tick: Option<u64>) {
    let local = local();
    // SAFETY: the calling thread's own state, not borrowed across calls; each entry is left once,
    // on its own thread.
    unsafe {
        let tick = tick.or_else(|| (*local).failed_at(&finish));
        let caller = if restores_serial(finish.0) { restore } else { 0 };
        let is_left = finish.0 & CALL != 0
            && write_leave(local, finish.serial(), caller, finish.outcome(), tick);
        if !is_left {
            finish.end_at(tick);
        }
        if finish.0 & RESTORES_CONTEXT != 0 {
            drop((*local).leave_frame(restore));
        } else {
            (*local).leave_call(finish.serial(), restore);
        }
    }
}
