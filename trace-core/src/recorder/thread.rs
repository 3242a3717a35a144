//! The state of each thread: its end of the ring, its clock, its ids, its current span.

use super::deferred::Deferred;
use super::finish::Finish;
use super::frames::Frames;
use super::metered::Metering;
use super::pointers::{hot, ready};
use super::record;
use super::registry::Registry;
use super::ring::{Producer, Ring, Room};
use super::sync::Arc;
use super::ticks;
use super::written_state::{WrittenState, WrittenTrace};
use crate::captures;
use crate::context::ids::Ids;
use crate::context::{Current, bits};
use crate::instruments::{BaggageLabels, wants_baggage};
use crate::outcome::Outcome;
use crate::state;
use std::cell::{RefCell, UnsafeCell};
use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// All rings of the process.
#[cfg(not(all(loom, test)))]
pub(crate) static RINGS: Registry = Registry::new();
#[cfg(all(loom, test))]
pub(crate) static RINGS: std::sync::LazyLock<Registry> = std::sync::LazyLock::new(Registry::new);
/// The size of the rings of future threads, in words.
pub static RING_WORDS: AtomicUsize = AtomicUsize::new(512 * 1024);
/// The number of words of all rings together, beyond which new ones are as small as they can be.
pub static RING_BUDGET: AtomicUsize = AtomicUsize::new(16 * 1024 * 1024);
/// Spans that began while user code ran for which a record, or a decision, had to wait.
pub(crate) static DROPPED_REENTRANT: AtomicU64 = AtomicU64::new(0);
/// Spans that began while their thread was being torn down.
pub(crate) static DROPPED_AT_THREAD_EXIT: AtomicU64 = AtomicU64::new(0);
/// Spans that began on threads for whose ring there was no memory.
pub(crate) static DROPPED_WITHOUT_MEMORY: AtomicU64 = AtomicU64::new(0);
/// Details that could not be recorded for a reason other than a full ring.
pub(crate) static DROPPED_DETAILS: AtomicU64 = AtomicU64::new(0);

/// A thread that takes longer than this, in nanoseconds, to fill a stride of its ring (64 KiB) is
/// in no hurry: the 448 KiB that are left when it starts over last for 100 ms.
const SLOW_STRIDE: u64 = 16_000_000;

/// After there was no memory for a ring, it is requested again after this many attempts.
const REFUSED: u32 = 1_000;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Fresh,
    /// There was no memory for a ring; it is requested again after this many more attempts.
    Refused(u32),
    Recording,
    TornDown,
}

/// The state of one thread. Accessed by raw pointer only, and never borrowed across user code,
/// because user code (the `Display` of an attribute) may re-enter.
pub(crate) struct Local {
    pub(crate) producer: Producer,
    pub(crate) current: Current,
    pub(crate) ids: Ids,
    /// Whether the clock's raw reading is the time-stamp counter, which can be read inline.
    reads_tsc: bool,
    /// The clock's reading when it last looked for room.
    room_checked_at: u64,
    /// The ring state. While the current context is marked `IN_STEP`, the serials in it are out of
    /// date: the current ones apply.
    pub(super) written: WrittenState,
    /// The site whose span the running poll has just started (see `describing`).
    pub(crate) described: usize,
    /// The polls whose spans start once their attributes are known, innermost last (see `deferred.rs`).
    pub(super) deferred: Vec<Deferred>,
    /// The last span that was noted as known elsewhere (see `share.rs`).
    pub(super) shared: u64,
    /// The serial and the tick of the call that failed last (see `failed_at`).
    pub(super) failed: (u64, u64),
    /// The serial of the last local root about which a sampler was asked; 0: none.
    pub(super) last_root: u64,
    /// The state that the metered calls of this thread share (see `metered.rs`).
    pub(crate) metering: Metering,
    /// Whatever was made current other than through the fast path (see `frames.rs`).
    pub(super) frames: Frames,
    /// Whether calls that began before a fork may still be open. A reader of the ring does not have
    /// their callers, so their ends name them, and they are not measured: the fast paths stay
    /// closed.
    is_forked: bool,
    phase: Phase,
}

/// The placeholder state of threads that have not recorded yet. The fast path finds no room in it
/// and so never writes to it.
pub(super) struct Placeholder(Local);

// SAFETY: never written to, and read only for numbers.
unsafe impl Sync for Placeholder {}

pub(super) static PLACEHOLDER_LOCAL: Placeholder = Placeholder(Local::FRESH);

thread_local! {
    // Without a destructor, so that accessing it is one instruction and works during teardown too.
    static LOCAL: UnsafeCell<ManuallyDrop<Local>> = const {
        UnsafeCell::new(ManuallyDrop::new(Local::FRESH))
    };
    static LEASE: RefCell<Lease> = const { RefCell::new(Lease(None)) };
}

/// A guard that returns the ring when the thread ends.
struct Lease(Option<Arc<Ring>>);

impl Drop for Lease {
    fn drop(&mut self) {
        let local = local();
        // SAFETY: the thread's own state, and no other reference to it is alive here.
        unsafe {
            (*local).producer = Producer::detached();
            (*local).phase = Phase::TornDown;
            (*local).current.trace_state = None;
            (*local).written.trace = WrittenTrace::NONE;
            (*local).set_bits((*local).current.bits & !bits::IN_STEP);
            (*local).frames.free_if_empty();
            if (*local).deferred.is_empty() {
                (*local).deferred = Vec::new();
            }
        }
        if let Some(ring) = self.0.take() {
            // SAFETY: the producer was just detached.
            unsafe { RINGS.release(ring) };
        }
        // The end of a thread may be the last event for a long time: the collector takes the ring
        // back.
        if state::load() & state::ASLEEP != 0 {
            state::wake_collector();
        }
    }
}

/// Returns the ring of the calling thread.
pub(super) fn leased_ring() -> Option<Arc<Ring>> {
    LEASE.try_with(|lease| lease.try_borrow().ok()?.0.clone()).ok().flatten()
}

/// Returns the calling thread's state.
#[inline(always)]
pub(crate) fn local() -> *mut Local {
    LOCAL.with(|local| local.get().cast())
}

/// Returns the calling thread's state if the fast path is open: the current span records, and the
/// ring state has it as current. Where the pointer itself encodes this, a closed fast path yields
/// the placeholder state, which has no room.
#[inline(always)]
pub(super) fn hot_local() -> Option<*mut Local> {
    let local = hot::get();
    // SAFETY: the thread's own state, or the placeholder.
    let is_open = hot::IS_OPEN || unsafe { (*local).current.is_open() };
    is_open.then_some(local)
}

/// Returns the calling thread's state if measuring may take the fast path: it has a ring, the clock
/// can be read inline, no record is being written, no capture is in force.
#[inline(always)]
pub(super) fn ready_local() -> Option<*mut Local> {
    let local = ready::get();
    let is_ready = if ready::IS_OPEN {
        !local.is_null()
    } else {
        // SAFETY: the thread's own state.
        unsafe { (*local).is_ready() }
    };
    is_ready.then_some(local)
}

impl Local {
    const FRESH: Self = Self {
        producer: Producer::detached(),
        current: Current::NONE,
        ids: Ids::unseeded(),
        reads_tsc: false,
        room_checked_at: 0,
        written: WrittenState::NOTHING,
        described: 0,
        deferred: Vec::new(),
        shared: 0,
        failed: (0, 0),
        last_root: 0,
        metering: Metering::NONE,
        frames: Frames::NONE,
        is_forked: false,
        phase: Phase::Fresh,
    };

    /// Returns the current tick.
    #[inline(always)]
    pub(crate) fn tick(&self) -> u64 {
        #[cfg(target_arch = "x86_64")]
        if self.reads_tsc {
            return ticks::counter();
        }
        ticks::now()
    }

    /// Returns the tick at which a call has failed: it ends then, which saves reading the clock, and
    /// recording the error is not part of its duration. `None`: it has not, or uses another clock.
    pub(super) fn failed_at(&self, finish: &Finish) -> Option<u64> {
        let (serial, tick) = self.failed;
        let has_failed = tick != 0 && finish.outcome() == Outcome::Error;
        (has_failed && serial == finish.serial() && captures::virtual_nanos(tick).is_none())
            .then_some(tick)
    }

    /// Returns the current tick on a thread whose current context is marked `IN_STEP`.
    #[inline(always)]
    pub(crate) fn fast_tick(&self) -> u64 {
        ticks::counter()
    }

    /// Makes the thread ready to record; returns whether it can.
    pub(crate) fn make_ready(&mut self) -> bool {
        match self.phase {
            Phase::Recording => true,
            Phase::TornDown => false,
            Phase::Refused(left @ 1..) => {
                self.phase = Phase::Refused(left - 1);
                false
            }
            Phase::Fresh | Phase::Refused(0) => self.attach(),
        }
    }

    #[cold]
    fn attach(&mut self) -> bool {
        self.reads_tsc = ticks::are_counted();
        if self.phase == Phase::Fresh {
            self.ids.seed();
            self.frames.are_before(self.ids.last());
        }
        let budget = RING_BUDGET.load(Ordering::Relaxed) as u64;
        let Some(ring) = RINGS.lease(RING_WORDS.load(Ordering::Relaxed), budget) else {
            self.phase = Phase::Refused(REFUSED);
            return false;
        };
        // `try_with` fails when the thread is being torn down and never recorded before. A lease
        // never replaces another: dropping that one would end the thread.
        let leased = LEASE.try_with(|lease| lease.borrow_mut().0 = Some(ring.clone()));
        if leased.is_err() {
            // SAFETY: no producer was made.
            unsafe { RINGS.release(ring) };
            self.phase = Phase::TornDown;
            return false;
        }
        // SAFETY: the lease keeps the ring until it detaches this producer, and the registry
        // leases a ring to one thread at a time.
        self.producer = unsafe { Producer::attach(&ring) };
        self.written = WrittenState::NOTHING;
        self.phase = Phase::Recording;
        self.mark_ready();
        true
    }

    /// Registers for the end of the thread, even if it never records.
    #[cold]
    pub(super) fn register_exit(&mut self) {
        if LEASE.try_with(|_| ()).is_err() {
            self.phase = Phase::TornDown;
        }
    }

    pub(crate) fn is_torn_down(&self) -> bool {
        self.phase == Phase::TornDown
    }

    /// Returns the serial of the next span. The ring state gets it with the span's start, so the
    /// fast path is closed until then.
    pub(crate) fn next_serial(&mut self) -> u64 {
        self.before_change();
        self.ids.serial()
    }

    /// Returns the serial that was assigned last.
    pub(crate) fn last_serial(&self) -> u64 {
        self.ids.last()
    }

    /// Prepares for a change of the current span, or the last serial, outside the fast path: saves
    /// the ring state.
    #[inline]
    pub(super) fn before_change(&mut self) {
        if self.current.bits & bits::IN_STEP != 0 {
            (self.written.current, self.written.last) = (self.current.serial, self.ids.last());
            self.set_span_bits(self.current.bits & !bits::IN_STEP);
        }
    }

    /// Completes such a change: marks the current context `IN_STEP` if it equals the ring state, the
    /// fast path can read the clock, and no capture requires the slow path.
    // HOT: after most changes, the ring state has another span.
    #[inline(always)]
    pub(super) fn after_change(&mut self) {
        if self.is_forked {
            self.is_within_fork();
        }
        if self.written.current == self.current.serial && self.written.last == self.ids.last() {
            self.open();
        }
    }

    /// Marks the current context, whose span the ring state has, `IN_STEP` if nothing else prevents it.
    fn open(&mut self) {
        if self.current.trace_id != 0 && self.has_written_trace(&self.current) && self.may_open() {
            self.set_span_bits(self.current.bits | bits::IN_STEP);
        }
    }

    /// Returns whether the fast path can read the clock, no capture requires the slow path, and
    /// calls may be left without checking the frames.
    #[inline]
    pub(crate) fn may_open(&mut self) -> bool {
        self.has_clock_in_line()
            && self.current.capture & captures::SLOW_PATH == 0
            && !self.frames.need_check(self.current.serial)
            && !(self.is_forked && self.is_within_fork())
    }

    /// Returns whether something of the parent process is still open here.
    #[cold]
    fn is_within_fork(&mut self) -> bool {
        self.is_forked = self.current.trace_id != 0 || self.metering.caller != 0;
        if !self.is_forked {
            self.mark_ready();
        }
        self.is_forked
    }

    /// Notes that a local root gets this serial; returns the number of spans that have begun on this
    /// thread since the one before.
    pub(super) fn begins_root(&mut self, serial: u64) -> u64 {
        match std::mem::replace(&mut self.last_root, serial) {
            0 => 0,
            before => serial.wrapping_sub(before).saturating_sub(1),
        }
    }

    /// Continues the thread in a child process, where its ring is empty and the state that it wrote
    /// was never read.
    pub(super) fn has_forked(&mut self) {
        self.ids.go_on_in_child();
        self.last_root = 0;
        self.set_bits(self.current.bits & !bits::IN_STEP);
        self.written = WrittenState::NOTHING;
        self.is_forked = true;
        self.after_change();
        self.mark_ready();
    }

    /// Sets the bits of the current context, and opens or closes the fast paths.
    #[inline]
    pub(crate) fn set_bits(&mut self, bits: u8) {
        self.set_span_bits(bits);
        self.mark_ready();
    }

    /// Sets bits that measuring does not depend on, and opens or closes the fast path of spans.
    #[inline]
    pub(super) fn set_span_bits(&mut self, bits: u8) {
        self.current.bits = bits;
        let placeholder = (&raw const PLACEHOLDER_LOCAL.0).cast_mut();
        hot::set(if self.current.is_open() { self } else { placeholder });
    }

    /// Opens or closes the fast path of measuring.
    #[inline]
    pub(super) fn mark_ready(&mut self) {
        ready::set(if self.is_ready() { self } else { std::ptr::null_mut() });
    }

    /// Returns whether measuring may take the fast path.
    #[inline]
    fn is_ready(&self) -> bool {
        self.phase == Phase::Recording
            && self.current.bits & (bits::BUSY | bits::SUPPRESSED) == 0
            && self.current.capture == 0
            && self.has_clock_in_line()
            && !self.is_forked
            && BaggageLabels::are_none_of(&self.current.baggage)
            && !(self.metering.has_attached_baggage && wants_baggage())
    }

    /// Returns the labels that the current baggage adds to measurements.
    pub(super) fn baggage_labels(&mut self) -> BaggageLabels {
        if !self.current.baggage.is_empty() {
            let labels = BaggageLabels::of(&self.current.baggage);
            // Now that they are known, the fast path may be open.
            self.mark_ready();
            labels
        } else if self.metering.has_attached_baggage && !self.is_torn_down() {
            BaggageLabels::of(&crate::hooks::attached_baggage())
        } else {
            BaggageLabels::NONE
        }
    }

    /// Sets whether other code has made baggage current.
    pub(super) fn set_attached_baggage(&mut self, is_some: bool) {
        if self.metering.has_attached_baggage != is_some {
            self.metering.has_attached_baggage = is_some;
            self.mark_ready();
        }
    }

    #[inline]
    fn has_clock_in_line(&self) -> bool {
        self.reads_tsc || cfg!(not(target_arch = "x86_64"))
    }

    /// Returns whether the ring's last context record names the trace of `context`.
    pub(crate) fn has_written_trace(&self, context: &Current) -> bool {
        self.written.trace.is_of(context)
    }

    /// Returns whether the ring state has `serial` as current.
    pub(crate) fn has_written_current(&self, serial: u64) -> bool {
        let told = if self.is_in_step() { self.current.serial } else { self.written.current };
        told == serial
    }

    /// Returns whether a reader of the ring knows what becomes current behind the call of this
    /// serial, which some thread has entered: this one did, and has not written its place since.
    #[inline]
    pub(super) fn has_written_caller_of(&self, serial: u64) -> bool {
        self.written.placed < serial && serial <= self.ids.last()
    }

    /// Returns whether the ring state matches the thread: current span and last serial.
    pub(crate) fn is_in_step(&self) -> bool {
        self.current.bits & bits::IN_STEP != 0
    }

    /// Sets the ring state to `current`, the last serial, and the trace of `context`.
    pub(crate) fn note_place_written(&mut self, context: Option<&Current>, current: u64) {
        self.before_change();
        if let Some(context) = context {
            self.written.trace = WrittenTrace::of(context);
        }
        (self.written.current, self.written.last) = (current, self.ids.last());
        self.written.placed = self.written.last;
        self.after_change();
    }

    /// Updates the ring state after a start.
    pub(crate) fn note_start_written(&mut self, serial: u64, enters: bool) {
        self.before_change();
        self.written.last = serial;
        if enters {
            self.written.current = serial;
        }
        self.after_change();
    }

    /// Updates the ring state after the current call was left.
    pub(crate) fn note_leave_written(&mut self, caller: u64) {
        self.before_change();
        self.written.current = caller;
    }

    /// Requests room; wakes the collector when the ring fills up.
    #[cold]
    #[inline(never)]
    pub(crate) fn make_room(&mut self, at: &mut u64, len: u64, is_end: bool) -> bool {
        let now = ticks::now();
        let is_slow = ticks::nanos(now.saturating_sub(self.room_checked_at)) > SLOW_STRIDE;
        self.room_checked_at = now;
        match self.producer.make_room(at, len, is_end, is_slow) {
            Room::Yes => true,
            Room::Crowded => {
                state::wake_collector();
                true
            }
            Room::No => {
                state::wake_collector();
                false
            }
        }
    }
}

/// Records that did not fit into their ring and may not be lost: the ends of spans whose start is
/// in a ring. There are never more of them than open spans.
pub(crate) static OVERFLOW: record::Overflow = record::Overflow::new();
