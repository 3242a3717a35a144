//! The guard of a synchronous call, and what is known at the end of a span.

use super::record::{self, END_WORDS, RecordWriter, WordSink};
use super::start::{self, Start, decide, write_span, write_start};
use super::thread::{Local, OVERFLOW, local};
use crate::context::{Current, SpanContext, bits};
use crate::outcome::Outcome;
use crate::site::Site;
use crate::state;
use crate::value::Value;
use std::marker::PhantomData;
use std::sync::atomic::Ordering;

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
    pub(crate) span_id: u64,
    pub(crate) outcome: Outcome,
    pub(crate) recording: bool,
}

impl Finish {
    pub(crate) const OFF: Self = Self { span_id: 0, outcome: Outcome::Ok, recording: false };

    /// Whether anything said here is recorded.
    #[inline]
    pub fn recording(&self) -> bool {
        self.recording
    }

    /// Records values for the keys of `site` from `first_key` on.
    pub fn attributes(&mut self, site: &'static Site, first_key: u16, values: &[Value<'_>]) {
        let _ = site;
        if self.recording {
            super::late::site_fields(self.span_id, first_key, values);
        }
    }

    /// Marks the span failed.
    #[cold]
    pub(crate) fn fail(&mut self, error: super::late::ErrorInfo<'_>) {
        self.outcome = Outcome::Error;
        if self.recording {
            super::late::error(self.span_id, true, &error);
        }
    }

    /// Writes the end of the span.
    #[inline]
    pub(crate) fn end(&self) {
        if self.recording {
            // SAFETY: the calling thread's own state.
            unsafe { write_end(local(), self.span_id, self.outcome) };
        }
    }
}

/// # Safety
/// `local` is the calling thread's.
#[inline(always)]
unsafe fn write_end(local: *mut Local, span_id: u64, outcome: Outcome) {
    // SAFETY: as the caller promises; no user code runs here.
    unsafe {
        let tick = (*local).tick();
        let mut writer = RecordWriter::new(local);
        if writer.reserve_for(END_WORDS - 1, true) {
            writer.put(tick);
            writer.put(span_id);
            writer.publish(record::END, outcome as u8, 0);
        } else {
            end_without_room(local, tick, span_id, outcome);
        }
        // HOT: the collector went to sleep during the span; see to it that it hears of the end.
        if state::load() & state::ASLEEP != 0 {
            state::wake_collector();
        }
    }
}

/// # Safety
/// `local` is the calling thread's.
#[cold]
#[inline(never)]
unsafe fn end_without_room(local: *mut Local, tick: u64, span_id: u64, outcome: Outcome) {
    // SAFETY: as the caller promises.
    let tick = if unsafe { (*local).make_ready() } { unsafe { (*local).tick() } } else { tick };
    let tick = if tick == 0 { crate::clock::clock().raw() } else { tick };
    OVERFLOW.push([super::ring::header(record::END, outcome as u8, 0, END_WORDS), tick, span_id]);
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Restore {
    Nothing,
    SpanId,
    Context,
}

/// Ends the span of a synchronous call when dropped; restores what was current before.
///
/// Not `Send`: a span that is current belongs to its thread.
#[must_use = "the span ends when the guard is dropped: bind it to a variable, `let _span = …`"]
pub struct Guard {
    finish: Finish,
    restore: Restore,
    panicking: bool,
    parent_id: u64,
    context: Option<Current>,
    _thread: PhantomData<*const ()>,
}

impl Guard {
    /// A guard that does nothing.
    #[inline(always)]
    pub const fn off() -> Self {
        Self {
            finish: Finish::OFF,
            restore: Restore::Nothing,
            panicking: false,
            parent_id: 0,
            context: None,
            _thread: PhantomData,
        }
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
        if self.restore != Restore::Nothing {
            leave(self);
        }
    }
}

/// Ends the guard's span and restores the context.
#[inline(never)]
fn leave(guard: &mut Guard) {
    if std::thread::panicking() && !guard.panicking {
        guard.finish.outcome = Outcome::Panic;
    }
    let local = local();
    // SAFETY: the calling thread's own state (a guard does not leave its thread); dropping the
    // replaced context runs no user code.
    unsafe {
        if guard.finish.recording {
            write_end(local, guard.finish.span_id, guard.finish.outcome);
        }
        if guard.restore == Restore::SpanId {
            (*local).current.span_id = guard.parent_id;
        } else if let Some(context) = guard.context.take() {
            drop((*local).swap_current(context));
        }
    }
}

/// Opens the span of a call without arguments.
#[inline(never)]
pub fn enter_site(site: &'static Site) -> Guard {
    let local = local();
    // SAFETY: the calling thread's own state; no user code runs on this path.
    unsafe {
        // HOT: the current span records, its trace is the ring's, nothing special is in force.
        let current = (*local).current.bits;
        if current == bits::RECORDING | bits::WRITTEN && site.is_resolved_for(state::load()) {
            return enter_child(local, site, &[]);
        }
        if current & bits::UNSAMPLED != 0 && !site.is_root() {
            return Guard::off();
        }
    }
    enter_slow(site, StartArgs::new())
}

/// # Safety
/// `local` is the calling thread's; its current span records; the ring's context is its trace.
#[inline(always)]
unsafe fn enter_child(local: *mut Local, site: &'static Site, values: &[Value<'_>]) -> Guard {
    // SAFETY: as the caller promises.
    unsafe {
        let span_id = (*local).ids.span_id().to_u64();
        let parent_id = (*local).current.span_id;
        let recording = write_span(local, site, site.span_kind() as u8, span_id, parent_id, values);
        if !recording && let Some(ring) = (*local).producer.ring() {
            ring.dropped_full.fetch_add(1, Ordering::Relaxed);
        }
        (*local).current.span_id = span_id;
        Guard {
            finish: Finish { span_id, outcome: Outcome::Ok, recording },
            restore: Restore::SpanId,
            panicking: std::thread::panicking(),
            parent_id,
            context: None,
            _thread: PhantomData,
        }
    }
}

/// Opens the span of a call with what it brings.
#[inline(never)]
pub fn enter_with(site: &'static Site, args: StartArgs<'_>) -> Guard {
    let local = local();
    // SAFETY: the calling thread's own state; formatting values is user code, which the writer
    // allows for.
    unsafe {
        if (*local).current.bits == bits::RECORDING | bits::WRITTEN
            && site.is_resolved_for(state::load())
            && args.name.is_none()
            && args.parent.is_none()
            && args.links.is_empty()
        {
            return enter_child(local, site, args.values);
        }
    }
    enter_slow(site, args)
}

#[cold]
#[inline(never)]
fn enter_slow(site: &'static Site, args: StartArgs<'_>) -> Guard {
    let local = local();
    // SAFETY: the calling thread's own state; each borrow ends before user code can run.
    unsafe {
        let (context, finish) = match decide(local, site, site.span_kind(), args.parent.as_ref()) {
            Start::Nothing => return Guard::off(),
            Start::Unrecorded(context) => (context, Finish::OFF),
            Start::Span { context, parent_id, remote_parent } => {
                let recording = write_start(
                    local,
                    site,
                    site.span_kind(),
                    &context,
                    parent_id,
                    remote_parent,
                    args.values,
                );
                let span_id = context.span_id;
                if recording {
                    super::late::describe_rest(span_id, args.name, &args.links);
                }
                (context, Finish { span_id, outcome: Outcome::Ok, recording })
            }
        };
        Guard {
            finish,
            restore: Restore::Context,
            panicking: std::thread::panicking(),
            parent_id: 0,
            context: Some((*local).swap_current(context)),
            _thread: PhantomData,
        }
    }
}

/// Whether a call to `site` would be recorded.
#[inline(never)]
pub fn recording(site: &'static Site, parent: Option<&SpanContext>) -> bool {
    // SAFETY: the calling thread's own state.
    unsafe { start::would_record(local(), site, parent) }
}
