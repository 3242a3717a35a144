//! The guard of a synchronous call, and what is known at the end of a span.

use super::record::{self, Cursor, END_WORDS, RecordWriter, START_WORDS, WordSink, start_header_extra};
use super::ring::header;
use super::start::{self, Lineage, Start, decide, write_start};
use super::thread::{Local, OVERFLOW, local};
use crate::context::{Current, SpanContext, bits};
use crate::outcome::Outcome;
use crate::site::Site;
use crate::state;
use crate::value::Value;
use std::marker::PhantomData;

/// What a call gives its span at the start, beside the site.
#[derive(Default)]
pub struct StartArgs<'a> {
    /// Values in the order of the site's keys.
    pub values: &'a [Value<'a>],
    /// A name formatted for this call.
    pub name: Option<std::fmt::Arguments<'a>>,
    /// A parent other than the current span.
    pub parent: Option<SpanContext>,
    /// Links to other spans.
    pub links: Vec<SpanContext>,
}

impl StartArgs<'_> {
    /// Nothing beside the site.
    pub const fn new() -> Self {
        Self { values: &[], name: None, parent: None, links: Vec::new() }
    }
}

/// What is known at the end of a span.
pub struct Finish {
    serial: u64,
    flags: u32,
}

/// In the flags of a [`Finish`]: anything said is recorded.
const RECORDING: u32 = 1;
/// In the flags of a guard: its place among contexts is to be restored from the serial, or from a
/// boxed context.
const RESTORES_SERIAL: u32 = 2;
const RESTORES_CONTEXT: u32 = 4;
/// In the flags of a guard: the thread was panicking already.
const WAS_PANICKING: u32 = 8;
/// In the flags of a [`Finish`]: where the outcome is.
const OUTCOME_SHIFT: u32 = 8;

/// The flags of a child that nothing happened to: its end takes the short way.
const PLAIN_CHILD: u32 = RECORDING | RESTORES_SERIAL;

impl Finish {
    pub(crate) const OFF: Self = Self { serial: 0, flags: 0 };

    pub(crate) const fn new(serial: u64, recording: bool) -> Self {
        Self { serial, flags: if recording { RECORDING } else { 0 } }
    }

    /// Whether anything said here is recorded.
    #[inline]
    pub fn recording(&self) -> bool {
        self.flags & RECORDING != 0
    }

    /// Records values for the keys of the site from `first_key` on.
    pub fn attributes(&mut self, _site: &'static Site, first_key: u16, values: &[Value<'_>]) {
        if self.recording() {
            super::late::site_fields(self.serial, first_key, values);
        }
    }

    /// Marks the span failed.
    #[cold]
    pub(crate) fn fail(&mut self, error: &super::late::ErrorInfo<'_>) {
        self.set_outcome(Outcome::Error);
        if self.recording() {
            super::late::error(self.serial, true, error);
        }
    }

    pub(crate) fn outcome(&self) -> Outcome {
        Outcome::from_u8((self.flags >> OUTCOME_SHIFT) as u8)
    }

    pub(crate) fn set_outcome(&mut self, outcome: Outcome) {
        self.flags = self.flags & 0xff | (outcome as u32) << OUTCOME_SHIFT;
    }

    /// Writes the end of the span.
    #[inline]
    pub(crate) fn end(&self) {
        if self.recording() {
            // SAFETY: the calling thread's own state.
            unsafe { write_end(local(), self.serial, self.outcome()) };
        }
    }
}

/// # Safety
/// `local` is the calling thread's.
unsafe fn write_end(local: *mut Local, serial: u64, outcome: Outcome) {
    // SAFETY: as the caller promises; no user code runs here.
    unsafe {
        let tick = (*local).tick();
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
        if self.finish.flags != 0 {
            leave(self);
        }
    }
}

/// Opens the span of a call without arguments.
#[inline(never)]
pub fn enter_site(site: &'static Site) -> Guard {
    let local = local();
    // SAFETY: the calling thread's own state; no user code runs on this path.
    unsafe {
        match Fast::child(local, site) {
            Some(fast) => fast.open(local, site, fast.words(), 0),
            None => enter_long(site, &[]),
        }
    }
}

/// Opens the span of a call with values in the order of the site's keys.
#[inline(never)]
pub fn enter_values(site: &'static Site, values: &[Value<'_>]) -> Guard {
    let local = local();
    // SAFETY: the calling thread's own state; no user code runs on this path.
    unsafe {
        let Some(fast) = Fast::child(local, site) else { return enter_long(site, values) };
        let mut cursor = fast.words();
        for value in values {
            if !cursor.put_value(value) {
                return enter_long(site, values);
            }
        }
        fast.open(local, site, cursor, values.len())
    }
}

/// A start that takes the short way: the record is written straight on, all checks made before.
#[derive(Clone, Copy)]
struct Fast {
    start: Cursor,
}

impl Fast {
    /// Whether a call to `site` takes the short way.
    ///
    /// # Safety
    /// `local` is the calling thread's.
    #[inline(always)]
    unsafe fn child(local: *mut Local, site: &'static Site) -> Option<Self> {
        // SAFETY: as the caller promises.
        let local = unsafe { &*local };
        // HOT: the current span records and its trace is the ring's; nothing special is in force;
        // there is room; nobody is panicking.
        let is_fast = local.current.bits == bits::RECORDING | bits::WRITTEN
            && site.is_resolved_for(state::load())
            && !std::thread::panicking();
        if !is_fast {
            return None;
        }
        Cursor::open(&local.producer, START_WORDS).map(|start| Self { start })
    }

    /// Where the values go.
    #[inline(always)]
    fn words(self) -> Cursor {
        self.start.skip(START_WORDS - 1)
    }

    /// Writes what stands before the values, and publishes.
    ///
    /// # Safety
    /// As for [`child`](Self::child), with nothing recorded since; `end` is behind the values.
    #[inline(always)]
    unsafe fn open(self, local: *mut Local, site: &'static Site, end: Cursor, count: usize) -> Guard {
        // SAFETY: as the caller promises.
        unsafe {
            let local = &mut *local;
            let serial = local.ids.serial();
            let parent = std::mem::replace(&mut local.current.serial, serial);
            let words = end.distance_from(self.start) - (START_WORDS as usize - 1);
            let mut start = self.start;
            start.put(std::ptr::from_ref(site).expose_provenance() as u64);
            start.put(local.fast_tick());
            start.put(serial);
            start.put(parent);
            let header = site.start_header() + start_header_extra(count, words);
            end.publish_as(&mut local.producer, header, START_WORDS + words as u64);
            Guard {
                finish: Finish { serial, flags: PLAIN_CHILD },
                restore: parent,
                _thread: PhantomData,
            }
        }
    }
}

/// Ends the guard's span and restores the context.
#[inline(never)]
fn leave(guard: &mut Guard) {
    // SAFETY: the calling thread's own state (a guard does not leave its thread).
    unsafe {
        let local = &mut *local();
        // HOT: a child that nothing happened to, with room for its end, nobody to be woken.
        if guard.finish.flags == PLAIN_CHILD
            && state::load() & state::ASLEEP == 0
            && !std::thread::panicking()
            && local.current.bits & bits::WRITTEN != 0
            && let Some(mut cursor) = Cursor::open(&local.producer, END_WORDS)
        {
            cursor.put(local.fast_tick());
            cursor.put(guard.finish.serial);
            const PLAIN_END: u64 = header(record::END, Outcome::Ok as u8, 0, END_WORDS);
            cursor.publish_as(&mut local.producer, PLAIN_END, END_WORDS);
            local.current.serial = guard.restore;
            return;
        }
    }
    leave_long(guard);
}

#[cold]
#[inline(never)]
fn leave_long(guard: &mut Guard) {
    if guard.finish.flags & WAS_PANICKING == 0 && std::thread::panicking() {
        guard.finish.set_outcome(Outcome::Panic);
    }
    guard.finish.end();
    let local = local();
    // SAFETY: the calling thread's own state; dropping the replaced context runs no user code; the
    // address came from a box and is used once.
    unsafe {
        if guard.finish.flags & RESTORES_SERIAL != 0 {
            (*local).current.serial = guard.restore;
        }
        if guard.finish.flags & RESTORES_CONTEXT != 0 {
            let context: *mut Current = std::ptr::with_exposed_provenance_mut(guard.restore as usize);
            drop((*local).swap_current(*Box::from_raw(context)));
        }
    }
}

/// The long way of [`enter_site`] and [`enter_values`].
#[cold]
#[inline(never)]
fn enter_long(site: &'static Site, values: &[Value<'_>]) -> Guard {
    // SAFETY: the calling thread's own state.
    let current = unsafe { (*local()).current.bits };
    if current & bits::UNSAMPLED != 0 && !site.is_root() {
        return Guard::off();
    }
    enter_with(site, StartArgs { values, ..StartArgs::new() })
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
        let (context, mut finish) = match decide(local, site, kind, lineage) {
            Start::Nothing => return Guard::off(),
            Start::Unrecorded(context) => (context, Finish::OFF),
            Start::Span { context, parent, remote_parent } => {
                let recording =
                    write_start(local, site, kind, &context, parent, remote_parent, args.values);
                if recording {
                    super::late::describe_rest(context.serial, args.name, &args.links);
                }
                let finish = Finish::new(context.serial, recording);
                (context, finish)
            }
        };
        if std::thread::panicking() {
            finish.flags |= WAS_PANICKING;
        }
        let restore = if (*local).current.is_same_trace(&context) {
            finish.flags |= RESTORES_SERIAL;
            std::mem::replace(&mut (*local).current.serial, context.serial)
        } else {
            finish.flags |= RESTORES_CONTEXT;
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
