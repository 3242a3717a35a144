//! The guard of a synchronous call, and what is known at the end of a span.

use super::ids;
use super::packed::{Packed, PackedRef};
use super::record::{self, END_WORDS, RecordWriter, WordSink};
use super::ring::header;
use super::short;
use super::start::{self, Lineage, Start, decide, write_start};
use super::thread::{Local, OVERFLOW, local};
use crate::context::{Current, SpanContext, bits};
use crate::outcome::Outcome;
use crate::scope;
use crate::site::Site;
use crate::state;
use crate::value::Value;
use std::fmt;
use std::marker::PhantomData;

/// What a call gives its span at the start, beside the site.
#[derive(Default)]
pub struct StartArgs<'a> {
    /// Values in the order of the site's keys.
    pub values: &'a [Value<'a>],
    /// A name formatted for this call.
    pub name: Option<fmt::Arguments<'a>>,
    /// A name that is known; it is up to the caller to record it.
    pub plain_name: Option<&'a str>,
    /// A parent other than the current span.
    pub parent: Option<SpanContext>,
    /// Links to other spans.
    pub links: Vec<SpanContext>,
}

impl StartArgs<'_> {
    /// Nothing beside the site.
    pub const fn new() -> Self {
        Self { values: &[], name: None, plain_name: None, parent: None, links: Vec::new() }
    }
}

/// What is known at the end of a span: its serial, whose top byte holds flags.
///
/// The flags of a child that nothing happened to are those that every serial is born with
/// (`ids::BORN`), so that a call costs no word for them.
pub struct Finish(u64);

/// Anything said is recorded.
const RECORDING: u64 = 1 << 56;
/// The start took the short way; so may the end.
const SHORT: u64 = 2 << 56;
/// The guard restores a boxed context, not just the serial of the parent.
const RESTORES_CONTEXT: u64 = 4 << 56;
/// The thread was panicking already at the start.
const WAS_PANICKING: u64 = 8 << 56;
/// The guard restores something.
const RESTORES: u64 = 16 << 56;
/// Where the outcome is.
const OUTCOME_SHIFT: u32 = 62;
/// The flags of a serial within a record or a context.
pub(super) const BORN: u64 = ids::BORN;
pub(super) const FLAGS: u64 = 0xff << 56;

const _: () = assert!(BORN == RECORDING | SHORT | RESTORES);

/// The serial of a span that began while the thread was panicking: its end takes the long way.
#[cold]
pub(super) fn began_panicking(serial: u64) -> u64 {
    serial & !SHORT | WAS_PANICKING
}

/// The bits of a span that is entered with its whole context.
pub(super) fn entered(serial: u64, recording: bool) -> u64 {
    let mut bits = Finish::new(serial, recording).0 | RESTORES | RESTORES_CONTEXT;
    if std::thread::panicking() {
        bits |= WAS_PANICKING;
    }
    bits
}

/// Whether leaving restores no more than the serial of the parent.
#[inline(always)]
pub(super) fn restores_serial(finish: u64) -> bool {
    finish & RESTORES_CONTEXT == 0
}

impl Finish {
    #[inline(always)]
    pub(super) fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    #[inline(always)]
    pub(super) fn to_bits(&self) -> u64 {
        self.0
    }

    /// Whether the thread has begun to panic since the start.
    pub(super) fn panics(&self) -> bool {
        self.0 & WAS_PANICKING == 0 && std::thread::panicking()
    }

    pub(crate) const OFF: Self = Self(0);

    pub(crate) const fn new(serial: u64, recording: bool) -> Self {
        Self(serial & !FLAGS | if recording { RECORDING } else { 0 })
    }

    pub(super) fn serial(&self) -> u64 {
        self.0 & !FLAGS | BORN
    }

    /// Whether anything said here is recorded.
    #[inline]
    pub fn recording(&self) -> bool {
        self.0 & RECORDING != 0
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
        // Nothing is to be left at the end of what was not entered.
        if self.0 != 0 {
            self.set_outcome(Outcome::Error);
        }
        if self.recording() {
            super::late::error(self.serial(), true, error);
        }
    }

    pub(crate) fn outcome(&self) -> Outcome {
        Outcome::from_u8((self.0 >> OUTCOME_SHIFT) as u8)
    }

    pub(crate) fn set_outcome(&mut self, outcome: Outcome) {
        self.0 = self.0 & !(3 << OUTCOME_SHIFT) | (outcome as u64) << OUTCOME_SHIFT;
    }

    /// Writes the end of the span.
    #[inline]
    pub(crate) fn end(&self) {
        if self.recording() {
            // SAFETY: the calling thread's own state.
            unsafe { write_end(local(), self.serial(), self.outcome()) };
        }
    }
}

/// # Safety
/// `local` is the calling thread's.
unsafe fn write_end(local: *mut Local, serial: u64, outcome: Outcome) {
    // SAFETY: as the caller promises; no user code runs here.
    unsafe {
        let tick = scope::tick(serial).unwrap_or_else(|| (*local).tick());
        let ready = (*local).make_ready();
        let mut writer = RecordWriter::new(local);
        if ready && writer.reserve_for(END_WORDS - 1, true) {
            writer.put(tick);
            writer.put(serial);
            writer.publish(record::END, outcome as u8, 0);
        } else {
            OVERFLOW.push([header(record::END, outcome as u8, 0, END_WORDS), tick, serial]);
        }
    }
    // The collector went to sleep during the span; see to it that it hears of the end.
    if state::load() & state::ASLEEP != 0 {
        state::wake_collector();
    }
}

/// Ends the span of a synchronous call when dropped; restores what was current before.
///
/// Not `Send`: a span that is current belongs to its thread.
#[must_use = "the span ends when the guard is dropped: bind it to a variable, `let _span = …`"]
pub struct Guard {
    finish: Finish,
    /// The serial to restore, or the address of a boxed context: a number, so that dropping the
    /// guard in line is one compare and one call.
    restore: u64,
    _thread: PhantomData<*const ()>,
}

impl Guard {
    /// A guard that does nothing.
    #[inline(always)]
    pub const fn off() -> Self {
        Self { finish: Finish::OFF, restore: 0, _thread: PhantomData }
    }

    /// What is known at the end; the guard writes it when dropped.
    #[inline(always)]
    pub fn finish(&mut self) -> &mut Finish {
        &mut self.finish
    }
}

impl Drop for Guard {
    #[inline(always)]
    fn drop(&mut self) {
        if self.finish.0 != 0 {
            // HOT: by value, so that the guard of a call that nobody fails needs no memory.
            leave(self.finish.0, self.restore);
        }
    }
}

/// Opens the span of a call without arguments; `state` is the one that the call found.
#[inline(never)]
pub(crate) fn enter_site(site: &'static Site, state: u32) -> Guard {
    // SAFETY: there are no values.
    unsafe { enter::<0, false>(site, PackedRef::NONE, state) }
}

/// Opens the span of a call with values in the order of the site's keys.
#[inline(always)]
pub(crate) fn enter_values<const N: usize>(
    site: &'static Site,
    values: [Value<'_>; N],
    state: u32,
) -> Guard {
    let (tags, packed) = Packed::new(values);
    let values = packed.with_tags(tags);
    // SAFETY: `N` values were packed.
    unsafe {
        match (N, short::has_strings(tags)) {
            (0, _) => enter_site(site, state),
            (1, false) => enter_1(site, values, state),
            (2, false) => enter_2(site, values, state),
            (3, false) => enter_3(site, values, state),
            (4, false) => enter_4(site, values, state),
            (1, true) => enter_1_with_strings(site, values, state),
            (2, true) => enter_2_with_strings(site, values, state),
            (3, true) => enter_3_with_strings(site, values, state),
            (4, true) => enter_4_with_strings(site, values, state),
            _ => enter_more(site, values, state, N),
        }
    }
}

macro_rules! enter_counted {
    ($($name:ident $count:literal $strings:literal)*) => {$(
        /// # Safety
        /// The values are as many as the name says.
        #[inline(never)]
        unsafe fn $name(site: &'static Site, values: PackedRef<'_>, state: u32) -> Guard {
            // SAFETY: as the caller promises.
            unsafe { enter::<$count, $strings>(site, values, state) }
        }
    )*};
}

// HOT: straight-line code for each number of values that is common.
enter_counted! {
    enter_1 1 false
    enter_2 2 false
    enter_3 3 false
    enter_4 4 false
    enter_1_with_strings 1 true
    enter_2_with_strings 2 true
    enter_3_with_strings 3 true
    enter_4_with_strings 4 true
}

/// # Safety
/// The values are `count`.
#[inline(never)]
unsafe fn enter_more(
    site: &'static Site,
    values: PackedRef<'_>,
    state: u32,
    count: usize,
) -> Guard {
    // SAFETY: as the caller promises.
    unsafe {
        match count {
            5 => enter::<5, true>(site, values, state),
            6 => enter::<6, true>(site, values, state),
            7 => enter::<7, true>(site, values, state),
            _ => enter::<8, true>(site, values, state),
        }
    }
}

/// # Safety
/// The values are `N`, and none of them is a string unless `STRINGS`.
#[inline(always)]
unsafe fn enter<const N: usize, const STRINGS: bool>(
    site: &'static Site,
    values: PackedRef<'_>,
    state: u32,
) -> Guard {
    // SAFETY: as the caller promises.
    unsafe {
        match short::enter::<N, STRINGS>(site, values, state) {
            Some((serial, parent)) => {
                Guard { finish: Finish(serial), restore: parent, _thread: PhantomData }
            }
            None => enter_long(site, values, N),
        }
    }
}

/// Ends a guard's span and restores the context.
#[inline(never)]
pub(super) fn leave(finish: u64, restore: u64) {
    if !short::leave(finish, restore) {
        leave_long(finish, restore);
    }
}

#[cold]
#[inline(never)]
fn leave_long(finish: u64, restore: u64) {
    let mut finish = Finish(finish);
    if finish.panics() {
        finish.set_outcome(Outcome::Panic);
    }
    finish.end();
    let local = local();
    // SAFETY: the calling thread's own state; dropping the replaced context runs no user code; the
    // address came from a box and is used once.
    unsafe {
        if finish.0 & RESTORES_CONTEXT != 0 {
            let context: *mut Current = std::ptr::with_exposed_provenance_mut(restore as usize);
            drop((*local).swap_current(*Box::from_raw(context)));
        } else {
            (*local).current.serial = restore;
        }
    }
}

/// The long way of a call with `count` values.
///
/// # Safety
/// The values are `count`.
#[cold]
#[inline(never)]
unsafe fn enter_long(site: &'static Site, values: PackedRef<'_>, count: usize) -> Guard {
    // SAFETY: the calling thread's own state.
    let current = unsafe { (*local()).current.bits };
    if current & (bits::UNSAMPLED | bits::WATCHED) == bits::UNSAMPLED && !site.is_root() {
        return Guard::off();
    }
    // SAFETY: as the caller promises.
    let values = unsafe { values.unpack(count) };
    enter_with(site, StartArgs { values: &values[..count], ..StartArgs::new() })
}

/// Opens the span of a call with what it brings.
#[cold]
#[inline(never)]
pub fn enter_with(site: &'static Site, args: StartArgs<'_>) -> Guard {
    let local = local();
    // SAFETY: the calling thread's own state; each borrow ends before user code can run.
    unsafe {
        let kind = site.span_kind();
        let lineage = Lineage::of(site, args.parent.as_ref());
        let name = args.name.as_ref().and_then(fmt::Arguments::as_str);
        let (context, mut finish) = match decide(local, site, kind, name, lineage) {
            Start::Nothing => return Guard::off(),
            Start::Unrecorded(context) => (context, Finish::OFF),
            Start::Span { context, parent, flags } => {
                let recording =
                    write_start(local, site, kind, &context, parent, flags, args.values);
                if recording {
                    super::late::describe_rest(context.serial, args.name, &args.links);
                }
                let finish = Finish::new(context.serial, recording);
                (context, finish)
            }
        };
        if std::thread::panicking() {
            finish.0 |= WAS_PANICKING;
        }
        finish.0 |= RESTORES;
        let restore = if (*local).current.is_same_trace(&context) {
            std::mem::replace(&mut (*local).current.serial, context.serial)
        } else {
            finish.0 |= RESTORES_CONTEXT;
            let previous = Box::new((*local).swap_current(context));
            Box::into_raw(previous).expose_provenance() as u64
        };
        Guard { finish, restore, _thread: PhantomData }
    }
}

/// Whether a call to `site` would be recorded.
#[inline(never)]
pub fn recording(site: &'static Site, parent: Option<&SpanContext>) -> bool {
    // SAFETY: the calling thread's own state.
    unsafe { start::would_record(local(), site, parent) }
}
